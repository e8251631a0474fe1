"""Who acts in a ticket for whom, with what it begins, and to whom it goes."""

from __future__ import annotations

import pytest

from chatd.domain.participant import Operator, Participant
from chatd.domain.ticket import Ticket
from chatd.domain.times import to_text
from chatd.domain.versions import successor
from chatd.errors import Conflict, Forbidden, Invalid, NotFound, RateLimited
from chatd.protocol.commands import SendMessage
from chatd.protocol.envelope import encode_json
from chatd.protocol.support import (
    AcceptTicket,
    CloseTicket,
    OpenTicket,
    ReopenTicket,
    ReplyTicket,
    RequestPerson,
    TransferTicket,
)
from chatd.service.texts import site_text
from chatd.store.base import Put
from tests.handlers.bots import Engine
from tests.handlers.stage import Stage


def ticket_of(stage: Stage, id: str) -> Ticket:
    """As it is stored."""
    found = stage.store.get(Ticket, id)
    assert found
    return found


@pytest.mark.parametrize(
    ("bot", "wants", "status"),
    [
        (True, False, "bot"),
        (True, True, "waiting"),
        (False, False, "waiting"),
        (False, True, "waiting"),
    ],
)
def test_a_ticket_begins_with_the_bot_where_there_is_one_and_no_person_is_wanted(
    stage: Stage, bot: bool, wants: bool, status: str
) -> None:
    stage.services.bots = Engine(active=bot)
    anna = stage.visitor()
    asked = anna.ask(OpenTicket(content="help", wants_person=wants, client_id="first"))
    found = ticket_of(stage, asked.ticket.id)
    assert found.status == asked.ticket.status == status
    assert found.requested_at == (to_text(stage.now) if status == "waiting" else None)
    assert (asked.message.content, asked.message.client_id) == ("help", "first")
    assert asked.message.sender_type == "customer"
    assert asked.position == (1 if status == "waiting" else 0)
    kept = stage.store.get(Participant, anna.id)
    assert kept and kept.tickets == (found.id,)
    again = anna.ask(OpenTicket(content="help", wants_person=wants, client_id="first"))
    assert (again.ticket.id, again.message.id) == (found.id, asked.message.id)


def test_a_wish_for_a_person_is_enough_and_its_bytes_are_the_greetings(stage: Stage) -> None:
    anna = stage.visitor()
    asked = anna.ask(OpenTicket(wants_person=True))
    assert asked.message is None and asked.position == 1
    said = list(stage.store.history(asked.ticket.id, limit=9))
    assert [one.sender_type for one in said] == ["bot"]
    stage.services.limiter.apply(stage.limits(bytes_per_address="3000/day"))
    size = len(encode_json(said[0]))
    assert size < 1_000
    boris = stage.visitor("Boris")
    boris.open_ticket("x" * 1_500)
    with pytest.raises(RateLimited):
        boris.open_ticket("x" * 1_500)


def test_only_who_runs_it_acts_for_another(stage: Stage) -> None:
    anna, artem = stage.visitor(), stage.staff()
    stage.staff("olga")
    boss = stage.staff("boss", role="admin")
    first, second, third, fourth = (anna.open_ticket(str(number)) for number in range(4))
    artem.ask(AcceptTicket(ticket_id=first, operator="artem"))
    with pytest.raises(Forbidden, match="only an administrator acts for another"):
        artem.ask(AcceptTicket(ticket_id=second, operator="olga"))
    boss.ask(AcceptTicket(ticket_id=second, operator="olga"))
    stage.shell(AcceptTicket(ticket_id=third, operator="olga"))
    held = [ticket_of(stage, one).operator for one in (first, second, third)]
    assert held == ["artem", "olga", "olga"]
    boss.ask(AcceptTicket(ticket_id=fourth))
    assert ticket_of(stage, fourth).operator == "boss"


def test_at_the_machine_a_ticket_goes_to_who_is_named_or_called_so(stage: Stage) -> None:
    ticket = stage.visitor().open_ticket()
    with pytest.raises(Invalid, match="'root' is none: say who takes it"):
        stage.shell(AcceptTicket(ticket_id=ticket))
    stage.staff("root")
    stage.shell(AcceptTicket(ticket_id=ticket))
    assert ticket_of(stage, ticket).operator == "root"


def test_a_ticket_goes_to_who_may_have_it(stage: Stage) -> None:
    anna, artem = stage.visitor(site="shop"), stage.staff(sites=("shop",))
    ticket = anna.open_ticket()
    stage.staff("bank", sites=("bank",))
    stage.staff("shut")
    account = stage.store.get(Operator, "shut")
    assert account
    stage.store.commit(Put(successor(account, disabled=True)))
    for name in ("bank", "nobody"):
        with pytest.raises(NotFound, match=f"no such operator '{name}'"):
            artem.ask(TransferTicket(ticket_id=ticket, operator=name))
    with pytest.raises(Conflict, match="operator shut is disabled"):
        artem.ask(TransferTicket(ticket_id=ticket, operator="shut"))
    with pytest.raises(Conflict, match="does not serve the site shop"):
        stage.shell(TransferTicket(ticket_id=ticket, operator="bank"))
    for name in ("anna", "zoe"):
        stage.staff(name)
        told = artem.ask(TransferTicket(ticket_id=ticket, operator=name))
        assert (told.operator_status, told.returns_in_s) == ("online", None)
        assert ticket_of(stage, ticket).operator == name
        with pytest.raises(Conflict, match=f"is {name}'s already"):
            artem.ask(TransferTicket(ticket_id=ticket, operator=name))
    artem.ask(CloseTicket(ticket_id=ticket))
    with pytest.raises(Conflict):
        artem.ask(TransferTicket(ticket_id=ticket, operator="anna"))


def test_an_answer_is_signed_by_who_gives_it_or_by_the_house(stage: Stage) -> None:
    anna, artem = stage.visitor(), stage.staff()
    ticket = anna.open_ticket()
    house = stage.shell(ReplyTicket(ticket_id=ticket, message="one")).message
    assert house.sender_name == site_text(stage.services, "shop", "operator_name")
    assert ticket_of(stage, ticket).status == "waiting"
    his = stage.shell(ReplyTicket(ticket_id=ticket, message="two", operator="artem")).message
    assert (his.sender_name, his.sender_id) == ("Artem", artem.id)
    assert ticket_of(stage, ticket).operator == "artem"
    own = artem.ask(ReplyTicket(ticket_id=ticket, message="three", client_id="3")).message
    again = artem.ask(ReplyTicket(ticket_id=ticket, message="three", client_id="3")).message
    assert (own.id, own.sender_name) == (again.id, "Artem")
    assert artem.ask(SendMessage(dialog_id=ticket, content="four")).message.seq == own.seq + 1


def test_who_asks_for_a_person_waits_for_one_however_far_the_ticket_is(stage: Stage) -> None:
    stage.services.bots = Engine()
    anna, artem = stage.visitor(), stage.staff()
    ticket = anna.open_ticket("one", waits=False)
    stage.turn()
    asked = anna.ask(RequestPerson(ticket_id=ticket))
    assert (asked.ticket.status, asked.position) == ("waiting", 1)
    artem.ask(CloseTicket(ticket_id=ticket))
    assert anna.ask(RequestPerson(ticket_id=ticket)).ticket.status == "waiting"
    artem.ask(CloseTicket(ticket_id=ticket))
    assert artem.ask(ReopenTicket(ticket_id=ticket)).ticket.status == "active"
    artem.ask(CloseTicket(ticket_id=ticket))
    assert stage.shell(ReopenTicket(ticket_id=ticket)).ticket.status == "waiting"
