"""A shop with our widget on its pages: its daemon, its host, its visitors and its operators."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable
from typing import Any
from weakref import WeakKeyDictionary

from playwright.sync_api import Locator, Page, expect

from tests.client import Client
from tests.daemon import Daemon, eventually
from tests.web.host import Host

PAGE = """<!doctype html><html lang="ru"><head><meta charset="utf-8"><title>Магазин</title>
<meta name="viewport" content="width=device-width"></head>
<body><main><h1>Магазин</h1><p>Чай, кофе и чашки.</p><input aria-label="Поиск"></main>
<script src="http://{address}/widget.js" async {attributes}></script></body></html>"""


class Widget:
    """The widget on a page, as a person uses it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.launch = page.locator("chatd-widget button.launch")
        self.panel = page.locator("chatd-widget").get_by_role("dialog")
        self.log = self.panel.get_by_role("log")
        self.field = self.panel.get_by_role("textbox")
        self.emoji = self.panel.locator(".emoji")
        self.bubbles = self.log.locator(".bubble > .text")
        self.notices = self.log.locator(".notice")
        self.own = self.log.locator(".said.own")

    def open(self) -> Widget:
        """Presses the button in the corner."""
        self.launch.click()
        expect(self.panel).to_be_visible()
        return self

    def stay_open(self) -> Widget:
        """Open after another page, too: by itself, which may take a moment, so that a press might
        close it; where it does not, the page opens it."""
        expect(self.launch).to_be_visible()
        self.page.evaluate("() => void chatd.open()")
        expect(self.panel).to_be_visible()
        return self

    def say(self, text: str) -> Locator:
        """Writes a message; its row."""
        self.field.fill(text)
        self.field.press("Enter")
        return self.said(text)

    def said(self, text: str) -> Locator:
        """The row of a message."""
        return self.log.locator(".said").filter(has_text=text)

    def expect_texts(self, *texts: str) -> None:
        """Exactly these messages, in this order."""
        expect(self.bubbles).to_have_text(list(texts))

    def expect_state(self, text: str, state: str) -> None:
        """How far an own message has come: Отправлено, Доставлено, Прочитано, Ждёт отправки."""
        expect(self.said(text).locator(".state")).to_have_text(state)


class Shop:
    """A daemon and the pages that its widget is on, which look for it at ``address``."""

    numbers = itertools.count()
    sessions: WeakKeyDictionary[Daemon, dict[str, str]] = WeakKeyDictionary()

    def __init__(
        self,
        daemon: Daemon,
        host: Host,
        connect: Callable[..., Client],
        address: str | None = None,
    ) -> None:
        self.daemon = daemon
        self.host = host
        self._connect = connect
        self._address = address or daemon.address
        self._path = f"/{next(self.numbers)}"
        self.put(self._path)

    def over(self, address: str) -> Shop:
        """The same shop with pages that reach the daemon at another address."""
        return Shop(self.daemon, self.host, self._connect, address)

    def put(self, path: str, attributes: str = "", **headers: str) -> None:
        """A page with the widget; headers as ``Content_Security_Policy=…``."""
        html = PAGE.format(address=self._address, attributes=attributes)
        self.host.put(path, html, {k.replace("_", "-"): v for k, v in headers.items()})

    def url(self, name: str = "shop.test", path: str | None = None) -> str:
        """Where a page is."""
        return self.host.origin(name) + (path or self._path)

    def visit(self, page: Page, name: str = "shop.test", path: str | None = None) -> Widget:
        """Goes to a page with the widget."""
        page.goto(self.url(name, path))
        widget = Widget(page)
        expect(widget.launch).to_be_visible()
        return widget

    def tickets(self, page: Page) -> list[str]:
        """The ids of the tickets of the visitor on a page."""
        who = page.evaluate("document.querySelector('chatd-widget').visit.me")
        found = self._ask("/api/admin/support/tickets?limit=200")["tickets"]
        return [one["id"] for one in found if one["customer_id"] == who]

    def named(self, ticket: str) -> str:
        """What the customer of a ticket is called by now."""
        found = self._ask("/api/admin/support/tickets?limit=200")["tickets"]
        return next(str(one["customer_name"]) for one in found if one["id"] == ticket)

    def stored(self, ticket: str) -> list[str]:
        """What the daemon has of a ticket's messages, the system's aside."""
        messages = self._ask(f"/api/messages/dialog/{ticket}?limit=200")["messages"]
        return [one["message"] for one in messages if one["sender_type"] != "system"]

    def _ask(self, path: str) -> Any:
        status, body = self.daemon.http("GET", path, token=self._token("artem", "Артём"))
        assert status == 200, body
        return body["data"]

    def operator(self, username: str = "artem", name: str = "Артём") -> Operator:
        """An operator who is on line."""
        client = self._connect(self.daemon.address)
        client.hello(token=self._token(username, name))
        client.ask("queue:watch")
        return Operator(client)

    def _token(self, username: str, name: str) -> str:
        tokens = self.sessions.setdefault(self.daemon, {})
        if username not in tokens:
            tokens[username] = self.daemon.add_operator(username, name)
        return tokens[username]


class Operator:
    """An operator at work, over a WebSocket of their own."""

    def __init__(self, client: Client) -> None:
        self.client = client

    def newest(self, text: str) -> str:
        """The id of the waiting ticket whose last message this is."""

        def waiting() -> str:
            tickets = self.client.ask("queue:watch")["tickets"]
            return next((one["id"] for one in tickets if one["last_message"]["text"] == text), "")

        found: str = eventually(waiting, 20)
        return found

    def accept(self, ticket: str) -> dict[str, Any]:
        """Takes a ticket and opens it; its messages so far."""
        self.client.ask("ticket:accept", ticket_id=ticket)
        return self.client.join(ticket)

    def reply(self, ticket: str, text: str) -> dict[str, Any]:
        """Answers the customer."""
        return self.client.say(ticket, text)

    def read(self, ticket: str, seq: int) -> None:
        """Says how far one has read."""
        self.client.ask("receipt:read", dialog_id=ticket, seq=seq)


MINUTE = re.compile(r"\b\d?\d:\d\d\b")
