"""Whether what the daemon says is what its types say: to the last member, and none beside."""

from __future__ import annotations

from threading import Lock
from typing import Any, get_args

import msgspec

from chatd.protocol import results
from chatd.protocol.envelope import COMMANDS
from chatd.protocol.events import EVENTS

# Two threads that look for the first time what a type is made of crash msgspec.
LOOKING = Lock()


def check_event(name: str, data: Any) -> None:
    """AssertionError for an event that is not there, or not like its type."""
    assert name in EVENTS, f"no such event: {name}"
    kind = EVENTS[name]
    check(data, kind.shape or kind, name)


def check_answer(name: str, data: Any) -> None:
    """AssertionError for the answer to a command that is not like its type."""
    check(data, COMMANDS[name].result, name)
    for one in data.get("joined", ()):
        check(one, results.Joined | results.NotJoined, name)


def check(data: Any, shape: Any, what: str) -> None:
    """AssertionError for data that lack a member of a type, or have one that it does not."""
    wrong = [difference(data, one) for one in choices(shape)]
    assert None in wrong, f"{what}: {'; '.join(map(str, wrong))}: {data!r}"


def choices(shape: Any) -> tuple[Any, ...]:
    """The types of a union that nothing in the data tells apart, else the one."""
    parts = get_args(shape)
    structs = [one for one in parts if isinstance(one, type) and issubclass(one, msgspec.Struct)]
    untagged = [one for one in structs if one.__struct_config__.tag is None]
    return parts if len(untagged) > 1 else (shape,)


def difference(data: Any, shape: Any) -> str | None:
    """What is wrong, if anything is: what is unknown gets lost on the way there and back."""
    try:
        with LOOKING:
            known = msgspec.json.decode(msgspec.json.encode(msgspec.convert(data, shape)))
    except msgspec.ValidationError as error:
        return str(error)
    return None if known == data else f"as {known!r}"
