"""What messages may say and quote, who vouches for it, and what the bot does not say."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import gevent
import pytest
from gevent.event import Event

from chatd.bot.base import BotFailed, Passage, Turn
from chatd.domain.message import Message
from chatd.domain.ticket import Ticket
from chatd.errors import Forbidden, Invalid, NotFound
from chatd.handlers.dialogs import MAX_RECEIPTS
from chatd.protocol.commands import DeleteMessage, EditMessage, GetHistory, MarkRead
from chatd.protocol.support import AcceptTicket, CloseTicket, OpenTicket, PostSystem, RequestPerson
from chatd.service.bots import resume
from chatd.service.showing import LOOKED_UP, QUOTED_CHARS
from tests.handlers.bots import Engine
from tests.handlers.stage import Person, Stage

LOBBY = "lobby"


@pytest.mark.parametrize("content", ["", "   ", "\n\t", "\u200b\u200b", "a\0b", "\u2800"])
def test_what_shows_nothing_is_no_message_and_no_edit(stage: Stage, content: str) -> None:
    anna = stage.visitor()
    said = anna.say(LOBBY, "one")
    with pytest.raises(Invalid):
        anna.say(LOBBY, content)
    with pytest.raises(Invalid):
        anna.ask(EditMessage(message_id=said.id, content=content))
    with pytest.raises(Invalid):
        anna.ask(OpenTicket(content=content))
    assert stage.store.conversation(LOBBY).last_seq == 1


@pytest.mark.parametrize("name", ["kind", "reply_to"])
def test_what_the_daemon_says_of_a_message_nobody_else_says(stage: Stage, name: str) -> None:
    anna = stage.visitor()
    for say in (
        lambda: anna.say(LOBBY, "x", meta={name: "mine"}),
        lambda: anna.ask(OpenTicket(content="x", meta={name: "mine"})),
    ):
        with pytest.raises(Invalid, match=f"meta '{name}' is the daemon's own"):
            say()
    assert anna.say(LOBBY, "x", meta={"word": "mine"}).meta == {"word": "mine"}
    assert anna.say(LOBBY, "x", action=True).meta == {"kind": "action"}


def test_only_what_is_there_is_quoted(stage: Stage) -> None:
    anna, boris = stage.visitor(), stage.visitor("Boris")
    first, gone = anna.say(LOBBY, "x" * 500), anna.say(LOBBY, "gone")
    anna.ask(DeleteMessage(message_id=gone.id))
    elsewhere = anna.say("quiet", "elsewhere")
    assert elsewhere.seq == 1
    for seq in (gone.seq, 3, 99):
        with pytest.raises(NotFound, match=f"no message {seq} to reply to"):
            boris.say(LOBBY, "re", reply_to=seq)
    with pytest.raises(NotFound):
        boris.say("flags", "re", reply_to=1)
    said = boris.say(LOBBY, "re", reply_to=first.seq)
    quoted = said.meta["reply_to"]
    assert (quoted["seq"], quoted["name"], quoted["text"]) == (1, "Anna", "x" * QUOTED_CHARS)
    anna.ask(EditMessage(message_id=first.id, content="  new \n words "))
    assert read(boris)[-1].meta["reply_to"]["text"] == "new words"
    anna.ask(DeleteMessage(message_id=first.id))
    assert read(boris)[-1].meta["reply_to"] == {"seq": 1, "name": "Anna", "deleted": True}


def read(person: Person, **fields: Any) -> list[Message]:
    """A page of the lobby."""
    return list(person.ask(GetHistory(dialog_id=LOBBY, **fields)).messages)


def test_so_many_quotes_of_a_page_are_looked_up_outside_it(stage: Stage) -> None:
    anna = stage.visitor()
    most = LOOKED_UP + 2
    for number in range(most):
        anna.say(LOBBY, f"text {number}")
    for number in range(most):
        anna.say(LOBBY, "re", reply_to=number + 1)
    shown = [one.meta["reply_to"] for one in read(anna, limit=most)]
    assert [("text" in one) for one in shown] == [True] * LOOKED_UP + [False] * 2
    assert shown[-1] == {"seq": most}
    assert all("text" in one.meta["reply_to"] for one in read(anna, limit=200)[most:])


def test_the_house_speaks_for_itself_and_where_it_is_asked_to(stage: Stage) -> None:
    anna, artem = stage.visitor(), stage.staff(sites=("bank",))
    ticket = anna.open_ticket()
    anna.join(LOBBY)
    anna.heard()
    said = stage.shell(PostSystem(dialog_id=LOBBY, message="hello")).message
    assert (said.sender_type, said.sender_id) == ("system", "system")
    assert [one["content"] for one in anna.heard("message:new")] == ["hello"]
    last = stage.store.conversation(LOBBY)
    assert (last.last_said, last.last_text) == (said.seq, "hello"), "a person had it say so"
    for person, refused in ((anna, Forbidden), (artem, NotFound)):
        with pytest.raises(refused):
            person.ask(PostSystem(dialog_id=ticket, message="not the house"))
    with pytest.raises(Invalid):
        stage.shell(PostSystem(dialog_id=LOBBY, message=" "))
    with pytest.raises(Forbidden):
        anna.ask(DeleteMessage(message_id=said.id))


def test_of_very_many_readers_a_page_names_the_latest_and_oneself(stage: Stage) -> None:
    anna = stage.visitor()
    said = anna.say(LOBBY, "one")
    for number in range(MAX_RECEIPTS + 5):
        stage.visitor(str(number)).ask(MarkRead(dialog_id=LOBBY, seq=said.seq))
    told = anna.join(LOBBY).receipts
    assert len(told) == MAX_RECEIPTS and anna.id in told
    assert len(stage.visitor("new").join(LOBBY).receipts) == MAX_RECEIPTS == 200


class Waiting(Engine):
    """A bot that answers when it may; ``asked``: the last words of what it was asked about."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []
        self.sizes: list[int] = []
        self.gate = Event()
        self.gate.set()
        self.says = "answer"

    def answer(self, history: Sequence[Message], passages: Sequence[Passage] = ()) -> Turn:
        """After the gate has opened."""
        self.asked.append(history[-1].content)
        self.sizes.append(len(history))
        assert self.gate.wait(10)
        if self.says == "fail":
            raise BotFailed("no idea")
        return Turn(say=self.says)


