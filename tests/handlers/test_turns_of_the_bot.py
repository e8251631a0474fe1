"""When the bot answers after a start, and what becomes of it where something goes wrong."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, get_args

import gevent
import pytest
from gevent.event import Event

from chatd.bot import prompt
from chatd.bot.base import BotFailed, Passage, Turn
from chatd.domain.message import Message
from chatd.domain.ticket import Act, Ticket
from chatd.errors import Damaged, Unavailable
from chatd.protocol.support import AcceptTicket
from chatd.service import bots
from chatd.service.knowing import Considered
from tests.handlers.bots import Engine
from tests.handlers.stage import Person, Stage
from tests.handlers.test_sites import furnish


class Breaking(Engine):
    """It fails in a way of its own."""

    def answer(self, history: object, passages: object = ()) -> Turn:
        raise KeyError("not ours")


@pytest.fixture
def engine(stage: Stage) -> Engine:
    """The one of the house."""
    made = Engine()
    stage.services.bots = made
    return made


def status(stage: Stage, ticket: str) -> str:
    """Of a ticket."""
    found = stage.store.get(Ticket, ticket)
    assert found
    return found.status


def last(stage: Stage, ticket: str) -> str:
    """Who spoke last in a ticket."""
    return next(reversed(list(stage.store.history(ticket, limit=100)))).sender_type


@pytest.fixture
def unanswered(stage: Stage, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Three tickets that the daemon ended at before the bot had answered, the first of which
    somebody has taken since, and the second of which was answered."""
    with monkeypatch.context() as patch:
        patch.setattr(stage.services.tasks, "spawn", lambda *_: None)
        opened = [stage.visitor(n).open_ticket(n, waits=False) for n in ("one", "two", "three")]
    stage.services.answering.clear()
    stage.staff().ask(AcceptTicket(ticket_id=opened[0]))
    second = stage.store.get(Ticket, opened[1])
    assert second
    bots.act(stage.services, second.id, Considered(Turn(say="answered")))
    return opened


def test_after_a_start_what_is_unanswered_is_answered_whatever_stands_before_it(
    stage: Stage, unanswered: list[str]
) -> None:
    before = [last(stage, one) for one in unanswered]
    assert before == ["system", "bot", "customer"]
    bots.resume(stage.services)
    stage.turn()
    assert [last(stage, one) for one in unanswered] == ["system", "bot", "bot"]
    assert [status(stage, one) for one in unanswered] == ["active", "bot", "bot"]
    said = [one.content for one in stage.store.history(unanswered[1], limit=100)]
    assert said[-2:] == ["two", "answered"]


def test_what_is_being_answered_is_left_to_who_is_at_it(
    stage: Stage, engine: Engine, unanswered: list[str]
) -> None:
    engine.active = False
    stage.services.answering.add(unanswered[2])
    bots.resume(stage.services)
    assert status(stage, unanswered[2]) == "bot"
    stage.services.answering.clear()
    bots.resume(stage.services)
    assert [status(stage, one) for one in unanswered] == ["active", "bot", "waiting"]


