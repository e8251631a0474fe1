"""Reads what the daemon told, also where it is not as it should be.

Of a thing, members of another kind than theirs are left out; of a list, what is no such thing.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from types import UnionType
from typing import Any, TypeVar, Union, get_args, get_origin

import msgspec
from msgspec import Struct, ValidationError

from chatd.terminal.core.text import REPLACEMENT

T = TypeVar("T")
S = TypeVar("S", bound=Struct)


def read(raw: Any, kind: type[S]) -> S:
    """A thing of this kind; ValidationError when not even what tells it apart can be read."""
    try:
        return msgspec.convert(raw, kind)
    except ValidationError:
        return thing(raw, kind)


def rows(answer: Mapping[str, Any], name: str, kind: type[S]) -> list[S]:
    """A list that an answer holds."""
    found: list[S] = convert_list(answer.get(name), kind)
    return found


def convert_list(raw: Any, kind: Any) -> list[Any]:
    """Those of a list that are of this kind; what is none hides no other."""
    found = []
    for one in raw if isinstance(raw, list) else []:
        with contextlib.suppress(ValidationError):
            found.append(lenient(one, kind))
    return found


def convert_table(raw: dict[str, Any], kind: Any) -> dict[str, Any]:
    """Those of a table that are of this kind."""
    found = {}
    for name, one in raw.items():
        with contextlib.suppress(ValidationError):
            found[name] = lenient(one, kind)
    return found


def thing(raw: Any, kind: type[S]) -> S:
    """A thing with those of its members that can be read. Who has no name is called U+FFFD."""
    kept, fields = members(raw, kind), msgspec.structs.fields(kind)
    for field in fields:
        if field.required and field.name not in kept:
            if field.name != "name" or field is fields[0] or not fields[0].name.endswith("id"):
                raise ValidationError(f"{kind.__name__}: {field.name}")
            kept[field.name] = REPLACEMENT
    return kind(**kept)


def members(raw: Any, kind: type[S]) -> dict[str, Any]:
    """What was told of a thing and can be read."""
    if not isinstance(raw, dict):
        raise ValidationError(f"{kind.__name__}: {type(raw).__name__}")
    kept: dict[str, Any] = {}
    for field in msgspec.structs.fields(kind):
        with contextlib.suppress(ValidationError, KeyError):
            kept[field.name] = lenient(raw[field.encode_name], field.type)
    return kept


def lenient(raw: Any, kind: Any) -> Any:
    """A value of this kind, or as much of it as can be read."""
    with contextlib.suppress(ValidationError):
        return msgspec.convert(raw, kind)
    origin = get_origin(kind)
    if origin in (Union, UnionType):
        for one in get_args(kind):
            with contextlib.suppress(ValidationError):
                return lenient(raw, one)
    if origin is list and isinstance(raw, list):
        return convert_list(raw, get_args(kind)[0])
    if origin is dict and isinstance(raw, dict):
        return convert_table(raw, get_args(kind)[1])
    if isinstance(kind, type) and issubclass(kind, Struct):
        return thing(raw, kind)
    raise ValidationError(f"{kind}: {type(raw).__name__}")
