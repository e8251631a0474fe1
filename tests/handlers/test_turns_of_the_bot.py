"""When the bot answers after a start, and what becomes of it where something goes wrong."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from chatd.domain.message import Message
from chatd.domain.ticket import Ticket
from chatd.errors import Damaged, Unavailable
from chatd.protocol.support import AcceptTicket
from chatd.service import bots
from tests.handlers.stage import Stage


class Engine:
    """A bot; ``breaks``: it fails in a way of its own."""

    active = True
    breaks = False

    def answer(self, history: Sequence[Message]) -> str:
        """Always the same, or none."""
        if self.breaks:
            raise KeyError("not ours")
        return "answer"


@pytest.fixture
def engine(stage: Stage) -> Engine:
    """The one of the house."""
    made = Engine()
    stage.services.bot = made
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
    bots.say(stage.services, second.id, "answered")
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


def test_a_bot_that_breaks_in_its_own_way_hands_over(
    stage: Stage, engine: Engine, unanswered: list[str]
) -> None:
    engine.breaks = True
    bots.resume(stage.services)
    stage.turn()
    assert status(stage, unanswered[2]) == "waiting"
    kinds = [one.meta.get("kind") for one in stage.store.history(unanswered[2], limit=100)]
    assert kinds.count("hand_over") == 1 and not stage.services.answering


def test_an_answer_that_cannot_be_stored_is_said_later(
    stage: Stage, unanswered: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise Unavailable("no room", retry_after=1)

    with monkeypatch.context() as patch:
        patch.setattr(bots, "say", full)
        bots.take_turn(stage.services, unanswered[2])
    assert last(stage, unanswered[2]) == "customer" and not stage.services.answering
    bots.resume(stage.services)
    stage.turn()
    assert last(stage, unanswered[2]) == "bot"


def test_people_are_asked_about_what_is_still_the_bots(stage: Stage, unanswered: list[str]) -> None:
    for id in (unanswered[0], "TKT-1", unanswered[2]):
        bots.ask_people(stage.services, id)
        bots.hand_over(stage.services, id)
        bots.say(stage.services, id, "too late")
    assert [status(stage, one) for one in unanswered] == ["active", "bot", "waiting"]
    assert [last(stage, one) for one in unanswered] == ["system", "bot", "customer"]
