"""Where lines of the log leave: in order, many in one piece, none of them lost in silence."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from typing import NamedTuple

import gevent
import pytest

from chatd.log.stderr import MOST_LINES, Outlet

AT_ONCE = 1 << 20


class Pipe(NamedTuple):
    """An outlet and what reads it."""

    outlet: Outlet
    end: int

    def read(self) -> str:
        """What has left; nothing where nothing has."""
        try:
            return os.read(self.end, AT_ONCE).decode()
        except BlockingIOError:
            return ""


@pytest.fixture
def pipe() -> Iterator[Pipe]:
    end, begin = os.pipe()
    os.set_blocking(end, False)
    yield Pipe(Outlet(begin), end)
    os.close(end)
    os.close(begin)


def turn() -> None:
    """The loop has its turn."""
    gevent.sleep(0)


def test_what_one_turn_tells_leaves_behind_it_in_order(pipe: Pipe) -> None:
    for number in range(3):
        pipe.outlet.soon(f"line {number}")
    assert pipe.read() == ""
    turn()
    assert pipe.read() == "line 0\nline 1\nline 2\n"
    pipe.outlet.soon("one more")
    turn()
    assert pipe.read() == "one more\n"


def test_what_leaves_at_once_takes_along_what_was_told_before_it(pipe: Pipe) -> None:
    pipe.outlet.soon("opened")
    pipe.outlet.line("failed")
    assert pipe.read() == "opened\nfailed\n"
    turn()
    assert pipe.read() == ""


def test_a_line_is_as_long_as_it_is_among_short_ones(pipe: Pipe) -> None:
    long = "x" * 10_000
    for line in ("before", long, "behind"):
        pipe.outlet.soon(line)
    turn()
    assert pipe.read() == f"before\n{long}\nbehind\n"


@pytest.mark.parametrize("way", ["line", "soon"])
def test_of_more_than_is_kept_each_line_is_there_or_told_to_be_missing(
    pipe: Pipe, way: str
) -> None:
    told = 2 * MOST_LINES
    for number in range(told):
        getattr(pipe.outlet, way)(f"line {number}")
    turn()
    read = ""
    while piece := pipe.read():
        read += piece
        pipe.outlet.flush()
    missing = sum(map(int, re.findall(r"(\d+) lines of the log are missing", read)))
    seen = list(map(int, re.findall(r"^line (\d+)$", read, re.M)))
    assert seen == sorted(set(seen)) and seen[-1] == told - 1
    assert missing == told - len(seen) == pipe.outlet.lost > 0
