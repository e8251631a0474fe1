"""Pages that are given what no daemon should have stored: one message never hides the others."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Locator, Page, WebSocketRoute, expect

from tests.client import Client
from tests.conftest import MakeDaemon
from tests.daemon import Daemon
from tests.seed import SEED
from tests.strange import COUNT, LAST
from tests.web.conftest import Complaints, MakeContext, OpenShop
from tests.web.office import NOT_YET, Console
from tests.web.waits import end_composition

# Goes through a list from its end to its beginning; the numbers of the rows that were drawn.
THROUGH = """async (log) => {
  const frame = () => new Promise(requestAnimationFrame);
  const seen = new Set();
  const rows = () => log.querySelectorAll('[data-seq]');
  const look = () => rows().forEach((row) => seen.add(+row.dataset.seq));
  log.scrollTop = log.scrollHeight;
  for (let turn = 0; turn < 3000; turn += 1) {
    await frame();
    await frame();
    look();
    if (log.scrollTop <= 0 && turn > 20) break;
    log.scrollTop -= 300;
  }
  return [...seen].sort((a, b) => a - b);
}"""


def write(daemon: Daemon, dialog_id: str) -> int:
    """Strange messages into the files of a daemon that is off meanwhile; the seed."""
    assert daemon.stop() == 0
    words = [sys.executable, "-m", "tests.strange", str(daemon.data), dialog_id, str(SEED)]
    subprocess.run(words, check=True, timeout=60)
    daemon.start()
    return SEED


def unhurt(page: Page, log: Locator, first: int, seed: int) -> None:
    """Every message has a row, none did anything, and the field still works."""
    expect(log).to_contain_text(LAST)
    numbers = log.evaluate(THROUGH)
    assert set(range(first, first + COUNT + 2)) <= set(numbers), (seed, numbers)
    assert page.evaluate("window.broken") is None, seed
    assert log.locator("img, script").count() == 0, seed
    assert "раньше-секрет" not in page.content() and "Деньги вернули" not in page.content(), seed


def test_a_room_full_of_strange_messages(
    make_daemon: MakeDaemon, context: MakeContext, clients: Callable[..., Client]
) -> None:
    daemon = make_daemon({"rooms": {"lobby": {"title": "Лобби"}}})
    seed = write(daemon, "lobby")
    page = context().new_page()
    page.goto(f"http://{daemon.address}/r/lobby")
    page.get_by_label("Ваше имя").fill("Аня")
    page.get_by_role("button", name="Войти").click()
    log = page.get_by_role("log")
    unhurt(page, log, 1, seed)
    page.locator(".composer textarea").fill("Я тоже здесь")
    page.keyboard.press("Enter")
    expect(log).to_contain_text("Я тоже здесь")


def test_a_ticket_full_of_strange_messages_in_widget_and_console(
    open_shop: OpenShop, context: MakeContext, complaints: Complaints
) -> None:
    complaints.tolerate("ERR_CONNECTION_REFUSED", NOT_YET)
    shop = open_shop()
    page = context().new_page()
    widget = shop.visit(page).open()
    widget.say("Здравствуйте")
    widget.expect_state("Здравствуйте", "Отправлено")
    [ticket] = shop.tickets(page)
    seed = write(shop.daemon, ticket)
    page.reload()
    widget = shop.visit(page).stay_open()
    unhurt(page, widget.log, 3, seed)
    widget.say("Я здесь")
    shop.daemon.add_operator("olga", "Ольга")
    console = Console(context().new_page())
    console.page.goto(f"http://{shop.daemon.address}/console?ticket={ticket}")
    console.log_in("olga")
    expect(console.page.locator(".bar")).to_be_visible()
    console.tab("Все")
    console.rows.first.locator(".ticket").click()
    unhurt(console.page, console.log, 3, seed)


def test_a_row_that_cannot_be_drawn_says_so_and_hides_no_other(
    make_daemon: MakeDaemon,
    context: MakeContext,
    complaints: Complaints,
    clients: Callable[..., Client],
) -> None:
    complaints.tolerate(r"^message \d+")
    daemon = make_daemon({"rooms": {"lobby": {"title": "Лобби"}}})
    boris, evil = clients(daemon.address), clients(daemon.address)
    boris.hello(name="Борис"), evil.hello(name="Зло")
    boris.join("lobby"), evil.join("lobby")
    boris.say("lobby", "До"), evil.say("lobby", "Никто"), boris.say("lobby", "После")
    page = context().new_page()

    def another_daemon(socket: WebSocketRoute) -> None:
        """One whose messages have a member that this page takes for granted in another shape."""
        server = socket.connect_to_server()

        def changed(frame: Any) -> None:
            socket.send(frame.replace('"sender_name":"Зло"', '"sender_name":{"a":1}'))

        server.on_message(changed)

    page.route_web_socket(re.compile("/ws$"), another_daemon)
    page.goto(f"http://{daemon.address}/r/lobby")
    page.get_by_label("Ваше имя").fill("Аня")
    page.get_by_role("button", name="Войти").click()
    log = page.get_by_role("log")
    expect(log.locator(".said .text")).to_have_text(["До", "После"])
    expect(log).to_contain_text("Это не показать")
    evil.say("lobby", "Снова"), boris.say("lobby", "И дальше")
    expect(log.locator(".said .text")).to_have_text(["До", "После", "И дальше"])


def test_half_a_character_holds_up_nothing(make_daemon: MakeDaemon, context: MakeContext) -> None:
    daemon = make_daemon({"rooms": {"lobby": {"title": "Лобби"}}})
    page = context().new_page()
    page.goto(f"http://{daemon.address}/r/lobby")
    page.get_by_label("Ваше имя").fill("Аня")
    page.get_by_role("button", name="Войти").click()
    field, log = page.locator(".composer textarea"), page.get_by_role("log")
    field.evaluate(
        "(field) => { field.value = 'цена \\ud83d список';"
        " field.dispatchEvent(new InputEvent('input', { bubbles: true })); }"
    )
    field.press("Enter")
    expect(log.locator(".said .text")).to_have_text(["цена \ufffd список"])
    field.fill("второе")
    field.press("Enter")
    expect(log.locator(".said .state").last).to_have_text("Отправлено")


def test_what_goes_unanswered_again_and_again_can_be_discarded_and_holds_up_nothing(
    make_daemon: MakeDaemon, context: MakeContext, complaints: Complaints
) -> None:
    complaints.tolerate("WebSocket connection to")
    daemon = make_daemon({"rooms": {"lobby": {"title": "Лобби"}}})
    page = context().new_page()
    tried: list[str] = []

    def gives_up(socket: WebSocketRoute) -> None:
        """A line that ends whenever one certain message goes over it."""
        server = socket.connect_to_server()

        def passed(frame: Any) -> None:
            if "отрава" not in frame or "message:send" not in frame:
                server.send(frame)
                return
            tried.append(frame)
            server.close()
            socket.close()

        socket.on_message(passed)

    page.route_web_socket(re.compile("/ws$"), gives_up)
    page.goto(f"http://{daemon.address}/r/lobby")
    page.get_by_label("Ваше имя").fill("Аня")
    page.get_by_role("button", name="Войти").click()
    field, log = page.locator(".composer textarea"), page.get_by_role("log")
    for text in ("отрава", "второе"):
        field.fill(text)
        field.press("Enter")
    expect(log.locator(".said", has_text="второе").locator(".state")).to_have_text("Отправлено")
    assert len(tried) == 3
    log.locator(".failed").get_by_role("button", name="Удалить").click()
    expect(log.locator(".said .text")).to_have_text(["второе"])


def test_an_enter_that_ends_a_composition_sends_nothing(
    make_daemon: MakeDaemon, context: MakeContext
) -> None:
    daemon = make_daemon({"rooms": {"lobby": {"title": "Лобби"}}})
    page = context().new_page()
    page.goto(f"http://{daemon.address}/r/lobby")
    page.get_by_label("Ваше имя").fill("Аня")
    page.get_by_role("button", name="Войти").click()
    field, log = page.locator(".composer textarea"), page.get_by_role("log")
    field.fill("にほん")
    end_composition(field, "Enter")
    expect(field).to_have_value("にほん")
    field.press("Enter")
    expect(log.locator(".said .text")).to_have_text(["にほん"])
    expect(field).to_have_value("")
