"""How wide the columns of a table are, where not all of it fits: words stay whole as long as they
can."""

from __future__ import annotations

from collections.abc import Callable, Sequence

LEAST = 4  # a column that gives way keeps so much


def widths(
    columns: Sequence[Sequence[str]],
    whole: Sequence[bool],
    space: int,
    measure: Callable[[str], int],
) -> list[int]:
    """Of columns with these cells, the title first, in so much space: as wide as what is in them;
    else the widest give way first, down to their longest words; then titles are broken, and only
    then words, but never in a column that is to stay ``whole``."""
    most = [max(map(measure, cells)) for cells in columns]
    lengths = [longest(cells, measure) for cells in columns]
    steps = [
        [
            full if kept else min(full, least)
            for full, kept, least in zip(most, whole, bounds, strict=True)
        ]
        for bounds in (
            [max(words) for words in lengths],
            [max(LEAST, *words[1:]) for words in lengths],
            [LEAST] * len(most),
        )
    ]
    for least in steps:
        if sum(least) <= space:
            return level(least, most, space)
        most = least
    return most


def longest(cells: Sequence[str], measure: Callable[[str], int]) -> list[int]:
    """How long the words of each cell are at most."""
    return [max(map(measure, cell.split()), default=0) for cell in cells]


def level(least: Sequence[int], most: Sequence[int], space: int) -> list[int]:
    """Each between its least and its most, all as equal as that and the space allow."""
    fitting = list(least)
    for width in range(max(most, default=0) + 1):
        higher = [min(high, max(low, width)) for low, high in zip(least, most, strict=True)]
        if sum(higher) > space:
            break
        fitting = higher
    return fitting
