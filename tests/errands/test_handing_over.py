"""What must not be done twice: noted before it is done, and left to people where nobody knows."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from chatd.domain.errand import Errand
from chatd.domain.versions import successor
from chatd.errands.base import Failed, Later, Needless, Trial, Unsure
from chatd.errands.runner import FAULT_S, OVERTAKEN_S, PERHAPS, Errands
from chatd.errors import Unavailable
from chatd.store.base import Committed, Put
from chatd.store.memory import MemoryStore

NOW = 1_800_000_000.0
ONE = Errand("e-1-1", "mail", "mail", "digest", "", next_at=NOW)
OTHER = Errand("e-2-1", "mail", "other", "digest", "", state="dropped")


class Full(MemoryStore):
    """A store whose disk is full as long as somebody says so."""

    full = False

    def commit(self, *changes: Any, then: Callable[[Committed], None] | None = None) -> Committed:
        if self.full:
            raise Unavailable("the disk is full")
        return super().commit(*changes, then=then)


class House:
    """A runner whose tries are made when somebody says so, each as it was told."""

    def __init__(self) -> None:
        self.now = NOW
        self.store = Full()
        self.store.commit(Put(ONE))
        self.start()

    def start(self) -> None:
        """Another daemon begins, with what is stored."""
        self.runner = Errands(
            self.store, self._spawn, lambda: self.now, {"mail": self._carry}, lambda: (5.0, 5.0)
        )
        self.runner.take_up()

    def _spawn(self, name: str, work: Callable[..., Any], *args: Any) -> None:
        work(*args)

    def _carry(self, trial: Trial) -> str:
        return self.act(trial)

    def round(self, act: Callable[[Trial], str], after: float = 0.0) -> Errand:
        """What is due so many seconds later is tried; the errand as it is stored by then."""
        self.act = act
        self.now += after
        for lane in self.runner._lanes.values():
            while (id := lane.take(self.now)) is not None:
                with suppress(RuntimeError):
                    self.runner._carry(lane, id)
        kept = self.store.get(Errand, ONE.id)
        assert kept
        return kept


@pytest.fixture
def house() -> House:
    return House()


def handing(outcome: str | Exception) -> Callable[[Trial], str]:
    """Hands over, and then ends like that."""

    def act(trial: Trial) -> str:
        trial.hand_over(Put(OTHER), data={"since": 3})
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    return act


def never(trial: Trial) -> str:
    raise AssertionError("it is not tried")


def test_what_was_handed_over_is_noted_with_what_goes_with_it(house: House) -> None:
    noted: list[Errand | None] = []

    def act(trial: Trial) -> str:
        trial.hand_over(Put(OTHER), data={"since": 3})
        noted.extend(house.store.get(Errand, id) for id in (ONE.id, OTHER.id))
        return "taken"

    kept = house.round(act)
    assert noted[0] and noted[0].handed_at and noted[0].waits and noted[0].data == {"since": 3}
    assert noted[1] == OTHER
    assert (kept.state, kept.attempts, kept.handed_at, kept.data) == (
        "delivered",
        1,
        "",
        {"since": 3},
    )
    assert house.runner.ended["mail", "delivered"] == 1


def test_who_dies_behind_it_does_not_do_it_again(house: House) -> None:
    house.round(handing(RuntimeError("the daemon ends")))
    assert house.round(never, FAULT_S - 1).handed_at
    house.start()
    kept = house.round(never)
    assert (kept.state, kept.last_error, kept.handed_at) == ("failed", PERHAPS, "")
    assert house.runner.waiting("mail") == 0 and house.runner.ended["mail", "failed"] == 1


def test_a_certain_no_behind_it_is_tried_again(house: House) -> None:
    kept = house.round(handing(Failed("451 later")))
    assert (kept.state, kept.handed_at, kept.attempts) == ("waiting", "", 1)
    kept = house.round(lambda trial: "taken", 10)
    assert (kept.state, kept.attempts, kept.last_error) == ("delivered", 2, "")


def test_where_nobody_knows_it_is_left_to_people(house: House) -> None:
    kept = house.round(handing(Unsure("it hung up")))
    assert (kept.state, kept.last_error, kept.handed_at) == ("failed", "it hung up", "")


def test_who_dropped_it_meanwhile_is_obeyed_before_it_is_handed_over(house: House) -> None:
    done: list[str] = []

    def act(trial: Trial) -> str:
        house.store.commit(Put(successor(ONE, state="dropped")))
        trial.hand_over()
        done.append("sent")
        return "taken"

    kept = house.round(act)
    assert (kept.state, kept.attempts) == ("dropped", 0) and not done
    assert house.round(never, OVERTAKEN_S) == kept and house.runner.waiting("mail") == 0


def test_what_was_changed_meanwhile_is_read_again_soon(house: House) -> None:
    def act(trial: Trial) -> str:
        house.store.commit(Put(successor(ONE, data={"more": 1})))
        trial.hand_over()
        return "taken"

    assert house.round(act).waits
    assert house.round(never, OVERTAKEN_S - 0.1).waits
    kept = house.round(lambda trial: str(trial.errand.data), 0.1)
    assert (kept.state, kept.attempts, kept.data) == ("delivered", 1, {"more": 1})


def test_what_cannot_be_noted_is_not_handed_over(house: House) -> None:
    house.store.full = True
    done: list[str] = []

    def act(trial: Trial) -> str:
        trial.hand_over()
        done.append("sent")
        return "taken"

    assert house.round(act) == ONE and not done
    house.store.full = False
    assert house.round(act, FAULT_S).state == "delivered" and done == ["sent"]


def test_what_is_for_later_was_no_try(house: House) -> None:
    def act(trial: Trial) -> str:
        raise Later(30)

    for _ in range(5):
        kept = house.round(act, 30)
        assert (kept.state, kept.attempts, kept.next_at) == ("waiting", 0, house.now + 30)
    assert house.round(never, 29).waits


def test_what_is_needless_is_dropped_and_says_why(house: House) -> None:
    def act(trial: Trial) -> str:
        raise Needless("it was read")

    kept = house.round(act)
    assert (kept.state, kept.last_error) == ("dropped", "it was read") and kept.ended_at
    assert house.runner.figures() == {"waiting": 0, "delivered": 0, "failed": 0, "refused": 0}
