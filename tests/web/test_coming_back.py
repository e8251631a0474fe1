"""Pages that come back: everything that changed meanwhile is there, once, and in order."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, Route, WebSocketRoute, expect

from tests import test_set_back
from tests.client import Client
from tests.conftest import MakeDaemon
from tests.daemon import Daemon
from tests.meanwhile import BEFORE, change, three
from tests.web.conftest import Complaints, MakeContext
from tests.web.guests import Guest
from tests.web.office import Office
from tests.web.shop import Shop, Widget
from tests.web.waits import until
from tests.web.wire import Wire

ROOMS = {name: {"title": name} for name in ("lobby", "crowded", "read", "old", "late", "news")}
CHANGED = ["раз!", "три", "четыре"]
CUT = (r"net::ERR_", r"WebSocket connection to .* failed", r"dynamically imported module")
YOUNGER = frozenset({"rev", "changed", "resync", "join", "joined", "after_rev"})
MANY = 230
POLLS = "**/api/support/messages/**"
REACTIONS = """document.querySelector('chatd-widget').visit.dialog.messages
  .flatMap((one) => Object.keys(one.reactions ?? {}))"""


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    """A daemon with a room for each test."""
    daemon = Daemon(tmp_path_factory.mktemp("house"), {"rooms": ROOMS}).start()
    yield daemon
    assert daemon.stop() == 0, daemon.logged()
    assert "incident" not in daemon.logged(), daemon.logged()


@pytest.fixture
def boris(house: Daemon, clients: Callable[..., Client]) -> Client:
    """Somebody who writes while others are away."""
    writer = clients(house.address)
    writer.hello(name="Борис")
    return writer


@pytest.fixture
def anna(context: MakeContext, complaints: Complaints) -> Page:
    """A browser whose network may be gone."""
    complaints.tolerate(*CUT)
    return context().new_page()


def entered(page: Page, house: Daemon, room: str) -> Guest:
    """Anna in a room."""
    page.goto(f"http://{house.address}/r/{room}")
    page.get_by_label("Ваше имя").fill("Анна")
    page.get_by_role("button", name="Войти").click()
    return Guest(page)


def goes_away(page: Page) -> None:
    """Has no network, and knows."""
    page.context.set_offline(True)
    expect(page.locator(".status-line")).to_contain_text("Нет связи")


class Line:
    """The WebSockets of a page: what it asks, what it is told, and what else a test tells it."""

    def __init__(self, page: Page, *, old: bool = False) -> None:
        self.asked: list[dict[str, Any]] = []
        self.told: list[dict[str, Any]] = []
        self.old = old
        page.route_web_socket("**/ws", self._open)

    def _open(self, page: WebSocketRoute) -> None:
        daemon = page.connect_to_server()
        self._page = page
        page.on_message(lambda frame: self._pass(frame, self.asked, daemon))
        daemon.on_message(lambda frame: self._pass(frame, self.told, page))

    def _pass(self, frame: str | bytes, kept: list[dict[str, Any]], on: WebSocketRoute) -> None:
        data = json.loads(frame)
        data = without(data) if self.old else data
        kept.append(data)
        on.send(json.dumps(data))

    def tell(self, frame: dict[str, Any]) -> None:
        """One more frame to the page."""
        self._page.send(json.dumps(frame))

    def since_the_last_hello(self) -> list[dict[str, Any]]:
        """What the page has asked from there on."""
        at = max(n for n, one in enumerate(self.asked) if one["event"] == "hello")
        return self.asked[at:]


def without(told: Any) -> Any:
    """The same as a daemon tells it that does not count changes."""
    if isinstance(told, dict):
        return {name: without(one) for name, one in told.items() if name not in YOUNGER}
    return [without(one) for one in told] if isinstance(told, list) else told


def write_many(writer: Client, dialog_id: str) -> None:
    """Messages that say their number."""
    for number in range(1, MANY + 1):
        writer.give("message:send", dialog_id=dialog_id, content=f"было {number}.")
    writer.settle()


def edit_many(writer: Client, dialog_id: str, first: int = 1) -> None:
    """All of them, anew: more than is told to who was away."""
    for number in range(1, MANY + 1):
        data = {"message_id": f"{dialog_id}:{number + first - 1}", "content": f"стало {number}."}
        writer.give("message:edit", **data)
    writer.settle()


def test_a_room_shows_what_changed_meanwhile(anna: Page, boris: Client, house: Daemon) -> None:
    line = Line(anna)
    ids = three(boris, "lobby")
    guest = entered(anna, house, "lobby")
    expect(guest.bubbles).to_have_text(BEFORE)
    goes_away(anna)
    guest.field.fill("своё")
    guest.field.press("Enter")
    guest.field.fill("недописано")
    change(boris, "lobby", ids)
    anna.context.set_offline(False)
    expect(guest.bubbles).to_have_text([*CHANGED, "своё"])
    expect(guest.log.locator(".gone")).to_have_count(1)
    expect(guest.said("три").get_by_role("button", name="👍, 1")).to_be_visible()
    expect(guest.said("раз!")).to_contain_text("изменено")
    expect(guest.field).to_have_value("недописано")
    expect(guest.said("своё").locator(".state")).not_to_have_text("Ждёт отправки")
    asked = line.since_the_last_hello()
    [join] = asked[0]["data"]["join"]
    assert (join["dialog_id"], join["after_seq"]) == ("lobby", 3)
    assert "dialog:join" not in [one["event"] for one in asked], "one exchange brings it back"


def test_too_much_has_changed_and_the_truth_is_shown(
    anna: Page, boris: Client, house: Daemon
) -> None:
    write_many(boris, "crowded")
    guest = entered(anna, house, "crowded")
    expect(guest.bubbles.last).to_have_text(f"было {MANY}.")
    goes_away(anna)
    guest.field.fill("своё")
    guest.field.press("Enter")
    edit_many(boris, "crowded")
    anna.context.set_offline(False)
    expect(guest.said("своё").locator(".state")).to_have_text("Отправлено")
    expect(guest.log.get_by_text("было")).to_have_count(0)
    expect(guest.bubbles.nth(-2)).to_have_text(f"стало {MANY}.")
    expect(guest.bubbles.last).to_have_text("своё")
    expect(guest.bubbles.last).to_be_in_viewport()
    boris.ask("message:edit", message_id=f"crowded:{MANY}", content="и дальше")
    expect(guest.bubbles.nth(-2)).to_have_text("и дальше")


def test_who_read_the_past_is_not_taken_to_the_end(
    anna: Page, boris: Client, house: Daemon
) -> None:
    write_many(boris, "read")
    guest = entered(anna, house, "read")
    expect(guest.bubbles.last).to_have_text(f"было {MANY}.")
    first = guest.said("было 1.")
    guest.log.hover()
    for _ in range(400):
        if first.is_visible():
            break
        anna.mouse.wheel(0, -2000)
        anna.wait_for_timeout(50)
    expect(first).to_be_visible()
    goes_away(anna)
    edit_many(boris, "read")
    boris.say("read", "новое")
    anna.context.set_offline(False)
    expect(guest.log.get_by_text("было")).to_have_count(0)
    expect(guest.log.get_by_text("стало").first).to_be_visible()
    expect(guest.log.get_by_text("новое")).not_to_be_in_viewport()
    anna.locator(".to-end").click()
    expect(guest.bubbles.last).to_have_text("новое")
    expect(guest.bubbles.last).to_be_in_viewport()


def test_an_older_daemon_is_asked_in_its_own_words(
    anna: Page, boris: Client, house: Daemon
) -> None:
    line = Line(anna, old=True)
    ids = three(boris, "old")
    guest = entered(anna, house, "old")
    expect(guest.bubbles).to_have_text(BEFORE)
    goes_away(anna)
    boris.say("old", "четыре")
    anna.context.set_offline(False)
    expect(guest.bubbles).to_have_text([*BEFORE, "четыре"])
    boris.ask("message:edit", message_id=ids[0], content="раз!")
    expect(guest.bubbles.first).to_have_text("раз!")
    assert "after_rev" not in json.dumps(line.asked)
    assert "dialog:join" in [one["event"] for one in line.since_the_last_hello()]


def test_what_is_late_or_comes_twice_changes_nothing(
    anna: Page, boris: Client, house: Daemon
) -> None:
    line = Line(anna)
    ids = three(boris, "late")
    guest = entered(anna, house, "late")
    expect(guest.bubbles).to_have_text(BEFORE)
    boris.ask("message:edit", message_id=ids[0], content="позже")
    boris.ask("message:react", message_id=ids[1], emoji="👍")
    boris.say("late", "четыре", reply_to=1)
    expect(guest.bubbles).to_have_text(["позже", "два", "три", "четыре"])
    early = [one for one in line.told if one["event"].startswith("message:")]
    boris.ask("message:edit", message_id=ids[0], content="ещё позже")
    boris.ask("message:react", message_id=ids[1], emoji="👍", remove=True)
    boris.ask("message:delete", message_id=ids[2])
    expect(guest.log.locator(".gone")).to_have_count(1)
    for frame in early:
        line.tell(frame)
    boris.say("late", "пять")
    expect(guest.bubbles).to_have_text(["ещё позже", "два", "четыре", "пять"])
    expect(guest.log.locator(".quote")).to_contain_text("ещё позже")
    expect(guest.log.locator(".reactions")).to_have_count(0)
    expect(guest.log.locator(".gone")).to_have_count(1)


@pytest.fixture
def far_shop(shop: Shop, complaints: Complaints) -> Iterator[tuple[Shop, Wire]]:
    """A shop at the other end of a network that lets no WebSockets through."""
    complaints.tolerate(*CUT)
    with Wire(shop.daemon.address) as wire:
        wire.no_websockets = True
        yield shop.over(wire.address), wire


def polled(shop: Shop, page: Page) -> tuple[Widget, Client, str]:
    """A visitor who polls, an operator, and their ticket."""
    widget = shop.visit(page).open()
    widget.say("По старинке")
    widget.expect_state("По старинке", "Отправлено")
    artem = shop.operator()
    ticket = artem.newest("По старинке")
    artem.accept(ticket)
    return widget, artem.client, ticket


def next_poll(page: Page) -> Route:
    """The next question for news, which waits until it is let through."""
    held: list[Route] = []
    page.route(POLLS, lambda route: held.append(route))
    for _ in range(400):
        if held:
            return held[0]
        page.wait_for_timeout(50)
    raise AssertionError("it never asks")


def test_changes_show_while_one_polls(far_shop: tuple[Shop, Wire], context: MakeContext) -> None:
    shop, wire = far_shop
    page = context().new_page()
    widget, artem, ticket = polled(shop, page)
    ids = three(artem, ticket)
    expect(widget.said("три")).to_be_visible()
    change(artem, ticket, ids)
    expect(widget.bubbles.last).to_have_text("четыре")
    expect(widget.bubbles).to_have_text(
        ["Привет! Чем могу помочь? 😊", "По старинке", "раз!", "три", "четыре"]
    )
    expect(widget.log.locator(".gone")).to_have_count(1)
    until(lambda: page.evaluate(REACTIONS), ["👍"])
    wire.cut()
    expect(widget.panel).to_contain_text("Нет связи")
    widget.say("своё")
    artem.ask("message:edit", message_id=ids[0], content="раз!!")
    artem.ask("message:delete", message_id=ids[2])
    wire.mend()
    widget.expect_state("своё", "Отправлено")
    expect(widget.bubbles).to_have_text(
        ["Привет! Чем могу помочь? 😊", "По старинке", "раз!!", "четыре", "своё"]
    )
    expect(widget.log.locator(".gone")).to_have_count(2)


def test_too_much_changes_between_two_polls(
    far_shop: tuple[Shop, Wire], context: MakeContext
) -> None:
    shop, _ = far_shop
    page = context().new_page()
    widget, artem, ticket = polled(shop, page)
    write_many(artem, ticket)
    expect(widget.bubbles.last).to_have_text(f"было {MANY}.")
    poll = next_poll(page)
    first = artem.join(ticket, limit=1)["dialog"]["last_seq"] - MANY + 1
    edit_many(artem, ticket, first)
    artem.say(ticket, "новое")
    poll.continue_()
    page.unroute(POLLS)
    expect(widget.bubbles.last).to_have_text("новое")
    expect(widget.bubbles.nth(-2)).to_have_text(f"стало {MANY}.")
    expect(widget.log.get_by_text("было")).to_have_count(0)
    widget.say("спасибо")
    widget.expect_state("спасибо", "Отправлено")
    expect(widget.bubbles.last).to_have_text("спасибо")


def test_a_console_shows_what_changed_meanwhile(office: Office, complaints: Complaints) -> None:
    complaints.tolerate(*CUT)
    vera = office.customer("Вера", "раз")
    console = office.console()
    console.accept("Вера")
    boris = office.connected("boris")
    for text in ("два", "три"):
        vera.say(text)
    note = boris.say(f"{vera.ticket}/notes", "заметка")
    expect(console.bubbles.last).to_have_text("заметка")
    ids = [one["id"] for one in boris.join(vera.ticket)["messages"] if one["sender_name"] == "Вера"]
    goes_away(console.page)
    console.field.fill("недописано")
    change(vera.client, vera.ticket, ids)
    boris.ask("message:edit", message_id=note["id"], content="заметка!")
    console.page.context.set_offline(False)
    expect(console.bubbles.last).to_have_text("четыре")

    def said() -> list[str]:
        return [one for one in console.bubbles.all_inner_texts() if "Опер" not in one][-4:]

    until(said, ["раз!", "три", "заметка!", "четыре"])
    expect(console.log.locator(".gone")).to_have_count(1)
    expect(console.field).to_have_value("недописано")


def test_a_page_shows_what_an_older_backup_has(
    anna: Page, make_daemon: MakeDaemon, tmp_path: Path
) -> None:
    daemon, copy = make_daemon(), tmp_path / "copy"
    with Client(daemon.address) as boris:
        boris.hello(name="Борис")
        for text in test_set_back.BEFORE:
            boris.say("lobby", text)
        guest = entered(anna, daemon, "lobby")
        expect(guest.bubbles).to_have_text(test_set_back.BEFORE)
        test_set_back.backed_up(daemon, copy)
        test_set_back.live_on(boris, "lobby")
        expect(guest.bubbles.last).to_have_text(f"пропало {test_set_back.GONE - 1}")
        goes_away(anna)
    test_set_back.set_back(daemon, copy)
    test_set_back.live_anew(daemon.address, boris.token, "lobby")
    anna.context.set_offline(False)
    expect(guest.bubbles).to_have_text(test_set_back.TRUTH)


def test_what_came_unseen_while_the_line_was_lost_is_counted(
    anna: Page, house: Daemon, boris: Client
) -> None:
    guest = entered(anna, house, "news")
    boris.say("news", "на глазах")
    expect(guest.said("на глазах")).to_be_visible()
    anna.evaluate(
        """Object.defineProperty(document, 'hidden', { get: () => window.away });
        window.away = true; document.dispatchEvent(new Event('visibilitychange'))"""
    )
    anna.context.set_offline(True)
    expect(anna.locator(".status-line")).to_be_visible()
    first = boris.say("news", "раз")
    boris.say("news", "два")
    boris.ask("message:delete", message_id=first["id"])
    boris.say("news", "три")
    anna.context.set_offline(False)
    expect(anna).to_have_title("(2) news", timeout=40_000)
    boris.say("news", "четыре")
    expect(anna).to_have_title("(3) news")
    anna.evaluate("window.away = false; document.dispatchEvent(new Event('visibilitychange'))")
    expect(anna).to_have_title("news")
