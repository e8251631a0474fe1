"""Makes what other people wrote safe to show: no control sequences, no bidi tricks, no zalgo."""

from __future__ import annotations

import unicodedata

JOINER = "\u200d"
NON_JOINER = "\u200c"
BLANKS = frozenset("\t\u00a0\u3164\u115f\u1160\uffa0\u2800")
BREAKS = frozenset("\n\u2028\u2029\u0085\u000b\u000c")
DIRECTIONS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
REPLACEMENT = "\ufffd"
CARRIER = "\u25cc"
TAB = "    "
MAX_MARKS = 4
MAX_JOINS = 3
MAX_NAME = 24


def clean(text: str) -> str:
    """The text as it may be drawn: lines of visible characters, a bounded pile of marks on each.

    Everything that moves the cursor or the direction is left out; tabs become blanks; what has no
    agreed look becomes U+FFFD.
    """
    shown: list[str] = []
    marks = 0
    for char in fewer_joiners(text.replace("\r\n", "\n")):
        category = unicodedata.category(char)
        if category in ("Mn", "Me", "Mc"):
            marks += 1
            if marks > MAX_MARKS:
                continue
            if not shown or shown[-1] in ("\n", " "):
                shown.append(CARRIER)
            shown.append(char)
            continue
        if drawn := visible(char, category):
            marks = marks if drawn == JOINER else 0
            shown.append(drawn)
    return "".join(shown)


def fewer_joiners(text: str) -> str:
    """Joiners only where they make an emoji or a syllable, and few in a row: anywhere else a line
    with them is longer on the screen than it was measured."""
    if JOINER not in text:
        return text
    kept: list[str] = []
    joins = 0
    for at, char in enumerate(text):
        if char == JOINER:
            if joins == MAX_JOINS or not can_join(text[at - 1 : at], text[at + 1 : at + 2]):
                continue
            joins += 1
        elif not pictorial(char):
            joins = 0
        kept.append(char)
    return "".join(kept)


def can_join(left: str, right: str) -> bool:
    """Whether two characters are drawn as one when joined."""
    if not left or not right:
        return False
    if pictorial(left):
        return pictorial(right)
    return unicodedata.category(left) in ("Mn", "Mc") and unicodedata.category(right) == "Lo"


def pictorial(char: str) -> bool:
    """Whether this is an emoji, or what gives one its colour or look."""
    return char == "\ufe0f" or unicodedata.category(char) in ("So", "Sk")


def visible(char: str, category: str) -> str:
    """What stands for one character that is no mark."""
    if char in BREAKS:
        return "\n"
    if char == "\t":
        return TAB
    if char in BLANKS:
        return " "
    if char in (JOINER, NON_JOINER):
        return char
    if category in ("Cc", "Cf"):
        return ""
    if category in ("Cs", "Co", "Cn"):
        return REPLACEMENT
    return " " if category in ("Zs", "Zl", "Zp") else char


def one_line(text: str, limit: int = 200) -> str:
    """The same on one line, cut at so many characters."""
    line = " ".join(clean(text[: limit * 4]).split())
    return line if len(line) <= limit else f"{line[: limit - 1].rstrip(JOINER)}…"


def name(text: str) -> str:
    """Somebody's name, never empty."""
    return one_line(text, MAX_NAME) or REPLACEMENT


def to_sendable(text: str) -> str:
    """What was typed as UTF-8 can carry it: no lone surrogates, no NUL."""
    return text.encode("utf-8", "replace").decode().replace("\0", "")


def clean_paste(text: str) -> str:
    """What may be put into the field: nothing that moves the cursor or the direction."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(char for char in lines if char in "\n\t" or not steers(char))


def steers(char: str) -> bool:
    """Whether a character is no text but an order to the screen."""
    return unicodedata.category(char) == "Cc" or char in DIRECTIONS


def joins(char: str) -> bool:
    """Whether a character is unseen and yet belongs into a text: what joins an emoji of several."""
    return len(char) == 1 and unicodedata.category(char) == "Cf" and not steers(char)


def join_texts(first: str, then: str) -> str:
    """Two texts of one field, each from a line of its own."""
    return f"{first}\n{then}" if first and then else first or then
