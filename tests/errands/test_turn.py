"""STUN and TURN as they are spoken: by the examples of RFC 5769, and with a server that says what a
test wants."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest

from chatd.errands import turn
from chatd.errands.base import Failed
from chatd.errands.turn import Attributes, Credentials, Server, attribute, head, read_attributes

SIGNED = bytes.fromhex(
    "000100602112a44278ad3433c6ad72c029da412e00060012e3839ee38388e383aae38383e382afe382b90000"
    "0015001c662f2f3439396b39353464364f4c33346f4c394653547679363473410014000b6578616d706c652e"
    "6f72670000080014f67024656dd64a3e02b8e0712e85c9a28ca89666"
)
ID = bytes.fromhex("b7e7a701bc34d686fa87dfae")
V4, V6 = (
    bytes.fromhex(one) for one in ("0001a147e112a643", "0002a1470113a9faa5d3f179bc25f4b5bed2b9d9")
)
ME = Credentials("1700000000:anna", "sesame")
CHALLENGE = {turn.REALM: b"shop.example", turn.NONCE: b"n1"}


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Asked once and waited for, however slow the machine is."""
    monkeypatch.setattr(turn, "AGAIN_S", (60.0,))
    monkeypatch.setattr(turn, "PATIENCE_S", 60.0)


@pytest.mark.parametrize(
    ("url", "wanted"),
    [
        ("stun:stun.example", (False, "stun.example", 3478, "udp", False)),
        ("turn:10.0.0.1:99", (True, "10.0.0.1", 99, "udp", False)),
        ("turn:a.example?transport=tcp", (True, "a.example", 3478, "tcp", False)),
        ("turns:a.example", (True, "a.example", 5349, "tcp", True)),
        ("stuns:[::1]:7?transport=udp", (False, "::1", 7, "udp", True)),
    ],
)
def test_an_address_says_where_and_how(url: str, wanted: tuple[bool, str, int, str, bool]) -> None:
    relays, host, port, transport, tls = wanted
    made = Server(relays=relays, host=host, port=port, transport=transport, tls=tls)
    assert turn.read_url(url) == made


@pytest.mark.parametrize(
    "url",
    ["", "http://a", "turn:", "turn:a:123456", "turn:a?transport=sctp", "turn:a\n", "xturn:a"],
)
def test_what_is_no_address_of_a_server_is_refused(url: str) -> None:
    with pytest.raises(Failed, match="not an address"):
        turn.read_url(url)


def test_a_request_is_signed_as_the_standard_shows_it() -> None:
    known = dict(read_attributes(SIGNED[20:]))
    assert list(known) == [turn.USERNAME, turn.NONCE, turn.REALM, turn.INTEGRITY]
    del known[turn.INTEGRITY]
    who = Credentials(known[turn.USERNAME].decode(), "TheMatrIX")
    assert turn.request(turn.BINDING, SIGNED[8:20], known, who) == SIGNED
    assert turn.request(turn.BINDING, ID, {}, None) == head(turn.BINDING, 0, ID)
    plain = turn.request(turn.ALLOCATE, ID, {turn.REALM: b"abcde"}, None)
    assert plain == head(turn.ALLOCATE, 12, ID) + b"\0\x14\0\x05abcde\0\0\0"


def test_an_address_is_read_as_the_standard_shows_it() -> None:
    def read(value: bytes) -> str:
        return turn.address_in({turn.MAPPED: value}, turn.MAPPED, ID)

    assert read(V4) == "192.0.2.1:32853"
    assert read(V6) == "[2001:db8:1234:5678:11:2233:4455:6677]:32853"
    for value in (b"", V4[:-1], V4 + b"\0", V6[:-1]):
        with pytest.raises(Failed, match="without an address"):
            read(value)
    with pytest.raises(Failed, match="without an address"):
        turn.address_in({turn.MAPPED: V4}, turn.RELAYED, ID)


def test_attributes_are_read_as_far_as_they_are_whole() -> None:
    body = attribute(1, b"abc") + attribute(2, b"") + attribute(3, b"wxyz")
    assert len(body) == 8 + 4 + 8
    assert list(read_attributes(body)) == [(1, b"abc"), (2, b""), (3, b"wxyz")]
    assert list(read_attributes(body[:-1])) == [(1, b"abc"), (2, b"")]
    assert list(read_attributes(body[:11])) == [(1, b"abc")]
    assert list(read_attributes(body[:7])) == [(1, b"abc")], "what fills up may be missing"


