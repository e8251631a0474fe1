"""Whom a changed room tells, and puts out, and which webhooks are told of what is said."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from loguru import logger

from chatd.domain.errand import Errand, Target
from chatd.domain.ticket import Ticket
from chatd.protocol.support import AcceptTicket
from chatd.service import webhooks
from chatd.store.base import Put
from tests.handlers.stage import Person, Stage

ROOMS: dict[str, dict[str, Any]] = {"first": {}, "second": {}, "third": {}}


@pytest.fixture
def lines() -> Iterator[list[str]]:
    """What the log says of rooms."""
    seen: list[str] = []

    def keep(message: Any) -> None:
        if message.record["extra"].get("area") == "rooms":
            seen.append(message.record["message"])

    sink = logger.add(keep, level="INFO")
    yield seen
    logger.remove(sink)


def told(person: Person) -> list[tuple[str, str, bool]]:
    """Of which rooms somebody is told: what, and whether there still is one for them."""
    return [
        (one["dialog_id"], one["change"], one["dialog"] is not None)
        for one in person.heard("dialog:update")
    ]


def test_only_what_changed_is_told_and_only_where_one_is(stage: Stage, lines: list[str]) -> None:
    stage.furnish(**ROOMS)
    anna, boris = stage.visitor(), stage.visitor("Boris")
    for room in ROOMS:
        anna.join(room)
    boris.join("first")
    for one in (anna, boris):
        one.heard()
    lines.clear()
    stage.furnish(first={}, second={"topic": "new"}, fourth={})
    assert sorted(told(anna)) == [("second", "changed", True), ("third", "retired", False)]
    assert told(boris) == []
    assert sorted(lines) == ["fourth opened", "third retired"]


def test_who_may_no_longer_enter_is_put_out_and_nobody_who_was_not_there(stage: Stage) -> None:
    stage.furnish(**ROOMS)
    people = [stage.visitor(name, site) for name, site in (("A", "shop"), ("B", "bank"))]
    absent, artem = stage.visitor("C", "shop"), stage.staff(sites=("shop",))
    for one in (*people, artem):
        one.join("second")
    for one in (*people, absent, artem):
        one.heard()
    stage.furnish(first={}, second={"sites": ["bank"]}, third={})
    assert told(people[0]) == told(artem) == [("second", "retired", False)]
    assert told(people[1]) == [("second", "changed", True)]
    assert told(absent) == []
    people[1].say("second", "among us")
    assert people[0].heard() == artem.heard() == []


def test_a_change_is_told_where_nothing_can_be_stored(stage: Stage) -> None:
    stage.furnish(**ROOMS)
    anna = stage.visitor()
    anna.join("first")
    anna.heard()
    with stage.refusing_commits():
        stage.furnish(first={"topic": "new"}, second={}, third={})
        assert told(anna) == [("first", "changed", True)]


HOOK = {"url": "https://example.test/a", "secret_env": "NOT_SET"}


def kept(stage: Stage) -> list[tuple[str, str]]:
    """Which webhooks are to be told, and of what."""
    parts = stage.store.parts(Errand)
    found = [one for part in parts for one in stage.store.part(Errand, part)]
    return sorted((one.target, one.type) for one in found)


def test_each_webhook_is_told_whatever_stands_before_it(stage: Stage) -> None:
    closed, full = {**HOOK, "url": "https://example.test/b"}, {**HOOK, "most_waiting": 1}
    hooks = {
        "a_other": {**HOOK, "events": ["ticket.closed"]},
        "b_bank": {**HOOK, "sites": ["bank"]},
        "c_closed": closed,
        "d_full": full,
        "e_all": HOOK,
        "f_shop": {**HOOK, "sites": ["shop"], "events": ["message.created"]},
    }
    stage.hook(hooks)
    stage.store.commit(Put(Target("c_closed", closed["url"], closed_at="now", why="gone")))
    anna = stage.visitor(site="shop")
    for text in ("one", "two"):
        anna.say("lobby", text)
    created = "message.created"
    told_of = kept(stage)
    assert told_of.count(("d_full", created)) == 1
    assert [one for one in told_of if one[0] != "d_full"] == [
        *[("b_bank", created)] * 2,
        *[("e_all", created)] * 2,
        *[("f_shop", created)] * 2,
    ]


def test_of_a_change_webhooks_do_not_know_only_its_messages_are_told(stage: Stage) -> None:
    stage.hook({"all": HOOK})
    anna, artem = stage.visitor(), stage.staff()
    ticket = anna.open_ticket()
    opened = kept(stage)
    assert opened == [("all", "message.created")] * 2 + [("all", "ticket.opened")]
    artem.ask(AcceptTicket(ticket_id=ticket))
    more = kept(stage)
    assert more.count(("all", "message.created")) == 3, "with who is there by now"
    assert more.count(("all", "ticket.accepted")) == 1
    found = stage.store.get(Ticket, ticket)
    assert found
    assert webhooks.of_ticket(stage.services, found, "renamed", ()) == []
    said = list(stage.store.history(ticket, limit=1))
    assert len(webhooks.of_ticket(stage.services, found, "renamed", said)) == 1
    assert len(webhooks.of_ticket(stage.services, found, "closed", said)) == 2
    assert webhooks.of_message(stage.services, said[0], None) == []
    assert len(webhooks.of_message(stage.services, said[0], ())) == 1
    stage.hook({})
    assert webhooks.of_ticket(stage.services, found, "closed", said) == []
    assert webhooks.of_message(stage.services, said[0], ()) == []
