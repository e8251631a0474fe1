"""What each step in a ticket's life answers, keeps and tells, and what it leaves as it was."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from chatd.domain.episode import Episode
from chatd.domain.ticket import Ticket
from chatd.domain.times import to_text
from chatd.errors import Conflict
from chatd.protocol.commands import Hello, SendMessage
from chatd.protocol.support import (
    AcceptTicket,
    CloseTicket,
    ReopenTicket,
    ReplyTicket,
    ReturnTicket,
    TransferTicket,
)
from chatd.service import changes, tickets
from tests.handlers.bots import Engine
from tests.handlers.stage import Stage


@pytest.fixture
def bot(stage: Stage) -> Engine:
    """The one of the house."""
    made = Engine()
    stage.services.bots = made
    return made


def ticket_of(stage: Stage, id: str) -> Ticket:
    """As it is stored."""
    found = stage.store.get(Ticket, id)
    assert found
    return found


def episode_of(stage: Stage, id: str) -> Episode:
    """The request that a ticket is about now."""
    found = stage.store.get(Episode, ticket_of(stage, id).episode_id)
    assert found
    return found


def kinds(stage: Stage, id: str) -> list[str]:
    """What the house has said in a ticket."""
    said = stage.store.history(id, limit=100)
    return [one.meta["kind"] for one in said if one.sender_type == "system"]


def test_the_answer_to_a_message_is_the_message_whatever_else_comes_with_it(
    stage: Stage, bot: Engine
) -> None:
    anna, artem, olga = stage.visitor(), stage.staff(), stage.staff("olga")
    ticket = anna.open_ticket("one", waits=False)
    stage.turn()
    bot.active = False
    assert anna.say(ticket, "two").content == "two"
    assert ticket_of(stage, ticket).status == "waiting", "where no bot answers people are asked"
    assert artem.say(ticket, "three").content == "three"
    assert olga.say(ticket, "four").content == "four"
    assert ticket_of(stage, ticket).operator == "artem"
    artem.ask(ReturnTicket(ticket_id=ticket))
    assert artem.say(ticket, "five").content == "five"
    artem.ask(CloseTicket(ticket_id=ticket))
    assert anna.say(ticket, "six").content == "six"
    assert olga.ask(ReplyTicket(ticket_id=ticket, message="seven")).message.content == "seven"
    said = [one.content for one in stage.store.history(ticket, limit=100)]
    order = ["two", "three", "four", "five", "six", "seven"]
    assert [one for one in said if one in order] == order
    assert kinds(stage, ticket).count("operator_connected") == 3


def test_while_the_bot_answers_a_message_asks_for_nobody_else(stage: Stage, bot: Engine) -> None:
    anna = stage.visitor()
    ticket = anna.open_ticket("one", waits=False)
    stage.turn()
    anna.say(ticket, "two")
    assert ticket_of(stage, ticket).status == "bot"
    stage.turn()
    assert ticket_of(stage, ticket).status == "bot"
    said = [one.sender_type for one in stage.store.history(ticket, limit=100)]
    assert said[-2:] == ["customer", "bot"]


def test_each_change_is_one_version_and_a_message_is_none(stage: Stage) -> None:
    anna, artem, olga = stage.visitor(), stage.staff(), stage.staff("olga")
    ticket = anna.open_ticket()
    versions = [ticket_of(stage, ticket).version]

    def note() -> int:
        versions.append(ticket_of(stage, ticket).version)
        return versions[-1] - versions[-2]

    artem.ask(AcceptTicket(ticket_id=ticket))
    assert note() == 1
    anna.say(ticket, "one")
    artem.say(ticket, "two")
    assert note() == 0
    stage.now += 5
    olga.say(ticket, "three")
    assert note() == 1, "she is announced"
    assert ticket_of(stage, ticket).updated_at == to_text(stage.now)
    olga.say(ticket, "four")
    olga.join(ticket)
    assert note() == 0, "once"
    stage.staff("vera").join(ticket)
    assert note() == 1
    artem.ask(TransferTicket(ticket_id=ticket, operator="olga"))
    assert note() == 1


def test_who_looks_into_a_closed_ticket_is_not_announced_there(stage: Stage) -> None:
    anna, artem, olga = stage.visitor(), stage.staff(), stage.staff("olga")
    ticket = anna.open_ticket()
    artem.ask(AcceptTicket(ticket_id=ticket))
    artem.ask(CloseTicket(ticket_id=ticket))
    before = ticket_of(stage, ticket), kinds(stage, ticket)
    olga.join(ticket)
    artem.join(ticket)
    anna.join(ticket)
    assert (ticket_of(stage, ticket), kinds(stage, ticket)) == before


def test_at_the_machine_one_answers_without_having_the_ticket(stage: Stage) -> None:
    anna, artem = stage.visitor(), stage.staff()
    ticket = anna.open_ticket()
    stage.shell(SendMessage(dialog_id=ticket, content="from the house"))
    assert ticket_of(stage, ticket).status == "waiting" and kinds(stage, ticket) == []
    artem.say(ticket, "mine")
    found = ticket_of(stage, ticket)
    assert (found.status, found.operator) == ("active", "artem")
    stage.shell(CloseTicket(ticket_id=ticket))
    assert ticket_of(stage, ticket).closed_by == episode_of(stage, ticket).closed_by == "root"
    stage.shell(ReopenTicket(ticket_id=ticket))
    assert episode_of(stage, ticket).opened_by == "root"
    with pytest.raises(Conflict):
        stage.shell(ReopenTicket(ticket_id=ticket))


def test_an_episode_names_a_customer_by_id_and_an_operator_by_user_name(stage: Stage) -> None:
    anna, artem = stage.visitor(), stage.staff()
    ticket = anna.open_ticket()
    assert episode_of(stage, ticket).opened_by == anna.id
    artem.ask(CloseTicket(ticket_id=ticket))
    anna.say(ticket, "again")
    assert episode_of(stage, ticket).opened_by == anna.id
    artem.ask(ReplyTicket(ticket_id=ticket, message="here"))
    assert episode_of(stage, ticket).first_response_by == "artem"
    assert [
        tickets.name_of(one) for one in (anna.connection.principal, artem.connection.principal)
    ] == [anna.id, "artem"]


def test_who_had_a_ticket_is_asked_first_when_its_customer_comes_back(stage: Stage) -> None:
    anna, artem, olga = stage.visitor(), stage.staff(), stage.staff("olga", capacity=1)
    ticket = anna.open_ticket()
    olga.ask(AcceptTicket(ticket_id=ticket))
    artem.ask(CloseTicket(ticket_id=ticket))
    stage.now += 60
    anna.say(ticket, "again")
    found = ticket_of(stage, ticket)
    assert (found.offered_to, found.offered_at) == ("olga", to_text(stage.now))
    olga.ask(AcceptTicket(ticket_id=ticket))
    found = ticket_of(stage, ticket)
    assert (found.offered_to, found.offered_at) == (None, None)
    olga.ask(CloseTicket(ticket_id=ticket))
    olga.ask(AcceptTicket(ticket_id=anna.open_ticket("other")))
    anna.say(ticket, "again")
    assert ticket_of(stage, ticket).offered_to is None, "she has no room for it"
    never = anna.open_ticket("never answered")
    artem.ask(CloseTicket(ticket_id=never))
    anna.say(never, "again")
    assert ticket_of(stage, never).offered_to is None


def test_only_who_waited_tells_how_fast_a_queue_moves(stage: Stage, bot: Engine) -> None:
    anna, artem = stage.visitor(), stage.staff()
    guessed = stage.services.pace.expect("shop", 1, 0.0)
    asked_nobody = anna.open_ticket("one", waits=False)
    stage.turn()
    artem.ask(AcceptTicket(ticket_id=asked_nobody))
    assert stage.services.pace.expect("shop", 1, 0.0) == guessed
    bot.active = False
    waited = anna.open_ticket("two")
    artem.ask(AcceptTicket(ticket_id=waited))
    assert stage.services.pace.expect("shop", 1, 0.0) < guessed


def test_what_is_read_again_is_as_it_is_by_now_or_left_out(stage: Stage) -> None:
    anna, artem = stage.visitor(), stage.staff()
    before = [ticket_of(stage, anna.open_ticket(str(number))) for number in range(2)]
    artem.ask(AcceptTicket(ticket_id=before[0].id))
    never = replace(before[0], id="TKT-1")
    found = list(changes.reread(stage.services, [before[0], never, before[1]]))
    assert [(one.id, one.status) for one in found] == [
        (before[0].id, "active"),
        (before[1].id, "waiting"),
    ]


def test_who_waits_no_more_is_told_their_place_when_they_wait_again(stage: Stage) -> None:
    anna, artem = stage.visitor(), stage.staff(takes_tickets=False)
    ticket = anna.open_ticket()
    stage.round()
    anna.heard()
    stage.round()
    assert anna.heard() == [], "nothing new"
    artem.ask(AcceptTicket(ticket_id=ticket))
    artem.ask(ReturnTicket(ticket_id=ticket))
    anna.heard()
    stage.round()
    assert [one["position"] for one in anna.heard("dialog:update")] == [1]


def test_a_change_that_moves_nobody_in_line_tells_no_place_again(stage: Stage) -> None:
    anna = stage.visitor()
    anna.open_ticket()
    stage.round()
    anna.heard()
    anna.ask(Hello(token=anna.token, name="Vera"))
    assert [one["change"] for one in anna.heard("dialog:update")] == ["renamed"]
    stage.round()
    assert anna.heard() == []
