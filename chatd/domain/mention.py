"""Who is named in a text: ``@artem`` or ``@Артём Волков``, however it is written."""

from __future__ import annotations

import re
from collections.abc import Iterable

from msgspec import Struct

# An address of mail names nobody.
AT = re.compile(r"(?<![\w.@-])@")


class Mention(Struct, frozen=True, kw_only=True):
    """An operator was named in a note that they have not read. ``at``: when the note was written;
    ``text``: how it begins. ``id``: the user name, then the time."""

    id: str
    operator: str
    dialog_id: str
    at: str
    sender_id: str
    sender_name: str
    text: str


def mentions(text: str, called: Iterable[str]) -> bool:
    """Whether somebody who is called like this, by user name or in full, is named in a text."""
    places = [one.end() for one in AT.finditer(text)]
    low = [text[at:].casefold() for at in places]
    return any(begins(rest, name.casefold()) for rest in low for name in called)


def begins(rest: str, name: str) -> bool:
    """Whether a name stands here as a whole, not as the beginning of another."""
    if not name or not rest.startswith(name):
        return False
    behind = rest[len(name) :]
    return not re.match(r"\w|[.-]\w", behind)
