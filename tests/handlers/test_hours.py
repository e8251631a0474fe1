"""Hours of sites: whether they are open, who is asked for a contact, by a standing clock."""

from __future__ import annotations

from typing import Any

import pytest

from chatd.domain.times import to_epoch
from chatd.errors import Forbidden
from chatd.protocol.sites import GetSite, ListHours
from tests.handlers.stage import Person, Stage
from tests.handlers.test_sites import furnish

DAY = ["09:00-18:00"]
OFFICE: dict[str, Any] = {
    "timezone": "Europe/Berlin",
    **dict.fromkeys(("monday", "tuesday", "wednesday", "thursday", "friday"), DAY),
    "holidays": {"2030-04-01": [], "2030-04-06": ["10:00-12:00"]},
}
FRIDAY = "2030-03-29T17:30:00.000Z"  # 18:30 in Berlin; the clocks go forward on Sunday
TUESDAY = "2030-04-02T07:00:00.000Z"  # Monday is a holiday: 9:00 in summer time


def at(stage: Stage, when: str) -> None:
    """The clock shows that time."""
    stage.now = to_epoch(when)


def of_site(stage: Stage, site: str = "shop") -> Any:
    """What a page is told."""
    return Person(stage, stage.connect(), "").ask(GetSite(site=site))


def test_a_page_is_told_whether_its_site_is_open_and_when_it_is_again(stage: Stage) -> None:
    furnish(stage, shop={"hours": OFFICE}, bank={})
    at(stage, FRIDAY)
    told = of_site(stage)
    assert (told.open, told.opens_at, told.needs_contact) == (False, TUESDAY, True)
    at(stage, TUESDAY)
    told = of_site(stage)
    assert (told.open, told.opens_at, told.needs_contact) == (True, None, False)
    at(stage, "2030-04-06T07:59:59.999Z")
    assert of_site(stage).opens_at == "2030-04-06T08:00:00.000Z", "a Saturday that is open"
    other = of_site(stage, "bank")
    assert (other.open, other.opens_at, other.needs_contact) == (True, None, False)


def test_a_site_that_opens_in_years_names_no_time(stage: Stage) -> None:
    late = {"timezone": "UTC", "holidays": {"2040-01-01": ["00:00-24:00"]}}
    furnish(stage, shop={"hours": late})
    at(stage, FRIDAY)
    told = of_site(stage)
    assert (told.open, told.opens_at) == (False, None)


def test_a_contact_is_wanted_within_hours_only_where_nobody_being_there_matters(
    stage: Stage,
) -> None:
    furnish(stage, shop={"when_nobody": "form"}, bank={})
    assert (of_site(stage).needs_contact, of_site(stage, "bank").needs_contact) == (True, False)
    artem = stage.staff(sites=("shop",))
    assert not of_site(stage).needs_contact
    stage.leave(artem)
    assert of_site(stage).needs_contact and of_site(stage).open


def test_operators_are_told_of_the_sites_that_they_serve(stage: Stage) -> None:
    furnish(stage, shop={"hours": OFFICE}, bank={"hours": {**OFFICE, "timezone": "Asia/Tokyo"}})
    at(stage, FRIDAY)
    artem, boss = stage.staff(sites=("bank",)), stage.staff("boss")
    (row,) = artem.ask(ListHours()).sites
    assert (row.site, row.timezone, row.open) == ("bank", "Asia/Tokyo", False)
    assert (row.opens_at, row.operators_online) == ("2030-04-02T00:00:00.000Z", 2)
    assert [one.site for one in boss.ask(ListHours()).sites] == ["shop", "bank"]
    with pytest.raises(Forbidden):
        stage.visitor().ask(ListHours())
