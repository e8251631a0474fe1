"""Who does not answer is warned, then closed, as their site says; and what keeps it open."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from chatd.config.loading import load
from chatd.domain.episode import Episode
from chatd.domain.ticket import Ticket
from chatd.domain.times import to_text
from chatd.errors import ConfigError
from chatd.protocol.calls import AcceptCall, EndCall, StartCall
from chatd.protocol.reports import GetReport
from chatd.protocol.support import AcceptTicket, ReturnTicket
from chatd.protocol.work import SnoozeTicket
from chatd.service import assignment, silence
from chatd.service.silence import Watch
from tests.handlers.stage import Person, Stage

MINUTE = 60.0
SITES = {"shop": {"auto_close": 60, "warn_minutes": 10}, "bank": {}}


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    made = Stage(tmp_path / "data", sites=SITES)
    yield made
    made.close()


def answered(stage: Stage, site: str = "shop") -> tuple[Person, Person, str]:
    """A customer, their operator, who had the last word, and their ticket."""
    anna = stage.visitor(site=site)
    artem = stage.staff()
    id = anna.open_ticket()
    artem.ask(AcceptTicket(ticket_id=id))
    artem.say(id, "Did that help?")
    return anna, artem, id


def pass_time(stage: Stage, watch: Watch, minutes: float) -> None:
    """So many minutes go by, in which the watch looks now and then."""
    until = stage.now + minutes * MINUTE
    while stage.now < until:
        stage.now = min(until, stage.now + 4 * MINUTE)
        watch.turn()


def kinds(stage: Stage, id: str) -> list[Any]:
    """What the house said of silence there."""
    said = stage.store.history(id, limit=200)
    return [kind for one in said if "clos" in str(kind := one.meta.get("kind", ""))]


def status(stage: Stage, id: str) -> str:
    ticket = stage.store.get(Ticket, id)
    assert ticket
    return ticket.status


def test_it_is_warned_of_once_and_closed_then(stage: Stage) -> None:
    _, artem, id = answered(stage)
    watch = Watch(stage.services)
    pass_time(stage, watch, 49)
    assert not kinds(stage, id)
    pass_time(stage, watch, 1)
    assert kinds(stage, id) == ["ticket_closing_soon"]
    words = stage.store.history(id, limit=200)[-1].meta["words"]
    assert words["values"] == {"minutes": 10}, "in any language"
    pass_time(stage, watch, 9)
    assert status(stage, id) == "active"
    artem.join(id)
    pass_time(stage, watch, 1)
    assert kinds(stage, id) == ["ticket_closing_soon", "ticket_closed_silence"]
    ticket = stage.store.get(Ticket, id)
    assert ticket and (ticket.status, ticket.closed_by) == ("closed", "chatd")
    episode = stage.store.get(Episode, ticket.episode_id)
    assert episode and episode.outcome == ticket.outcome == "silence"
    assert artem.heard("dialog:update")[-1]["dialog"]["outcome"] == "silence"
    total = stage.shell(GetReport(report="queue")).total
    assert (total.closed, total.silent, total.cancelled, total.abandoned) == (1, 1, 0, 0)
    told = stage.services.audit.list_newest(10)[-1]
    assert (told["who"], told["target"], told["arguments"]) == (
        *("chatd", id, {"reason": "silence"}),
    )
    pass_time(stage, watch, 200)
    assert len(kinds(stage, id)) == 2


def test_a_word_of_the_customer_keeps_it_open_and_one_of_the_operator_begins_anew(
    stage: Stage,
) -> None:
    anna, artem, id = answered(stage)
    watch = Watch(stage.services)
    pass_time(stage, watch, 55)
    anna.say(id, "wait")
    pass_time(stage, watch, 500)
    assert kinds(stage, id) == ["ticket_closing_soon"] and status(stage, id) == "active"
    artem.say(id, "Yes?")
    pass_time(stage, watch, 49)
    assert len(kinds(stage, id)) == 1
    pass_time(stage, watch, 5)
    assert kinds(stage, id) == ["ticket_closing_soon"] * 2
    artem.say(id, "Still here")
    pass_time(stage, watch, 49)
    assert status(stage, id) == "active"
    pass_time(stage, watch, 20)
    assert status(stage, id) == "closed"


def test_what_waits_for_an_operator_or_is_elsewhere_stays_open(stage: Stage) -> None:
    _, artem, returned = answered(stage)
    artem.ask(ReturnTicket(ticket_id=returned))
    waiting = stage.visitor("Boris").open_ticket()
    client = stage.visitor("Vera", site="bank")
    other = client.open_ticket()
    artem.ask(AcceptTicket(ticket_id=other))
    artem.say(other, "Did that help?")
    unanswered = client.open_ticket("one more")
    artem.ask(AcceptTicket(ticket_id=unanswered))
    pass_time(stage, Watch(stage.services), 300)
    ids = (returned, waiting, other, unanswered)
    assert [status(stage, id) for id in ids] == ["waiting", "waiting", "active", "active"]
    assert not any(kinds(stage, id) for id in ids)


def test_what_is_put_aside_stays_open_and_is_warned_of_when_it_is_back(stage: Stage) -> None:
    _, artem, id = answered(stage)
    watch = Watch(stage.services)
    pass_time(stage, watch, 55)
    assert kinds(stage, id) == ["ticket_closing_soon"]
    artem.ask(SnoozeTicket(ticket_id=id, until=to_text(stage.now + 300 * MINUTE)))
    pass_time(stage, watch, 290)
    assert status(stage, id) == "active" and len(kinds(stage, id)) == 1
    artem.ask(SnoozeTicket(ticket_id=id, until=None))
    pass_time(stage, watch, 8)
    assert status(stage, id) == "active" and kinds(stage, id) == ["ticket_closing_soon"] * 2
    pass_time(stage, watch, 8)
    assert status(stage, id) == "closed"


def test_who_talks_in_a_call_is_not_silent(stage: Stage) -> None:
    anna, artem, id = answered(stage)
    watch = Watch(stage.services)
    call = anna.ask(StartCall(dialog_id=id, media=["audio"])).call
    artem.ask(AcceptCall(call_id=call.id))
    pass_time(stage, watch, 300)
    assert status(stage, id) == "active"
    anna.ask(EndCall(call_id=call.id))
    pass_time(stage, watch, 49)
    assert status(stage, id) == "active"
    pass_time(stage, watch, 21)
    assert status(stage, id) == "closed"


def test_a_restart_forgets_nothing_and_warns_of_nothing_twice(stage: Stage) -> None:
    _, _, id = answered(stage)
    pass_time(stage, Watch(stage.services), 52)
    stage.reopen()
    pass_time(stage, Watch(stage.services), 4)
    assert kinds(stage, id) == ["ticket_closing_soon"]
    stage.reopen()
    pass_time(stage, Watch(stage.services), 8)
    assert kinds(stage, id) == ["ticket_closing_soon", "ticket_closed_silence"]


def test_who_was_not_told_in_time_is_told_before_all_the_same(stage: Stage) -> None:
    _, _, id = answered(stage)
    stage.now += 500 * MINUTE
    watch = Watch(stage.services)
    watch.turn()
    assert (kinds(stage, id), status(stage, id)) == (["ticket_closing_soon"], "active")
    pass_time(stage, watch, 9)
    assert status(stage, id) == "active"
    pass_time(stage, watch, 1)
    assert status(stage, id) == "closed"


def test_of_several_that_watch_each_thing_is_done_once(stage: Stage) -> None:
    _, _, id = answered(stage)
    both = Watch(stage.services), Watch(stage.services)
    for _ in range(40):
        stage.now += 2 * MINUTE
        for one in both:
            one.turn()
    assert kinds(stage, id) == ["ticket_closing_soon", "ticket_closed_silence"]


def test_who_writes_while_it_is_closed_is_heard(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    anna, _, id = answered(stage)
    pass_time(stage, Watch(stage.services), 58)
    last_word = silence.last_word

    def meanwhile(*asked: Any) -> Any:
        found = last_word(*asked)
        anna.say(id, "I am back")
        return found

    monkeypatch.setattr(silence, "last_word", meanwhile)
    stage.now += 5 * MINUTE
    Watch(stage.services).turn()
    assert status(stage, id) == "waiting", "with what they wrote, for who had it first"
    assert stage.store.history(id, limit=200)[-1].meta["kind"] == "ticket_reopened"


def test_a_warning_comes_before_the_end(tmp_path: Path) -> None:
    file = tmp_path / "chatd.toml"
    file.write_text("[sites.shop]\nauto_close = 5\nwarn_minutes = 5\n")
    with pytest.raises(ConfigError, match=r"sites\.shop\.warn_minutes: 5 is not less than"):
        load(file)


@pytest.mark.parametrize("back", ["asked", "late"])
def test_without_a_warning_what_was_put_aside_has_all_its_time_again(
    tmp_path: Path, back: str
) -> None:
    stage = Stage(tmp_path / "data", sites={"shop": {"auto_close": 60, "warn_minutes": 0}})
    try:
        _, artem, id = answered(stage)
        watch, until = Watch(stage.services), to_text(stage.now + 120 * MINUTE)
        artem.ask(SnoozeTicket(ticket_id=id, until=until))
        pass_time(stage, watch, 119)
        if back == "asked":
            artem.ask(SnoozeTicket(ticket_id=id, until=None))
        else:
            pass_time(stage, watch, 1)
            assignment.wake_snoozed(stage.services)
        pass_time(stage, watch, 59)
        assert status(stage, id) == "active"
        pass_time(stage, watch, 2)
        assert status(stage, id) == "closed"
    finally:
        stage.close()
