"""People with accounts, and their page as one of them sees it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Page, expect

from tests.daemon import PASSWORD, Daemon
from tests.web.guests import STORED

# Words that a reader sees as one: a text, and right beside it something within the line.
GLUED = r"""() => {
  const inLine = (one) => one?.nodeType === 1 && getComputedStyle(one).display === "inline";
  const found = [], walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const text = walk.currentNode, { previousSibling: before, nextSibling: after } = text;
    const beside = [inLine(before) && [before, text], inLine(after) && [text, after]];
    for (const [a, b] of beside.filter(Boolean).map((two) => two.map((one) => one.textContent))) {
      if (/[\p{L}\d.!?:,;»]$/u.test(a) && /^[\p{L}\d«]/u.test(b)) found.push(`${a}|${b}`);
    }
  }
  return found;
}"""


class PersonsPage:
    """The page of people as somebody with an account sees it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.list = page.get_by_role("navigation", name="Диалоги")
        self.talk = page.get_by_role("region", name="Разговор")
        self.field = self.talk.get_by_role("textbox")
        self.log = page.get_by_role("log")
        self.bubbles = self.log.locator(".said:not(.draft) .text")
        self.modal = page.get_by_role("dialog")

    def wait_for_list(self) -> None:
        """Until the page is connected, and has the list: only then it can ask for something."""
        expect(self.page.locator(".dialogs .rows")).to_have_attribute("aria-busy", "false")

    def row(self, title: str) -> Locator:
        """A dialog in the list."""
        return self.list.get_by_role("link").filter(has_text=title)

    def open(self, title: str) -> None:
        """Opens a dialog of the list; waits until one can write in it."""
        self.row(title).click()
        expect(self.talk.get_by_role("heading", name=title)).to_be_visible()
        expect(self.field).to_be_focused()

    def begin(self, username: str) -> None:
        """A dialog with somebody whom one knows by their user name."""
        self.list.get_by_role("button", name="Новый диалог").click()
        self.modal.get_by_role("searchbox").fill(username)
        self.modal.get_by_role("button", name=f"@{username}").click()
        expect(self.modal).to_have_count(0)
        expect(self.field).to_be_focused()

    def said(self, text: str) -> Locator:
        """The row of a message."""
        return self.log.locator("[data-key]").filter(has_text=text)

    def say(self, text: str) -> None:
        """Writes and sends; waits until it is stored."""
        self.field.fill(text)
        self.field.press("Enter")
        expect(self.said(text).last.locator(".state")).to_have_text(STORED)

    def tool(self, text: str, name: str) -> None:
        """Does something with a message."""
        row = self.said(text).last
        row.locator(".bubble").hover()
        row.get_by_role("button", name=name, exact=True).click()


def check_words_apart(page: Page) -> None:
    """Fails where two words of a page stand together as if they were one."""
    assert page.evaluate(GLUED) == []


def inhabit(
    directory: Path, names: Mapping[str, str], config: Mapping[str, Any] | None = None
) -> Iterator[Daemon]:
    """A daemon whose people have made accounts."""
    given = {
        "sites": {"home": {"registration": "open"}},
        "limits": {"registrations_per_address": "100/hour"},
        **(config or {}),
    }
    daemon = Daemon(directory, given).start()
    for username, name in names.items():
        form = {"username": username, "display_name": name, "password": PASSWORD}
        status, answer = daemon.http("POST", "/api/auth/register", form)
        assert status == 201, answer
    yield daemon
    assert daemon.stop() == 0, daemon.logged()
    assert "incident" not in daemon.logged(), daemon.logged()


LogIn = Callable[..., PersonsPage]


def log_in(
    page: Page, daemon: Daemon, username: str, path: str = "/", password: str = PASSWORD
) -> PersonsPage:
    """Somebody logs in by the door."""
    page.goto(f"http://{daemon.address}{path}")
    page.get_by_label("Имя пользователя").fill(username)
    page.get_by_label("Пароль").fill(password)
    page.get_by_role("button", name="Войти").click()
    found = PersonsPage(page)
    expect(page.locator(".dialogs footer")).to_contain_text(f"@{username}")
    found.wait_for_list()
    return found
