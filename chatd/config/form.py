"""What a site asks before the first word."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

from msgspec import Meta

from chatd.config.shapes import NameKey, Section
from chatd.domain.visible import shows

Kind = Literal["name", "email", "phone", "text", "choice", "consent"]
Words = Annotated[str, Meta(min_length=1, max_length=500)]
MOST_FIELDS = 16


class FieldSettings(Section, frozen=True, kw_only=True):
    """One thing that is asked. ``label``: in the site's words, of a ``consent`` what is agreed to,
    with the ``link`` to all of it; ``choices``: of a ``choice``."""

    name: NameKey
    kind: Kind = "text"
    label: Words
    required: bool = False
    choices: tuple[Words, ...] = ()
    link: str = ""


def unfit_form(fields: Sequence[FieldSettings]) -> str | None:
    """Why these cannot be asked together."""
    if len(fields) > MOST_FIELDS:
        return f"at most {MOST_FIELDS} fields, not {len(fields)}"
    names = [one.name for one in fields]
    if doubled := [name for name in names if names.count(name) > 1]:
        return f"{doubled[0]!r} is there twice"
    for one in fields:
        if not shows(one.label):
            return f"{one.name}: the label shows nothing"
        if bool(one.choices) != (one.kind == "choice"):
            return f"{one.name}: choices are of a field of the kind 'choice', which has some"
        if one.link and (one.kind != "consent" or not one.link.startswith(("https://", "/"))):
            return f"{one.name}: link is of a 'consent', and like 'https://shop.example/privacy'"
    return None
