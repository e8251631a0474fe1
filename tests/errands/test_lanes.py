"""What the runner does when: what is due, how many at once to one target, how long it sleeps."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from functools import partial
from types import SimpleNamespace
from typing import Any

import gevent
import pytest
from loguru import logger

from chatd.domain.errand import Errand
from chatd.domain.versions import successor
from chatd.errands.base import Failed, Trial
from chatd.errands.runner import AT_ONCE, LONGEST_NAP_S, Errands, Lane
from chatd.errands.shared import LOOK_S, SharedErrands
from chatd.errors import Damaged
from chatd.store.base import Put, Remove
from chatd.store.memory import MemoryStore

NOW = 1_800_000_000.0


def errand(number: int, target: str = "crm", at: float = NOW, **fields: Any) -> Errand:
    """One that waits until then."""
    return Errand(f"e-{number}-1", "webhook", target, "ticket.closed", "", next_at=at, **fields)


class House:
    """A runner whose tries begin when somebody lets them, and are answered as they say."""

    def __init__(self) -> None:
        self.now = NOW
        self.store = MemoryStore()
        self.begun: dict[str, Callable[[], None]] = {}
        self.answers: dict[str, Any] = {}
        self.delays: tuple[float, ...] = (100.0, 1_000.0)
        self.tried: list[Errand] = []
        self.meanwhile: dict[str, Callable[[], object]] = {}
        self.starts = False
        self.runner = Errands(
            self.store, self._spawn, lambda: self.now, {"webhook": self._carry}, lambda: self.delays
        )

    def _spawn(self, name: str, work: Callable[..., None], *args: Any) -> None:
        if name != "errands-left":
            self.begun[name.partition(" ")[2]] = lambda: work(*args)
        elif self.starts:
            work()

    def _carry(self, trial: Trial) -> str:
        one = trial.errand
        self.tried.append(one)
        self.meanwhile.get(one.id, list)()
        answer = self.answers.get(one.id, "status 200")
        if isinstance(answer, Failed):
            raise answer
        return str(answer)

    def put(self, *errands: Errand) -> None:
        """In the store, and told of."""
        self.store.commit(*map(Put, errands))
        self.runner.put(errands)

    def turn(self, after: float = 0.0) -> list[str]:
        """So many seconds later: which tries have begun by then, and are not over."""
        self.now += after
        with gevent.Timeout(0.02, False):
            self.runner.run()
        return sorted(self.begun)

    def end(self, id: str) -> None:
        """A try is over."""
        self.begun.pop(id)()

    def stored(self, id: str) -> Errand:
        """As it is kept."""
        found = self.store.get(Errand, id)
        assert found
        return found


@pytest.fixture
def house() -> House:
    return House()


@pytest.fixture(autouse=True)
def chance(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[tuple[float, float]]]:
    """The least that chance may make of a delay; between what it was to choose."""
    asked: list[tuple[float, float]] = []

    def least(low: float, high: float) -> float:
        asked.append((low, high))
        return low

    monkeypatch.setattr(random, "uniform", least)
    yield asked


def test_nothing_begins_before_its_time_and_everything_then(house: House) -> None:
    house.put(errand(1, at=NOW + 10), errand(2, at=NOW + 20))
    assert house.turn(9.5) == []
    assert house.turn(0.5) == ["e-1-1"]
    assert house.turn(9.5) == ["e-1-1"]
    assert house.turn(0.5) == ["e-1-1", "e-2-1"]
    assert house.runner.waiting("crm") == 2, "what runs is not over"


def test_so_many_run_at_once_to_one_target_and_no_target_waits_for_another(house: House) -> None:
    house.put(*(errand(number) for number in range(AT_ONCE + 2)), errand(9, "shop"))
    assert house.turn() == [*(f"e-{number}-1" for number in range(AT_ONCE)), "e-9-1"]
    assert AT_ONCE == 4 and house.runner.waiting() == AT_ONCE + 3
    house.end("e-1-1")
    assert house.turn() == ["e-0-1", "e-2-1", "e-3-1", "e-4-1", "e-9-1"]
    assert (house.runner.waiting("crm"), house.runner.waiting("shop")) == (AT_ONCE + 1, 1)
    assert house.runner.waiting("nobody") == 0


def test_what_is_due_first_goes_first_whatever_was_put_first() -> None:
    lane = Lane()
    for number, at in ((1, 30.0), (2, 10.0), (3, 20.0)):
        lane.put(str(number), at)
    lane.put("1", 5.0)
    assert lane.first_at() == 5.0 and lane.take(4.9) is None
    assert [lane.take(100.0) for _ in range(4)] == ["1", "2", "3", None]
    lane.put("2", 10.0)
    assert lane.first_at() is None, "it runs: when again is said when it is over"


def test_what_is_let_go_is_not_begun(house: House) -> None:
    first, second = errand(1, at=NOW + 5), errand(2, at=NOW + 5)
    house.put(first, second)
    house.store.commit(Put(dropped := successor(first, state="dropped")))
    house.runner.let_go(dropped)
    assert [*house.runner.undelivered.newest_first("dropped", None, None)] == [("", "e-1-1")]
    house.runner.let_go(errand(7, "nobody"))
    assert house.runner.waiting("crm") == 1
    assert house.turn(5) == ["e-2-1"]


def test_a_try_that_failed_is_made_again_after_each_delay_and_then_given_up(
    house: House, chance: list[tuple[float, float]]
) -> None:
    house.answers["e-1-1"] = Failed("status 500")
    house.put(errand(1))
    house.turn()
    for delay, attempts in ((80.0, 1), (800.0, 2)):
        house.end("e-1-1")
        now = house.stored("e-1-1")
        assert (now.state, now.attempts, now.last_error) == ("waiting", attempts, "status 500")
        assert now.next_at == house.now + delay and now.ended_at == ""
        assert house.turn(delay - 1) == []
        assert house.turn(1) == ["e-1-1"]
    house.end("e-1-1")
    now = house.stored("e-1-1")
    assert (now.state, now.attempts, now.version) == ("failed", 3, 4) and now.ended_at
    assert chance == [(0.8, 1.2)] * 2
    assert house.turn(10**6) == [] and house.runner.waiting() == 0
    assert house.runner.figures() == {"waiting": 0, "delivered": 0, "failed": 1, "refused": 0}


def test_a_receiver_may_ask_for_more_time_and_not_for_less(house: House) -> None:
    house.put(errand(1), errand(2))
    house.turn()
    for number, after, waits in ((1, 500.0, 500.0), (2, 5.0, 80.0)):
        house.answers[f"e-{number}-1"] = Failed("status 429", after=after)
        house.end(f"e-{number}-1")
        assert house.stored(f"e-{number}-1").next_at == NOW + waits


def test_what_can_never_go_well_is_tried_once(house: House) -> None:
    house.answers["e-1-1"] = Failed("status 410", again=False)
    house.put(errand(1))
    house.turn()
    house.end("e-1-1")
    assert house.stored("e-1-1").state == "failed" and len(house.tried) == 1


def test_what_goes_well_at_last_has_no_error_left(house: House) -> None:
    house.answers["e-1-1"] = Failed("status 500")
    house.put(errand(1))
    house.turn()
    house.end("e-1-1")
    del house.answers["e-1-1"]
    house.turn(100)
    house.end("e-1-1")
    done = house.stored("e-1-1")
    assert (done.state, done.attempts, done.last_error) == ("delivered", 2, "")
    assert house.runner.figures()["delivered"] == 1
    assert len(house.runner.undelivered) == 0


def test_who_drops_or_changes_it_meanwhile_has_the_last_word(house: House) -> None:
    house.answers["e-2-1"] = house.answers["e-3-1"] = Failed("status 500")
    house.put(*map(errand, range(1, 4)))
    house.turn()
    changes: dict[str, dict[str, Any]] = {
        "e-1-1": {"state": "dropped"},
        "e-2-1": {"next_at": NOW + 7},
    }
    changes["e-3-1"] = {"state": "dropped"}
    for id, fields in changes.items():
        now = successor(house.stored(id), **fields)
        house.meanwhile[id] = partial(house.store.commit, Put(now))
        house.end(id)
        assert house.stored(id) == now
    assert house.runner.figures()["delivered"] == 0
    assert house.turn(6) == [] and house.turn(1) == ["e-2-1"]
    assert house.turn(10**6) == ["e-2-1"], "what was dropped is not tried again"


def test_what_is_over_when_its_turn_comes_is_not_tried(house: House) -> None:
    house.put(errand(1), errand(2))
    house.turn()
    house.store.commit(Put(successor(house.stored("e-1-1"), state="dropped")))
    house.store.commit(Remove("errands", "e-2-1", 1))
    for number in (1, 2):
        house.end(f"e-{number}-1")
    assert house.tried == [] and house.turn(10**6) == [] and house.runner.waiting() == 0


def test_what_cannot_be_read_any_more_is_said_and_left(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.put(errand(1))
    house.turn()

    def damaged(*_: object) -> None:
        raise Damaged("errands")

    said: list[str] = []
    sink = logger.add(said.append, format="{level} {message}")
    with monkeypatch.context() as patch:
        patch.setattr(house.store, "get", damaged)
        house.end("e-1-1")
    logger.remove(sink)
    assert len(said) == 1 and said[0].startswith("WARNING errand e-1-1 is out of service")
    assert house.turn(10**6) == [] and house.runner.waiting() == 0


def test_a_target_has_so_many_and_what_is_refused_is_said_once_and_counted(house: House) -> None:
    said: list[str] = []
    sink = logger.add(
        said.append, format="{message}", filter=lambda one: "wait for" in one["message"]
    )
    assert house.runner.has_room("crm", 2)
    house.put(errand(1), errand(2, at=NOW + 50))
    assert house.runner.has_room("crm", 3) and not house.runner.has_room("crm", 2)
    house.turn()
    assert not house.runner.has_room("crm", 2), "one runs, one waits"
    assert house.runner.has_room("shop", 1)
    assert len(said) == 1 and said[0].startswith("2 errands wait for crm: it is told of nothing")
    house.end("e-1-1")
    assert house.runner.has_room("crm", 2)
    house.put(errand(3))
    assert not house.runner.has_room("crm", 2)
    logger.remove(sink)
    assert len([one for one in said if "wait for crm" in one]) == 2, "once each time it is full"
    assert house.runner.figures()["refused"] == 3


def test_it_sleeps_until_the_next_is_due_and_never_long(house: House) -> None:
    nap = house.runner._nap
    assert nap() == LONGEST_NAP_S == 60.0, "the clock may be set meanwhile"
    house.put(errand(1, at=NOW + 100))
    assert nap() == 60.0
    house.put(errand(2, "shop", at=NOW + 20))
    assert nap() == 20.0
    house.now += 30
    assert nap() == 0.0
    house.put(*(errand(number, at=NOW) for number in range(3, 4 + AT_ONCE)))
    house.turn()
    assert nap() == 60.0, "for a target that is busy it need not wake"


def test_what_waits_since_before_is_taken_up_once(house: House) -> None:
    old, new = errand(1, at=NOW - 5), errand(2)
    over = [
        errand(number, state=state)  # type: ignore[arg-type]
        for number, state in ((3, "delivered"), (4, "failed"), (5, "dropped"))
    ]
    house.store.commit(*map(Put, (old, new, *over)))
    house.runner.put([new])
    said: list[str] = []
    sink = logger.add(said.append, format="{message}", filter="chatd.errands")
    house.starts = True
    assert not house.runner.undelivered.whole
    assert house.turn() == ["e-1-1", "e-2-1"]
    assert house.runner.undelivered.whole and len(house.runner.undelivered) == 4
    assert said == ["1 errands wait since before the start\n"]
    house.runner.take_up()
    logger.remove(sink)
    assert len(said) == 1 and house.runner.waiting() == 2, "what runs is known"


def test_a_node_that_does_not_lead_keeps_nothing_of_what_another_has_done() -> None:
    exchange: Any = SimpleNamespace(join=lambda *_: None, send=lambda *_: None)
    parts: list[Any] = [MemoryStore(), list, lambda: NOW, {}, tuple]
    runner = SharedErrands(exchange, lambda: False, *parts)
    for number in range(9):
        runner.add([errand(number)])
        runner.let_go(errand(number, state="delivered"))
    assert runner._nap() == LOOK_S
    assert [(lane.times, lane._heap) for lane in runner._lanes.values()] == [({}, [])]
