"""What was delivered goes by itself, what waits does not, over simulated years."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from chatd.domain.errand import Errand
from chatd.domain.times import to_text
from chatd.domain.versions import successor
from chatd.service import sweeping
from chatd.store.base import Put
from tests.trust.house import House

KEPT_DAYS = 7


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path / "data", store={"sync": False}, keep={"errands_days": KEPT_DAYS})
    yield made
    made.close()


def sweep(house: House) -> None:
    for _ in sweeping.steps(house.services):
        continue


def errand(house: House) -> Errand:
    id = house.services.new_errand.id(house.now)
    made = Errand(id, "webhook", "crm", "ticket.closed", to_text(house.now))
    house.store.commit(Put(made))
    return made


def test_what_ended_stays_for_its_days_and_what_waits_for_ever(house: House) -> None:
    waiting, ended = errand(house), errand(house)
    over = successor(ended, state="delivered", ended_at=to_text(house.now))
    house.store.commit(Put(over))
    house.later(KEPT_DAYS - 0.1)
    sweep(house)
    assert house.store.get(Errand, ended.id) == over
    house.later(0.2)
    sweep(house)
    assert house.store.get(Errand, ended.id) is None
    house.later(3 * 365)
    sweep(house)
    assert house.store.get(Errand, waiting.id) == waiting


def test_what_is_replayed_while_it_is_looked_at_stays(house: House) -> None:
    ended = successor(errand(house), state="failed", ended_at=to_text(house.now))
    house.store.commit(Put(ended))
    house.later(KEPT_DAYS + 1)
    seen = house.store.part(Errand, house.store.parts(Errand)[0])
    again = successor(ended, state="waiting", ended_at="")
    house.store.commit(Put(again))
    assert sweeping.ended_errands(house.services, seen) == []


def test_years_of_errands_do_not_pile_up(house: House) -> None:
    for _ in range(60):
        one = errand(house)
        house.store.commit(Put(successor(one, state="delivered", ended_at=to_text(house.now))))
        house.later(10)
        house.store.checkpoint()
        sweep(house)
    house.store.checkpoint()
    kept = [one for part in house.store.parts(Errand) for one in house.store.part(Errand, part)]
    assert not kept
