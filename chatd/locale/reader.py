"""The language of who reads, by the locale of where they read."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator, Mapping

from chatd.locale import LANGUAGES

PLAIN_LOCALE = re.compile(r"(C|POSIX)(\W|$)")


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