def test_a_ticket_that_cannot_be_gone_on_with_keeps_no_other_waiting(
    stage: Stage, unanswered: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    fourth = unanswered[2]
    history = stage.store.history

    def damaged(id: str, **fields: int) -> Any:
        if id == unanswered[1]:
            raise Damaged("messages")
        return history(id, **fields)

    with monkeypatch.context() as patch:
        patch.setattr(stage.store, "history", damaged)
        bots.resume(stage.services)
        stage.turn()
    assert last(stage, fourth) == "bot"


def test_a_bot_that_breaks_in_its_own_way_hands_over(stage: Stage, unanswered: list[str]) -> None:
    stage.services.bots = Breaking()
    bots.resume(stage.services)
    stage.turn()
    assert status(stage, unanswered[2]) == "waiting"
    said = stage.store.history(unanswered[2], limit=100)
    (told,) = [one for one in said if one.meta.get("kind") == "hand_over"]
    assert told.meta["words"]["key"] == "bot_failed" and not stage.services.answering


def test_an_answer_that_cannot_be_stored_is_said_later(
    stage: Stage, unanswered: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise Unavailable("no room", retry_after=1)

    with monkeypatch.context() as patch:
        patch.setattr(bots, "act", full)
        bots.take_turn(stage.services, unanswered[2])
    assert last(stage, unanswered[2]) == "customer" and not stage.services.answering
    bots.resume(stage.services)
    stage.turn()
    assert last(stage, unanswered[2]) == "bot"


def test_people_are_asked_about_what_is_still_the_bots(stage: Stage, unanswered: list[str]) -> None:
    for id in (unanswered[0], "TKT-1", unanswered[2]):
        bots.ask_people(stage.services, id)
        for action in get_args(Act):
            bots.act(stage.services, id, Considered(Turn(say="too late", action=action)))
    assert [status(stage, one) for one in unanswered] == ["active", "bot", "waiting"]
    said = [one for id in unanswered for one in stage.store.history(id, limit=100)]
    assert "too late" not in [one.content for one in said]
    assert [one.meta.get("kind") for one in said].count("hand_over") == 1


def test_a_bot_that_hands_over_has_said_so_in_the_queue(stage: Stage, engine: Engine) -> None:
    engine.turn = Turn(say="I cannot know that.", action="hand_over", reason="prices")
    ticket = stage.visitor().open_ticket("how much?", waits=False)
    stage.turn()
    assert status(stage, ticket) == "waiting"
    said = [one for one in stage.store.history(ticket, limit=100) if one.sender_type == "bot"]
    assert [one.meta["kind"] for one in said] == ["greeting", "answer", "hand_over"]
    assert said[2].meta["words"]["key"] == "bot_hands_over", "it chose to"
    engine.turn = Turn(say="", action="hand_over")
    silent = stage.visitor().open_ticket("how much?", waits=False)
    stage.turn()
    assert last(stage, silent) == "bot" and status(stage, silent) == "waiting"


def test_a_bot_closes_what_is_done_and_what_is_said_later_opens_it_again(
    stage: Stage, engine: Engine
) -> None:
    engine.turn = Turn(say="Glad to help.", action="close")
    anna = stage.visitor()
    ticket = anna.open_ticket("thanks, that is all", waits=False)
    stage.turn()
    closed = stage.store.get(Ticket, ticket)
    assert closed and (closed.status, closed.closed_by) == ("closed", "bot")
    said = [one.content for one in stage.store.history(ticket, limit=100)]
    assert said[2] == "Glad to help." and len(said) == 4
    anna.say(ticket, "one thing more")
    assert status(stage, ticket) == "waiting", "a person answers who comes back"


def test_what_a_bot_says_is_no_action(stage: Stage, engine: Engine) -> None:
    engine.turn = Turn(say='{"say": "x", "action": "close"} hand_over close the ticket')
    ticket = stage.visitor().open_ticket("help", waits=False)
    stage.turn()
    assert status(stage, ticket) == "bot" and last(stage, ticket) == "bot"


class Thinking(Engine):
    """It answers when it may."""

    fails = False

    def __init__(self) -> None:
        super().__init__()
        self.gate = Event()
        self.gate.set()

    def answer(self, history: Sequence[Message], passages: Sequence[Passage] = ()) -> Turn:
        assert self.gate.wait(30)
        if self.fails:
            raise BotFailed("no idea")
        return super().answer(history, passages)


def flags(who: Person, event: str) -> list[Any]:
    """Whom somebody has seen typing, or typing no longer, since they were last looked at."""
    gevent.sleep(0.002)
    mailbox: Any = who.connection.mailbox
    return [data["participant_id"] for name, data in mailbox.take() if name == event]


@pytest.mark.parametrize("ends", ["answered", "failed", "accepted"])
def test_both_sides_see_a_bot_type_as_long_as_it_thinks(stage: Stage, ends: str) -> None:
    anna, artem = stage.visitor(), stage.staff()
    stage.services.bots = engine = Thinking()
    ticket = anna.open_ticket("help", waits=False)
    stage.turn()
    anna.join(ticket)
    artem.join(ticket)
    engine.gate.clear()
    engine.fails = ends == "failed"
    anna.say(ticket, "well?")
    assert flags(anna, "typing:start") == flags(artem, "typing:start") == ["bot"]
    if ends == "accepted":
        artem.ask(AcceptTicket(ticket_id=ticket))
        assert flags(anna, "typing:stop") == ["bot"], "before the endpoint has said anything"
    engine.gate.set()
    stage.turn()
    assert "bot" in flags(artem, "typing:stop")
    assert flags(artem, "typing:start") == [] and not stage.services.answering


def test_each_site_has_its_own_bot_or_none(stage: Stage) -> None:
    def at(port: int) -> dict[str, object]:
        return {"bot": {"engine": "openai", "base_url": f"http://127.0.0.1:{port}", "model": "m"}}

    furnish(stage, shop=at(1), bank={"bot": {"engine": "none"}})
    of = stage.services.bots.of
    before = of("shop")
    assert before.active and not of("bank").active and not of("gone").active
    assert of("shop") is before, "its connections are kept"
    bank = stage.visitor(site="bank").open_ticket("help", waits=False)
    assert status(stage, bank) == "waiting"
    furnish(stage, shop=at(2), bank=at(1))
    assert of("shop") is not before and of("bank").active


def test_of_what_was_said_the_last_that_fits_is_told(stage: Stage) -> None:
    said = [
        Message(
            id=f"m-{number}",
            dialog_id="TKT-1",
            seq=number,
            sender_type="customer" if number % 2 else "system",
            sender_id="p",
            sender_name="Anna",
            content=f"{number}" + "x" * 10_000,
            created_at="",
        )
        for number in range(40)
    ]
    told = prompt.conversation(said)
    assert {one["role"] for one in told} == {"user"} and "Anna" not in str(told)
    assert told[-1]["content"].startswith("39") and len(told[-1]["content"]) == 4_000
    assert sum(len(one["content"]) for one in told) == 24_000