@pytest.fixture
def engine(stage: Stage) -> Iterator[Waiting]:
    made = Waiting()
    stage.services.bots = made
    yield made
    made.gate.set()
    stage.turn()


def said(stage: Stage, ticket: str) -> list[tuple[str, str]]:
    """Who said what in a ticket, after the greeting."""
    return [
        (one.sender_type, one.meta.get("kind", one.content))
        for one in stage.store.history(ticket, limit=100)
    ][1:]


def status(stage: Stage, ticket: str) -> str:
    """Of a ticket."""
    found = stage.store.get(Ticket, ticket)
    assert found
    return found.status


def test_the_bot_answers_each_customer_once(stage: Stage, engine: Waiting) -> None:
    anna = stage.visitor()
    ticket = anna.open_ticket("one", waits=False)
    stage.turn()
    assert said(stage, ticket) == [("customer", "one"), ("bot", "answer")]
    anna.say(ticket, "two")
    stage.turn()
    assert engine.asked == ["one", "two"]
    resume(stage.services)
    stage.turn()
    assert engine.asked == ["one", "two"], "nothing is left to be answered"


def test_what_is_said_while_the_bot_thinks_is_answered_behind_it(
    stage: Stage, engine: Waiting
) -> None:
    anna = stage.visitor()
    engine.gate.clear()
    ticket = anna.open_ticket("one", waits=False)
    gevent.sleep(0.001)
    anna.say(ticket, "two")
    resume(stage.services)
    gevent.sleep(0.001)
    assert engine.asked == ["one"], "one at a time"
    engine.gate.set()
    stage.turn()
    assert [kind for kind, _ in said(stage, ticket)] == ["customer", "customer", "bot"]


@pytest.mark.parametrize("how", ["accepted", "asked for a person", "closed"])
def test_the_bot_is_silent_when_the_ticket_is_its_own_no_more(
    stage: Stage, engine: Waiting, how: str
) -> None:
    anna, artem = stage.visitor(), stage.staff()
    engine.gate.clear()
    ticket = anna.open_ticket("one", waits=False)
    gevent.sleep(0.001)
    if how == "accepted":
        artem.ask(AcceptTicket(ticket_id=ticket))
    elif how == "closed":
        artem.ask(CloseTicket(ticket_id=ticket))
    else:
        anna.ask(RequestPerson(ticket_id=ticket))
    engine.gate.set()
    stage.turn()
    assert "bot" not in [kind for kind, _ in said(stage, ticket)]
    before = status(stage, ticket)
    if how != "closed":
        anna.say(ticket, "two")
        stage.turn()
        assert engine.asked == ["one"] and status(stage, ticket) == before


def test_a_bot_that_fails_hands_over_once_with_polite_words(stage: Stage, engine: Waiting) -> None:
    anna = stage.visitor()
    engine.says = "fail"
    ticket = anna.open_ticket("one", waits=False)
    stage.turn()
    assert status(stage, ticket) == "waiting"
    assert said(stage, ticket) == [("customer", "one"), ("bot", "hand_over")]
    anna.say(ticket, "two")
    stage.turn()
    assert engine.asked == ["one"]


def test_a_bot_that_fails_after_somebody_came_says_nothing(stage: Stage, engine: Waiting) -> None:
    anna, artem = stage.visitor(), stage.staff()
    engine.says = "fail"
    engine.gate.clear()
    ticket = anna.open_ticket("one", waits=False)
    gevent.sleep(0.001)
    artem.ask(AcceptTicket(ticket_id=ticket))
    engine.gate.set()
    stage.turn()
    assert status(stage, ticket) == "active"
    assert ("bot", "hand_over") not in said(stage, ticket)


def test_a_bot_says_no_more_than_fits_and_is_told_no_more_than_it_should_be(
    stage: Stage, engine: Waiting
) -> None:
    anna = stage.visitor()
    most = stage.services.config.tickets.max_message_chars
    engine.says = "x" * (most + 1)
    ticket = anna.open_ticket("0", waits=False)
    stage.turn()
    assert len(next(iter(stage.store.history(ticket, limit=1))).content) == most
    for number in range(1, 15):
        anna.say(ticket, str(number))
        stage.turn()
    history = stage.services.config.bot.history_messages
    assert max(engine.sizes) == history and engine.sizes[-1] == history


def test_where_the_bot_is_gone_people_are_asked(stage: Stage, engine: Waiting) -> None:
    anna, boris = stage.visitor(), stage.visitor("Boris")
    engine.gate.clear()
    ticket = anna.open_ticket("one", waits=False)
    answered = boris.open_ticket("two", waits=False)
    gevent.sleep(0.001)
    stage.services.answering.clear()
    stage.services.store.commit()
    engine.active = False
    resume(stage.services)
    assert (status(stage, ticket), status(stage, answered)) == ("waiting", "waiting")
