"""The client's own words, from the catalogs, in the language of who reads them."""

from __future__ import annotations

import math
import os
import re
import sys
from collections.abc import Iterator, Mapping, Sequence

from chatd.locale import LANGUAGES, catalog, text
from chatd.terminal.core.shapes import Refused
from chatd.terminal.core.text import name

NAMED = 3
PLAIN_LOCALE = re.compile(r"(C|POSIX)(\W|$)")
# The detail of an error that lets its sentence say more.
MORE = {"conflict": "capacity", "internal": "incident", "too_large": "limit"}


class Texts:
    """Looks up ``client.KEY`` in one language."""

    def __init__(self, language: str) -> None:
        self.language = language

    def __call__(self, key: str, /, **values: object) -> str:
        """One text with its values filled in."""
        return text(self.language, f"client.{key}", **values)

    def who(self, key: str, names: Sequence[str]) -> str:
        """A sentence about some people, of whom the first few are named."""
        shown = ", ".join(name(one) for one in names[:NAMED])
        if len(names) > NAMED:
            shown = self("and_more", names=shown, count=len(names) - NAMED)
        return self(key, names=shown)

    def refusal(self, refused: Refused) -> str:
        """What the daemon refused, by the stable code; in its words where that is unknown here."""
        details = refused.details
        more = MORE.get(refused.code, "")
        key = f"refused.{refused.code}_{more}" if details.get(more) else f"refused.{refused.code}"
        if f"client.{key}" not in catalog(self.language):
            return refused.message
        after = details.get("retry_after") or 1
        seconds = math.ceil(after) if isinstance(after, int | float) else 1
        return self(key, **{**details, "message": refused.message, "retry_after": seconds})


def language(given: str | None, environ: Mapping[str, str] = os.environ) -> str:
    """The language that was asked for, else the locale's, else English, which is also C's; Russian
    where the terminal has letters for it."""
    if given in LANGUAGES:
        return given
    sayable_here = can_say("Я", getattr(sys.__stderr__, "encoding", None))
    return next((one for one in list_wanted(environ) if one != "ru" or sayable_here), "en")


def list_wanted(environ: Mapping[str, str]) -> Iterator[str]:
    """The languages of ours that a locale asks for, as gettext reads it: ``LANGUAGE`` says more
    where there is a locale that is not C's."""
    names = (environ.get(name) for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    locale = next((name for name in names if name), "C")
    listed = "" if PLAIN_LOCALE.match(locale) else environ.get("LANGUAGE", "")
    for one in [*listed.split(":"), locale]:
        if (code := re.split(r"[_.@-]", one.lower())[0]) in LANGUAGES:
            yield code


def can_say(text: str, encoding: str | None) -> bool:
    """Whether an encoding has these letters."""
    try:
        text.encode(encoding or "utf-8")
    except UnicodeEncodeError:
        return False
    return True
