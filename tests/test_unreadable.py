"""What cannot be read is refused in plain English: what is wrong with it, and what is allowed."""

from __future__ import annotations

import json
import re

import msgspec
import pytest
from msgspec.structs import fields

from chatd.admin.lines import read_request
from chatd.errors import ChatdError, Malformed
from chatd.net.http.bodies import decode_json
from chatd.protocol.envelope import COMMANDS, BadCommand, decode, unknown_command
from chatd.protocol.unreadable import READ_AGAIN, why_unreadable

OF_PROGRAMMERS = re.compile(
    r"`|Expect|codec|truncated|unpack|regex|enum|NoneType|sys\.|line 1|\b(str|int|float|bool)\b"
)
OBJECTS = {"attributes", "candidate", "description", "form", "here", "keys", "meta"}
WRONG = [
    *(5, -1, 1.5, 1e300, 10**30, "", "x", "x" * 500, "x" * 9_000, None, True, [], {}, [5], [None]),
    *([[1]], ["x" * 500], [{}], {"a": 5}, {"a": [5]}, [{"dialog_id": 5}]),
    [{"dialog_id": "lobby", "after_seq": "5"}],
]


def refusal(frame: str | bytes) -> str:
    """Of a frame on the raw WebSocket."""
    with pytest.raises(BadCommand) as bad:
        decode(frame)
    return bad.value.error.message


FRAMES: dict[str, str | bytes] = {
    "it is empty": "",
    "it breaks off": '{"event":"ping"',
    "it must be an object {…}, not a list […]": "[]",
    "'event' is missing": '{"id":1}',
    "'event' must be a text, not a whole number": '{"event":5}',
    "'id' must be a whole number or a text, not a fraction": '{"event":"ping","id":1.5}',
    "'id' is out of range": '{"event":"ping","id":1e999}',
    "trailing characters (byte 18)": '{"event":"ping"} x',
    "invalid character (byte 0)": "hello",
    "half of a character": '{"event":"ping","data":{"x":"\\ud83d"}}',
    "half of a character ": '{"event":"\ud83d"}',
    "it is not UTF-8 text": b'{"event":"\xff"}',
    "too deeply nested: 32": '{"event":"ping","data":{"x":' + "[" * 3_000 + "]" * 3_000 + "}}",
    "ping: its data must be an object {…}, not a whole number": '{"event":"ping","data":5}',
    "'join[0].after_seq' must be a whole number from 0": (
        '{"event":"hello","data":{"join":[{"dialog_id":"lobby","after_seq":"5"}]}}'
    ),
    "'with' must be a list of at most 100 texts, not a text: at most 100 user names": (
        '{"event":"dialog:create","data":{"kind":"group","title":"x","with":"boris"}}'
    ),
    "it breaks off, or has half of a character": '{"event":"ping","x":"' + "x" * READ_AGAIN,
}


@pytest.mark.parametrize("said", FRAMES)
def test_a_frame_that_is_no_command_is_told_what_is_wrong(said: str) -> None:
    found = refusal(FRAMES[said])
    assert said.strip() in found and not OF_PROGRAMMERS.search(found)


BODIES = {
    "it is empty": b" ",
    "it is not UTF-8 text (byte 1)": b'"\xff"',
    "a name in double quotes is missing (character 1)": b"{'a':1}",
    "a value is missing": b"[1,",
    "something follows its end": b"{}{}",
    "a text does not end": b'"abc',
    "a control character in a text": b'"a\nb"',
    "an unknown escape": b'"\\q"',
    "four hexadecimal digits": b'"\\u12"',
    "':' is missing": b'{"a" 1}',
    "',' is missing": b"[1 2]",
    "a member is named twice": b'{"a":1,"a":2}',
    "NaN is no number": b"NaN",
    "too many digits": b"1" * 5_000,
    "half of a character": b'"\\ud83d"',
}


@pytest.mark.parametrize("said", BODIES)
def test_a_body_that_is_no_json_is_told_what_is_wrong(said: str) -> None:
    with pytest.raises(Malformed) as refused:
        decode_json(BODIES[said])
    found = refused.value.message
    assert said in found and not OF_PROGRAMMERS.search(found) and len(found) < 120


def test_a_line_of_the_admin_socket_is_told_what_is_wrong() -> None:
    for line, said in (("", "it is empty"), ("{}", "'verb' is missing"), (b"\xff", "character")):
        with pytest.raises(Malformed, match=said):
            read_request(line)


def test_no_field_of_any_command_is_refused_in_a_programmers_words() -> None:
    for name, command in COMMANDS.items():
        for field in fields(command):
            for wrong in WRONG:
                frame = json.dumps({"event": name, "data": {field.name: wrong}})
                try:
                    decode(frame)
                except BadCommand as bad:
                    told = bad.error.message.replace(f"'{field.name}", "")
                    assert not OF_PROGRAMMERS.search(told), (frame[:200], told)


def test_of_every_field_of_another_kind_its_name_is_told_and_what_it_has_to_be() -> None:
    for name, command in COMMANDS.items():
        for field in fields(command):
            wrong = "boris" if field.encode_name in OBJECTS else {"boris": 1.5}
            frame = json.dumps({"event": name, "data": {field.encode_name: wrong}})
            with pytest.raises(BadCommand) as bad:
                decode(frame)
            error = bad.value.error
            assert f"{name}: '{field.encode_name}' " in error.message, (frame, error.message)


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("pong", "ping"),
        ("ticket:acept", "ticket:accept"),
        ("tikcet:accept", "ticket:accept"),
        ("message:sent", "message:send"),
        ("dialog:zzz", ""),
        ("", ""),
        (":", ""),
        ("x" * 100_000, ""),
    ],
)
def test_an_unknown_command_is_told_the_nearest_and_where_all_are(name: str, nearest: str) -> None:
    error = unknown_command(name)
    told = error.as_dict()
    assert told.get("nearest", "") == nearest and set(told) <= {"code", "message", "nearest"}
    assert (f"perhaps '{nearest}'" in error.message) == bool(nearest)
    assert "docs/commands.md" in error.message and len(error.message) < 160


def test_whatever_a_decoder_says_there_is_a_sentence() -> None:
    for error in (ValueError("?"), json.JSONDecodeError("?", "", 0), msgspec.DecodeError("?")):
        assert not OF_PROGRAMMERS.search(why_unreadable(error, "{"))
    assert isinstance(unknown_command("x"), ChatdError)
