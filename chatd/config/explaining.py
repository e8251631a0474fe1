"""What a place may hold, in words for people; why a configuration is refused, the key in full."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin

import msgspec

ANY_ENTRY = "[...]"
BOUNDS = ("ge", "gt", "le", "min_length", "max_length")
NUMBERS = {int: "a whole number", float: "a number"}
NAMES = {
    bytes: "bytes in base64",
    bool: "true or false",
    list: "a list",
    tuple: "a list",
    dict: "a table",
}
LONGEST_TOLD = 60
FEW = 4  # keys of a table that are named


def explain(
    error: msgspec.ValidationError,
    raw: Any,
    kind: type[msgspec.Struct],
    patterns: Mapping[str, str],
) -> str:
    """What is wrong with ``raw`` as a ``kind``, with the key in front, and what may stand there:
    ``rooms.tea.capacity: must be a whole number of at least 1, not 0``. ``patterns``: regular
    expressions in words."""
    said, _, where = str(error).partition(" - at `")
    of_name, _, path = where.rstrip("`").rpartition("` in `")
    names, found, wanted = trace(raw, kind, steps(path))
    if of_name:
        wanted = get_args(wanted)[0]
        names.append(first_unfit(found, wanted))
    pattern = said.partition("matching regex '")[2].rstrip("'").replace("\\\\", "\\")
    words = patterns.get(pattern) or in_words(said, wanted, names[-1] if of_name else found)
    return ": ".join(filter(None, [".".join(names), words]))


def in_words(said: str, wanted: Any, found: Any) -> str:
    """What msgspec says of what it found, in words; its own where there are none."""
    if "unknown field" in said:
        name = said.partition("`")[2].rstrip("`")
        return f"there is no {name!r} here; allowed: {', '.join(allowed_in(wanted))}"
    if "missing required field" in said:
        return f"{said.partition('`')[2].rstrip('`')!r} is needed here"
    words = meaning(wanted)
    return f"must be {words}, not {excerpt(found)}" if words else said


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
            kind = next(one.type for one in msgspec.structs.fields(kind) if one.encode_name == step)
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


def meaning(kind: Any) -> str:
    """What may stand in a place, in words: ``a whole number from 1 to 200``; empty where they
    would not help."""
    kind, bounds = bare(kind)
    origin = get_origin(kind) or kind
    if isinstance(origin, type) and issubclass(origin, msgspec.Struct):
        keys = allowed_in(origin)
        return f"a table of {', '.join(keys)}" if len(keys) <= FEW else NAMES[dict]
    if origin is Literal:
        *others, last = allowed_in(kind)
        return f"{', '.join(others)} or {last}" if others else last
    if origin in NUMBERS:
        return f"{NUMBERS[origin]}{span(bounds)}"
    if origin is str:
        lengths = span(bounds)
        return f"a text{lengths}{' characters' if lengths else ''}"
    of_texts = origin in (list, tuple) and bare(get_args(kind)[0])[0] is str
    what = "texts" if of_texts else "entries" if bounds else ""
    return NAMES.get(origin, "") + (f"{span(bounds) or ' of'} {what}" if what else "")


def bare(kind: Any) -> tuple[Any, dict[str, Any]]:
    """A type without ``None`` and its kind beside it, and the bounds that stand at it."""
    bounds: dict[str, Any] = {}
    while True:
        if metas := getattr(kind, "__metadata__", ()):
            for meta in metas:
                bounds |= {key: getattr(meta, key, None) for key in BOUNDS}
            kind = kind.__origin__
        elif get_origin(kind) in (Union, UnionType):
            nothing = (type(None), msgspec.UnsetType)
            kind = next(one for one in get_args(kind) if one not in nothing)
        else:
            return kind, {key: bound for key, bound in bounds.items() if bound is not None}


def span(bounds: Mapping[str, Any]) -> str:
    """`` from 1 to 200``, `` of at least 8``, `` above 0``."""
    low = bounds.get("ge", bounds.get("min_length"))
    high = bounds.get("le", bounds.get("max_length"))
    above = bounds.get("gt")
    if above is not None:
        return f" above {above:g}" + (f", at most {high:,}" if high is not None else "")
    if low is not None and high is not None:
        return f" from {low:,} to {high:,}" if "ge" in bounds else f" of {low:,} to {high:,}"
    if low is not None:
        return f" of at least {low:,}"
    return f" of at most {high:,}" if high is not None else ""


def excerpt(found: Any) -> str:
    """What stands there, short."""
    text = "nothing" if found is None else repr(found)
    return text if len(text) <= LONGEST_TOLD else f"{text[:LONGEST_TOLD]}…"


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
        return sorted(one.encode_name for one in msgspec.structs.fields(kind))
    return []
