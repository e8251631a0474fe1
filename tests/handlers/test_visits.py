"""What pages tell of visitors: who is shown it, and until when it is kept."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from chatd.domain.participant import Participant
from chatd.errors import Forbidden, Invalid, NotFound
from chatd.protocol.commands import Hello
from chatd.protocol.support import ShowCustomer
from chatd.protocol.visitors import ListVisitors, NoteVisit, WatchVisitors
from chatd.protocol.visits import Here
from chatd.service import exporting, sweeping, visitors
from tests.handlers.stage import Person, Stage

SHOP = "https://shop.test"
AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0"
SITES = {"shop": {"pages": True, "visitors": True, "origins": [SHOP]}, "bank": {"origins": [SHOP]}}


@pytest.fixture
def stage(tmp_path: Path) -> Any:
    made = Stage(tmp_path / "data", sites=SITES)
    yield made
    made.close()


def go(person: Person, path: str, device: str = "", **told: str) -> None:
    """Their page says hello."""
    person.connection.origin, person.connection.agent = SHOP, AGENT
    here = Here(page=SHOP + path, **{"language": "ru", "timezone": "Europe/Moscow", **told})
    person.ask(Hello(token=person.token, here=here, device=device))


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


def test_who_watches_is_told_who_comes_where_they_go_and_that_they_left(stage: Stage) -> None:
    artem, anna = stage.staff(), stage.visitor()
    go(anna, "/tea")
    listed = artem.ask(WatchVisitors())
    [row] = listed.visitors
    assert (row.id, row.name, row.page.address) == (anna.id, "Anna", f"{SHOP}/tea")
    assert (row.tickets, row.ticket, row.visited) == (0, None, 1)
    assert listed.totals == {"shop": 1}
    artem.heard()
    boris = stage.visitor("Boris")
    go(boris, "/")
    ticket = boris.open_ticket()
    anna.ask(NoteVisit(here=Here(page=f"{SHOP}/coffee")))
    stage.leave(boris)
    told = artem.heard("visitor:update")
    assert [(one["id"], one["total"]) for one in told] == [
        *((boris.id, 2), (boris.id, 2), (anna.id, 2), (boris.id, 1))
    ]
    assert told[1]["visitor"]["ticket"] == ticket
    assert told[2]["visitor"]["page"]["address"] == f"{SHOP}/coffee"
    assert told[3]["visitor"] is None
    assert [one.id for one in artem.ask(ListVisitors(site="shop")).visitors] == [anna.id]


def test_visitors_are_for_who_serves_their_site_and_only_where_it_asks(stage: Stage) -> None:
    anna, olga = stage.visitor(), stage.visitor("Olga", site="bank")
    for one in (anna, olga):
        go(one, "/")
    banker, artem = stage.staff("boris", sites=("bank",)), stage.staff()
    assert banker.ask(WatchVisitors()).totals == {}
    assert list(artem.ask(ListVisitors()).totals) == ["shop"]
    go(anna, "/b")
    assert banker.heard("visitor:update") == []
    with pytest.raises(Forbidden):
        anna.ask(ListVisitors())
    with pytest.raises(Forbidden):
        artem.ask(NoteVisit(here=Here()))


def test_where_nobody_watches_nothing_is_made_of_who_goes_where(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown, show = list[str](), visitors.show

    def note(services: Any, id: str) -> Any:
        shown.append(id)
        return show(services, id)

    monkeypatch.setattr(visitors, "show", note)
    anna = stage.visitor()
    go(anna, "/tea")
    anna.ask(NoteVisit(here=Here(page=f"{SHOP}/coffee")))
    assert not shown
    artem = stage.staff()
    artem.ask(WatchVisitors())
    shown.clear()
    go(anna, "/cake")
    assert shown == [anna.id] and len(artem.heard("visitor:update")) == 1
    stage.leave(artem)
    go(anna, "/bread")
    assert shown == [anna.id]


def test_visitors_of_a_site_that_there_is_not_are_refused(stage: Stage) -> None:
    with pytest.raises(Invalid, match="no such site 'shpo'; allowed: shop"):
        stage.staff().ask(ListVisitors(site="shpo"))


def test_who_has_two_pages_open_is_there_until_both_are_closed(stage: Stage) -> None:
    artem, anna = stage.staff(), stage.visitor()
    go(anna, "/")
    other = stage.again(anna.token, device="2")
    go(other, "/b", device="2")
    stage.leave(other)
    assert len(artem.ask(ListVisitors()).visitors) == 1
    stage.leave(anna)
    assert artem.ask(ListVisitors()).totals == {"shop": 0}


def test_of_very_many_only_the_number_is_told(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(visitors, "CROWD", 1)
    artem, anna, boris = stage.staff(), stage.visitor(), stage.visitor("Boris")
    artem.ask(WatchVisitors())
    for one in (anna, boris):
        go(one, "/")
    first, second = artem.heard("visitor:update")
    assert first["id"] == anna.id and second == {"site": "shop", "total": 2}


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
