"""How a line of the log looks: as text, as JSON, for the journal."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct

PRIORITIES = {"TRACE": 7, "DEBUG": 7, "INFO": 6, "WARNING": 4, "ERROR": 3, "CRITICAL": 2}
# Fields that the words of a line have already; the others stand behind them.
IN_WORDS = frozenset(
    {
        *("command", "outcome", "ticket", "call", "change", "account", "why", "request"),
        *("origin", "limit"),
    }
)
SEPARATING = re.compile('[ "=]')
INDENT = "    "


class Entry(Struct, frozen=True):
    """What is logged. ``fields`` are what it is about, ``trace`` the stack of a fault."""

    time: datetime
    level: str
    area: str
    text: str
    fields: dict[str, Any] = {}
    trace: str = ""


Shape = Callable[[Entry], str]


def as_text(entry: Entry) -> str:
    """``2026-11-26T00:00:00.000+00:00 INFO    tickets     TKT-1 accepted operator=artem``."""
    return f"{entry.time.isoformat(timespec='milliseconds')} {entry.level: <7} {words(entry)}"


def words(entry: Entry) -> str:
    """A line without its time and level."""
    fields = "".join(
        [
            f" {name}={field(value)}"
            for name, value in entry.fields.items()
            if value is not None and value != "" and name not in IN_WORDS
        ]
    )
    trace = f"\n{INDENT}{tame(entry.trace)}" if entry.trace else ""
    return f"{entry.area: <11} {tame(entry.text)}{fields}{trace}"


def as_json(entry: Entry) -> str:
    """One object: ``time``, ``level``, ``area``, ``message``, and the fields as they are."""
    trace = {"trace": entry.trace} if entry.trace else {}
    own = {"level": entry.level.lower(), "area": entry.area, "message": entry.text, **trace}
    told = {name: value for name, value in entry.fields.items() if value not in (None, "")}
    time = entry.time.isoformat(timespec="milliseconds")
    return msgspec.json.encode({"time": time, **told, **own}, enc_hook=str).decode()


def for_journal(shape: Shape) -> Shape:
    """Each line begins with its level as the journal reads it, which knows the time itself."""
    inner = words if shape is as_text else shape

    def with_priority(entry: Entry) -> str:
        mark = f"<{PRIORITIES.get(entry.level, 6)}>"
        return "\n".join(mark + line for line in inner(entry).split("\n"))

    return with_priority


def field(value: Any) -> str:
    """A field's value: quoted where it would not be one word."""
    text = str(value)
    return (
        text
        if text.isprintable() and not SEPARATING.search(text)
        else msgspec.json.encode(text).decode()
    )


def tame(text: str) -> str:
    """Names that peers choose cannot begin a line of their own or colour the terminal; our own
    stacks keep their lines."""
    text = text.rstrip()
    if text.isprintable():
        return text
    shown = "".join(char if char.isprintable() or char == "\n" else "�" for char in text)
    return shown.replace("\n", f"\n{INDENT}")
