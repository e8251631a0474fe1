"""The widget over plain HTTP, where WebSockets are blocked: its own messages, and what was read."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.daemon import Daemon
from tests.web.conftest import Complaints, MakeContext
from tests.web.papers import paper
from tests.web.shop import Shop, Widget
from tests.web.test_files import pick
from tests.web.test_widget import GREETING
from tests.web.wire import Wire

# How a row has looked from the moment on that it was there, each look once.
WATCH = """(text) => {
  const { shadowRoot } = document.querySelector("chatd-widget");
  const looks = [];
  const look = () => {
    const rows = [...shadowRoot.querySelectorAll(".said")].filter(
      (one) => one.textContent.includes(text),
    );
    const whose = (row) => (row.classList.contains("own") ? "own" : "other");
    const now = rows.map(whose).join() || "gone";
    if (looks.at(-1) !== now && (looks.length || rows.length)) looks.push(now);
  };
  new MutationObserver(look).observe(shadowRoot, {
    attributes: true, characterData: true, childList: true, subtree: true,
  });
  (window.looks ??= {})[text] = looks;
}"""


@pytest.fixture
def blocked(shop: Shop, shop_daemon: Daemon, complaints: Complaints) -> Iterator[Shop]:
    """A shop whose visitors have plain HTTP alone."""
    complaints.tolerate(r"WebSocket connection to .* failed")
    with Wire(shop_daemon.address) as wire:
        wire.no_websockets = True
        yield shop.over(wire.address)


def watch(page: Page, *texts: str) -> None:
    """Sees from now on how the rows with these words look."""
    for text in texts:
        page.evaluate(WATCH, text)


def looks(page: Page, text: str) -> list[str]:
    """How that row has looked so far."""
    found: list[str] = page.evaluate("(text) => looks[text]", text)
    return found


def asked(widget: Widget, path: str) -> None:
    """The next time that the widget asks this, it is answered."""
    with widget.page.expect_response(lambda one: path in one.url and one.request.method == "GET"):
        pass


def test_what_one_sends_stays_and_is_ones_own(blocked: Shop, context: MakeContext) -> None:
    """Files as the first thing said, words with files, replies: all that has a way of its own."""
    page = context().new_page()
    widget = blocked.visit(page).open()
    watch(page, "список.txt", "вот ещё", "отвечаю")
    pick(widget.panel, paper("список.txt", b"tea"))
    widget.field.press("Enter")
    widget.expect_state("список.txt", "Отправлено")
    pick(widget.panel, paper("второй.txt", b"coffee"))
    widget.field.fill("вот ещё")
    widget.field.press("Enter")
    widget.expect_state("вот ещё", "Отправлено")
    row = widget.said(GREETING)
    row.hover()
    row.get_by_role("button", name="Ответить").click()
    widget.field.fill("отвечаю")
    widget.field.press("Enter")
    widget.expect_state("отвечаю", "Отправлено")
    asked(widget, "/api/support/messages/")
    asked(widget, "/api/support/messages/")
    for text in ("список.txt", "вот ещё", "отвечаю"):
        assert looks(page, text) == ["own"], text
    expect(widget.own).to_have_count(3)
    picker = widget.panel.locator(".composer > .field > input[type=file]")
    picker.set_input_files([paper(f"{number}.txt", b"x") for number in range(11)])
    expect(widget.panel.get_by_text("В сообщении может быть не больше 10 файлов")).to_be_visible()


def test_what_is_shown_is_read_and_what_comes_into_a_closed_widget_is_not(
    blocked: Shop, context: MakeContext
) -> None:
    """As over a WebSocket: so nobody is mailed what they have seen, and operators know."""
    page = context().new_page()
    widget = blocked.visit(page).open()
    widget.say("вы здесь?")
    artem = blocked.operator()
    ticket = artem.newest("вы здесь?")
    artem.accept(ticket)
    shown = artem.reply(ticket, "слушаю вас")["seq"]
    expect(widget.said("слушаю вас")).to_be_visible()
    me = page.evaluate("document.querySelector('chatd-widget').visit.me")
    artem.client.expect("receipt:update", participant_id=me, delivered=shown, read=shown)
    widget.field.press("Escape")
    expect(widget.panel).to_be_hidden()
    unseen = artem.reply(ticket, "а вы?")["seq"]
    artem.client.expect("receipt:update", participant_id=me, delivered=unseen, read=shown)
    asked(widget, "/api/support/messages/")
    receipts = artem.client.join(ticket)["receipts"]
    assert (receipts[me]["delivered"], receipts[me]["read"]) == (unseen, shown)
    widget.open()
    artem.client.expect("receipt:update", participant_id=me, delivered=unseen, read=unseen)
