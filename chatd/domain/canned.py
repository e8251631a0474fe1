"""Answers that operators have ready, as they are kept: for a site or for all, with variables."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

from msgspec import Struct

MOST = 1_000
LONGEST_NAME, LONGEST_TEXT = 48, 3_000
VARIABLES = ("customer", "operator", "ticket")
VARIABLE = re.compile(r"\{(\w+)\}")


class Canned(Struct, frozen=True, kw_only=True):
    """An answer; ``site`` is empty for one of all sites. ``by``: who changed it last."""

    id: str
    site: str
    name: str
    text: str
    by: str
    updated_at: str
    version: int = 1


def id_of(site: str, name: str) -> str:
    """By what an answer is found: no two of a site differ in small and large letters alone."""
    return f"{site}/{unicodedata.normalize('NFC', name).casefold()}"


def check_variables(text: str) -> None:
    """ValueError for what nobody would fill in."""
    for name in VARIABLE.findall(text):
        if name not in VARIABLES:
            allowed = ", ".join(f"{{{one}}}" for one in VARIABLES)
            raise ValueError(f"no such variable {{{name[:LONGEST_NAME]}}}; allowed: {allowed}")


def fill(text: str, values: Mapping[str, str]) -> str:
    """The text with its variables filled in, once: what they bring is no variable. What is none,
    or has no value, stays as it is."""
    return VARIABLE.sub(lambda found: values.get(found[1]) or found[0], text)
