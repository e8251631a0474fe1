"""The runner, where what carries errands out, or the store, has a fault."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import gevent
import pytest

from chatd.domain.errand import Errand
from chatd.errands.runner import FAULT_S, Errands
from chatd.errors import Unavailable
from chatd.store.base import Committed, Put
from chatd.store.memory import MemoryStore

NOW = 1_800_000_000.0
ONE = Errand("e-1-1", "webhook", "crm", "ticket.closed", "", next_at=NOW)


class Full(MemoryStore):
    """A store whose disk is full as long as somebody says so."""

    full = False

    def commit(self, *changes: Any, then: Callable[[Committed], None] | None = None) -> Committed:
        if self.full:
            raise Unavailable("the disk is full")
        return super().commit(*changes, then=then)


class Turns:
    """A runner with a clock of its own, and how often it tried ONE."""

    def __init__(self, store: Full, carry: Callable[[], str]) -> None:
        self.now = NOW
        self.tries = 0
        self._do = carry
        self.runner = Errands(
            store, self.spawn, lambda: self.now, {"webhook": self.carry}, lambda: (5.0,)
        )

    def spawn(self, name: str, work: Callable[..., Any], *args: Any) -> None:
        with suppress(RuntimeError):  # as the daemon's tasks: logged, counted, over
            work(*args)

    def carry(self, errand: Errand) -> str:
        self.tries += 1
        return self._do()

    def tries_at(self, seconds: float) -> int:
        """How often it has tried, so many seconds after the beginning."""
        self.now = NOW + seconds
        with gevent.Timeout(0.1, False):
            self.runner.run()
        return self.tries


@pytest.fixture
def store() -> Full:
    made = Full()
    made.commit(Put(ONE))
    return made


def test_a_fault_of_ours_loses_no_errand(store: Full) -> None:
    def carry() -> str:
        raise RuntimeError("a fault")

    turns = Turns(store, carry)
    assert [turns.tries_at(one) for one in (0, FAULT_S - 1, FAULT_S)] == [1, 1, 2]
    assert turns.runner.waiting("crm") == 1
    assert store.get(Errand, ONE.id) == ONE


def test_what_cannot_be_noted_is_carried_out_again(store: Full) -> None:
    def carry() -> str:
        store.full = not store.full
        return "status 200"

    turns = Turns(store, carry)
    assert [turns.tries_at(one) for one in (0, FAULT_S - 1, FAULT_S)] == [1, 1, 2]
    done = store.get(Errand, ONE.id)
    assert done and done.state == "delivered"


def test_what_is_done_waits_no_more(store: Full) -> None:
    turns = Turns(store, lambda: "status 200")
    assert [turns.tries_at(one) for one in (0, FAULT_S)] == [1, 1]
    assert turns.runner.waiting() == 0
    done = store.get(Errand, ONE.id)
    assert done and (done.state, done.attempts, done.version) == ("delivered", 1, 2)
