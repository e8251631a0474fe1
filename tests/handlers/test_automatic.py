"""What a site says by itself to who waits: when, once, and that it counts for nothing."""

from __future__ import annotations

from typing import Any

import pytest

from chatd.domain.episode import Episode
from chatd.domain.ticket import Ticket
from chatd.protocol.support import CloseTicket, OpenTicket, RequestPerson
from tests.handlers.bots import Engine
from tests.handlers.stage import Stage
from tests.handlers.test_hours import FRIDAY, OFFICE, TUESDAY, at
from tests.handlers.test_sites import furnish

TEXTS = {"waits": "Soon!", "away": "On Tuesday.", "still_waits": "Still busy.", "still_seconds": 90}


@pytest.fixture
def shop(stage: Stage) -> Stage:
    """Open, with something to say; a bank that says nothing."""
    furnish(stage, shop={"hours": OFFICE, "automatic": TEXTS}, bank={})
    at(stage, TUESDAY)
    return stage


def said(stage: Stage, ticket: str) -> list[str]:
    """What the site said by itself."""
    history = stage.store.history(ticket, limit=100)
    return [one.content for one in history if one.meta.get("kind") == "automatic"]


def kept(stage: Stage, ticket: str) -> Ticket:
    """The ticket by now."""
    found = stage.store.get(Ticket, ticket)
    assert found
    return found


def test_who_waits_is_told_once_and_again_after_a_while_once(shop: Stage) -> None:
    anna = shop.visitor()
    ticket, elsewhere = anna.open_ticket(), shop.visitor(site="bank").open_ticket()
    shop.round()
    assert said(shop, ticket) == ["Soon!"]
    anna.say(ticket, "thanks")
    for _ in range(3):
        shop.round(after=29)
    assert said(shop, ticket) == ["Soon!"], "not 90 seconds yet"
    for _ in range(5):
        shop.round(after=60)
    assert said(shop, ticket) == ["Soon!", "Still busy."]
    assert said(shop, elsewhere) == []


def test_it_is_nobodys_answer(shop: Stage) -> None:
    anna, artem = shop.visitor(), shop.staff()
    ticket = anna.open_ticket()
    shop.round()
    known: Any = shop.store.get(Episode, kept(shop, ticket).episode_id)
    assert said(shop, ticket) == ["Soon!"]
    assert known.first_response_at is None and kept(shop, ticket).connected == ()
    last = shop.store.history(ticket, limit=1)[-1]
    assert (last.sender_type, last.meta) == ("system", {"kind": "automatic", "rule": "waits"})
    assert shop.store.conversation(ticket).said == (1, 0)
    artem.ask(CloseTicket(ticket_id=ticket))
    shop.round(after=1000)
    assert said(shop, ticket) == ["Soon!"], "who is not waiting is told nothing"
    anna.say(ticket, "once more")
    shop.round()
    assert said(shop, ticket) == ["Soon!", "Soon!"], "another request for help"


def test_outside_hours_it_says_so_and_promises_nothing_more(shop: Stage) -> None:
    at(shop, FRIDAY)
    asked = OpenTicket(content="help", contact="anna@shop.example")
    ticket = shop.visitor().ask(asked).ticket.id
    for _ in range(3):
        shop.round(after=200)
    assert said(shop, ticket) == ["On Tuesday."]


def test_who_talks_with_the_bot_is_told_when_they_want_a_person(shop: Stage) -> None:
    shop.services.bots = Engine()
    anna = shop.visitor()
    ticket = anna.open_ticket(waits=False)
    shop.round()
    assert said(shop, ticket) == []
    anna.ask(RequestPerson(ticket_id=ticket))
    shop.round()
    assert said(shop, ticket) == ["Soon!"]


def test_a_disk_that_takes_nothing_delays_it_and_nothing_is_said_twice(shop: Stage) -> None:
    ticket = shop.visitor().open_ticket()
    with shop.refusing_commits():
        shop.round()
    assert said(shop, ticket) == []
    shop.round()
    shop.round()
    assert said(shop, ticket) == ["Soon!"]
