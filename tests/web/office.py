"""An office: a daemon with operators, their consoles in browsers, and customers who write."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from playwright.sync_api import Locator, Page, expect

from tests.client import Client
from tests.daemon import PASSWORD, Daemon, eventually

if TYPE_CHECKING:
    from tests.web.conftest import Complaints, MakeContext

CANNED = {
    "hours": "Мы работаем с 9 до 18 по будням.",
    "delivery": "Доставка занимает 2–3 дня, курьер позвонит за час.",
    "refund": "Деньги вернутся на карту в течение трёх рабочих дней.",
}
NAMES = {"artem": "Артём Волков", "boris": "Борис Ким"}
GREETING = "Привет! Чем могу помочь? 😊"
CONNECTED = "👨‍💼 Оператор {} подключился к диалогу"
CLOSED = "✅ Тикет закрыт. Спасибо за обращение!"
REOPENED = "Тикет открыт повторно"
# Who is nobody yet asks who they are: the browser writes the 401 into its console.
NOT_YET = r"401 .*/manager/(me|auth)"


class Customer:
    """Somebody with a ticket, over a WebSocket of their own."""

    def __init__(self, client: Client, name: str, text: str) -> None:
        self.client = client
        client.hello(name=name)
        opened = client.ask("ticket:open", content=text, wants_person=True)
        self.ticket: str = opened["ticket"]["id"]
        client.join(self.ticket)
        self._seq = 0

    def say(self, text: str) -> None:
        """Writes a message."""
        self.client.say(self.ticket, text)

    def types(self, text: str) -> None:
        """What stands in the customer's field now."""
        self.client.ask("draft:edit", dialog_id=self.ticket, seq=self._seq, reset=text)
        self._seq += 1

    def hears(self, content: str) -> None:
        """Waits for a message."""
        self.client.expect("message:new", 20, content=content)

    def heard(self) -> list[str]:
        """Everything in the ticket, as the customer sees it."""
        page = self.client.ask("history:get", dialog_id=self.ticket, limit=200)
        return [one["content"] for one in page["messages"]]


class Console:
    """A console as an operator uses it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.field = page.locator(".composer textarea")
        self.log = page.get_by_role("log")
        self.bubbles = self.log.locator(".said:not(.draft) .text")
        self.draft = self.log.locator(".draft .text")
        self.rows = page.locator(".tickets li")
        self.offers = page.locator(".cannery [role=option]")
        self.toast = page.locator(".toast")

    def log_in(self, username: str, password: str = PASSWORD) -> Console:
        """By the form."""
        self.page.get_by_label("Имя пользователя").fill(username)
        self.page.get_by_label("Пароль").fill(password)
        self.page.get_by_role("button", name="Войти").click()
        return self

    def wait_for_lists(self) -> None:
        """Until the lists are there: only then it is known who is new."""
        expect(self.page.locator("#tickets")).to_have_attribute("aria-busy", "false")

    def row(self, name: str) -> Locator:
        """A ticket in the list."""
        return self.rows.filter(has_text=name)

    def tab(self, name: str) -> None:
        """Chooses a list."""
        self.page.get_by_role("tab", name=re.compile(f"^{name}")).click()

    def accept(self, name: str) -> None:
        """Takes a ticket out of the queue by the button in its row."""
        self.page.get_by_role("button", name=f"Принять: {name}").click()
        expect(self.field).to_be_focused()

    def open(self, name: str) -> None:
        """Opens a ticket of the list."""
        self.row(name).locator(".ticket").click()
        expect(self.page.get_by_role("main")).to_contain_text(name)

    def act(self, name: str) -> None:
        """A button in the head of the conversation, or below it."""
        self.page.get_by_role("main").get_by_role("button", name=name, exact=True).click()

    def write(self, text: str) -> None:
        """Writes into the field and sends."""
        self.field.fill(text)
        self.field.press("Enter")
        expect(self.bubbles.last).to_have_text(text)

    def count(self, what: str, n: int) -> None:
        """Waits until a counter says so."""
        counter = self.page.locator(".counters div").filter(has_text=what)
        expect(counter.locator("dd")).to_have_text(str(n))


class Staffed:
    """A daemon with canned answers and two operators."""

    def __init__(self, daemon: Daemon) -> None:
        self.daemon = daemon
        self.tokens = {user: daemon.add_operator(user, name) for user, name in NAMES.items()}


@contextmanager
def opened(home: Path, **config: Any) -> Iterator[Staffed]:
    """An office for as long as the tests of a module take."""
    site = {"origins": ["self"], "canned": CANNED}
    daemon = Daemon(home, {"sites": {"default": site}, **config}).start()
    yield Staffed(daemon)
    assert daemon.stop() == 0, daemon.logged()
    assert "incident" not in daemon.logged(), daemon.logged()


class Office:
    """The daemon and everybody around it, for one test."""

    def __init__(
        self,
        staffed: Staffed,
        connect: Callable[..., Client],
        context: MakeContext,
        complaints: Complaints,
    ) -> None:
        self.daemon = staffed.daemon
        self.tokens = staffed.tokens
        self._connect = connect
        self._context = context
        complaints.tolerate(NOT_YET)

    def customer(self, name: str, text: str) -> Customer:
        """Somebody who waits."""
        return Customer(self._connect(self.daemon.address), name, text)

    def connected(self, username: str) -> Client:
        """An operator over a WebSocket, without a console."""
        client = self._connect(self.daemon.address)
        client.hello(token=self.tokens[username])
        return client

    def door(self, **options: object) -> Console:
        """A console at which nobody has logged in."""
        page = self._context(**options).new_page()
        page.goto(f"http://{self.daemon.address}/console")
        return Console(page)

    def console(self, username: str = "artem", **options: object) -> Console:
        """An operator at work."""
        console = self.door(**options).log_in(username)
        self.wait_for_line(username)
        console.wait_for_lists()
        return console

    def wait_for_line(self, username: str, status: str = "online") -> None:
        """Until the daemon has this operator on line, or not."""

        def reached() -> bool:
            listed = self.get("/manager/operators")["operators"]
            return any(one["username"] == username and one["status"] == status for one in listed)

        eventually(reached, 20)

    def get(self, path: str) -> Any:
        """What an operator asks over HTTP."""
        status, body = self.daemon.http("GET", path, token=self.tokens["boris"])
        assert status == 200, body
        return body["data"]

    def do(self, action: str, ticket: str, username: str = "boris", **fields: str) -> None:
        """What an operator does over HTTP: accept, transfer, return, close, open."""
        path = f"/api/admin/support/{action}/{ticket}"
        status, body = self.daemon.http("POST", path, fields, self.tokens[username])
        assert status == 200, body

    def clear(self) -> None:
        """Closes what is open, so that the next test finds an empty queue."""
        for ticket in self.get("/api/admin/support/tickets?limit=200")["tickets"]:
            if ticket["status"] != "closed":
                self.do("close", ticket["id"])
