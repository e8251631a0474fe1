"""What stands in a message beside its words, whoever it is from."""

from __future__ import annotations

from msgspec import UNSET

from chatd.domain.message import Message
from chatd.domain.ticket import Ticket
from chatd.protocol.support import AcceptTicket, CloseTicket
from chatd.service import compose
from tests.handlers.stage import Stage


def notices(stage: Stage, ticket: str) -> list[Message]:
    """What the house has said in a ticket."""
    return [one for one in stage.store.history(ticket, limit=100) if one.sender_type == "system"]


def test_only_a_second_operator_of_a_request_comes_again(stage: Stage) -> None:
    anna, artem, olga = stage.visitor(), stage.staff(), stage.staff("olga")
    ticket = anna.open_ticket()
    artem.ask(AcceptTicket(ticket_id=ticket))
    olga.say(ticket, "one")
    artem.ask(CloseTicket(ticket_id=ticket))
    anna.say(ticket, "again")
    olga.ask(AcceptTicket(ticket_id=ticket))
    told = [(one.meta["kind"], one.meta.get("again")) for one in notices(stage, ticket)]
    assert told == [
        ("operator_connected", None),
        ("operator_connected", True),
        ("ticket_closed", None),
        ("ticket_reopened", None),
        ("operator_connected", None),
    ]


def test_the_house_says_which_words_it_took_in_which_language(stage: Stage) -> None:
    ticket = stage.store.get(Ticket, stage.visitor().open_ticket())
    assert ticket
    said = compose.notice(stage.services, ticket, "operator_connected", name="Artem")
    words = {"key": "operator_connected", "language": "ru", "values": {"name": "Artem"}}
    assert said.meta == {"kind": "operator_connected", "words": words}
    assert compose.system(stage.services, "shop", "lobby", "text").meta == {}
    failed = compose.house_bot(stage.services, ticket, "bot_failed", kind="hand_over")
    assert failed.meta["kind"] == "hand_over" and failed.meta["words"]["key"] == "bot_failed"
    answer = compose.bot(stage.services, ticket, "answer")
    assert answer.meta == {"kind": "answer", "words": {"language": "ru"}}


def test_a_persons_message_has_only_what_it_was_given(stage: Stage) -> None:
    anna = stage.visitor()
    who = anna.connection.principal
    bare = compose.personal(stage.services, who, "member", "lobby", "one")
    assert (bare.files, bare.client_id, bare.meta, bare.type) == (UNSET, UNSET, {}, "text")
    assert (bare.sender_id, bare.sender_name) == (anna.id, "Anna")
    given = compose.personal(
        stage.services, who, "member", "lobby", "one", meta={"a": 1}, client_id="first"
    )
    assert (given.client_id, given.meta) == ("first", {"a": 1})
