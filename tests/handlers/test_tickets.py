"""Tickets: in whose hands they are, who is told, and whose business they are not."""

from __future__ import annotations

from typing import Any

import gevent
import pytest
from msgspec.structs import replace

from chatd.domain.participant import REMEMBERED_TICKETS, Participant
from chatd.domain.ticket import Ticket
from chatd.errors import Conflict, Forbidden, Invalid, NotFound, TooManyOpen
from chatd.handlers import console
from chatd.protocol.canned import ListCanned
from chatd.protocol.commands import EditMessage, MarkRead, SendMessage
from chatd.protocol.sites import GetSite
from chatd.protocol.support import (
    AcceptTicket,
    CloseTicket,
    GetQueue,
    ListOwnTickets,
    ListTickets,
    OpenTicket,
    ReadTicket,
    ReopenTicket,
    ReplyTicket,
    RequestPerson,
    ReturnTicket,
    ShowCustomer,
    ShowTicket,
    TransferTicket,
    WatchQueue,
)
from tests.handlers.stage import Person, Stage


def ticket_of(stage: Stage, id: str) -> Ticket:
    """As it is stored."""
    found = stage.store.get(Ticket, id)
    assert found
    return found


def ids(told: Any) -> list[str]:
    """Which tickets a list has."""
    return [one.id for one in told.tickets]


def kinds(stage: Stage, id: str) -> list[str]:
    """What the house has said in a ticket."""
    said = stage.store.history(id, limit=100)
    return [one.meta["kind"] for one in said if one.sender_type == "system"]


def test_so_many_open_tickets_and_no_more_until_one_is_closed(stage: Stage) -> None:
    anna, boris, artem = stage.visitor(), stage.visitor("Boris"), stage.staff()
    most = stage.services.config.tickets.open_per_visitor
    opened = [anna.open_ticket(str(number)) for number in range(most)]
    with pytest.raises(TooManyOpen, match=f"you have {most} open tickets, and may have {most}"):
        anna.open_ticket("one more")
    assert boris.open_ticket(), "another's are another's"
    assert anna.say(opened[0], "in one of them").seq
    artem.ask(CloseTicket(ticket_id=opened[0]))
    assert anna.open_ticket("one more")


def test_the_same_first_message_sent_twice_at_once_makes_one_ticket(stage: Stage) -> None:
    anna = stage.visitor()
    ask = OpenTicket(content="help", client_id="first")
    both = [gevent.spawn(anna.ask, ask) for _ in range(3)]
    gevent.joinall(both, timeout=10)
    assert len({one.value.ticket.id for one in both}) == 1
    assert len({one.value.message.id for one in both}) == 1
    assert anna.ask(OpenTicket(content="other", client_id="second")).ticket.id != (
        both[0].value.ticket.id
    )
    boris = stage.visitor("Boris")
    assert boris.ask(ask).ticket.id != both[0].value.ticket.id


def test_a_ticket_begins_with_words_or_with_a_wish_for_a_person(stage: Stage) -> None:
    anna = stage.visitor()
    with pytest.raises(Invalid, match="the first message makes the ticket"):
        anna.ask(OpenTicket())
    asked = anna.ask(OpenTicket(wants_person=True))
    assert (asked.message, asked.ticket.status, asked.position) == (None, "waiting", 1)
    with pytest.raises(Forbidden):
        stage.staff().ask(OpenTicket(content="help"))


