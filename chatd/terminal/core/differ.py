"""What changed in a text field, as the fewest ops of a live draft; never splits a character.

Positions count Unicode code points, but an edit never ends between code points that are drawn as
one (an emoji of several, a letter with its accents, a flag): a screen between two edits shows
whole characters only.
"""

from __future__ import annotations

import unicodedata

Op = list[str | int]

ZWJ = 0x200D
MODIFIERS = range(0x1F3FB, 0x1F400)
FLAGS = range(0x1F1E6, 0x1F200)
TAGS = range(0xE0020, 0xE0080)
HANGUL = range(0x1100, 0x1200)


def difference(old: str, new: str) -> list[Op]:
    """The ops that make ``new`` of ``old``: at most one erase and one insert."""
    if old == new:
        return []
    start, end = same_ends(old, new)
    removed = len(old) - end - start
    inserted = new[start : len(new) - end]
    ops: list[Op] = []
    if removed:
        ops.append(["e", removed, start + removed])
    if inserted:
        at_end = start == len(old) - removed
        ops.append(["i", inserted] if at_end else ["i", inserted, start])
    return ops


def same_ends(old: str, new: str) -> tuple[int, int]:
    """How much at the start and at the end is the same, in whole characters."""
    start = same_start(old, new)
    while start and (is_joined(old, start) or is_joined(new, start)):
        start -= 1
    most = min(len(old), len(new)) - start
    end = same_end(old, new, most)
    while end and (is_joined(old, len(old) - end) or is_joined(new, len(new) - end)):
        end -= 1
    return start, end


def same_start(old: str, new: str) -> int:
    """The length of the common prefix; halves what is compared, for long texts."""
    low, high = 0, min(len(old), len(new))
    while low < high:
        middle = (low + high + 1) // 2
        if old[low:middle] == new[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def same_end(old: str, new: str, most: int) -> int:
    """The length of the common suffix, at most so long."""
    count = 0
    while count < most and old[-1 - count] == new[-1 - count]:
        count += 1
    return count


def is_joined(text: str, at: int) -> bool:
    """Whether the code points on both sides of a position are drawn as one character."""
    if not 0 < at < len(text):
        return False
    left, right = ord(text[at - 1]), ord(text[at])
    if ZWJ in (left, right) or right in MODIFIERS or right in TAGS:
        return True
    if left in FLAGS and right in FLAGS:
        return True
    if left in HANGUL and right in HANGUL:
        return True
    return right > 0x2FF and unicodedata.category(text[at]) in ("Mn", "Me", "Mc")


def caret_after(ops: list[Op], text: str) -> int:
    """Where a watcher shows the caret after these ops, which made ``text``."""
    if not ops:
        return len(text)
    kind, what, *where = ops[-1]
    if kind == "i":
        inserted = len(str(what))
        return int(where[0]) + inserted if where else len(text)
    if kind == "e":
        return int(where[0]) - int(what) if where else len(text)
    return int(what)
