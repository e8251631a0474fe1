"""Tags and priorities of tickets: who may give them, what they do, where they are seen."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec import UNSET

from chatd.domain.episode import Episode
from chatd.domain.ticket import Ticket
from chatd.errors import Forbidden, Invalid, NotFound
from chatd.handlers import console
from chatd.protocol.support import (
    AcceptTicket,
    CloseTicket,
    GetQueue,
    ListTickets,
    ReopenTicket,
    ShowTicket,
    TagTicket,
    UpdateTicket,
    WatchQueue,
)
from chatd.store.base import Remove
from tests.handlers.stage import Person, Stage


def stored(stage: Stage, id: str) -> tuple[Ticket, Episode]:
    """A ticket and its episode, as they are kept."""
    ticket = stage.store.get(Ticket, id)
    episode = ticket and stage.store.get(Episode, ticket.episode_id)
    assert ticket and episode
    return ticket, episode


def found(person: Person, **asked: Any) -> list[str]:
    """The tickets that a list has."""
    return [one.id for one in person.ask(ListTickets(**asked)).tickets]


def test_names_that_are_nobodys_are_refused_unless_a_ticket_is_of_them(stage: Stage) -> None:
    id, artem = stage.visitor().open_ticket(), stage.staff()
    artem.ask(AcceptTicket(ticket_id=id))
    for asked, said in (
        ({"site": "shpo"}, "no such site 'shpo'; allowed: shop"),
        ({"operator": "artm"}, "no such operator 'artm'; allowed: artem"),
    ):
        with pytest.raises(Invalid, match=said) as refused:
            found(artem, **asked)
        assert refused.value.details["field"] == next(iter(asked))
    boris = stage.staff("boris")
    assert found(boris, operator="boris") == found(boris, operator="") == []
    stage.store.commit(Remove("operators", "artem"))
    assert found(boris, operator="artem") == [id], "whose account is gone may be asked for"
    assert found(boris, operator="artm", cursor=id) == [], "the end of a list is no fault"


def test_tags_are_kept_with_the_ticket_and_its_episode_and_told_operators_only(
    stage: Stage,
) -> None:
    anna, artem = stage.visitor(), stage.staff()
    id = anna.open_ticket()
    artem.ask(WatchQueue())
    shown = artem.ask(TagTicket(ticket_id=id, add=["VIP", " refund"])).ticket
    assert shown.tags == ["refund", "vip"] and shown.priority == "normal"
    ticket, episode = stored(stage, id)
    assert ticket.tags == episode.tags == ("refund", "vip")
    told = artem.heard("queue:update")[-1]
    assert (told["change"], told["ticket"]["tags"]) == ("updated", ["refund", "vip"])
    version = ticket.version
    artem.ask(TagTicket(ticket_id=id, add=["vip"], remove=["other"]))
    assert stored(stage, id)[0].version == version, "what is no news changes nothing"
    own = anna.ask(UpdateTicket(ticket_id=id, contact="anna@shop.example")).ticket
    assert own.tags is UNSET and own.priority is UNSET
    told = anna.heard("dialog:update")
    assert told and not any({"tags", "priority"} & one["dialog"].keys() for one in told)


def test_who_may_give_them(stage: Stage) -> None:
    anna, artem = stage.visitor(), stage.staff()
    foreign = stage.staff("boris", sites=("blog",))
    id = anna.open_ticket()
    with pytest.raises(Forbidden):
        anna.ask(TagTicket(ticket_id=id, add=["vip"]))
    with pytest.raises(Forbidden, match="is given by operators"):
        anna.ask(UpdateTicket(ticket_id=id, priority="urgent"))
    for command in (TagTicket(ticket_id=id), UpdateTicket(ticket_id=id, priority="low")):
        with pytest.raises(NotFound):
            foreign.ask(command)
    for add in (["a,b"], [f"tag {n}" for n in range(21)]):
        with pytest.raises(Invalid):
            artem.ask(TagTicket(ticket_id=id, add=add))
    ticket, episode = stored(stage, id)
    assert (ticket.tags, ticket.priority, episode.tags) == ((), "normal", ())


def test_lists_are_filtered_by_tag_and_priority(stage: Stage) -> None:
    artem, tickets = stage.staff(), [stage.visitor().open_ticket() for _ in range(4)]
    foreign = stage.staff("boris", sites=("blog",))
    for id in tickets[1:]:
        artem.ask(TagTicket(ticket_id=id, add=["vip"]))
    artem.ask(UpdateTicket(ticket_id=tickets[3], priority="urgent"))
    artem.ask(AcceptTicket(ticket_id=tickets[1]))
    artem.ask(CloseTicket(ticket_id=tickets[1]))
    assert found(artem, tag=" #Vip") == tickets[:0:-1]
    assert found(artem, tag="vip", status="waiting") == [tickets[3], tickets[2]]
    assert found(artem, tag="vip", status="closed") == [tickets[1]]
    assert found(artem, priority="urgent") == [tickets[3]] and not found(artem, tag="other")
    assert found(foreign, tag="vip") == []
    assert artem.ask(ListTickets(tag="vip", count=True)).total == 3
    queue = artem.ask(GetQueue())
    assert [one.id for one in queue.tickets] == [tickets[3], tickets[0], tickets[2]]
    page = artem.ask(GetQueue(tag="vip", count=True, limit=1))
    assert [one.id for one in page.tickets] == [tickets[3]] and page.total == 2 and page.more
    rest = artem.ask(GetQueue(tag="vip", cursor=page.cursor))
    assert [one.id for one in rest.tickets] == [tickets[2]] and not rest.more
    for ask in (GetQueue(tag="a,b"), ListTickets(tag="")):
        with pytest.raises(Invalid, match="a tag has"):
            artem.ask(ask)


def test_for_a_rare_tag_only_so_many_are_read_at_once(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    artem, tickets = stage.staff(), [stage.visitor().open_ticket() for _ in range(5)]
    artem.ask(TagTicket(ticket_id=tickets[0], add=["vip"]))
    monkeypatch.setattr(console, "SCAN", 1)
    monkeypatch.setattr(console, "LOOKED_THROUGH", 2)
    page, pages = artem.ask(ListTickets(tag="vip")), 1
    assert page.tickets == [] and page.more and page.cursor == tickets[3]
    while not page.tickets:
        page, pages = artem.ask(ListTickets(tag="vip", cursor=page.cursor)), pages + 1
    assert [one.id for one in page.tickets] == [tickets[0]] and pages == 3


def test_a_priority_is_of_this_request_and_its_episode_says_what_it_was(stage: Stage) -> None:
    anna, artem = stage.visitor(), stage.staff()
    id = anna.open_ticket()
    artem.ask(UpdateTicket(ticket_id=id, priority="high"))
    artem.ask(TagTicket(ticket_id=id, add=["vip"]))
    assert stored(stage, id)[1].priority == "high"
    artem.ask(AcceptTicket(ticket_id=id))
    artem.ask(CloseTicket(ticket_id=id))
    artem.ask(ReopenTicket(ticket_id=id))
    ticket, episode = stored(stage, id)
    assert (ticket.priority, episode.priority, episode.tags) == ("normal", "normal", ("vip",))
    past = artem.ask(ShowTicket(ticket_id=id, episodes=5)).episodes
    assert [(one.priority, one.tags) for one in past] == [("normal", ["vip"]), ("high", ["vip"])]
