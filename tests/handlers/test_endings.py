"""How requests for help end by their customers: cancelled while they wait, ended while they are
answered; twice, too late, and at the same moment as something else."""

from __future__ import annotations

from typing import Any

import gevent
import pytest
from msgspec import UNSET

from chatd.domain.episode import Episode
from chatd.domain.ticket import Ticket
from chatd.errors import Conflict, Forbidden, NotFound
from chatd.protocol.commands import SendMessage
from chatd.protocol.endings import CancelTicket
from chatd.protocol.reports import GetReport, ListCounted
from chatd.protocol.support import (
    AcceptTicket,
    CloseTicket,
    GetQueue,
    ShowTicket,
    WatchQueue,
)
from tests.handlers.stage import Stage


def kept(stage: Stage, id: str) -> tuple[Ticket, Episode]:
    """A ticket and its episode, as they are stored."""
    ticket = stage.store.get(Ticket, id)
    episode = ticket and stage.store.get(Episode, ticket.episode_id)
    assert ticket and episode
    return ticket, episode


def last_kind(stage: Stage, id: str) -> Any:
    """What the house has said last there."""
    return stage.store.history(id, limit=200)[-1].meta.get("kind")


def test_who_cancels_leaves_the_queue_and_is_counted_as_cancelled(stage: Stage) -> None:
    anna, boris, artem = stage.visitor(), stage.visitor("Boris"), stage.staff()
    first, second = anna.open_ticket(), boris.open_ticket()
    artem.ask(WatchQueue())
    artem.join(first)
    artem.heard()
    shown = anna.ask(CancelTicket(ticket_id=first)).ticket
    assert shown.status == "closed" and shown.closed_by is UNSET and shown.outcome is UNSET
    queue = artem.ask(GetQueue()).tickets
    assert [(one.id, one.position) for one in queue] == [(second, 1)]
    (told,) = artem.heard("dialog:update")
    assert (told["change"], told["dialog"]["outcome"]) == ("closed", "cancelled")
    assert told["dialog"]["closed_by"] == anna.id
    ticket, episode = kept(stage, first)
    assert ticket.outcome == episode.outcome == "cancelled" and episode.closed_by == anna.id
    assert last_kind(stage, first) == "ticket_cancelled"
    stage.now += 1
    total = stage.shell(GetReport(report="queue")).total
    assert (total.closed, total.cancelled, total.abandoned) == (1, 1, 1)
    assert [one.id for one in stage.shell(ListCounted(of="cancelled")).tickets] == [first]


def test_only_what_waits_is_cancelled_and_only_by_whose_it_is(stage: Stage) -> None:
    anna, artem = stage.visitor(), stage.staff()
    id = anna.open_ticket()
    with pytest.raises(NotFound):
        stage.visitor("Boris").ask(CancelTicket(ticket_id=id))
    with pytest.raises(Forbidden):
        artem.ask(CancelTicket(ticket_id=id))
    artem.ask(AcceptTicket(ticket_id=id))
    with pytest.raises(Conflict, match=r"is active since .*ticket:close ends it") as refused:
        anna.ask(CancelTicket(ticket_id=id))
    assert "artem" not in str(refused.value), "who it is the customer is told by name only"
    assert kept(stage, id)[0].status == "active"
    artem.ask(CloseTicket(ticket_id=id))
    with pytest.raises(Conflict, match="is closed since"):
        anna.ask(CancelTicket(ticket_id=id))
    assert kept(stage, id)[1].outcome == "closed"


def test_a_customer_ends_a_conversation_once_and_begins_it_again_by_writing(stage: Stage) -> None:
    anna, artem = stage.visitor(), stage.staff()
    id = anna.open_ticket()
    artem.ask(AcceptTicket(ticket_id=id))
    with pytest.raises(NotFound):
        stage.visitor("Boris").ask(CloseTicket(ticket_id=id))
    assert anna.ask(CloseTicket(ticket_id=id)).ticket.status == "closed"
    assert last_kind(stage, id) == "ticket_closed_by_customer"
    ticket, episode = kept(stage, id)
    assert (ticket.closed_by, episode.outcome) == (anna.id, "closed")
    with pytest.raises(Conflict, match="is closed"):
        anna.ask(CloseTicket(ticket_id=id))
    anna.say(id, "one more thing")
    again = artem.ask(ShowTicket(ticket_id=id, episodes=2))
    assert (again.ticket.status, again.ticket.outcome) == ("waiting", "")
    assert [one.outcome for one in again.episodes] == ["", "closed"]


@pytest.mark.parametrize("customer_first", [True, False])
def test_of_cancelling_and_accepting_at_once_one_comes_true(
    stage: Stage, customer_first: bool
) -> None:
    anna, artem = stage.visitor(), stage.staff()
    id = anna.open_ticket()
    acts = [
        gevent.spawn(anna.ask, CancelTicket(ticket_id=id)),
        gevent.spawn(artem.ask, AcceptTicket(ticket_id=id)),
    ]
    if not customer_first:
        acts.reverse()
    for one in acts:
        one.start()
    gevent.joinall(acts, timeout=60)
    failed = [one.exception for one in acts if one.exception]
    assert len(failed) == 1 and isinstance(failed[0], Conflict), failed
    ticket, episode = kept(stage, id)
    if ticket.status == "active":
        assert (ticket.outcome, episode.outcome, episode.closed_at) == ("", "", None)
    else:
        assert (ticket.status, ticket.operator, episode.accepted_at) == ("closed", None, None)
        assert ticket.outcome == episode.outcome == "cancelled"


def test_a_word_said_at_the_same_time_is_not_lost(stage: Stage) -> None:
    anna = stage.visitor()
    id = anna.open_ticket()
    acts = [
        gevent.spawn(anna.ask, CancelTicket(ticket_id=id)),
        gevent.spawn(anna.ask, SendMessage(dialog_id=id, content="wait!")),
    ]
    gevent.joinall(acts, timeout=60, raise_error=True)
    assert "wait!" in [one.content for one in stage.store.history(id, limit=200)]
