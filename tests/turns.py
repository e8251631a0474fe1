"""Which files of tests come first, so that no process waits long for the last of another's."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

HERE = Path(__file__).parent
# A minute and more each, the longest first: the last to begin decide how long all of it takes.
LONG = (
    "test_openapi.py",
    "test_benchmarks.py",
    "test_disconnects.py",
    "queue/test_queue.py",
    "test_crash.py",
)
# A browser runs as long as tests of pages follow each other.
PAGES = "web"


def turns(items: list[pytest.Item]) -> Callable[[pytest.Item], tuple[int, int]]:
    """What to sort by: the long ones, then the pages, then the others; of these the files that hold
    the most, and within that as they were shuffled."""
    held = Counter(item.path for item in items)

    def turn(item: pytest.Item) -> tuple[int, int]:
        place = item.path.relative_to(HERE)
        if place.as_posix() in LONG:
            return LONG.index(place.as_posix()), 0
        return len(LONG) + (place.parts[0] != PAGES), -held[item.path]

    return turn
