"""Closed tickets go when their time is over: by the rule of their site, and no other ones."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from chatd.domain.episode import Episode
from chatd.domain.erasure import Erasure
from chatd.domain.ticket import NOTES, Ticket
from chatd.protocol.support import AcceptTicket, CloseTicket, ReopenTicket
from chatd.service import retention, sweeping
from tests.handlers.stage import Person, Stage
from tests.handlers.test_erasing import SECRET, files_of, files_with

SITES = {
    "shop": {"keep_tickets_days": 30},
    "blog": {"keep_tickets_days": -1},
    "rest": {},
}
DAY = 86_400.0


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    made = Stage(tmp_path / "data", sites=SITES, keep={"closed_tickets_days": 100})
    yield made
    made.close()


@pytest.fixture
def artem(stage: Stage) -> Person:
    return stage.staff()


def closed(stage: Stage, artem: Person, site: str, said: str = SECRET) -> str:
    id = stage.visitor(site=site).open_ticket(said)
    artem.ask(AcceptTicket(ticket_id=id))
    artem.say(f"{id}{NOTES}", said)
    artem.ask(CloseTicket(ticket_id=id))
    return id


def sweep(stage: Stage, *, days: float = 0.0) -> None:
    stage.now += days * DAY
    stage.app.store.checkpoint()
    for _ in retention.remove_old(stage.services):
        pass


def there(stage: Stage, *ids: str) -> list[bool]:
    return [stage.store.get(Ticket, id) is not None for id in ids]


def test_each_site_has_its_rule(stage: Stage, artem: Person) -> None:
    ids = [closed(stage, artem, site, f"{SECRET} {site}") for site in SITES]
    sweep(stage, days=29.9)
    assert there(stage, *ids) == [True, True, True]
    sweep(stage, days=0.2)
    assert there(stage, *ids) == [False, True, True]
    assert files_with(stage, f"{SECRET} shop") == [] and files_with(stage, f"{SECRET} rest")
    sweep(stage, days=69.8)
    assert there(stage, *ids) == [False, True, True]
    sweep(stage, days=0.2)
    assert there(stage, *ids) == [False, True, False]
    assert files_with(stage, f"{SECRET} rest") == [] and files_with(stage, f"{SECRET} blog")
    assert not stage.store.all(Erasure) and not files_of(stage)
    sweep(stage, days=10_000)
    assert there(stage, ids[1]) == [True]
    episodes = [
        one for part in stage.store.parts(Episode) for one in stage.store.part(Episode, part)
    ]
    assert {one.ticket for one in episodes} == set(ids), "how long people waited stays"


def test_what_is_open_or_was_closed_lately_stays(stage: Stage, artem: Person) -> None:
    again, waiting = closed(stage, artem, "shop"), stage.visitor().open_ticket("Жду")
    late = closed(stage, artem, "shop")
    stage.now += 20 * DAY
    artem.ask(ReopenTicket(ticket_id=late))
    artem.ask(CloseTicket(ticket_id=late))
    artem.ask(ReopenTicket(ticket_id=again))
    sweep(stage, days=20)
    assert there(stage, again, waiting, late) == [True, True, True]
    sweep(stage, days=10.1)
    assert there(stage, again, waiting, late) == [True, True, False]


def test_one_that_is_opened_while_it_is_looked_at_stays(stage: Stage, artem: Person) -> None:
    id = closed(stage, artem, "shop")
    stage.now += 31 * DAY
    before = stage.store.get(Ticket, id)
    assert before and retention.is_over(stage.services, before)
    artem.ask(ReopenTicket(ticket_id=id))
    for _ in retention.remove(stage.services, before):
        pass
    assert there(stage, id) == [True] and not stage.store.all(Erasure)


def test_without_a_rule_everything_is_kept_and_nothing_is_read(tmp_path: Path) -> None:
    stage = Stage(tmp_path / "data")
    id = closed(stage, stage.staff(), "shop")
    stage.now += 10_000 * DAY
    assert list(retention.remove_old(stage.services)) == [] and there(stage, id) == [True]
    stage.close()


def test_a_pass_is_part_of_the_sweep(stage: Stage, artem: Person) -> None:
    id = closed(stage, artem, "shop")
    stage.now += 31 * DAY
    stage.app.store.checkpoint()
    for _ in sweeping.steps(stage.services):
        pass
    assert there(stage, id) == [False]
