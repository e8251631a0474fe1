"""The frame parser alone: any stream, cut anywhere, judged as early as can be."""

from __future__ import annotations

import struct
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.frames import Frame, Opcode

from chatd.net.frames import (
    BINARY,
    CLOSE,
    CONTINUATION,
    PING,
    PONG,
    TEXT,
    Assembler,
    Item,
    Limits,
    Violation,
    encode,
    encode_close,
    read_close,
)

LIMITS = Limits(max_message=3_000, max_fragments=8)


def masked(opcode: int, payload: bytes, *, fin: bool = True) -> bytes:
    """A client's frame, by another library."""
    return Frame(Opcode(opcode), payload, fin).serialize(mask=True)


def fed(pieces: list[bytes], limits: Limits = LIMITS) -> list[Item]:
    """What comes out when these come in, one after the other."""
    assembler, items = Assembler(limits), []
    for piece in pieces:
        assembler.feed(piece)
        while (item := assembler.take()) is not None:
            items.append(item)
    return items


def cut_at(whole: bytes, places: list[int]) -> list[bytes]:
    """In pieces."""
    return [whole[a:b] for a, b in pairwise([0, *sorted(places), len(whole)])]


controls = st.tuples(st.sampled_from([PING, PONG, CLOSE]), st.binary(max_size=125))
messages = st.one_of(
    st.tuples(st.just(TEXT), st.text(max_size=400)),
    st.tuples(st.just(BINARY), st.binary(max_size=3_000)),
)


@st.composite
def streams(draw: st.DrawFn) -> tuple[bytes, list[Item]]:
    """Frames of messages, some in fragments with control frames between; what they are to give."""
    stream, items = b"", []
    for opcode, content in draw(st.lists(st.one_of(messages, controls), min_size=1, max_size=6)):
        payload = content.encode() if isinstance(content, str) else content
        places = draw(st.lists(st.integers(0, len(payload)), max_size=6)) if opcode < CLOSE else []
        parts = cut_at(payload, places)
        for number, part in enumerate(parts):
            last = number == len(parts) - 1
            stream += masked(CONTINUATION if number else opcode, part, fin=last)
            if not last and draw(st.booleans()):
                between = draw(controls)
                stream += masked(*between)
                items.append(between)
        items.append((opcode, content))
    return stream, items


@given(stream=streams(), data=st.data())
def test_however_a_stream_is_cut_the_same_comes_out(
    stream: tuple[bytes, list[Item]], data: st.DataObject
) -> None:
    whole, items = stream
    places = data.draw(st.lists(st.integers(0, len(whole)), max_size=12))
    assert fed(cut_at(whole, places)) == items
    assert fed([whole[at : at + 1] for at in range(len(whole))]) == items


@given(garbage=st.lists(st.binary(max_size=300), max_size=8))
def test_garbage_gives_items_or_a_violation_and_nothing_else(garbage: list[bytes]) -> None:
    try:
        items = fed(garbage)
    except Violation as violation:
        assert violation.code in (1002, 1007, 1009)
    else:
        assert all(opcode in (TEXT, BINARY, CLOSE, PING, PONG) for opcode, _ in items)


@given(st.lists(st.tuples(st.booleans(), st.binary(max_size=12)), max_size=9))
def test_text_is_judged_as_a_strict_decoder_judges_it(parts: list[tuple[bool, bytes]]) -> None:
    whole = b"".join(payload for _, payload in parts)
    frames = [masked(0 if at else TEXT, part, fin=False) for at, (_, part) in enumerate(parts)]
    try:
        expected: list[Item] | None = [(TEXT, whole.decode())]
    except UnicodeDecodeError:
        expected = None
    stream = [*frames, masked(0 if frames else TEXT, b"")]
    if expected is None:
        with pytest.raises(Violation) as caught:
            fed(stream, Limits())
        assert caught.value.code == 1007
    else:
        assert fed(stream, Limits()) == expected


@pytest.mark.parametrize(
    ("stream", "code"),
    [
        (struct.pack("!BBQ", 0x81, 0xFF, 2**63 - 1) + b"mask", 1009),
        (struct.pack("!BBH", 0x81, 0xFE, 3_001) + b"mask", 1009),
        (
            masked(TEXT, b"x" * 2_000, fin=False) + struct.pack("!BBH", 0, 0xFE, 1_001) + b"mask",
            1009,
        ),
        (masked(TEXT, b"", fin=False) + masked(0, b"", fin=False) * 8, 1009),
        (b"\x81\x05", 1002),
        (b"\xc1\x85", 1002),
        (b"\x83\x80", 1002),
        (b"\x89\xfe", 1002),
        (b"\x09\x80", 1002),
        (b"\x80\x80mask", 1002),
        (masked(TEXT, b"", fin=False) + b"\x81\x80mask", 1002),
        (struct.pack("!BBH", 0x81, 0xFE, 1_000) + b"\0\0\0\0" + b"\xff", 1007),
        (b"\x81\xfe\x03\xe8\0\0\0\0" + b"ok \xf4\x90", 1007),
    ],
    ids=range(13),
)
def test_what_is_wrong_is_refused_before_more_of_it_is_awaited(stream: bytes, code: int) -> None:
    with pytest.raises(Violation) as caught:
        fed([stream])
    assert caught.value.code == code


def test_a_message_of_exactly_the_limits_is_taken() -> None:
    assert fed([masked(BINARY, b"x" * 3_000)]) == [(BINARY, b"x" * 3_000)]
    parts = [masked(0 if at else TEXT, b"x", fin=at == 7) for at in range(8)]
    assert fed(parts) == [(TEXT, "x" * 8)]


@pytest.mark.parametrize("size", [0, 125, 126, 65_535, 65_536])
def test_what_is_sent_is_a_frame_of_the_shortest_form(size: int) -> None:
    expected = Frame(Opcode.BINARY, b"x" * size).serialize(mask=False)
    assert encode(BINARY, b"x" * size) == expected


def test_a_close_reason_is_cut_between_characters() -> None:
    code, reason = read_close(encode_close(4001, "щ" * 100)[2:])
    assert (code, reason) == (4001, "щ" * 61)


def test_fat_frames_are_more_work_than_small_ones() -> None:
    few, many = Assembler(Limits()), Assembler(Limits())
    few.feed(bytes(65_536))
    many.feed(bytes(100))
    assert (few.work, many.work) == (33, 1), "two reads of fat frames are a turn, or 64 small ones"