def test_of_very_many_tickets_a_visitor_is_remembered_with_the_latest(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    anna = stage.visitor()
    monkeypatch.setattr("chatd.handlers.opening.REMEMBERED_TICKETS", 3)
    opened = [anna.open_ticket(str(number)) for number in range(5)]
    kept = stage.store.get(Participant, anna.id)
    assert kept and list(kept.tickets) == opened[-3:]
    assert stage.services.config.tickets.open_per_visitor < REMEMBERED_TICKETS


def test_of_two_who_accept_one_has_it_and_the_other_is_told_who(stage: Stage) -> None:
    anna, artem, olga = stage.visitor(), stage.staff(), stage.staff("olga")
    ticket = anna.open_ticket()
    artem.ask(AcceptTicket(ticket_id=ticket))
    with pytest.raises(Conflict, match="by artem") as told:
        olga.ask(AcceptTicket(ticket_id=ticket))
    assert told.value.details["by"] == "artem"
    assert ticket_of(stage, ticket).operator == "artem"
    assert kinds(stage, ticket) == ["operator_connected"]
    with pytest.raises(Conflict):
        artem.ask(AcceptTicket(ticket_id=ticket))


def test_customers_are_told_no_operators_user_name(stage: Stage) -> None:
    anna, artem = stage.visitor(), stage.staff("artem_k", sites=("shop",))
    ticket = anna.open_ticket()
    anna.join(ticket)
    artem.join(ticket)
    artem.ask(AcceptTicket(ticket_id=ticket))
    said = artem.ask(ReplyTicket(ticket_id=ticket, message="his")).message
    anna.ask(MarkRead(dialog_id=ticket, seq=said.seq))
    artem.ask(CloseTicket(ticket_id=ticket))
    with pytest.raises(Conflict) as closed:
        anna.ask(edit_of_own(stage, anna, ticket))
    answers = [anna.ask(ReadTicket(ticket_id=ticket)), anna.join(ticket)]
    stage.turn()
    told = b"".join(anna.connection.mailbox.frames)  # type: ignore[attr-defined]
    for text in (told.decode(), str(answers), str(closed.value.as_dict())):
        assert "artem_k" not in text.replace("alias-artem_k", "")


def edit_of_own(stage: Stage, anna: Person, ticket: str) -> EditMessage:
    """An edit of one's own message in a ticket."""
    own = next(one for one in stage.store.history(ticket, limit=9) if one.sender_id == anna.id)
    return EditMessage(message_id=own.id, content="other")


@pytest.mark.parametrize("site", ["shop", "bank"])
def test_what_is_of_other_sites_is_on_no_list(stage: Stage, site: str) -> None:
    served = {one: stage.visitor(site=one).open_ticket(one) for one in ("shop", "bank")}
    closed = {one: stage.visitor(site=one).open_ticket(one) for one in ("shop", "bank")}
    boss = stage.staff("boss", role="admin")
    for ticket in closed.values():
        boss.ask(CloseTicket(ticket_id=ticket))
    artem = stage.staff(sites=(site,))
    assert ids(artem.ask(GetQueue())) == [served[site]]
    assert artem.ask(GetQueue(count=True)).total == artem.ask(GetQueue()).waiting == 1
    assert sorted(ids(artem.ask(ListTickets()))) == sorted([closed[site], served[site]])
    assert ids(artem.ask(ListTickets(status="closed"))) == [closed[site]]
    assert ids(artem.ask(ListTickets(status="waiting"))) == [served[site]]
    for status, total in ((None, 2), ("closed", 1), ("waiting", 1)):
        assert artem.ask(ListTickets(status=status, count=True)).total == total
    other = "bank" if site == "shop" else "shop"
    assert ids(artem.ask(ListTickets(site=other))) == []
    assert artem.ask(ListTickets(site=other, count=True, status="waiting")).total == 0
    assert [one.site for one in artem.ask(ListCanned()).canned] == [site]
    assert artem.ask(ListCanned(site=other)).canned == []
    assert [one.site for one in boss.ask(ListCanned(site=other)).canned] == [other]
    assert len(boss.ask(ListCanned()).canned) == 2
    for command in (
        AcceptTicket(ticket_id=served[other]),
        ShowTicket(ticket_id=served[other]),
        ReplyTicket(ticket_id=served[other], message="mine"),
        ReopenTicket(ticket_id=closed[other]),
        TransferTicket(ticket_id=served[other], operator="artem"),
    ):
        with pytest.raises(NotFound, match="no such ticket"):
            artem.ask(command)


def test_the_queue_is_watched_by_site(stage: Stage) -> None:
    shop, bank = stage.staff(sites=("shop",)), stage.staff("olga", sites=("bank",))
    both = stage.staff("boris", sites=("bank", "shop"))
    boss = stage.staff("boss", role="admin")
    watchers = (shop, bank, both, boss)
    for one in watchers:
        one.ask(WatchQueue())
        one.heard()
    ticket = stage.visitor(site="shop").open_ticket()
    heard = [one.heard("queue:update") for one in watchers]
    assert [len(one) for one in heard] == [1, 0, 1, 1]
    assert {one[0]["waiting"] for one in heard if one} == {1}
    shop.ask(AcceptTicket(ticket_id=ticket))
    assert [bool(one.heard("queue:update")) for one in watchers] == [True, False, True, True]
    stage.visitor("Vera", "bank").open_ticket()
    assert [bool(one.heard("queue:update")) for one in watchers] == [False, True, True, True]


def test_a_list_of_tickets_in_pages_has_each_once(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(console, "SCAN", 3)
    artem = stage.staff()
    anna = stage.visitor()
    opened = [anna.open_ticket(str(number)) for number in range(9)]
    for ticket in opened[:7]:
        artem.ask(CloseTicket(ticket_id=ticket))
    for status, wanted in (("closed", opened[:7]), ("waiting", opened[7:])):
        for limit in (1, 2, 6, 7, 8):
            seen = walk(artem, ListTickets(status=status, limit=limit))
            assert seen == wanted[::-1], "newest first"
    everything = walk(artem, ListTickets(limit=2))
    assert everything == opened[::-1]
    for limit in (1, 2):
        assert walk(artem, GetQueue(limit=limit)) == opened[7:]


def walk(person: Person, command: Any) -> list[str]:
    """The ids of all pages of a list, each as long as asked for."""
    seen: list[str] = []
    cursor: str | None = None
    for _ in range(20):
        page = person.ask(replace(command, cursor=cursor))
        seen += ids(page)
        cursor = page.cursor
        assert page.more == (cursor is not None)
        if cursor is None:
            return seen
        assert len(ids(page)) == command.limit
    raise AssertionError("no end of pages")


def test_a_customers_other_tickets_are_theirs_and_each_is_shown_once(stage: Stage) -> None:
    anna, boris, artem = stage.visitor(), stage.visitor("Boris"), stage.staff(sites=("shop",))
    opened = [anna.open_ticket(str(number)) for number in range(4)]
    hers = boris.open_ticket()
    for asked, others in ((opened[3], opened[:3]), (opened[0], opened[1:])):
        for limit in (1, 2, 3, 4):
            found = walk(artem, ShowCustomer(ticket_id=asked, limit=limit))
            assert found == others[::-1]
    assert ids(artem.ask(ShowCustomer(ticket_id=hers))) == []
    for person in (anna, boris, stage.staff("olga", sites=("bank",))):
        with pytest.raises((Forbidden, NotFound)):
            person.ask(ShowCustomer(ticket_id=opened[0]))


def test_of_very_many_closed_tickets_the_count_is_not_told(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(console, "COUNTED", 2)
    artem, anna = stage.staff(), stage.visitor()
    for number in range(3):
        artem.ask(CloseTicket(ticket_id=anna.open_ticket(str(number))))
        total = artem.ask(ListTickets(status="closed", count=True)).total
        assert total == (number + 1 if number < 2 else None)
    assert artem.ask(ListTickets(status="waiting", count=True)).total == 0


def test_ones_own_tickets_are_those_one_answers_now(stage: Stage) -> None:
    artem, olga, anna = stage.staff(), stage.staff("olga"), stage.visitor()
    mine, hers, left, done = (anna.open_ticket(str(number)) for number in range(4))
    for who, ticket in ((artem, mine), (olga, hers), (artem, left), (artem, done)):
        who.ask(AcceptTicket(ticket_id=ticket))
    artem.ask(ReturnTicket(ticket_id=left))
    artem.ask(CloseTicket(ticket_id=done))
    assert ids(artem.ask(ListOwnTickets())) == [mine]
    assert ids(artem.ask(ListOwnTickets(cursor=mine))) == []
    first = artem.ask(ListOwnTickets(limit=1))
    assert (ids(first), first.more) == ([mine], False)


def test_a_transfer_is_to_somebody_else(stage: Stage) -> None:
    anna, artem, olga = stage.visitor(), stage.staff(), stage.staff("olga")
    ticket = anna.open_ticket()
    artem.ask(AcceptTicket(ticket_id=ticket))
    with pytest.raises(Conflict, match="is artem's already"):
        artem.ask(TransferTicket(ticket_id=ticket, operator="artem"))
    there = artem.ask(TransferTicket(ticket_id=ticket, operator="olga"))
    assert (there.operator_status, there.returns_in_s) == ("online", None)
    stage.leave(artem)
    back = olga.ask(TransferTicket(ticket_id=ticket, operator="artem"))
    assert back.operator_status == "offline"
    assert back.returns_in_s == stage.services.config.tickets.grace_seconds


def test_nothing_is_taken_from_who_acted_since_one_knew_the_ticket(stage: Stage) -> None:
    anna, artem, olga = stage.visitor(), stage.staff(), stage.staff("olga")
    ticket = anna.open_ticket()
    artem.ask(AcceptTicket(ticket_id=ticket))

    def hand() -> int:
        return artem.ask(TransferTicket(ticket_id=ticket, operator="olga")).ticket.version

    def take_back(version: int) -> Any:
        return artem.ask(TransferTicket(ticket_id=ticket, operator="artem", version=version))

    version = hand()
    anna.say(ticket, "still there?")
    assert take_back(version).ticket.operator == "artem", "only who has it counts"
    version = hand()
    olga.say(ticket, "I am here")  # she is announced with it
    with pytest.raises(Conflict, match="changed or answered") as told:
        take_back(version)
    assert told.value.details["operator"] == "olga"
    olga.ask(TransferTicket(ticket_id=ticket, operator="artem"))
    version = hand()
    olga.say(ticket, "again")  # as her announcement is over, this changes nothing of the ticket
    assert ticket_of(stage, ticket).version == version
    with pytest.raises(Conflict, match="changed or answered"):
        take_back(version)
    with pytest.raises(Conflict, match="changed or answered"):
        artem.ask(ReturnTicket(ticket_id=ticket, version=version))
    assert ticket_of(stage, ticket).operator == "olga"
    artem.ask(TransferTicket(ticket_id=ticket, operator="artem"))


def test_only_what_is_closed_is_opened_again_and_nothing_is_answered_in_it(stage: Stage) -> None:
    anna, artem = stage.visitor(), stage.staff()
    ticket = anna.open_ticket()
    with pytest.raises(Conflict):
        artem.ask(ReopenTicket(ticket_id=ticket))
    artem.ask(CloseTicket(ticket_id=ticket))
    with pytest.raises(Conflict):
        artem.ask(CloseTicket(ticket_id=ticket))
    for command in (
        ReplyTicket(ticket_id=ticket, message="late"),
        SendMessage(dialog_id=ticket, content="late"),
        AcceptTicket(ticket_id=ticket),
        ReturnTicket(ticket_id=ticket),
    ):
        with pytest.raises(Conflict):
            artem.ask(command)
    assert artem.ask(ReopenTicket(ticket_id=ticket)).ticket.operator == "artem"
    artem.ask(CloseTicket(ticket_id=ticket))
    assert anna.say(ticket, "I am back").seq
    assert ticket_of(stage, ticket).status == "waiting"


def test_asking_for_a_person_twice_changes_nothing(stage: Stage) -> None:
    anna, artem = stage.visitor(), stage.staff()
    ticket = anna.open_ticket()
    before = ticket_of(stage, ticket)
    assert anna.ask(RequestPerson(ticket_id=ticket)).position == 1
    assert ticket_of(stage, ticket) == before
    artem.ask(AcceptTicket(ticket_id=ticket))
    before = ticket_of(stage, ticket)
    assert anna.ask(RequestPerson(ticket_id=ticket)).position == 0
    assert ticket_of(stage, ticket) == before
    with pytest.raises(NotFound):
        stage.visitor("Boris").ask(RequestPerson(ticket_id=ticket))


def test_who_asks_for_a_person_in_a_closed_ticket_opens_it_again(stage: Stage) -> None:
    anna, artem = stage.visitor(), stage.staff()
    ticket = anna.open_ticket()
    artem.ask(CloseTicket(ticket_id=ticket))
    assert anna.ask(RequestPerson(ticket_id=ticket)).ticket.status == "waiting"
    assert kinds(stage, ticket) == ["ticket_closed", "ticket_reopened"]


def test_a_reply_sent_again_is_the_first_one_whatever_became_of_the_ticket(stage: Stage) -> None:
    anna, artem = stage.visitor(), stage.staff()
    ticket = anna.open_ticket()
    again = ReplyTicket(ticket_id=ticket, message="his", client_id="a")
    first = artem.ask(again).message
    artem.ask(CloseTicket(ticket_id=ticket))
    assert artem.ask(again).message.id == first.id
    assert ticket_of(stage, ticket).status == "closed"


def test_who_only_looks_has_neither_connected_nor_read(stage: Stage) -> None:
    anna, artem = stage.visitor(), stage.staff()
    ticket = anna.open_ticket()
    anna.join(ticket)
    anna.heard()
    artem.ask(ShowTicket(ticket_id=ticket))
    assert anna.heard() == [] and kinds(stage, ticket) == []
    artem.ask(ShowTicket(ticket_id=ticket, connect=True))
    assert kinds(stage, ticket) == ["operator_connected"]
    assert "receipt:update" in anna.heard()
    artem.ask(ShowTicket(ticket_id=ticket, connect=True))
    assert kinds(stage, ticket) == ["operator_connected"], "once"


def test_a_place_in_line_is_counted_on_ones_own_site(stage: Stage) -> None:
    first, second = stage.visitor(site="shop"), stage.visitor("Boris", "shop")
    other = stage.visitor("Vera", "bank")
    assert first.ask(OpenTicket(content="a", wants_person=True)).position == 1
    asked = second.ask(OpenTicket(content="b", wants_person=True))
    assert (asked.position, asked.operators_online, asked.expected_wait_s) == (2, 0, None)
    assert other.ask(OpenTicket(content="c", wants_person=True)).position == 1
    stage.staff(sites=("bank",))
    stage.staff("away", sites=("shop",), takes_tickets=False)
    told = second.ask(RequestPerson(ticket_id=asked.ticket.id))
    assert (told.operators_online, told.expected_wait_s) == (0, None)
    stage.staff("olga", sites=("shop",))
    told = second.ask(RequestPerson(ticket_id=asked.ticket.id))
    assert told.operators_online == 1 and told.expected_wait_s is not None


def test_a_site_is_shown_as_it_set_itself(stage: Stage) -> None:
    anna = stage.visitor(site="bank")
    assert anna.ask(GetSite()).site == "bank"
    assert anna.ask(GetSite(site="shop")).site == "shop"
    with pytest.raises(Invalid, match="no such site"):
        anna.ask(GetSite(site="mars"))
