"""What customers are promised: whom it is told before that is missed, once, and what is counted."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from msgspec import UNSET

from chatd.config.loading import load
from chatd.domain.episode import Episode
from chatd.domain.errand import Errand
from chatd.domain.ticket import Ticket
from chatd.domain.times import to_text
from chatd.errors import ConfigError
from chatd.protocol.reports import GetReport
from chatd.protocol.support import (
    AcceptTicket,
    CloseTicket,
    GetQueue,
    ListTickets,
    ReopenTicket,
    ReplyTicket,
    ShowTicket,
    UpdateTicket,
    WatchQueue,
)
from chatd.protocol.work import SnoozeTicket
from chatd.service import sla
from tests.handlers.stage import Person, Stage

MINUTE = 60.0
SLA = {"response": {"normal": 10, "urgent": 2}, "resolution": {"normal": 100}, "warn_percent": 50}
SETTINGS: dict[str, Any] = {
    "sla": SLA,
    "sites": {"shop": {}, "bank": {"sla": {"response": {"normal": 0}, "resolution": {"low": 5}}}},
    "departments": {"billing": {"members": ["artem"], "sla": {"response": {"normal": 30}}}},
}


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    made = Stage(tmp_path / "data", **SETTINGS)
    yield made
    made.close()


def pass_time(stage: Stage, minutes: float) -> None:
    """So many minutes go by, in which it is looked now and then."""
    until = stage.now + minutes * MINUTE
    while stage.now < until:
        stage.now = min(until, stage.now + MINUTE)
        sla.turn(stage.services)


def changes(person: Person, event: str = "queue:update") -> list[str]:
    """What is told of what was promised."""
    return [
        one["change"] for one in person.heard(event) if one["change"] in ("due_soon", "overdue")
    ]


def targets(stage: Stage, person: Person, id: str) -> dict[str, str]:
    """How what was promised stands."""
    told = person.ask(ShowTicket(ticket_id=id)).ticket.targets
    found = {} if told is UNSET else {"response": told.response, "resolution": told.resolution}
    return {kind: one.state for kind, one in found.items() if one}


def overdue(person: Person, **asked: Any) -> list[str]:
    """The ids of a list of what is late, or is not."""
    return [one.id for one in person.ask(ListTickets(**{"overdue": True, **asked})).tickets]


def episode(stage: Stage, id: str) -> Episode:
    ticket = stage.store.get(Ticket, id)
    found = ticket and stage.store.get(Episode, ticket.episode_id)
    assert found
    return found


def test_its_people_are_warned_once_and_told_once_that_it_is_missed(stage: Stage) -> None:
    anna, artem = stage.visitor(), stage.staff()
    artem.ask(WatchQueue())
    id = anna.open_ticket()
    anna.join(id)
    pass_time(stage, 4)
    assert changes(artem) == [] and targets(stage, artem, id) == {
        "response": "due",
        "resolution": "due",
    }
    pass_time(stage, 3)
    assert changes(artem) == ["due_soon"]
    [row] = artem.ask(GetQueue()).tickets
    assert row.targets.response.state == "soon"
    stage.reopen()
    artem, anna = stage.again(stage.session("artem")), stage.again(anna.token)
    artem.ask(WatchQueue())
    anna.join(id)
    pass_time(stage, 30)
    assert changes(artem) == ["overdue"], "not again after a restart that it comes near"
    assert changes(anna, "dialog:update") == [], "that is the house's business"
    assert anna.join(id).dialog.targets is UNSET
    assert episode(stage, id).response == "missed"
    assert overdue(artem) == [id] == overdue(artem, status="waiting")
    assert overdue(artem, status="closed") == [] == overdue(artem, overdue=False)
    artem.say(id, "Here I am")
    assert overdue(artem) == [] and overdue(artem, overdue=False) == [id], "that is done by now"
    assert targets(stage, artem, id) == {"response": "missed", "resolution": "due"}
    pass_time(stage, 300)
    assert changes(artem) == ["due_soon", "overdue"], "that it is not closed"
    assert overdue(artem) == [id]
    total = stage.shell(GetReport(report="queue")).total
    assert (total.response_met, total.response_missed, total.resolution_missed) == (0, 1, 1)


def test_who_is_answered_and_helped_in_time_is_told_of_to_nobody(stage: Stage) -> None:
    anna, artem = stage.visitor(), stage.staff()
    artem.ask(WatchQueue())
    id = anna.open_ticket()
    artem.ask(AcceptTicket(ticket_id=id))
    pass_time(stage, 4)
    artem.say(id, "Hello")
    artem.say(id, "How can I help?")
    pass_time(stage, 40)
    closed = artem.ask(CloseTicket(ticket_id=id)).ticket
    assert (closed.targets.response.state, closed.targets.resolution.state) == ("met", "met")
    pass_time(stage, 300)
    assert changes(artem) == []
    total = stage.shell(GetReport(report="queue")).total
    assert (total.response_met, total.resolution_met) == (1, 1)
    assert (total.response_missed, total.resolution_missed) == (0, 0)
    anna.say(id, "One more thing")
    assert targets(stage, artem, id) == {"response": "due", "resolution": "due"}, "anew"
    assert stage.store.get(Episode, episode(stage, id).previous).resolution == "met"  # type: ignore[union-attr]
    artem.ask(CloseTicket(ticket_id=id))
    artem.ask(ReopenTicket(ticket_id=id))
    assert targets(stage, artem, id) == {"resolution": "due"}, "nobody waits for a word"


def test_an_answer_that_takes_the_ticket_or_comes_from_the_shell_is_one(stage: Stage) -> None:
    artem = stage.staff()
    first, other = stage.visitor().open_ticket(), stage.visitor("Boris").open_ticket()
    artem.ask(ReplyTicket(ticket_id=first, message="Hello"))
    stage.shell(ReplyTicket(ticket_id=other, message="Hello"))
    for id in (first, other):
        assert targets(stage, artem, id)["response"] == "met"
        assert episode(stage, id).response == "met"


def test_time_stands_still_while_it_is_put_aside(stage: Stage) -> None:
    anna, artem = stage.visitor(), stage.staff()
    id = anna.open_ticket()
    artem.ask(ReplyTicket(ticket_id=id, message="Hello"))
    pass_time(stage, 49)
    artem.ask(WatchQueue())
    artem.ask(SnoozeTicket(ticket_id=id, until=to_text(stage.now + 600 * MINUTE)))
    assert targets(stage, artem, id)["resolution"] == "paused"
    pass_time(stage, 500)
    assert changes(artem) == []
    anna.say(id, "Are you there?")
    assert targets(stage, artem, id)["resolution"] == "due"
    pass_time(stage, 1)
    assert changes(artem) == ["due_soon"]
    pass_time(stage, 49)
    assert targets(stage, artem, id)["resolution"] == "soon"
    pass_time(stage, 1)
    assert changes(artem) == ["overdue"]


def test_another_priority_or_department_is_promised_something_else(stage: Stage) -> None:
    artem = stage.staff()
    id = stage.visitor().open_ticket()
    pass_time(stage, 6)
    assert targets(stage, artem, id)["response"] == "soon"
    artem.ask(UpdateTicket(ticket_id=id, department="billing"))
    assert targets(stage, artem, id) == {"response": "due", "resolution": "due"}
    artem.ask(UpdateTicket(ticket_id=id, department="", priority="urgent"))
    artem.ask(WatchQueue())
    pass_time(stage, 2)
    assert changes(artem) == ["overdue"]
    assert targets(stage, artem, id) == {"response": "overdue"}, "nothing else for urgent ones"
    artem.ask(UpdateTicket(ticket_id=id, priority="normal"))
    assert targets(stage, artem, id)["response"] == "due", "there is time again"
    assert episode(stage, id).response == ""
    pass_time(stage, 1)
    assert changes(artem) == ["due_soon"]


def test_each_place_has_its_own_and_else_what_the_wider_one_has(stage: Stage) -> None:
    artem = stage.staff()
    id = stage.visitor(site="bank").open_ticket()
    assert targets(stage, artem, id) == {"resolution": "due"}, "0 is none, another as of all"
    artem.ask(UpdateTicket(ticket_id=id, priority="low"))
    ticket = stage.store.get(Ticket, id)
    assert ticket and ticket.promise and ticket.promise.resolution
    assert ticket.promise.resolution.by == to_text(stage.now + 5 * MINUTE)


def test_a_node_that_was_overtaken_tells_nothing_twice(stage: Stage) -> None:
    artem = stage.staff()
    artem.ask(WatchQueue())
    id = stage.visitor().open_ticket()
    stage.now += 6 * MINUTE
    before = stage.store.get(Ticket, id)
    assert before
    sla.turn(stage.services)
    stage.services.waiting.put(before, stage.now)  # another node that has not heard of it
    sla.turn(stage.services)
    assert changes(artem) == ["due_soon"]


def test_webhooks_are_told(stage: Stage) -> None:
    stage.hook({"crm": {"url": "https://crm.invalid/", "secret_env": "NONE"}})
    id = stage.visitor().open_ticket()
    pass_time(stage, 20)
    kept = (one for part in stage.store.parts(Errand) for one in stage.store.part(Errand, part))
    told = sorted((one for one in kept if one.type.startswith("ticket.")), key=lambda one: one.id)
    assert [one.type for one in told] == ["ticket.opened", "ticket.due_soon", "ticket.overdue"]
    assert told[-1].data["ticket"]["targets"]["response"]["state"] == "overdue"
    assert told[-1].data["ticket"]["id"] == id


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[sla.response]\nsoon = 5", "soon"),
        ("[sla.resolution]\nurgent = -1", "sla.resolution"),
        ("[sla]\nwarn_percent = 100", "sla.warn_percent"),
        ("[sites.a.sla]\nwarn_percent = 50", "sites.a.sla"),
    ],
)
def test_what_cannot_be_promised_is_refused(tmp_path: Path, text: str, says: str) -> None:
    file = tmp_path / "chatd.toml"
    file.write_text(text, "utf-8")
    with pytest.raises(ConfigError) as refused:
        load(file)
    assert says in str(refused.value)
