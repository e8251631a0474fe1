"""Tickets that are put aside: out of what there is to do until their time, or their customer."""

from __future__ import annotations

import pytest

from chatd.domain.snooze import LONGEST_S, read_until
from chatd.domain.ticket import Ticket
from chatd.domain.times import to_text
from chatd.errors import Conflict, Forbidden, Invalid
from chatd.protocol.support import (
    AcceptTicket,
    CloseTicket,
    ListOwnTickets,
    ListTickets,
    TransferTicket,
    WatchQueue,
)
from chatd.protocol.work import SnoozeTicket
from tests.handlers.stage import Person, Stage

HOUR = 3_600.0


def own(person: Person, *, snoozed: bool = False) -> list[str]:
    """The tickets that somebody has, at hand or put aside."""
    return [one.id for one in person.ask(ListOwnTickets(snoozed=snoozed)).tickets]


def put_aside(stage: Stage, person: Person, id: str, hours: float = 1) -> str:
    """Until when."""
    until = to_text(stage.now + hours * HOUR)
    shown = person.ask(SnoozeTicket(ticket_id=id, until=until)).ticket
    assert (shown.status, shown.snoozed_until) == ("active", until)
    return until


def stored(stage: Stage, id: str) -> Ticket:
    """A ticket as it is kept."""
    found = stage.store.get(Ticket, id)
    assert found
    return found


def test_it_is_out_of_what_there_is_to_do_until_its_time_and_over_a_restart(stage: Stage) -> None:
    anna, artem = stage.visitor(), stage.staff()
    id, other = anna.open_ticket(), anna.open_ticket()
    for one in (id, other):
        artem.ask(AcceptTicket(ticket_id=one))
    artem.ask(WatchQueue())
    artem.heard()
    put_aside(stage, artem, id)
    assert artem.heard("queue:update")[-1]["change"] == "snoozed"
    assert own(artem) == [other] and own(artem, snoozed=True) == [id]
    assert stage.services.waiting.load("artem") == 1, "and takes no room"
    assert id in [one.id for one in artem.ask(ListTickets(status="active")).tickets]
    told = anna.heard("dialog:update")
    assert told and not any("snoozed_until" in one.get("dialog", {}) for one in told)
    stage.round(after=HOUR - 1)
    assert own(artem) == [other]
    stage.reopen()
    assert stage.services.waiting.load("artem") == 1
    stage.round(after=2)
    woken = stored(stage, id)
    assert (woken.snoozed_until, woken.operator) == (None, "artem")
    version = woken.version
    stage.round(after=5)
    assert stored(stage, id).version == version, "once"


def test_its_customer_brings_it_back_at_once_and_an_answer_does_not(stage: Stage) -> None:
    anna, artem = stage.visitor(), stage.staff()
    id = anna.open_ticket()
    artem.ask(AcceptTicket(ticket_id=id))
    put_aside(stage, artem, id)
    artem.say(id, "I look into it")
    assert own(artem) == []
    artem.ask(WatchQueue())
    artem.heard()
    assert anna.say(id, "and?").content == "and?"
    assert own(artem) == [id] and artem.heard("queue:update")[-1]["change"] == "woken"
    put_aside(stage, artem, id)
    shown = artem.ask(SnoozeTicket(ticket_id=id, until=None)).ticket
    assert shown.snoozed_until is None and own(artem) == [id]
    for command in (
        TransferTicket(ticket_id=id, operator=stage.staff("olga").id and "olga"),
        CloseTicket(ticket_id=id),
    ):
        if stored(stage, id).operator == "artem":
            put_aside(stage, artem, id)
        artem.ask(command)
        assert stored(stage, id).snoozed_until is None


def test_who_stays_away_keeps_it_until_it_is_back(stage: Stage) -> None:
    anna, artem = stage.visitor(), stage.staff()
    id = anna.open_ticket()
    artem.ask(AcceptTicket(ticket_id=id))
    put_aside(stage, artem, id)
    stage.leave(artem)
    stage.round(after=HOUR / 2)
    assert stored(stage, id).operator == "artem"
    stage.round(after=HOUR / 2 + 1)
    assert stored(stage, id).status == "active", "the period of grace begins only now"
    stage.round(after=120)
    assert stored(stage, id).status == "waiting"


def test_what_cannot_be_put_aside(stage: Stage) -> None:
    anna, artem = stage.visitor(), stage.staff()
    id = anna.open_ticket()
    later = to_text(stage.now + HOUR)
    with pytest.raises(Conflict, match="is waiting: only what somebody has can be put aside"):
        artem.ask(SnoozeTicket(ticket_id=id, until=later))
    artem.ask(AcceptTicket(ticket_id=id))
    with pytest.raises(Forbidden):
        anna.ask(SnoozeTicket(ticket_id=id, until=later))
    for until in ("tomorrow", "2030-03-31T09:00:00", to_text(stage.now), "1999-01-01T00:00:00Z"):
        with pytest.raises(Invalid, match="'until'"):
            artem.ask(SnoozeTicket(ticket_id=id, until=until))
    with pytest.raises(Invalid, match="at most 366 days"):
        artem.ask(SnoozeTicket(ticket_id=id, until=to_text(stage.now + LONGEST_S + 1)))
    assert stored(stage, id).snoozed_until is None
    assert read_until("2027-03-31T12:00:00+03:00", 1_800_000_000.0) == "2027-03-31T09:00:00.000Z"
