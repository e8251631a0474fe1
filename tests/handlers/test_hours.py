"""Hours of sites: whether they are open, who is asked for a contact, by a standing clock."""

from __future__ import annotations

from typing import Any

import pytest

from chatd.domain.ticket import Ticket
from chatd.domain.times import to_epoch
from chatd.errors import Forbidden, Invalid
from chatd.protocol.sites import GetSite, ListHours
from chatd.protocol.support import (
    CloseTicket,
    GetQueue,
    OpenTicket,
    RequestPerson,
    UpdateTicket,
)
from tests.handlers.bots import Engine
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


def closed_shop(stage: Stage) -> None:
    """A shop on a Friday evening."""
    furnish(stage, shop={"hours": OFFICE})
    at(stage, FRIDAY)


@pytest.mark.parametrize(
    ("given", "contact", "phone"),
    [
        ("Anna@Shop.example ", "Anna@shop.example", ""),
        ("+7 (912) 345-67-89", "", "+79123456789"),
        ("(030) 90 18 20", "", "030901820"),
    ],
)
def test_who_begins_outside_hours_says_how_they_are_reached(
    stage: Stage, given: str, contact: str, phone: str
) -> None:
    closed_shop(stage)
    anna, artem = stage.visitor(), stage.staff()
    with pytest.raises(Invalid) as refused:
        anna.ask(OpenTicket(content="help"))
    assert refused.value.details == {"field": "contact", "opens_at": TUESDAY}
    assert not stage.store.tickets(), "nothing is half made"
    opened = anna.ask(OpenTicket(content="help", contact=given, language="en"))
    kept = stage.store.get(Ticket, opened.ticket.id)
    assert kept and (kept.contact, kept.phone, kept.language) == (contact, phone, "en")
    assert kept.offline and kept.status == "waiting"
    assert (opened.operators_online, opened.expected_wait_s) == (0, None), "nothing is promised"
    (row,) = artem.ask(GetQueue()).tickets
    assert row.offline


@pytest.mark.parametrize("given", ["", " ", "anna", "anna@shop", "12345", "+1" + "2" * 15, "1-,2"])
def test_what_reaches_nobody_is_refused(stage: Stage, given: str) -> None:
    closed_shop(stage)
    with pytest.raises(Invalid) as refused:
        stage.visitor().ask(OpenTicket(content="help", contact=given))
    assert refused.value.details["field"] == "contact"
    assert "anna@shop.example" in refused.value.message or "mail address" in refused.value.message


def test_within_hours_nobody_needs_a_contact_and_who_gives_one_has_it_kept(stage: Stage) -> None:
    closed_shop(stage)
    at(stage, TUESDAY)
    anna = stage.visitor()
    assert not stage.store.get(Ticket, anna.open_ticket()).offline  # type: ignore[union-attr]
    again = anna.ask(OpenTicket(content="more", contact="anna@shop.example")).ticket
    assert again.contact == "anna@shop.example"
    furnish(stage, shop={"when_nobody": "form"})
    with pytest.raises(Invalid) as refused:
        stage.visitor().open_ticket()
    assert refused.value.details == {"field": "contact", "opens_at": None}


def test_what_was_begun_goes_on_outside_hours_and_is_marked_when_it_is_asked_again(
    stage: Stage,
) -> None:
    closed_shop(stage)
    at(stage, TUESDAY)
    anna, artem = stage.visitor(), stage.staff()
    ticket = anna.open_ticket()
    at(stage, FRIDAY)
    assert anna.say(ticket, "and one more thing").seq
    artem.ask(CloseTicket(ticket_id=ticket))
    anna.say(ticket, "not over yet")
    kept = stage.store.get(Ticket, ticket)
    assert kept and (kept.status, kept.offline) == ("waiting", True)


def test_a_bot_answers_at_any_time_and_a_person_is_asked_for_with_a_contact(
    stage: Stage,
) -> None:
    closed_shop(stage)
    stage.services.bots = Engine()
    assert not of_site(stage).needs_contact
    anna = stage.visitor()
    ticket = anna.open_ticket(waits=False)
    with pytest.raises(Invalid) as refused:
        anna.ask(RequestPerson(ticket_id=ticket))
    assert refused.value.details["field"] == "contact"
    anna.ask(UpdateTicket(ticket_id=ticket, phone="+7 912 345-67-89"))
    asked = anna.ask(RequestPerson(ticket_id=ticket)).ticket
    assert (asked.status, asked.offline, asked.phone) == ("waiting", True, "+79123456789")
    with pytest.raises(Invalid) as wrong:
        anna.ask(UpdateTicket(ticket_id=ticket, phone="seven"))
    assert wrong.value.details == {"field": "phone"}


def test_with_a_ticket_that_is_asked_for_by_an_operator_nobody_needs_a_contact(
    stage: Stage,
) -> None:
    closed_shop(stage)
    stage.services.bots = Engine()
    anna, artem = stage.visitor(), stage.staff()
    ticket = anna.open_ticket(waits=False)
    assert artem.ask(RequestPerson(ticket_id=ticket)).ticket.status == "waiting"
