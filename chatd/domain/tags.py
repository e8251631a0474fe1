"""Tags of a ticket: short words for lists and figures, spelt one way however they were typed."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

MOST_TAGS, LONGEST_TAG = 20, 32
RULE = f"a tag has 1 to {LONGEST_TAG} letters, digits, spaces or any of . _ - / : &"
MARKS = frozenset(" ._-/:&")


def tag_of(text: str) -> str:
    """``" #VIP  Клиент"`` → ``"vip клиент"``; ValueError for what is none."""
    words = unicodedata.normalize("NFKC", text).lower().split()
    tag = unicodedata.normalize("NFKC", " ".join(words)).removeprefix("#").strip()
    fits = all(one in MARKS or unicodedata.category(one)[0] in "LNM" for one in tag)
    if not fits or len(tag) > LONGEST_TAG or not any(map(str.isalnum, tag)):
        raise ValueError(f"{RULE}, not {text[: 2 * LONGEST_TAG]!r}")
    return tag


def change_tags(tags: Iterable[str], add: Iterable[str], remove: Iterable[str]) -> tuple[str, ...]:
    """Tags in the order of the alphabet, with some and without others; ValueError for what is no
    tag, what is both, and too many."""
    more, fewer = {tag_of(one) for one in add}, {tag_of(one) for one in remove}
    if both := sorted(more & fewer):
        raise ValueError(f"{both[0]!r} is to be added and removed")
    changed = (set(tags) | more) - fewer
    if len(changed) > MOST_TAGS:
        raise ValueError(f"a ticket has at most {MOST_TAGS} tags, not {len(changed)}")
    return tuple(sorted(changed))
