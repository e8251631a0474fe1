"""Where messages are written in a browser: widget, console, notes, rooms, each in two languages."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.client import Client
from tests.daemon import PASSWORD, eventually
from tests.web.office import Console, Office
from tests.web.shop import Widget

ROOMS = [f"tea-{number}" for number in range(20)]
UNUSED = itertools.cycle(ROOMS)
STORED = re.compile("^(Отправлено|Доставлено|Прочитано|Sent|Delivered|Read)$")
ACTS = re.compile(r"/assets/(built|widget)/acts")
PHONE = {"viewport": {"width": 390, "height": 780}, "has_touch": True, "is_mobile": True}
WORDS = {
    "ru-RU": {
        "reply": "Ответить",
        "edit": "Изменить",
        "remove": "Удалить",
        "cancel": "Отмена",
        "sure": "Удалить сообщение?",
        "editing": "Изменить сообщение",
        "mended": "изменено",
        "deleted": "Сообщение удалено",
        "settled": "Обращение закрыто: сказанное в нём остаётся как есть",
        "name": "Ваше имя",
    },
    "en-GB": {
        "reply": "Reply",
        "edit": "Edit",
        "remove": "Delete",
        "cancel": "Cancel",
        "sure": "Delete this message?",
        "editing": "Edit the message",
        "mended": "edited",
        "deleted": "Message deleted",
        "settled": "The conversation is closed: what was said in it stays as it is",
        "name": "Your name",
    },
}
# How long a finger stays is what the test waits for: until the tools are there.
TOUCH = "Input.dispatchTouchEvent"


class Place:
    """Where somebody writes in a browser: ``other`` is who they talk to, ``again``
    themselves elsewhere."""

    def __init__(
        self, page: Page, root: Locator, dialog: str, other: Client, again: Client
    ) -> None:
        self.page = page
        self.root = root
        self.dialog = dialog
        self.other = other
        self.again = again
        self.words = WORDS["ru-RU"]
        self.log = root.get_by_role("log")
        self.field = root.locator(".composer textarea")
        self.over = root.locator(".over")
        self.alert = root.locator(".acting [role=alert]")

    def row(self, text: str) -> Locator:
        """A message in the list."""
        return self.log.locator("[data-key]").filter(has=self.page.locator(".text", has_text=text))

    def say(self, text: str) -> Locator:
        """Writes and sends; its row, when it is stored."""
        self.field.fill(text)
        self.field.press("Enter")
        row = self.row(text).last
        expect(row.locator(".state")).to_have_text(STORED)
        return row

    def hear(self, text: str) -> dict[str, Any]:
        """The other writes."""
        said = self.other.say(self.dialog, text)
        expect(self.row(text)).to_be_visible()
        return said

    def tool(self, text: str, what: str) -> Locator:
        """A tool of a message, under the pointer."""
        row = self.row(text).last
        row.locator(".bubble").hover()
        return row.get_by_role("button", name=self.words[what], exact=True)

    def stored(self, text: str) -> dict[str, Any]:
        """The message of these words, as the daemon has it; a page shows it earlier."""

        def found() -> dict[str, Any] | None:
            page = self.other.ask("history:get", dialog_id=self.dialog, limit=100)
            return next((one for one in page["messages"] if one["content"] == text), None)

        message: dict[str, Any] = eventually(found)
        return message


Go = Callable[..., Place]


def in_widget(office: Office, page: Page, _: str) -> Place:
    page.goto(f"http://{office.daemon.address}/")
    widget = Widget(page).open()
    widget.say("Есть кто?")
    boris = office.connected("boris")
    visit = "document.querySelector('chatd-widget').visit"
    page.wait_for_function(f"() => {visit}.dialog?.joined")
    ticket, token = page.evaluate(f"[{visit}.dialog.id, {visit}.kept.get().token]")
    boris.ask("ticket:accept", ticket_id=ticket)
    boris.join(ticket)
    again = Client(office.daemon.address)
    again.hello(token=token)
    again.join(ticket)
    return Place(page, widget.panel, ticket, boris, again)


def in_console(office: Office, page: Page, _: str) -> Place:
    anna = office.customer("Анна", "Есть кто?")
    console = signed_in(office, page)
    again = office.connected("artem")
    again.ask("ticket:accept", ticket_id=anna.ticket)
    page.evaluate(f"location.hash = '{anna.ticket}'")
    expect(console.field).to_be_visible()
    again.join(anna.ticket)
    return Place(page, page.get_by_role("main"), anna.ticket, anna.client, again)


def in_notes(office: Office, page: Page, locale: str) -> Place:
    place = in_console(office, page, locale)
    page.get_by_role("button", name=re.compile("^(Заметка|Note)$")).click()
    notes = f"{place.dialog}/notes"
    boris = office.connected("boris")
    boris.join(notes)
    place.again.join(notes)
    return Place(page, place.root, notes, boris, place.again)


def in_room(office: Office, page: Page, locale: str) -> Place:
    room = next(UNUSED)
    page.goto(f"http://{office.daemon.address}/r/{room}")
    page.get_by_label(WORDS[locale]["name"]).fill("Аня")
    page.keyboard.press("Enter")
    boris = Client(office.daemon.address)
    boris.hello(name="Борис")
    boris.join(room)
    expect(page.locator(".composer")).to_be_visible()
    again = Client(office.daemon.address)
    again.hello(token=page.evaluate("JSON.parse(localStorage['chatd:rooms']).token"))
    again.join(room)
    return Place(page, page.get_by_role("main"), room, boris, again)


def signed_in(office: Office, page: Page, username: str = "artem") -> Console:
    """A console in whatever language."""
    page.goto(f"http://{office.daemon.address}/console")
    page.locator("input:not([type=password])").fill(username)
    page.locator("input[type=password]").fill(PASSWORD)
    page.keyboard.press("Enter")
    office.wait_for_line(username)
    console = Console(page)
    console.wait_for_lists()
    return console


PLACES: dict[str, Callable[[Office, Page, str], Place]] = {
    "widget": in_widget,
    "console": in_console,
    "notes": in_notes,
    "room": in_room,
}
EVERYWHERE = pytest.mark.parametrize("where", PLACES)
