"""RFC 6455 case by case, in the categories of the Autobahn suite, over one real echo server."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.net.test_websocket import (
    BINARY,
    CLOSE,
    PING,
    PONG,
    TEXT,
    EchoServer,
    Raw,
    close,
    frame,
)

REST = 0
VALID_CODES = [*range(1000, 1004), *range(1007, 1015), 3000, 3999, 4000, 4999]
INVALID_CODES = [0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65_535]
VALID_TEXT = [
    "Hello-µ@ßöäüàá-UTF-8!!".encode(),
    "κόσμε".encode(),
    b"\x00",
    b"\xc2\x80",
    b"\xe0\xa0\x80",
    b"\xf0\x90\x80\x80",
    b"\x7f",
    b"\xdf\xbf",
    b"\xef\xbf\xbf",
    b"\xf4\x8f\xbf\xbf",
    b"\xed\x9f\xbf",
    b"\xee\x80\x80",
    b"\xef\xbf\xbd",
    b"\xef\xb7\x90",
]
INVALID_TEXT = [
    b"\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5\xed\xa0\x80edited",
    b"\xf8\x88\x80\x80\x80",
    b"\xfc\x84\x80\x80\x80\x80",
    b"\xf7\xbf\xbf\xbf",
    b"\xf4\x90\x80\x80",
    b"\x80",
    b"\xbf",
    b"\x80\xbf\x80",
    b"\xc0 \xc1 ",
    b"\xe0 \xe1 ",
    b"\xf0 \xf1 ",
    b"\xc0",
    b"\xe0\x80",
    b"\xf0\x80\x80",
    b"\xdf",
    b"\xef\xbf",
    b"\xfe",
    b"\xff",
    b"\xc0\xaf",
    b"\xe0\x80\xaf",
    b"\xf0\x80\x80\xaf",
    b"\xc1\xbf",
    b"\xe0\x9f\xbf",
    b"\xf0\x8f\xbf\xbf",
    b"\xc0\x80",
    b"\xed\xa0\x80",
    b"\xed\xaf\xbf",
    b"\xed\xbf\xbf",
    b"\xed\xa0\x80\xed\xb0\x80",
]


@pytest.fixture(scope="module")
def echo() -> Iterator[EchoServer]:
    server = EchoServer(close_timeout=2.0)
    yield server
    assert server.stop() == ""


@pytest.fixture
def client(echo: EchoServer) -> Iterator[Raw]:
    made = Raw(echo)
    yield made
    made.sock.close()


def test_2_pings_of_every_size_are_answered_with_the_same(client: Raw) -> None:
    for size in (0, 1, 124, 125):
        client.send(frame(PING, b"\xfe" * size))
        assert client.frame() == (PONG, b"\xfe" * size)


def test_2_a_pong_that_nobody_asked_for_is_ignored(client: Raw) -> None:
    client.send(frame(PONG, b"unasked"), frame(PING, b"asked"))
    assert client.frame() == (PONG, b"asked")


def test_2_ten_pings_at_once_are_all_answered_in_order(client: Raw) -> None:
    client.send(*[frame(PING, b"%d" % number) for number in range(10)])
    assert [client.frame() for _ in range(10)] == [(PONG, b"%d" % number) for number in range(10)]


def test_2_of_a_flood_of_pings_the_newest_are_answered_in_order(client: Raw) -> None:
    client.send(*[frame(PING, b"%d" % number) for number in range(5_000)])
    answers = [client.frame()]
    while answers[-1] != (PONG, b"4999"):
        answers.append(client.frame())
    numbers = [int(payload) for _, payload in answers]
    assert numbers == sorted(set(numbers)) and numbers[-10:] == list(range(4_990, 5_000))


@pytest.mark.parametrize("bits", [0x10, 0x20, 0x30, 0x40, 0x50, 0x60, 0x70])
@pytest.mark.parametrize("opcode", [TEXT, BINARY, CLOSE, PING, PONG])
def test_3_reserved_bits_are_refused(client: Raw, opcode: int, bits: int) -> None:
    client.send(frame(opcode, b"", bits=bits))
    assert client.closed_with() == 1002


@pytest.mark.parametrize("opcode", [3, 4, 5, 6, 7, 11, 12, 13, 14, 15])
@pytest.mark.parametrize("payload", [b"", b"x"])
def test_4_reserved_opcodes_are_refused(client: Raw, opcode: int, payload: bytes) -> None:
    client.send(frame(opcode, payload))
    assert client.closed_with() == 1002


@pytest.mark.parametrize("opcode", [PING, PONG, CLOSE])
def test_5_control_frames_are_not_fragmented(client: Raw, opcode: int) -> None:
    client.send(frame(opcode, b"", fin=False), frame(REST, b""))
    assert client.closed_with() == 1002


@pytest.mark.parametrize("opcode", [TEXT, BINARY])
def test_5_fragments_become_one_message_with_pings_between(client: Raw, opcode: int) -> None:
    client.send(
        frame(opcode, b"frag", fin=False),
        frame(PING, b"1"),
        frame(REST, b"", fin=False),
        frame(REST, b"ment", fin=False),
    )
    assert client.frame() == (PONG, b"1")
    client.send(frame(PING, b"2"))
    assert client.frame() == (PONG, b"2")
    client.send(frame(REST, b"s"))
    assert client.frame() == (opcode, b"fragments")


@pytest.mark.parametrize(
    "frames",
    [
        [frame(REST, b"x")],
        [frame(REST, b"x", fin=False)],
        [frame(TEXT, b"whole"), frame(REST, b"x")],
        [frame(TEXT, b"a", fin=False), frame(TEXT, b"b")],
        [frame(TEXT, b"a", fin=False), frame(BINARY, b"b", fin=False)],
    ],
)
def test_5_fragments_out_of_order_are_refused(client: Raw, frames: list[bytes]) -> None:
    client.send(*frames)
    assert client.closed_with() == 1002


@pytest.mark.parametrize("text", VALID_TEXT)
def test_6_valid_text_comes_back_whole_and_in_bytes(client: Raw, text: bytes) -> None:
    pieces = [frame(REST, text[at : at + 1], fin=False) for at in range(len(text))]
    client.send(frame(TEXT, text), frame(TEXT, b"", fin=False), *pieces, frame(REST, b""))
    assert client.frame() == (TEXT, text)
    assert client.frame() == (TEXT, text)


@pytest.mark.parametrize("text", INVALID_TEXT)
@pytest.mark.parametrize("in_bytes", [False, True])
def test_6_invalid_text_is_refused(client: Raw, text: bytes, in_bytes: bool) -> None:
    pieces = [frame(REST, text[at : at + 1], fin=False) for at in range(len(text))]
    whole = [frame(TEXT, b"", fin=False), *pieces, frame(REST, b"")]
    client.send(*(whole if in_bytes else [frame(TEXT, text)]))
    assert client.closed_with() == 1007


def test_6_bytes_that_are_no_text_are_good_binary(client: Raw) -> None:
    client.send(frame(BINARY, b"\xff\xfe"))
    assert client.frame() == (BINARY, b"\xff\xfe")


@pytest.mark.parametrize("code", VALID_CODES)
def test_7_valid_close_codes_are_answered_with_the_same(client: Raw, code: int) -> None:
    client.send(frame(CLOSE, close(code, b"x" * 123)))
    assert client.closed_with() == code


@pytest.mark.parametrize("code", INVALID_CODES)
def test_7_invalid_close_codes_are_refused(client: Raw, code: int) -> None:
    client.send(frame(CLOSE, close(code)))
    assert client.closed_with() == 1002


@pytest.mark.parametrize("size", [1, 124, 125])
@pytest.mark.parametrize("opcode", [TEXT, BINARY])
def test_9_a_message_may_be_as_long_as_the_limit_in_any_fragments(
    client: Raw, opcode: int, size: int
) -> None:
    payload = b"z" * 262_144
    step = -(-len(payload) // size)
    places = range(0, len(payload), step)
    client.send(
        *[
            frame(REST if at else opcode, payload[at : at + step], fin=at + step >= len(payload))
            for at in places
        ]
    )
    assert client.frame() == (opcode, payload)
