"""Attributes of a customer: what the page, their site or an operator says of them, name by name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from msgspec import Struct

from chatd.domain.visible import shows

Value = str | int | float | bool
MOST, LONGEST_NAME, LONGEST_TEXT = 16, 32, 256
NAME = re.compile(r"[^\W_](?:[\w .-]*[\w.])?")
RULE = (
    f"an attribute's name has 1 to {LONGEST_NAME} letters, digits, spaces or any of . _ -, and"
    " begins with a letter or digit"
)
VALUES = f"a text of 1 to {LONGEST_TEXT} characters, a number, true or false; null takes it away"


class Attribute(Struct, frozen=True, kw_only=True):
    """One of them; ``verified``: the site itself has signed it."""

    name: str
    value: Value
    verified: bool = False


class Signed(ValueError):
    """What the site has signed is not for the page to change."""


def change(
    attributes: Iterable[Attribute],
    given: Mapping[str, Value | None],
    *,
    verified: bool = False,
    may_overrule: bool = True,
) -> tuple[Attribute, ...]:
    """Attributes with what is given of them, in the order of their names; nothing takes one away.
    ``verified``: what is given is signed, and nothing else that was signed before stays so.
    ValueError for what is none, and for too many; Signed, unless one ``may_overrule`` these."""
    known = {one.name: one for one in attributes if not (verified and one.verified)}
    for name, value in given.items():
        if not NAME.fullmatch(name) or len(name) > LONGEST_NAME:
            raise ValueError(f"{RULE}, not {name[: 2 * LONGEST_NAME]!r}")
        before = known.get(name)
        wanted = None if value is None else clean_value(name, value)
        if before and before.verified:
            if wanted == before.value:
                continue
            if not may_overrule:
                raise Signed(f"{name!r} is signed by the site, and only it changes that")
        if wanted is None:
            known.pop(name, None)
        else:
            known[name] = Attribute(name=name, value=wanted, verified=verified)
    if len(known) > MOST:
        raise ValueError(f"there are at most {MOST} attributes, not {len(known)}")
    return in_order(known.values())


def in_order(attributes: Iterable[Attribute]) -> tuple[Attribute, ...]:
    """By their names, as they are kept."""
    return tuple(sorted(attributes, key=lambda one: one.name))


def clean_value(name: str, value: Value) -> Value:
    """A value as it is kept: a text on one line; ValueError for one that shows nothing, and for one
    that is too long."""
    if not isinstance(value, str):
        return value
    text = " ".join("".join(one if one.isprintable() else " " for one in value).split())
    if not shows(text) or len(text) > LONGEST_TEXT:
        raise ValueError(f"{name!r} is to be {VALUES}")
    return text