def refusal(code: int, said: bytes = b"") -> Attributes:
    return {turn.ERROR_CODE: bytes([0, 0, code // 100, code % 100]) + said}


def test_a_refusal_is_told_in_words_that_can_be_shown() -> None:
    assert turn.code_of(refusal(401)) == 401 and turn.code_of(refusal(300)) == 300
    assert turn.code_of({}) == turn.code_of({turn.ERROR_CODE: b"\0\0\4"}) == 0
    assert turn.code_of({turn.ERROR_CODE: b"\0\0\xfc\1"}) == 401, "three bits are its hundreds"
    assert turn.reason(refusal(486, b"Quota\x1b[0m\n")) == "486 Quota [0m"
    assert turn.reason(refusal(500)) == "500" and turn.reason({}) == "0"
    assert turn.reason(refusal(500, b"x" * 200)) == "500 " + "x" * 100


Answer = Callable[[int, Attributes], tuple[int, Attributes] | bytes | None]


def saying(said: bytes) -> Answer:
    """These bytes, whatever is asked."""
    return lambda *_: said


class Asked:
    """A server's address, and what it was asked."""

    def __init__(self, scheme: str, port: int, transport: str) -> None:
        self.url = f"{scheme}:127.0.0.1:{port}?transport={transport}"
        self.requests: list[tuple[int, Attributes, bytes]] = []

    def answer(self, got: bytes, say: Answer) -> list[bytes]:
        """Its own answer, behind one to somebody else."""
        method, id = int.from_bytes(got[:2]), got[8:20]
        self.requests.append((method, dict(read_attributes(got[20:])), got))
        said = say(method, self.requests[-1][1])
        if said is None or isinstance(said, bytes):
            return [] if said is None else [said]
        body = b"".join(attribute(name, value) for name, value in said[1].items())
        other = head(turn.BINDING | turn.SUCCESS, 0, bytes(12))
        return [other, head(said[0], len(body), id) + body]


@contextmanager
def datagrams(say: Answer, scheme: str = "turn") -> Iterator[Asked]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        line.bind(("127.0.0.1", 0))
        asked = Asked(scheme, line.getsockname()[1], "udp")

        def serve() -> None:
            while got := line.recvfrom(2_000):
                if got[0] == b"end":
                    return
                for one in asked.answer(got[0], say):
                    line.sendto(one, got[1])

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield asked
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
            last.sendto(b"end", line.getsockname())
        thread.join(30)


@contextmanager
def stream(say: Answer) -> Iterator[Asked]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        asked = Asked("stun", listener.getsockname()[1], "tcp")

        def serve() -> None:
            peer, _ = listener.accept()
            with peer, suppress(OSError):
                peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                for byte in b"".join(asked.answer(peer.recv(2_000), say)):
                    peer.send(bytes([byte]))

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield asked
        thread.join(30)


def test_one_is_told_ones_address() -> None:
    found = turn.BINDING | turn.SUCCESS, {turn.MAPPED: V4}
    with datagrams(lambda *_: found, "stun") as asked:
        assert turn.ask_address(asked.url) == "192.0.2.1:32853"
    [(method, attributes, got)] = asked.requests
    assert method == turn.BINDING and not attributes and got[4:8] == b"\x21\x12\xa4\x42"
    with stream(lambda *_: found) as asked:
        assert turn.ask_address(asked.url) == "192.0.2.1:32853"
    no = turn.BINDING | turn.ERROR, refusal(400, b"Bad")
    with datagrams(lambda *_: no, "stun") as asked, pytest.raises(Failed, match="refused: 400 Bad"):
        turn.ask_address(asked.url)


def test_a_datagram_that_is_lost_is_sent_again_and_at_last_given_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(turn, "AGAIN_S", (0.01, 30.0))
    said = iter([None, (turn.BINDING | turn.SUCCESS, {turn.MAPPED: V4})])
    with datagrams(lambda *_: next(said), "stun") as asked:
        assert turn.ask_address(asked.url) == "192.0.2.1:32853"
    assert len({got for _, _, got in asked.requests}) == 1 and len(asked.requests) == 2
    monkeypatch.setattr(turn, "AGAIN_S", (0.01, 0.02))
    with (
        datagrams(lambda *_: None, "stun") as asked,
        pytest.raises(Failed, match=r"no answer within 0\.03 seconds"),
    ):
        turn.ask_address(asked.url)
    assert len(asked.requests) == 2


def test_what_belongs_to_others_or_is_too_short_is_no_answer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(turn, "AGAIN_S", (0.02,))
    other = head(turn.BINDING | turn.SUCCESS, 0, bytes(12))
    for said in (other, other[:19], b"x"):
        answer = saying(said)
        with datagrams(answer, "stun") as asked, pytest.raises(Failed, match="no answer"):
            turn.ask_address(asked.url)


def test_who_hangs_up_has_said_nothing() -> None:
    for said in (b"", head(turn.BINDING | turn.SUCCESS, 0, ID)):
        with stream(saying(said)) as asked, pytest.raises(Failed, match="it hung up"):
            turn.ask_address(asked.url)


def relay(method: int, given: Attributes) -> tuple[int, Attributes]:
    """One that wants credentials first."""
    if turn.INTEGRITY not in given:
        return method | turn.ERROR, refusal(401) | CHALLENGE
    return method | turn.SUCCESS, {turn.RELAYED: V4, turn.MAPPED: V6}


def test_a_relay_is_had_by_who_proves_who_they_are_and_given_back() -> None:
    with datagrams(relay) as asked:
        assert turn.allocate(asked.url, ME) == "192.0.2.1:32853"
    methods = [method for method, _, _ in asked.requests]
    assert methods == [turn.ALLOCATE, turn.ALLOCATE, turn.REFRESH]
    first, second, last = (attributes for _, attributes, _ in asked.requests)
    udp = {turn.TRANSPORT: b"\x11\0\0\0"}
    assert first == udp
    for attributes, more in ((second, udp), (last, {turn.LIFETIME: bytes(4)})):
        assert attributes.pop(turn.INTEGRITY)
        assert attributes == more | CHALLENGE | {turn.USERNAME: ME.username.encode()}
    assert len({got[8:20] for _, _, got in asked.requests}) == 3


@pytest.mark.parametrize(
    ("first", "second", "said"),
    [
        ((turn.ALLOCATE | turn.SUCCESS, {}), None, "relays for everybody"),
        ((turn.ALLOCATE | turn.ERROR, refusal(486, b"Quota")), None, "it refused: 486 Quota"),
        ((turn.ALLOCATE | turn.ERROR, refusal(403) | CHALLENGE), None, "it refused: 403"),
        ((turn.ALLOCATE | turn.ERROR, refusal(401)), None, "it refused: 401"),
        (
            (turn.ALLOCATE | turn.ERROR, refusal(401) | CHALLENGE),
            (turn.ALLOCATE | turn.ERROR, refusal(401, b"No")),
            "refused these credentials: 401 No",
        ),
        (
            (turn.ALLOCATE | turn.ERROR, refusal(401) | CHALLENGE),
            (turn.ALLOCATE | turn.SUCCESS, {turn.MAPPED: V4}),
            "without an address",
        ),
    ],
)
def test_why_there_is_no_relay_is_said(
    first: tuple[int, Attributes], second: tuple[int, Attributes] | None, said: str
) -> None:
    answers = iter([first, second])
    with datagrams(lambda *_: next(answers)) as asked, pytest.raises(Failed, match=said):
        turn.allocate(asked.url, ME)
    assert len(asked.requests) == 1 + (second is not None)


def test_a_relay_that_is_not_taken_back_was_had() -> None:
    def say(method: int, given: Attributes) -> tuple[int, Attributes] | bytes | None:
        if method == turn.REFRESH:
            return method | turn.ERROR, refusal(437)
        return relay(method, given)

    with datagrams(say) as asked:
        assert turn.allocate(asked.url, ME) == "192.0.2.1:32853"


def test_where_nobody_listens_is_said() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    for url in (f"stun:127.0.0.1:{port}?transport=tcp", f"stun:127.0.0.1:{port}"):
        with pytest.raises(Failed, match="not reachable: Connection refused"):
            turn.ask_address(url)
