"""Locks on a directory that several daemons have: one at a time, and let go of whatever happens."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import gevent
import gevent.event
import pytest

from chatd.files.locks import InUse, RangeLocks, place_of

HOLDER = """
import sys
from pathlib import Path
from chatd.files.locks import RangeLocks
with RangeLocks(Path(sys.argv[1])).alone("one", 0, lambda: None):
    print("held", flush=True)
    sys.stdin.read()
"""


def nobody() -> None:
    """Who is at it is not asked to end."""


@pytest.fixture
def two(tmp_path: Path) -> Iterator[tuple[RangeLocks, RangeLocks]]:
    """Those of two daemons, of which none has locked anything before."""
    here, there = RangeLocks(tmp_path / "files"), RangeLocks(tmp_path / "files")
    yield here, there
    here.close()
    there.close()


def test_what_one_is_at_the_other_is_not(two: tuple[RangeLocks, RangeLocks]) -> None:
    here, there = two
    with here.alone("one", 0, nobody):
        assert there.is_taken("one") and not here.is_taken("one"), "by another, that is"
        with pytest.raises(InUse, match="try again") as refused, there.alone("one", 0, nobody):
            pytest.fail("both are at it")
        assert refused.value.details == {"retry_after": 1}
        assert there.is_taken("one"), "who did not get it lets go of nothing"
        with there.alone("two", 0, nobody):
            assert here.is_taken("two")
    assert not there.is_taken("one") and not here.is_taken("two")
    with there.alone("one", 0, nobody):
        assert here.is_taken("one")


def test_who_is_at_it_is_asked_to_end_and_waited_for(two: tuple[RangeLocks, RangeLocks]) -> None:
    here, there = two
    asked, held, got = gevent.event.Event(), gevent.event.Event(), []

    def hold() -> None:
        with here.alone("one", 0, nobody):
            held.set()
            assert asked.wait(20)

    holding = gevent.spawn(hold)
    assert held.wait(20)
    with there.alone("one", 20, asked.set):
        got.append(here.is_taken("one"))
    holding.get(timeout=20)
    assert got == [True]


def test_who_is_ended_while_waiting_or_inside_lets_go(
    two: tuple[RangeLocks, RangeLocks],
) -> None:
    here, there = two
    waits = gevent.event.Event()

    def hold() -> None:
        with here.alone("one", 20, waits.set):
            gevent.sleep(20)

    with there.alone("one", 0, nobody):
        waiting = gevent.spawn(hold)
        assert waits.wait(20)
        waiting.kill(timeout=20)
    with there.alone("one", 0, nobody):
        pass
    inside = gevent.spawn(hold)
    with gevent.Timeout(20):
        while not there.is_taken("one"):
            gevent.sleep(0.005)
    inside.kill(timeout=20)
    assert not there.is_taken("one")


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_process_that_is_killed_has_nothing(tmp_path: Path, number: signal.Signals) -> None:
    command = [sys.executable, "-c", HOLDER, str(tmp_path)]
    here = RangeLocks(tmp_path)
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout and holder.stdout.readline() == b"held\n"
        assert here.is_taken("one")
        os.kill(holder.pid, number)
        holder.wait(20)
    with here.alone("one", 0, nobody):
        pass
    here.close()


def test_names_are_far_from_each_other() -> None:
    places = [place_of(f"upload f-{number}") for number in range(1_000)]
    assert len(set(places)) == 1_000 and all(0 <= one < 2**62 for one in places)
    assert place_of("one") == place_of("one"), "in all processes the same"
