"""Why what a peer sent cannot be read, in plain words: what is wrong, where, what is allowed."""

from __future__ import annotations

import json
import re
from typing import Any, get_args, get_type_hints

import msgspec
from msgspec import Struct
from msgspec.structs import fields as fields_of

from chatd.config.explaining import bare, choices, meaning, steps
from chatd.errors import ChatdError, Invalid, Malformed
from chatd.protocol.bounds import MOST_DEPTH

READ_AGAIN = 65_536
HALF = "half of a character in a text: \\ud800 to \\udfff come in pairs"
KINDS = {
    "object": "an object {…}",
    "array": "a list […]",
    "int": "a whole number",
    "float": "a number",
    "str": "a text",
    "bool": "true or false",
}
FOUND = {"float": "a fraction"}
MISPLACED = {
    "Expecting value": "a value is missing",
    "Expecting property name enclosed in double quotes": "a name in double quotes is missing",
    "Extra data": "something follows its end",
    "Unterminated string starting at": "a text does not end",
    "Invalid control character at": "a control character in a text is written as an escape",
    "Invalid \\escape": "an unknown escape in a text",
    "Invalid \\uXXXX escape": "\\u takes four hexadecimal digits",
}


def why_unreadable(error: Exception, data: str | bytes) -> str:
    """What is wrong with JSON, by what a decoder said of it."""
    if isinstance(error, RecursionError):
        return f"too deeply nested: {MOST_DEPTH} levels are allowed"
    if isinstance(error, UnicodeDecodeError):
        return f"it is not UTF-8 text (byte {error.start})"
    if isinstance(error, UnicodeEncodeError):
        return HALF
    if isinstance(error, msgspec.ValidationError):
        return mismatch(str(error))
    if not data.strip():
        return "it is empty"
    if isinstance(error, json.JSONDecodeError):
        return f"{words_of_python(error.msg)} (character {error.pos})"
    if isinstance(error, msgspec.DecodeError):
        return words_of_msgspec(str(error), data)
    return "a number has too many digits"


def words_of_python(said: str) -> str:
    """Of what Python's decoder says."""
    delimiter = re.fullmatch(r"Expecting '(.)' delimiter", said)
    return f"'{delimiter[1]}' is missing" if delimiter else MISPLACED.get(said, "it is malformed")


def words_of_msgspec(said: str, data: str | bytes) -> str:
    """Of what msgspec says, which has the same words for half a character and what breaks off."""
    if said.startswith("JSON is malformed: "):
        return said.removeprefix("JSON is malformed: ")
    try:
        json.loads(data[:READ_AGAIN])
    except (ValueError, RecursionError):
        return "it breaks off" if len(data) <= READ_AGAIN else f"it breaks off, or has {HALF}"
    return HALF


def mismatch(said: str) -> str:
    """What stands where something else has to, without the name of a field of a command."""
    expected, _, path = said.partition(" - at `$")
    field = path.rstrip("`").lstrip(".")
    if missing := missing_field(expected):
        return f"'{missing}' is missing"
    wanted, found = kinds_in(expected)
    named = f"'{field}'" if field else "it"
    if not wanted:
        return f"{named} is out of range"
    return f"{named} must be {wanted}" + (f", not {found}" if found else "")


def kinds_in(said: str) -> tuple[str, str]:
    """``Expected `int | str`, got `object``` as what may stand there, and what does."""
    wanted, _, found = said.partition(", got ")
    kinds = wanted.removeprefix("Expected ").strip("`").split(" | ")
    known = [KINDS[one] for one in kinds if one in KINDS]
    return " or ".join(known), (KINDS | FOUND).get(found.strip("`"), found.strip("`"))


def invalid(
    error: Exception, kind: type[Struct], where: str, data: str | bytes = b"{}"
) -> ChatdError:
    """A decoding error as the peer sees it: which field, what was expected or is allowed. Where a
    field has words for people they say that, and of another kind of value what it has to be."""
    if not isinstance(error, msgspec.ValidationError):
        return Malformed(f"{where}: {why_unreadable(error, data)}")
    expected, _, path = str(error).replace("at `key` in `$", "at `$").partition(" - at `$")
    field = path.rstrip("`").lstrip(".")
    if missing := missing_field(expected):
        field = f"{field}.{missing}".lstrip(".")
        return Invalid(f"{where}: '{field}' is missing", field=field)
    needed, (_, found) = needs(kind, field), kinds_in(expected)
    if words := words_for(kind, field):
        if needed and found:
            words = f"{where}: '{field}' must be {needed}, not {found}: {words}"
        return Invalid(words, field=field)
    if needed:
        allowed = {"allowed": some} if (some := choices(kind, field)) else {}
        return Invalid(f"{where}: '{field}' must be {needed}", field=field, **allowed)
    return Invalid(f"{where}: its data {mismatch(expected).removeprefix('it ')}", field="data")


def needs(kind: type[Struct], field: str) -> str:
    """What a field of a command may hold, or one in it (``join[0].after_seq``); nothing where there
    is none."""
    found: Any = kind if field else None
    for step in steps(field):
        found, _ = bare(found)
        if step.startswith("["):
            found = get_args(found)[-1] if get_args(found) else None
        else:
            named = (one.type for one in fields_of(found) if one.encode_name == step)
            found = next(named, None)
        if found is None:
            return ""
    return meaning(found) if found else ""


def words_for(kind: type[Struct], field: str) -> str:
    """What a field has to be, in words for people, where its type has some; what has a name of its
    own inside of it (``join[0].after_seq``) is meant by others."""
    if "." in field:
        return ""
    own = {one.encode_name: one.name for one in fields_of(kind)}
    hint = get_type_hints(kind, include_extras=True).get(own.get(field.partition("[")[0], ""))
    hints = (hint, *get_args(hint))
    metas = [one for each in hints for one in getattr(each, "__metadata__", ())]
    return next((meta.description for meta in metas if meta.description), "")


def missing_field(text: str) -> str:
    """The field that msgspec says is missing, or nothing."""
    _, found, rest = text.partition("missing required field `")
    return rest.partition("`")[0] if found else ""
