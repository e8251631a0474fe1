"""What was not delivered is found without the files of what was; these are counted here."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from chatd.domain.errand import Errand, State
from chatd.domain.times import to_text
from chatd.domain.versions import successor
from chatd.errands.undelivered import Undelivered
from chatd.protocol.errands import ListErrands, ReplayWebhook
from chatd.service import sweeping
from chatd.store.base import Put
from chatd.store.tiny import sealed
from tests.trust.house import House

FILES = 40
WEBHOOK = {"url": "https://crm.example", "secret_env": "CRM_SECRET"}


class Reads:
    """Counts the files of errands that are read."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.names: list[str] = []
        read = sealed.read_sheet

        def counted(directory: Path, name: str, *more: object) -> object:
            if name.startswith("errands/"):
                self.names.append(name)
            return read(directory, name, *more)

        monkeypatch.setattr(sealed, "read_sheet", counted)

    def take(self) -> int:
        """How many since the last time."""
        count = len(self.names)
        self.names.clear()
        return count


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """Nothing that is read stays in memory."""
    store = {"sync": False, "cache_bytes": 1}
    made = House(tmp_path / "data", store=store, webhooks={"crm": WEBHOOK, "shop": WEBHOOK})
    yield made
    made.close()


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> Reads:
    return Reads(monkeypatch)


def make(house: House, state: State, target: str = "crm", days: float = 1) -> Errand:
    """One that is in this state, some time after the last."""
    house.later(days)
    ended = "" if state == "waiting" else to_text(house.now)
    made = Errand(
        house.services.new_errand.id(house.now),
        "webhook",
        target,
        "ticket.closed",
        to_text(house.now),
        state=state,
        next_at=house.now + 10**9,
        ended_at=ended,
    )
    house.store.commit(Put(made))
    return made


def restart(house: House) -> None:
    """What is kept is gone through once, as by the runner when it begins."""
    house.store.checkpoint()
    house.reopen()
    house.services.errands.take_up()


def listed(house: House, state: State | None, **fields: object) -> list[str]:
    return [one.id for one in house.shell(ListErrands(state=state, **fields)).errands]


def test_a_few_that_failed_are_found_among_very_many_that_did_not(
    house: House, reads: Reads
) -> None:
    first = make(house, "failed")
    waits, dropped = make(house, "waiting"), make(house, "dropped")
    for _ in range(FILES):
        make(house, "delivered")
    last = make(house, "failed", "shop")
    restart(house)
    reads.take()
    assert listed(house, "failed") == [last.id, first.id] and reads.take() <= 4
    assert listed(house, "failed", target="crm") == [first.id] and reads.take() <= 2
    assert listed(house, "waiting") == [waits.id] and reads.take() <= 2
    assert listed(house, "dropped") == [dropped.id] and reads.take() <= 2
    assert house.shell(ReplayWebhook(what="crm")).due == 1 and reads.take() <= 4
    assert listed(house, "failed") == [last.id] and reads.take() <= 2
    assert listed(house, "waiting") == [waits.id, first.id]
    assert len(listed(house, None)) == FILES + 4 and reads.take() >= FILES


def test_the_next_page_does_not_read_the_ones_before_it_again(house: House, reads: Reads) -> None:
    made = [make(house, "delivered").id for _ in range(FILES)]
    restart(house)
    reads.take()
    assert listed(house, "delivered", limit=5, cursor=made[6]) == made[1:6][::-1]
    assert reads.take() <= 10


def test_before_all_are_known_they_are_looked_for_in_the_files(house: House) -> None:
    first, _, last = (make(house, one) for one in ("failed", "delivered", "failed"))
    house.store.checkpoint()
    house.reopen()
    assert not house.services.errands.undelivered.whole
    assert listed(house, "failed") == [last.id, first.id]


def test_what_there_is_no_room_for_is_in_the_files(house: House) -> None:
    made = [make(house, "failed", target).id for target in ("crm", "crm", "shop", "crm", "shop")]
    make(house, "delivered")
    restart(house)
    house.services.errands.undelivered = known = Undelivered(most=2)
    house.services.errands.take_up()
    assert len(known) == 4 and known.whole
    assert listed(house, "failed") == made[::-1]
    assert listed(house, "failed", target="crm") == [made[3], made[1], made[0]]
    assert listed(house, "failed", target="shop") == [made[4], made[2]]
    for at in range(1, len(made)):
        assert listed(house, "failed", cursor=made[at]) == made[:at][::-1], at
        assert listed(house, "failed", limit=1, cursor=made[at]) == [made[at - 1]], at


def test_of_what_waits_none_is_forgotten_here(house: House) -> None:
    known = Undelivered(most=2)
    for _ in range(5):
        known.note(make(house, "waiting"))
    assert len([*known.newest_first("waiting", None, None)]) == 5 and known.has_all("waiting", None)


def test_an_older_word_of_one_says_nothing(house: House) -> None:
    known, failed = Undelivered(), make(house, "failed")
    again = successor(failed, state="waiting")
    known.note(again)
    known.note(failed)
    assert not [*known.newest_first("failed", None, None)]
    assert [id for _, id in known.newest_first("waiting", None, None)] == [failed.id]
    known.note(successor(again, state="delivered"))
    assert len(known) == 0


def test_what_was_cleared_away_is_no_longer_known(house: House) -> None:
    failed = make(house, "failed")
    restart(house)
    house.later(house.services.config.keep.errands_days + 1)
    for _ in sweeping.steps(house.services):
        continue
    assert house.store.get(Errand, failed.id) is None
    assert listed(house, "failed") == [] and len(house.services.errands.undelivered) == 0
