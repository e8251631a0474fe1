"""What pages tell of visitors: who is shown it, and until when it is kept."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from chatd.domain.participant import Participant
from chatd.errors import NotFound
from chatd.protocol.commands import Hello
from chatd.protocol.support import ShowCustomer
from chatd.protocol.visits import Here
from chatd.service import exporting, sweeping
from tests.handlers.stage import Person, Stage

SHOP = "https://shop.test"
AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0"
SITES = {"shop": {"pages": True, "origins": [SHOP]}, "bank": {"origins": [SHOP]}}


@pytest.fixture
def stage(tmp_path: Path) -> Any:
    made = Stage(tmp_path / "data", sites=SITES)
    yield made
    made.close()


def go(person: Person, path: str, **told: str) -> None:
    """Their page says hello."""
    person.connection.origin, person.connection.agent = SHOP, AGENT
    here = Here(page=SHOP + path, **{"language": "ru", "timezone": "Europe/Moscow", **told})
    person.ask(Hello(token=person.token, here=here))


def shown(who: Person, ticket: str) -> Any:
    """The customer, as somebody is shown them."""
    return who.ask(ShowCustomer(ticket_id=ticket)).customer


def paths(customer: Any) -> list[str]:
    """Where they were, the newest first."""
    return [one.address.removeprefix(SHOP) for one in customer.pages]


def test_operators_of_the_site_are_shown_where_a_customer_is(stage: Stage) -> None:
    anna, artem = stage.visitor(), stage.staff()
    go(anna, "/tea?token=abc", referrer="https://search.test/?q=tea", title="Tea")
    ticket = anna.open_ticket()
    told = shown(artem, ticket)
    assert (paths(told), told.pages[0].title) == (["/tea"], "Tea")
    assert (told.referrer, told.language) == ("https://search.test/", "ru")
    assert (told.timezone, told.visited) == ("Europe/Moscow", 1)
    banker = stage.staff("boris", sites=("bank",))
    with pytest.raises(NotFound):
        shown(banker, ticket)
    artem.join(ticket)
    banker.heard()
    artem.heard()
    go(anna, "/coffee")
    [update] = artem.heard("customer:update")
    assert update["ticket_id"] == ticket
    moved = [one["address"] for one in update["customer"]["pages"]]
    assert moved == [f"{SHOP}/coffee", f"{SHOP}/tea"]
    assert "customer:update" not in anna.heard() and banker.heard("customer:update") == []


def test_without_the_sites_consent_only_the_last_page_is_kept(stage: Stage) -> None:
    anna, artem = stage.visitor(site="bank"), stage.staff()
    for path in ("/a", "/b", "/c"):
        go(anna, path)
    assert paths(shown(artem, anna.open_ticket())) == ["/c"]


def test_what_cannot_be_believed_is_not_kept_and_keeps_nobody_out(stage: Stage) -> None:
    anna, artem = stage.visitor(), stage.staff()
    go(anna, "/a")
    evil = Here(page="https://evil.test/", language="<b>", timezone="Mars", referrer="javascript:1")
    anna.ask(Hello(token=anna.token, here=evil))
    told = shown(artem, anna.open_ticket())
    assert (paths(told), told.language, told.referrer) == (["/a"], "ru", "")


def test_very_many_pages_are_not_noted(stage: Stage) -> None:
    stage.services.limiter.apply(stage.limits(pages_per_participant="2/minute"))
    anna, artem = stage.visitor(), stage.staff()
    for number in range(5):
        go(anna, f"/{number}")
    assert paths(shown(artem, anna.open_ticket())) == ["/1", "/0"]


def test_what_is_kept_is_exported_and_goes_after_its_time(stage: Stage, tmp_path: Path) -> None:
    anna = stage.visitor()
    go(anna, "/tea")
    anna.open_ticket()
    exporting.export(stage.services, anna.id, str(tmp_path / "out"), notes=False)
    told = json.loads((tmp_path / "out" / "person.json").read_text())["participant"]["visits"]
    assert told["pages"][0]["address"] == f"{SHOP}/tea"
    stage.now += 29 * 86_400
    sweep(stage)
    assert visits(stage, anna).pages
    stage.now += 2 * 86_400
    sweep(stage)
    assert (visits(stage, anna).count, visits(stage, anna).pages) == (1, ())
    assert (visits(stage, anna).agent, visits(stage, anna).referrer) == ("", "")


def sweep(stage: Stage) -> None:
    """A whole pass."""
    stage.turn()
    for _ in sweeping.steps(stage.services):
        pass


def visits(stage: Stage, person: Person) -> Any:
    """What is kept of their visits."""
    found = stage.store.get(Participant, person.id)
    assert found
    return found.visits
