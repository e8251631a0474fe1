"""Greenlets that are used again."""

from __future__ import annotations

from typing import Any

import gevent
from gevent import getcurrent
from gevent.event import Event

from chatd.runtime.workers import Workers

DEADLINE = 30


def run(workers: Workers, count: int) -> list[Any]:
    """The greenlets that so many pieces of work, begun at once, were done in."""
    found: list[Any] = []
    over = Event()

    def work(number: int) -> None:
        found.append(getcurrent())
        gevent.sleep(0)
        if number == count - 1:
            over.set()

    for number in range(count):
        workers.begin(work, number)
    assert over.wait(DEADLINE)
    for _ in range(3):
        gevent.sleep(0)
    return found


def test_what_comes_later_is_done_in_a_greenlet_that_is_there() -> None:
    workers = Workers()
    first = run(workers, 3)
    assert len({*map(id, first)}) == 3 and len(workers) == 3
    assert {*map(id, run(workers, 3))} == {*map(id, first)}


def test_work_begins_in_its_order_and_not_at_once() -> None:
    workers, said = Workers(), list[int]()
    run(workers, 2)
    for number in range(4):  # two of them in greenlets that are there, two in new ones
        workers.begin(said.append, number)
    assert said == []
    gevent.sleep(0)
    assert said == [0, 1, 2, 3]


def test_no_more_wait_for_work_than_are_kept() -> None:
    workers = Workers(most_idle=2)
    greenlets = run(workers, 5)
    assert len(workers) == 2
    assert sum(one.dead for one in greenlets) == 3


def test_who_fails_is_not_used_again() -> None:
    workers = Workers()
    (first,) = run(workers, 1)

    def end() -> None:
        raise gevent.GreenletExit

    workers.begin(end)
    gevent.sleep(0)
    assert first.dead and len(workers) == 0
    assert run(workers, 1) != [first]
