"""Who is told of what becomes of tickets, operators and drafts: those, and nobody else."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from chatd.domain import topics
from chatd.domain.department import scope
from chatd.domain.ticket import Ticket
from chatd.protocol import events
from chatd.protocol.commands import EditDraft, LeaveDialog
from chatd.protocol.support import AcceptTicket, WatchQueue
from chatd.service import announce
from tests.handlers.stage import Person, Stage

LOBBY = "lobby"


def changes(person: Person) -> list[Any]:
    """What changed of the tickets that somebody hears of; ``None``: it has news."""
    return [one.get("change") for one in person.heard("dialog:update")]


def test_a_change_of_a_ticket_is_told_its_customer_and_who_has_it_open(stage: Stage) -> None:
    anna, boris = stage.visitor(), stage.visitor("Boris")
    artem, olga = stage.staff(), stage.staff("olga")
    ticket = anna.open_ticket()
    artem.join(ticket, connect=False)
    for one in (anna, boris, artem, olga):
        one.heard()
    artem.ask(AcceptTicket(ticket_id=ticket))
    shown = {one: one.heard("dialog:update") for one in (anna, boris, artem, olga)}
    assert [one["change"] for one in shown[anna]] == ["accepted"]
    assert [one["change"] for one in shown[artem]] == ["accepted"]
    assert shown[boris] == shown[olga] == [], "nobody else's business"
    assert shown[artem][0]["dialog"]["operator"] == "artem"
    assert "operator" not in shown[anna][0]["dialog"]


def test_news_of_a_ticket_are_told_its_customer_and_its_own_operator(stage: Stage) -> None:
    anna, artem, olga = stage.visitor(), stage.staff(), stage.staff("olga")
    ticket = anna.open_ticket()
    for one in (anna, artem, olga):
        one.heard()
    anna.say(ticket, "nobody has it")
    assert (changes(anna), changes(artem), changes(olga)) == ([None], [], [])
    artem.ask(AcceptTicket(ticket_id=ticket))
    for one in (anna, artem, olga):
        one.heard()
    anna.say(ticket, "his")
    hers, his = anna.heard("dialog:update"), artem.heard("dialog:update")
    assert [one["dialog"]["unread"] for one in hers] == [0]
    assert [one["dialog"]["unread"] for one in his] == [3], "all that she wrote, and nothing else"
    assert "operator" in his[0]["dialog"] and "operator" not in hers[0]["dialog"]
    assert olga.heard() == []


def test_what_is_still_to_be_told_of_a_ticket_tells_it_as_it_is_now(stage: Stage) -> None:
    anna = stage.visitor()
    ticket = stage.store.get(Ticket, anna.open_ticket())
    assert ticket
    anna.heard()
    announce.ticket_activity(stage.services, ticket)
    announce.tell_ticket(stage.services, replace(ticket, status="closed"), "closed")
    told = anna.heard("dialog:update")
    assert [one.get("change") for one in told] == ["closed", None]
    assert [one["dialog"]["status"] for one in told] == ["closed", "closed"]
    announce.tell_ticket(stage.services, ticket, "reopened")
    assert changes(anna) == ["reopened"], "no news of what brought no message"


def test_who_watches_the_queue_hears_of_operators_who_come_and_go(stage: Stage) -> None:
    boss = stage.staff("boss", role="admin")
    olga = stage.staff("olga", sites=("bank",))
    for one in (boss, olga):
        one.ask(WatchQueue())
        one.heard()
    artem = stage.staff(sites=("shop",))
    told = boss.heard("queue:update")
    assert [(one["change"], one["ticket"]) for one in told] == [("operator_online", None)]
    assert told[0]["operators_online"] == 3
    stage.leave(artem)
    assert [one["change"] for one in boss.heard("queue:update")] == ["operator_offline"]
    assert olga.heard("queue:update") == []
    announce.tell_operator(stage.services, None, "operator_changed")
    assert boss.heard() == [], "of an account that is gone nothing is told"


def test_a_draft_that_is_dropped_begins_anew(stage: Stage) -> None:
    anna, boris = stage.visitor(), stage.visitor("Boris")
    second = stage.again(anna.token, device="second")
    for one in (anna, second, boris):
        one.join(LOBBY)
    anna.ask(EditDraft(dialog_id=LOBBY, seq=5, reset="hers"))
    boris.heard()
    anna.ask(LeaveDialog(dialog_id=LOBBY))
    told = boris.heard("draft:edit")
    assert [(one["participant_id"], one["seq"], one["reset"]) for one in told] == [(anna.id, 0, "")]


def test_an_event_is_told_on_its_own_topics_alone(stage: Stage) -> None:
    gone = events.TypingStop(dialog_id=LOBBY, participant_id="m-1", name="Anna")
    with pytest.raises(ValueError, match=r"typing:stop is not for queue:"):
        announce.tell(stage.services, topics.queue(scope(("shop",))), gone)
