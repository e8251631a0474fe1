"""How it was, as customers say: who may, when, how often; where it is seen, counted and kept."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from msgspec import UNSET

from chatd.domain.episode import Episode
from chatd.domain.rating import OPEN_S
from chatd.domain.ticket import Ticket
from chatd.errors import ChatdError, Conflict, Forbidden, Invalid, NotFound
from chatd.protocol.belongings import ExportPerson
from chatd.protocol.endings import RateTicket
from chatd.protocol.envelope import convert
from chatd.protocol.reports import GetReport, ListCounted
from chatd.protocol.support import (
    AcceptTicket,
    CloseTicket,
    GetQueue,
    ReadTicket,
    ReopenTicket,
    ShowTicket,
)
from tests.handlers.stage import Person, Stage


def closed(stage: Stage) -> tuple[Person, Person, str]:
    """A customer, their operator, and their ticket, which is over."""
    anna, artem = stage.visitor(), stage.staff()
    id = anna.open_ticket()
    artem.ask(AcceptTicket(ticket_id=id))
    artem.ask(CloseTicket(ticket_id=id))
    return anna, artem, id


def rate(who: Person, id: str, score: int = 5, comment: str = "") -> Any:
    return who.ask(RateTicket(ticket_id=id, score=score, comment=comment)).ticket


def kept(stage: Stage, id: str) -> tuple[Ticket, Episode]:
    """A ticket and its episode, as they are stored."""
    ticket = stage.store.get(Ticket, id)
    episode = ticket and stage.store.get(Episode, ticket.episode_id)
    assert ticket and episode
    return ticket, episode


def test_the_last_word_counts_and_operators_get_it_live(stage: Stage) -> None:
    anna, artem, id = closed(stage)
    artem.join(id)
    artem.heard()
    assert anna.ask(ReadTicket(ticket_id=id)).ticket.rate_until is not UNSET
    rate(anna, id, 2)
    stage.now += 60
    shown = rate(anna, id, 4, " Спасибо! ")
    assert (shown.rating.score, shown.rating.comment) == (4, "Спасибо!")
    ticket, episode = kept(stage, id)
    assert ticket.rating == episode.rating == shown.rating
    told = artem.heard("dialog:update")
    assert [(one["change"], one["dialog"]["rating"]["score"]) for one in told] == [
        *(("rated", 2), ("rated", 4)),
    ]
    rate(anna, id, 4, "Спасибо!")
    assert kept(stage, id)[0].version == ticket.version, "what is no news changes nothing"
    assert artem.ask(ShowTicket(ticket_id=id)).ticket.rate_until is UNSET


def test_only_their_customer_rates_what_is_over_and_for_seven_days(stage: Stage) -> None:
    anna, artem, id = closed(stage)
    for operator in (artem, stage.staff("root", role="admin")):
        with pytest.raises(Forbidden):
            rate(operator, id)
    with pytest.raises(Forbidden):
        stage.shell(RateTicket(ticket_id=id, score=5))
    with pytest.raises(NotFound):
        rate(stage.visitor("Boris"), id)
    stage.now += OPEN_S
    rate(anna, id, 1)
    stage.now += 1
    with pytest.raises(Conflict, match="could be rated for seven days"):
        rate(anna, id, 5)
    assert anna.ask(ReadTicket(ticket_id=id)).ticket.rate_until is UNSET
    assert kept(stage, id)[1].rating == kept(stage, id)[0].rating
    waiting = anna.open_ticket()
    with pytest.raises(Conflict, match="waiting: it can be rated once it is closed"):
        rate(anna, waiting)


def test_what_is_no_rating_is_refused_by_its_name(stage: Stage) -> None:
    anna, _, id = closed(stage)
    for field, value in (
        *(("score", 0), ("score", 6), ("score", 4.5), ("score", None)),
        *(("comment", "x" * 1_001), ("comment", "a\0b")),
    ):
        with pytest.raises(Invalid) as refused:
            anna.ask(convert(RateTicket, {"ticket_id": id, "score": 5, field: value}))
        assert refused.value.details["field"] == field
    assert kept(stage, id)[0].rating is None


def test_each_request_for_help_has_its_own(stage: Stage) -> None:
    anna, artem, id = closed(stage)
    rate(anna, id, 2, "slow")
    artem.ask(ReopenTicket(ticket_id=id))
    shown = artem.ask(ShowTicket(ticket_id=id, episodes=2))
    assert shown.ticket.rating is UNSET and shown.ticket.past[0].rating.score == 2
    with pytest.raises(Conflict, match="is active"):
        rate(anna, id)
    artem.ask(CloseTicket(ticket_id=id))
    rate(anna, id, 5)
    shown = artem.ask(ShowTicket(ticket_id=id, episodes=2))
    assert [one.rating.score for one in shown.episodes] == [5, 2]
    stage.now += 1
    (row,) = stage.shell(GetReport(report="rating")).rows
    assert (row.operator, row.rated, row.rated_2, row.rated_5) == ("artem", 2, 1, 1)
    assert row.rating_mean == 3.5
    counted = stage.shell(ListCounted(of="rated_2")).tickets
    assert [(one.id, one.number, one.score) for one in counted] == [(id, 1, 2)]


def test_it_changes_nothing_else_of_what_is_counted(stage: Stage) -> None:
    anna, artem, id = closed(stage)
    stage.services.connections.remove(anna.connection)
    stage.now += 3_600
    before = kept(stage, id)[1]
    again = stage.again(anna.token)
    rate(again, id, 3)
    ticket, after = kept(stage, id)
    for name in set(Episode.__struct_fields__) - {"rating", "version"}:
        assert getattr(after, name) == getattr(before, name), name
    assert ticket.status == "closed" and not artem.ask(GetQueue()).tickets


def test_a_site_that_asks_for_none_takes_none(tmp_path: Path) -> None:
    stage = Stage(tmp_path / "data", sites={"shop": {"rating": False}})
    anna, _, id = closed(stage)
    assert anna.ask(ReadTicket(ticket_id=id)).ticket.rate_until is UNSET
    with pytest.raises(ChatdError, match="site shop asks for no ratings"):
        rate(anna, id)
    stage.close()


def test_an_export_has_it(stage: Stage) -> None:
    anna, artem, id = closed(stage)
    rate(anna, id, 2, "медленно")
    artem.ask(ReopenTicket(ticket_id=id))
    artem.ask(CloseTicket(ticket_id=id))
    rate(anna, id, 5)
    target = stage.directory.parent / "copy"
    stage.shell(ExportPerson(participant_id=anna.id, directory=str(target)))
    (ticket,) = json.loads((target / "person.json").read_text())["tickets"]
    told = [(one["score"], one["comment"]) for one in ticket["ratings"]]
    assert told == [(5, ""), (2, "медленно")]
