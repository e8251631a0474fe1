"""What is cleared away goes when it says, not a second before, and only where nobody needs it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from msgspec.structs import replace

from chatd.domain.errand import Errand, State
from chatd.domain.file import Blob, File
from chatd.domain.message import Message
from chatd.domain.participant import Participant
from chatd.domain.principal import of_operator
from chatd.domain.ticket import Ticket
from chatd.domain.times import to_text
from chatd.errors import Conflict, Unavailable
from chatd.files.disk import DiskBytes
from chatd.protocol.support import AcceptTicket, OpenTicket
from chatd.service import filing, presence, sweeping, uploads
from chatd.service.sweeping import Sweep
from chatd.store.base import Append, Put
from tests.daemon import RELAXED
from tests.files.stored import put
from tests.trust.house import DAY, House

KEEP = {"silent_visitors_days": 10, "abandoned_tickets_days": 20, "errands_days": 30}


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """Where things are kept for ten, twenty and thirty days."""
    tables: dict[str, Any] = {"keep": KEEP, "tokens": {"visitor_days": 100}}
    made = House(tmp_path / "data", **RELAXED, store={"sync": False}, **tables)
    yield made
    made.close()


def visitor(house: House, **fields: Any) -> Participant:
    """Somebody who came just now, and left."""
    connection, token = house.hello()
    presence.disconnect(house.services, connection)
    known = house.store.get(Participant, token.partition(".")[0])
    assert known
    changed = replace(known, **{"wrote": False, **fields}, version=known.version + 1)
    house.store.commit(Put(changed))
    return changed


def test_a_visitor_who_never_wrote_goes_after_so_many_days_of_silence(house: House) -> None:
    silent, wrote, asked = (
        visitor(house, **fields) for fields in ({}, {"wrote": True}, {"tickets": ("TKT-1",)})
    )
    here, token = house.hello()
    stays = house.store.get(Participant, token.partition(".")[0])
    assert stays and here.principal.id == stays.id
    for days, gone in ((9.9999, False), (10, True), (99.9999, True)):
        house.now = 1_800_000_000.0 + days * DAY
        assert sweeping.is_over(house.services, silent) is gone
        for one in (wrote, asked, stays):
            assert not sweeping.is_over(house.services, one)
    house.now = 1_800_000_000.0 + 100 * DAY
    assert all(sweeping.is_over(house.services, one) for one in (silent, wrote, asked))
    assert not sweeping.is_over(house.services, stays), "who is here"


def test_those_who_are_over_are_forgotten_and_nobody_else(house: House) -> None:
    people = [visitor(house), visitor(house, wrote=True), visitor(house)]
    sweeping.forget_visitors(house.services, people)
    assert all(house.store.get(Participant, one.id) for one in people)
    house.later(10)
    back = replace(people[2], wrote=True, version=people[2].version + 1)
    house.store.commit(Put(back))
    sweeping.forget_visitors(house.services, people)
    left = [bool(house.store.get(Participant, one.id)) for one in people]
    assert left == [False, True, True], "judged as they are by now"


def errand(house: House, state: State, ended: float) -> Errand:
    """One that ended at this time."""
    made = Errand(
        house.services.new_errand.id(house.now),
        "webhook",
        "crm",
        "ticket.closed",
        to_text(house.now),
        state=state,
        ended_at=to_text(ended) if ended else "",
    )
    house.store.commit(Put(made))
    return made


def test_what_was_carried_out_goes_after_so_many_days(house: House) -> None:
    bound = house.now - 30 * DAY
    ended: tuple[State, ...] = ("delivered", "failed", "dropped")
    gone = [errand(house, state, bound - 0.001) for state in ended]
    stay = [errand(house, state, at) for state in ended for at in (bound, bound + 1)]
    waits = errand(house, "waiting", 0)
    again = errand(house, "failed", bound - 5)
    house.store.commit(Put(replace(again, state="waiting", ended_at="", version=2)))
    later = errand(house, "failed", bound - 5)
    house.store.commit(Put(replace(later, ended_at=to_text(house.now), version=2)))
    changes = sweeping.ended_errands(house.services, [*gone, *stay, waits, again, later])
    assert [one.id for one in changes] == [one.id for one in gone]  # type: ignore[union-attr]
    house.store.checkpoint()
    for _ in sweeping.steps(house.services):
        continue
    assert [house.store.get(Errand, one.id) for one in gone] == [None] * 3
    assert all(house.store.get(Errand, one.id) for one in (*stay, waits, again, later))


def tickets(house: House, many: int, *, leave: bool = True) -> list[str]:
    """Tickets of customers who have left."""
    made = []
    for _ in range(many):
        connection, _ = house.hello()
        made.append(house.ask(connection, OpenTicket(content="help")).ticket.id)
        if leave:
            presence.disconnect(house.services, connection)
    house.settle()
    return made


def status(house: House, *ids: str) -> list[str]:
    """Of tickets."""
    return [one.status for one in (house.store.get(Ticket, id) for id in ids) if one]


def close(house: House) -> int:
    """Closes what is abandoned; in how many steps."""
    return len(list(sweeping.close_abandoned(house.services)))


def test_what_waits_and_nobody_comes_back_to_is_closed_after_so_many_days(house: House) -> None:
    left, told = tickets(house, 2)
    (here,) = tickets(house, 1, leave=False)
    (taken,) = tickets(house, 1)
    artem = house.connect()
    house.services.connections.identify(artem, of_operator(house.operator()), "artem")
    house.ask(artem, AcceptTicket(ticket_id=taken))
    house.later(20)
    close(house)
    assert status(house, left, told, here, taken) == ["waiting"] * 3 + ["active"]
    spoke = house.now
    house.store.commit(*say(house, told))
    house.now = spoke + 1
    close(house)
    assert status(house, left, told, here, taken) == ["closed", "waiting", "waiting", "active"]
    house.now = spoke + 20 * DAY
    close(house)
    assert status(house, told) == ["waiting"]
    house.now += 1
    close(house)
    assert status(house, told, here, taken) == ["closed", "waiting", "active"]


def say(house: House, ticket: str) -> list[Any]:
    """A word in a ticket that changes nothing of it."""
    return [
        Append(
            Message(
                dialog_id=ticket,
                sender_type="admin",
                sender_id="operator:artem",
                sender_name="Artem",
                content="one",
                created_at=to_text(house.now),
            )
        )
    ]


def test_so_many_are_closed_in_a_step(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    assert sweeping.CLOSED_AT_ONCE == 50
    monkeypatch.setattr(sweeping, "CLOSED_AT_ONCE", 2)
    made = tickets(house, 5)
    house.later(21)
    steps = sweeping.close_abandoned(house.services)
    closed = []
    for _ in range(3):
        next(steps, None)
        closed.append(status(house, *made).count("closed"))
    assert closed == [2, 4, 5]


def test_what_no_message_has_goes_with_its_last_second(house: House) -> None:
    ends = house.now + house.services.config.files.upload_hours * 3_600
    unsent, sent, coming, late = (
        house.store.get(File, put(house, "p-1", 3, **fields))
        for fields in ({}, {"sent": True}, {"state": "uploading"}, {})
    )
    assert unsent and sent and coming and late
    house.services.receiving[coming.id] = lambda: None
    for at, over in ((ends - 0.001, False), (ends, True), (ends + 9, True)):
        house.now = at
        assert sweeping.is_unsent(house.services, unsent) is over
        assert not sweeping.is_unsent(house.services, sent)
        assert not sweeping.is_unsent(house.services, coming), "somebody is at it"
    house.store.commit(Put(replace(late, sent=True, version=2)))
    assert not sweeping.is_unsent(house.services, late), "it was sent meanwhile"
    assert not sweeping.is_unsent(house.services, replace(unsent, id="f-unknown"))


def test_what_is_received_at_another_node_stays(house: House) -> None:
    here, there = (DiskBytes(house.directory / "files", shared=True) for _ in range(2))
    house.services.bytes = here
    coming = house.store.get(File, put(house, "p-1", 3, state="uploading"))
    assert coming
    house.later(2)
    with there.alone(filing.name_upload(coming.id), 0.0, lambda: None):
        assert not sweeping.is_unsent(house.services, coming)
        uploads.finish_waiting(house.services)  # does not wait
        with (
            pytest.raises(Conflict, match="another daemon"),
            filing.alone(house.services, filing.name_upload(coming.id), 0.0),
        ):
            pytest.fail("two are at it")
    assert sweeping.is_unsent(house.services, coming)


def test_bytes_and_uploads_of_nobody_go_and_no_others(house: House) -> None:
    held = house.services.bytes
    names = [held.name(data) for data in (b"one", b"two")]
    for name, data in zip(names, (b"one", b"two"), strict=True):
        held.put(name, data)
    house.store.commit(Put(Blob(names[0], 3, 1)))
    coming = put(house, "p-1", 9, state="uploading")
    for id in (coming, "f-1-dead"):
        held.write(id, 0, b"x")
    gone = put(house, "p-1", 9, state="ready")
    house.store.checkpoint()
    assert len(list(sweeping.sweep_files(house.services))) >= 2
    kept = {digest for shelf in held.shelves() for digest in held.shelf(shelf)}
    assert kept == {names[0]} and held.uploads() == [coming]
    assert house.store.get(File, gone)
    house.later(2)
    for _ in sweeping.sweep_files(house.services):
        continue
    assert house.store.get(File, gone) is house.store.get(File, coming) is None
    assert held.uploads() == []


class Clock:
    """The monotonic one, and what a pass does."""

    def __init__(self, house: House, monkeypatch: pytest.MonkeyPatch) -> None:
        self.house, self.at = house, 50_000.0
        self.began, self.steps = 0, 2
        self.full = False
        monkeypatch.setattr(sweeping, "time", SimpleNamespace(monotonic=lambda: self.at))
        monkeypatch.setattr(sweeping, "steps", self.one_pass)

    def one_pass(self, _: Any) -> Iterator[None]:
        """Two steps, or none where there is no room."""
        self.began += 1
        if self.full:
            raise Unavailable("no room", retry_after=1)
        yield from [None] * self.steps

    def go(self, seconds: float) -> None:
        """Both clocks."""
        self.at += seconds
        self.house.now += seconds


def test_a_pass_begins_ten_minutes_after_the_last_one(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock(house, monkeypatch)
    sweep = Sweep(house.services)
    for _ in range(5):
        sweep.turn()
        clock.go(1)
    assert clock.began == 1
    clock.go(594.9)
    sweep.turn()
    assert clock.began == 1
    clock.go(0.1)
    sweep.turn()
    assert clock.began == 2
    clock.full = True
    clock.go(700)
    for _ in range(4):
        sweep.turn()
    assert clock.began == 3, "what there is no room for is for the next pass"
    clock.go(600)
    monkeypatch.setattr(house.services.leader, "leads", lambda: False)
    sweep.turn()
    assert clock.began == 3, "one of all clears away"


@pytest.mark.parametrize("by", [600.5, -600.5, 10**6])
def test_a_clock_that_was_set_is_believed_after_an_hour(
    house: House, monkeypatch: pytest.MonkeyPatch, by: float
) -> None:
    clock = Clock(house, monkeypatch)
    sweep = Sweep(house.services)
    for _ in range(4):
        sweep.turn()
    house.now += by
    sweep.turn()
    clock.go(3_599)
    for _ in range(4):
        sweep.turn()
    assert clock.began == 1
    clock.go(1)
    sweep.turn()
    assert clock.began == 2


@pytest.mark.parametrize("by", [600.0, -600.0, 1.0])
def test_a_clock_that_was_put_right_a_little_is_believed(
    house: House, monkeypatch: pytest.MonkeyPatch, by: float
) -> None:
    clock = Clock(house, monkeypatch)
    sweep = Sweep(house.services)
    for began in (1, 2):
        for _ in range(4):
            sweep.turn()
        assert clock.began == began
        clock.go(600)
        house.now += by
