"""What of a text can be seen, and which emoji there are."""

from __future__ import annotations

import json
import unicodedata
from functools import cache
from importlib.resources import files

# What has a width or joins, and shows nothing; the rest of it is known by its category.
BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0")
UNSEEN = frozenset({"Cc", "Cf", "Cs", "Zs", "Zl", "Zp"})
LOOK = "\ufe0f"


def shows(text: str) -> bool:
    """Whether a reader sees anything at all."""
    return any(map(is_visible, text))


def is_visible(char: str) -> bool:
    """Whether a character shows by itself; what only chooses a look of another does not."""
    chooses = "\ufe00" <= char <= LOOK or "\U000e0100" <= char <= "\U000e01ef"
    return not chooses and char not in BLANK and unicodedata.category(char) not in UNSEEN


def emoji(text: str) -> str | None:
    """The one emoji that a text is, as everybody writes it; ``None`` when it is none."""
    return panel().get(bare(text))


def bare(text: str) -> str:
    """An emoji without what is left out of it by many: that it is asked to look like one."""
    return "".join(char for char in text if char != LOOK)


@cache
def panel() -> dict[str, str]:
    """Every emoji of the panel, by what it is without being asked to look like one."""
    listed = json.loads((files("chatd") / "web/vendor/emoji/en.json").read_bytes())
    found = {}
    for one in listed:
        for written in (one["emoji"], *(skin["emoji"] for skin in one.get("skins", ()))):
            found[bare(written)] = plain(written)
    return found


def plain(written: str) -> str:
    """An emoji that is asked to look like one only where it would be drawn as a letter: what is
    wide looks like one by itself."""
    before = zip(" " + written, written, strict=False)
    return "".join(
        char for last, char in before if char != LOOK or unicodedata.east_asian_width(last) != "W"
    )
