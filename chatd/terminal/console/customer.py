"""``/customer``: where the customer of a ticket is and was, with what, at what hour of theirs."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from msgspec import Struct

from chatd.domain.visit import zone_of
from chatd.terminal.core.reading import moment
from chatd.terminal.core.shapes import Refused
from chatd.terminal.core.text import name, one_line
from chatd.terminal.core.texts import Texts
from chatd.terminal.core.told import read, rows
from chatd.terminal.ui.actions import Actions, Run
from chatd.terminal.ui.help import Rows, open_page

if TYPE_CHECKING:
    from chatd.terminal.console.console import ConsoleApp

LONGEST = 300


class Page(Struct):
    """A page that they were on."""

    address: str
    title: str = ""
    at: str = ""


class Earlier(Struct):
    """Another ticket of theirs."""

    id: str
    status: str = ""
    created_at: str = ""


class Customer(Struct):
    """What is told of them."""

    id: str
    name: str = ""
    since: str | None = None
    visited: int = 0
    seen_at: str | None = None
    pages: list[Page] = []
    referrer: str = ""
    language: str = ""
    timezone: str = ""
    device: str = ""


def showing(app: ConsoleApp) -> Run:
    """``/customer``: on a page above everything else."""

    async def show(actions: Actions, argument: str) -> None:
        if app.dialog is None:
            return
        told = await app.session.ask("ticket:customer", ticket_id=app.dialog.id)
        if not isinstance(told.get("customer"), dict):
            raise Refused("not_found", "nothing is known of them", {})
        customer = read(told["customer"], Customer)
        earlier = rows(told, "tickets", Earlier)
        now = datetime.fromtimestamp(app.session.now, UTC)
        open_page(app, name(customer.name), list_facts(app.texts, customer, earlier, now))

    return show


def list_facts(texts: Texts, one: Customer, earlier: list[Earlier], now: datetime) -> Rows:
    """What is known, line by line."""
    here, before = one.pages[:1], one.pages[1:]
    facts = [
        ("page", describe(here[0]) if here else ""),
        *(("", f"{when(page.at)}  {describe(page)}") for page in before),
        ("from", one_line(one.referrer, LONGEST)),
        ("device", one_line(one.device, LONGEST)),
        ("language", one_line(one.language, 40)),
        ("time", local_time(one.timezone, now)),
        ("visits", str(one.visited) if one.visited else ""),
        ("since", when(one.since)),
        ("seen", when(one.seen_at)),
        *(
            ("earlier" if not number else "", f"{when(old.created_at)}  {one_line(old.id, 64)}")
            for number, old in enumerate(earlier)
        ),
    ]
    return [
        (texts(f"console.customer_{key}") if key else "", value) for key, value in facts if value
    ]


def describe(page: Page) -> str:
    """A page by its title, where it has one, and address."""
    return one_line(f"{page.title}  {page.address}".strip(), LONGEST)


def when(at: str | None) -> str:
    """A time in few words."""
    found = moment(at or "")
    return f"{found:%d.%m.%Y %H:%M}" if found else ""


def local_time(zone: str, now: datetime) -> str:
    """What their clock shows."""
    known = zone_of(zone)
    return f"{now.astimezone(ZoneInfo(known)):%H:%M}  {known}" if known else ""
