"""The largest, deepest, widest input of every command and route, and the work that it may take:
calls and bytes are counted, so that a slow machine changes nothing."""

from __future__ import annotations

import json
import sys
import tracemalloc
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import msgspec
import pytest

from chatd.domain.draft import MAX_DRAFT, Draft
from chatd.errors import ChatdError, Malformed, TooLarge
from chatd.net.http.bodies import decode_json
from chatd.net.http.identity import cookie_of
from chatd.net.http.routes import ROUTES
from chatd.protocol.belongings import ExportPerson
from chatd.protocol.bounds import (
    ENVELOPE_BYTES,
    MOST_BYTES,
    MOST_DEPTH,
    MOST_VALUES,
    bytes_with,
    most_bytes,
)
from chatd.protocol.calling import MOST_SDP
from chatd.protocol.calls import SignalCall
from chatd.protocol.commands import Command
from chatd.protocol.envelope import COMMANDS, BadCommand, convert, decode
from chatd.protocol.operating import Backup

LONGEST = 8_000
EMOJI = "\N{GRINNING FACE}"
BYTES = "A" * ((MOST_BYTES - 1_000) // 4 * 4)  # in base64
CALLS = 3_000
CALLS_PER_BYTE = 2
MEMORY_PER_BYTE = 12
FRAME = 262_144


def largest(type: Any, command: type[Command]) -> Any:
    """The largest value of a type that the wire may bring."""
    info = type if isinstance(type, msgspec.inspect.Type) else msgspec.inspect.type_info(type)
    if isinstance(info, msgspec.inspect.Metadata):
        return largest(info.type, command)
    if isinstance(info, msgspec.inspect.UnionType):
        return max((largest(one, command) for one in info.types), key=lambda one: len(str(one)))
    if isinstance(info, msgspec.inspect.LiteralType):
        return max(info.values, key=lambda one: len(str(one)))
    if isinstance(info, msgspec.inspect.StrType):
        return matching(info.pattern) if info.pattern else EMOJI * (info.max_length or LONGEST)
    if isinstance(info, msgspec.inspect.IntType):
        return min(info.le or 2**53, 2**53)
    if isinstance(info, msgspec.inspect.ListType):
        if isinstance(info.item_type, msgspec.inspect.ListType):
            return widest_ops()
        return [largest(info.item_type, command)] * (info.max_length or 1)
    if isinstance(info, msgspec.inspect.StructType):
        return fields_of(info.cls)
    if isinstance(info, msgspec.inspect.DictType):
        return {f"name{number:028}": EMOJI * 256 for number in range(16)}
    return {msgspec.inspect.BoolType: True, msgspec.inspect.BytesType: BYTES}.get(info.__class__)


def widest_ops() -> list[list[Any]]:
    """As many edits of a draft as there may be."""
    return [["i", EMOJI * (LONGEST // 256), 0]] * 256


def matching(pattern: str) -> str:
    """Something that the pattern takes."""
    beginning = next((one for one in ("TKT-", "p-") if one in pattern), "a" * 4)
    return f"{beginning}{'1' * 9}"


def fields_of(command: type[Command]) -> dict[str, Any]:
    found = {}
    for field in msgspec.inspect.type_info(command).fields:  # type: ignore[attr-defined]
        value = largest(field.type, command)
        if value is not None:
            found[field.encode_name] = value
    if command in (Backup, ExportPerson):
        found["directory"] = "/" + "d" * 4_095
    if "sdp" in found:
        found["sdp"] = "v" * MOST_SDP
    if command is SignalCall:
        found["candidate"] = None
    if "reset" in found:
        found["reset"] = None
    return found


class Work:
    """Counts calls and the most memory that something takes."""

    def __init__(self) -> None:
        self.calls = self.memory = 0

    def of(self, act: Callable[[], Any]) -> Any:
        """What comes of it; a refusal counts like anything else."""
        self.calls = 0
        result = None
        tracemalloc.start()
        sys.setprofile(self._count)
        try:
            with suppress(BadCommand, ChatdError):
                result = act()
        finally:
            sys.setprofile(None)
            self.memory = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
        return result

    def _count(self, frame: Any, event: str, argument: Any) -> None:
        self.calls += event in ("call", "c_call")


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_the_largest_that_is_legal_is_taken_and_takes_bounded_work(name: str) -> None:
    command, fields = COMMANDS[name], fields_of(COMMANDS[name])
    frame = json.dumps({"event": name, "id": 1, "data": fields}).encode()
    assert len(json.dumps(fields)) <= most_bytes(command, LONGEST), "it is legal, and refused"
    work = Work()
    taken = work.of(lambda: decode(frame, LONGEST))
    assert taken is not None, frame[:300]
    assert work.calls < CALLS and work.memory < MEMORY_PER_BYTE * len(frame) + 100_000
    body = json.dumps(fields).encode()
    assert work.of(lambda: convert(command, decode_json(body))) == taken[1]
    assert work.calls < CALLS_PER_BYTE * 2_000 + CALLS
    assert work.memory < MEMORY_PER_BYTE * len(body) + 100_000


@pytest.mark.parametrize("known", [True, False])
def test_a_frame_that_is_longer_than_any_command_is_not_looked_into(known: bool) -> None:
    most = ENVELOPE_BYTES + (bytes_with(LONGEST) if known else MOST_BYTES)
    frame = b'{"event":"ping"' + b" " * (most - 16) + b"}"
    assert decode(frame, LONGEST, known=known) and decode(frame.decode(), LONGEST, known=known)
    for longer in (frame + b" ", "\N{GRINNING FACE}" * (most // 4 + 1)):
        with pytest.raises(BadCommand, match=f"at most {most} bytes"):
            decode(longer, LONGEST, known=known)


ENDLESS = {
    "wide": lambda size: b"[" + b"1," * (size // 2 - 2) + b"1]",
    "of objects": lambda size: b"[" + b"{}," * (size // 3 - 2) + b"{}]",
    "of strings": lambda size: b"[" + b'"",' * (size // 3 - 2) + b'""]',
    "deep": lambda size: b"[" * (size // 2) + b"]" * (size // 2),
    "deep and wide": lambda size: b'{"a":[' * (size // 8) + b"]}" * (size // 8),
    "long": lambda size: b'"' + b"x" * (size - 2) + b'"',
    "of escapes": lambda size: b'"' + b"\\\\" * (size // 2 - 1) + b'"',
    "without an end": lambda size: b'"' + b"\\" * (size - 1),
    "of quotes": lambda size: b'"' * size,
}


@pytest.mark.parametrize("shape", ENDLESS)
@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_what_is_larger_deeper_or_wider_is_refused_for_little(name: str, shape: str) -> None:
    inner = ENDLESS[shape](FRAME - 100)
    for data in (inner, b'{"meta":' + inner + b"}"):
        frame = b'{"event":"%b","id":1,"data":%b}' % (name.encode(), data)
        work = Work()
        assert work.of(lambda frame=frame: decode(frame, LONGEST)) is None
        assert work.calls < CALLS and work.memory < 4 * FRAME


@pytest.mark.parametrize("shape", ENDLESS)
@pytest.mark.parametrize("route", [one for one in ROUTES if one.method == "POST"])
def test_a_body_is_refused_for_little(route: Any, shape: str) -> None:
    body = b'{"meta":' + ENDLESS[shape](most_bytes(route.command, LONGEST) - 20) + b"}"
    work = Work()
    taken = work.of(lambda: decode_json(body))
    assert (taken is not None) == (shape in ("long", "of escapes"))
    assert work.calls < CALLS + 4 * MOST_VALUES
    assert work.memory < MEMORY_PER_BYTE * len(body) + 100_000


def test_the_bounds_are_where_they_are_said_to_be() -> None:
    values = b"[" + b"1," * (MOST_VALUES - 1) + b"1]"
    assert len(decode_json(values)) == MOST_VALUES
    with pytest.raises(TooLarge):
        decode_json(values.replace(b"]", b",1]"))
    assert decode_json(b"[" * MOST_DEPTH + b" " * 64 + b"]" * MOST_DEPTH)
    with pytest.raises(Malformed):
        decode_json(b"[" * (MOST_DEPTH + 1) + b" " * 64 + b"]" * (MOST_DEPTH + 1))
    assert decode_json(json.dumps("," * 8_000 + '{["\\' * 900).encode()), "text is no structure"


def test_a_cookie_is_read_with_work_in_proportion() -> None:
    work = Work()
    for cookie in (
        'a="' + "\\" * 30_000,
        "a=b;" * 8_000,
        "=" * 32_000,
        '"' * 32_000,
        "chatd_session=x;" * 100,
    ):
        assert work.of(lambda cookie=cookie: cookie_of({"HTTP_COOKIE": cookie})) is None
        assert work.calls < 2_000 and work.memory < 300_000
    assert cookie_of({"HTTP_COOKIE": "a=b; chatd_session=s-1.x; c=d"}) == "s-1.x"
    assert cookie_of({"HTTP_COOKIE": 'chatd_session="s-1.x"'}) == "s-1.x"


def test_a_draft_grows_past_its_bound_in_no_op() -> None:
    draft, work = Draft(), Work()
    ops: list[list[str | int]] = [["i", "x" * 240_000]] + [["e", 1, 0]] * 255
    with pytest.raises(TooLarge):
        draft.edit(0, ops)
    assert work.of(lambda: draft.edit(0, ops)) is None
    assert work.memory < 50_000 and work.calls < 50
    growing: list[list[str | int]] = [["i", "x" * MAX_DRAFT, 0]] * 256
    work.of(lambda: draft.edit(0, growing))
    assert work.memory < 5 * MAX_DRAFT + 50_000 and work.calls < 50
    draft.edit(0, [["i", "x" * MAX_DRAFT], ["e", MAX_DRAFT], ["i", "y" * MAX_DRAFT]])
    assert draft.text == "y" * MAX_DRAFT
