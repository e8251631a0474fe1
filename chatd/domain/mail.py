"""Mail addresses as people write them."""

from __future__ import annotations

import re

LONGEST = 254
LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
LABEL = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?")
RULE = "a mail address is like 'anna@shop.example'"


def address_of(text: str) -> str:
    """The address, its domain in letters that every mail server knows; ValueError for what is none.
    What is left has no space, quote, bracket or line break, so that it adds nothing to a header."""
    local, _, domain = text.strip().rpartition("@")
    try:
        named = domain.encode("idna").decode("ascii").lower() if domain else ""
    except UnicodeError:
        raise ValueError(RULE) from None
    labels = named.split(".")
    fits = LOCAL.fullmatch(local) and len(labels) > 1 and all(map(LABEL.fullmatch, labels))
    found = f"{local}@{named}"
    if not fits or len(local) > 64 or len(found) > LONGEST:
        raise ValueError(RULE)
    return found


def domain_of(address: str) -> str:
    """``anna@shop.example`` → ``shop.example``."""
    return address.rpartition("@")[2]


def on_one_line(text: str, most: int) -> str:
    """A name or a title as it may stand in a header: no control characters, no line breaks."""
    shown = "".join(one if one.isprintable() else " " for one in text[: 4 * most])
    return " ".join(shown.split())[:most]
