"""Which files of tests come first, so that no process waits long for the last of another's."""

from __future__ import annotations

from pathlib import Path

import pytest

HERE = Path(__file__).parent
# A minute and more each, the longest first: the last to begin decide how long all of it takes.
LONG = (
    "test_disconnects.py",
    "test_benchmarks.py",
    "test_crash.py",
)
# A browser runs as long as tests of pages follow each other.
PAGES = "web"


def turn(item: pytest.Item) -> int:
    """The long ones, then the pages, then the others, each as they were shuffled."""
    place = item.path.relative_to(HERE)
    if place.as_posix() in LONG:
        return LONG.index(place.as_posix())
    return len(LONG) + (place.parts[0] != PAGES)
