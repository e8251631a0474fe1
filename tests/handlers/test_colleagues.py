"""Who of the operators has a ticket open, and writes in it: told to those who watch the queue."""

from __future__ import annotations

from typing import Any

import pytest

from chatd.domain import topics
from chatd.protocol.commands import EditDraft, LeaveDialog, StartTyping, StopTyping
from chatd.protocol.support import AcceptTicket, CloseTicket, ReadTicket, ShowTicket, WatchQueue
from chatd.service import elsewhere
from tests.handlers.stage import Person, Stage


@pytest.fixture
def boris(stage: Stage) -> Person:
    """Who looks into tickets of the shop."""
    return stage.staff("boris", sites=("shop",))


@pytest.fixture
def olga(stage: Stage) -> Person:
    """Who watches."""
    olga = stage.staff("olga")
    olga.ask(WatchQueue())
    return olga


def told(watcher: Person, ticket_id: str) -> list[dict[str, str]]:
    """What a watcher heard of a ticket each time: what everybody in it does."""
    heard = watcher.heard("colleague:update")
    assert all(one["ticket_id"] == ticket_id for one in heard)
    return [{each["name"]: each.get("writes", "") for each in one["colleagues"]} for one in heard]


def write(person: Person, dialog_id: str, text: str, seq: int = 0) -> None:
    """All of a draft."""
    person.ask(EditDraft(dialog_id=dialog_id, seq=seq, reset=text))


def test_who_looks_and_who_writes_is_told_as_it_changes(
    stage: Stage, boris: Person, olga: Person
) -> None:
    id = stage.visitor().open_ticket()
    for dialog_id in (id, f"{id}/notes"):
        boris.join(dialog_id, connect=False)
    assert told(olga, id)[-1] == {"Boris": ""}
    write(boris, id, "it is on")
    write(boris, id, "it is on its", 1)
    assert told(olga, id) == [{"Boris": "reply"}], "once, however much is written"
    write(boris, id, "", 2)
    assert told(olga, id) == [{"Boris": ""}]
    write(boris, f"{id}/notes", "hm")
    assert told(olga, id) == [{"Boris": "note"}]
    boris.say(f"{id}/notes", "hm")
    assert told(olga, id) == [{"Boris": ""}]
    boris.ask(StartTyping(dialog_id=id))
    assert told(olga, id) == [{"Boris": "reply"}], "of who shows no words"
    boris.ask(StopTyping(dialog_id=id))
    assert told(olga, id) == [{"Boris": ""}]
    boris.ask(LeaveDialog(dialog_id=id))
    assert told(olga, id)[-1] == {}


def test_who_is_gone_neither_looks_nor_writes(stage: Stage, boris: Person, olga: Person) -> None:
    id = stage.visitor().open_ticket()
    boris.ask(AcceptTicket(ticket_id=id))
    boris.join(id)
    write(boris, id, "half")
    again = stage.again(boris.token, device="other")
    again.join(id)
    assert told(olga, id)[-1] == {"Boris": "reply"}
    stage.leave(boris)
    assert told(olga, id)[-1] == {"Boris": ""}
    stage.leave(again)
    assert told(olga, id)[-1] == {}


def test_who_comes_to_watch_is_told_of_all_that_is_theirs(stage: Stage, boris: Person) -> None:
    id, hidden = stage.visitor().open_ticket(), stage.visitor(site="bank").open_ticket()
    boris.join(id)
    stage.staff("anna").join(hidden)
    boris.join("lobby")
    everything = stage.staff("olga").ask(WatchQueue()).colleagues
    assert [(one.ticket_id, one.colleagues[0].name) for one in everything] == [
        (id, "Boris"),
        (hidden, "Anna"),
    ]
    own = boris.ask(WatchQueue())
    assert [one.ticket_id for one in own.colleagues] == [id], "none of another site"
    boris.heard()
    stage.staff("petr").join(hidden)
    assert boris.heard("colleague:update") == []
    assert [one.name for one in stage.shell(ShowTicket(ticket_id=hidden)).colleagues] == [
        "Anna",
        "Petr",
    ]


def test_customers_are_told_nothing_of_it(stage: Stage, boris: Person, olga: Person) -> None:
    anna = stage.visitor()
    id = anna.open_ticket()
    anna.join(id)
    boris.join(id, connect=False)
    write(anna, id, "I wait")
    heard: list[Any] = told(olga, id)
    assert heard == [{"Boris": ""}], "nor is a customer a colleague"
    assert "colleague:update" not in anna.heard()
    page = anna.ask(ReadTicket(ticket_id=id))
    assert not page.colleagues
    boris.ask(CloseTicket(ticket_id=id))
    olga.heard()
    boris.ask(LeaveDialog(dialog_id=id))
    assert told(olga, id) == [], "of what is over nobody is told"


def test_who_was_on_a_node_that_is_gone_is_told_of_too(
    stage: Stage, boris: Person, olga: Person
) -> None:
    id = stage.visitor().open_ticket()
    boris.join(id, connect=False)
    who, line = boris.connection.principal, boris.connection.id
    olga.heard()
    stage.services.presence.leave(topics.staff(id), who.id, line)
    elsewhere.tell_people(stage.services, [(topics.staff(id), who)])
    assert told(olga, id) == [{}]
