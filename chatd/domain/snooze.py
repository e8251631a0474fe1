"""A ticket that is put aside until a time: which times there are, and when something is due."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import datetime

from chatd.domain.times import to_text

LONGEST_S = 366 * 86_400.0
SPAN = re.compile(r"([1-9][0-9]{0,5})([mhd])", re.ASCII)
UNITS = {"m": 60, "h": 3_600, "d": 86_400}


def until_of(word: str, now: float) -> str | None:
    """``30m``, ``2h``, ``3d`` from now on; ``now``: no longer; else a time as it is written, to be
    judged by :func:`read_until`. ValueError, saying what is allowed, for another word."""
    if word == "now":
        return None
    if span := SPAN.fullmatch(word):
        return to_text(now + int(span[1]) * UNITS[span[2]])
    with suppress(ValueError):
        datetime.fromisoformat(word)
        return word
    raise ValueError(f"30m, 2h, 3d, a time like 2030-03-31T09:00Z, or now; not {word!r}")


def read_until(text: str, now: float) -> str:
    """The time, as it is stored; ValueError, saying why, for one that cannot be."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise ValueError("'until' is a time with its zone, like 2030-03-31T09:00:00Z")
    until = at.timestamp()
    if until <= now:
        raise ValueError(f"'until' has to be later than now, {to_text(now)}")
    if until > now + LONGEST_S:
        raise ValueError("'until' is at most 366 days from now")
    return to_text(until)
