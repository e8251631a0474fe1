"""Why a configuration is refused: the key in full, and what is allowed there."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Literal, get_args, get_origin

import msgspec

ANY_ENTRY = "[...]"


def explain(
    error: msgspec.ValidationError,
    raw: Any,
    kind: type[msgspec.Struct],
    patterns: Mapping[str, str],
) -> str:
    """What msgspec says of ``raw`` as a ``kind``, with the key in front, and what may stand there:
    ``rooms.tea.capacity: Expected `int` >= 1``. ``patterns``: regular expressions in words."""
    said, _, where = str(error).partition(" - at `")
    of_name, _, path = where.rstrip("`").rpartition("` in `")
    names, found, wanted = trace(raw, kind, steps(path))
    if of_name:
        wanted = get_args(wanted)[0]
        names.append(first_unfit(found, wanted))
    pattern = said.partition("matching regex '")[2].rstrip("'").replace("\\\\", "\\")
    words = patterns.get(pattern, said)
    allowed = allowed_in(wanted) if "unknown field" in said or "enum value" in said else ()
    text = ": ".join(filter(None, [".".join(names), words]))
    return f"{text}; allowed: {', '.join(allowed)}" if allowed else text


def steps(path: str) -> list[str]:
    """``$.rooms[...].capacity`` → ``["rooms", "[...]", "capacity"]``."""
    return re.findall(r"\[[^\]]*\]|[^.\[\]]+", path.removeprefix("$"))


def trace(raw: Any, kind: Any, path: Iterable[str]) -> tuple[list[str], Any, Any]:
    """The names on a path that msgspec tells without them, what stands at its end, of what kind."""
    names: list[str] = []
    for step in path:
        if step == ANY_ENTRY:
            kind = get_args(kind)[1]
            names.append(first_unfit(raw, kind, by_value=True))
        elif step.startswith("["):
            kind, raw = get_args(kind)[0], raw[int(step[1:-1])]
            names[-1] += step
            continue
        else:
            kind = next(one.type for one in msgspec.structs.fields(kind) if one.name == step)
            names.append(step)
        raw = raw.get(names[-1], {})
    return names, raw, kind


def first_unfit(table: Mapping[str, Any], kind: Any, *, by_value: bool = False) -> str:
    """The name of the first entry whose name, or value, is not of the kind."""
    for name, value in table.items():
        try:
            msgspec.convert(value if by_value else name, kind)
        except msgspec.ValidationError:
            return name
    return "?"


def choices(kind: type[msgspec.Struct], field: str) -> list[str]:
    """The words that may stand in a field, if it is a choice between words."""
    kinds = [one.type for one in msgspec.structs.fields(kind) if one.name == field]
    alternatives = [part for one in kinds for part in (one, *get_args(one))]
    return [word for one in alternatives for word in allowed_in(one)]


def allowed_in(kind: Any) -> list[str]:
    """What may stand in a place: the keys of a table, or the words of a choice."""
    if get_origin(kind) is Literal:
        return [str(one) for one in get_args(kind)]
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return sorted(one.name for one in msgspec.structs.fields(kind))
    return []
