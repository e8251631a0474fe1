"""Pages of which each list holds rows that cannot be drawn: the rows beside them are."""

from __future__ import annotations

import json
import random
import re
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from playwright.sync_api import Error, Page, Route, WebSocketRoute, expect

from tests.client import Client
from tests.conftest import MakeDaemon
from tests.twins import ODD, TWIN, beside, spoilt
from tests.web.conftest import Complaints, MakeContext, OpenShop
from tests.web.office import Console, Office
from tests.web.shop import Widget

Change = Callable[[Any], Any]
# What the browser's console is told, once each: what could not be drawn.
FAULTS = (r"(Type|Range|Reference)Error", r"^message \d+")
SPARED = frozenset({"participant", "operator", "dialog_id", "seq", "id"})
ROOMS = {"rooms": {"lobby": {"title": "Лобби"}, "sport": {"title": "Спорт"}}}


def another(page: Page, change: Change) -> None:
    """Between the page and its daemon: what is answered and told, over both transports, changed."""

    def socket(route: WebSocketRoute) -> None:
        server = route.connect_to_server()

        def told(frame: Any) -> None:
            read = json.loads(frame)
            route.send(json.dumps({**read, "data": change(read.get("data"))}))

        server.on_message(told)

    def answer(route: Route) -> None:
        with suppress(Error):  # who asked may be gone by now, and what was asked for with them
            response = route.fetch()
            body = json.loads(response.body())
            route.fulfill(response=response, json={**body, "data": change(body.get("data"))})

    page.route_web_socket(re.compile("/ws$"), socket)
    page.route(re.compile(r"/api/(rooms|site)"), answer)


def enter(page: Page, address: str) -> None:
    """Into the room, by its door."""
    page.goto(f"http://{address}/r/lobby")
    page.get_by_label("Ваше имя").fill("Аня")
    page.get_by_role("button", name="Войти").click()


def arrives(page: Page, client: Client, dialog_id: str, text: str) -> None:
    """Waits until the daemon has a message; what is between it and the page runs meanwhile."""
    deadline = time.monotonic() + 20
    while True:
        told = client.ask("history:get", dialog_id=dialog_id, limit=5)["messages"]
        if any(one["content"] == text for one in told):
            return
        assert time.monotonic() < deadline, told
        page.wait_for_timeout(50)


def test_the_rows_of_a_room_beside_strange_ones(
    make_daemon: MakeDaemon,
    context: MakeContext,
    complaints: Complaints,
    clients: Callable[..., Client],
) -> None:
    complaints.tolerate(*FAULTS)
    daemon = make_daemon(ROOMS)
    boris = clients(daemon.address)
    boris.hello(name="Борис")
    boris.join("lobby")
    boris.say("lobby", "До")
    boris.ask("draft:edit", dialog_id="lobby", seq=0, reset="пишу, пишу")
    page = context().new_page()
    another(page, beside)
    enter(page, daemon.address)
    expect(page.locator(".left li", has_text="Лобби")).to_have_count(1)
    expect(page.locator(".left li", has_text="Спорт")).to_have_count(1)
    expect(page.locator(".right li", has_text="Борис")).to_have_count(1)
    expect(page.locator(".draft", has_text="пишу, пишу").filter(has_text="Борис")).to_have_count(1)
    assert page.locator(".left li", has_text=TWIN).count() > len(ODD)
    assert page.locator(".right li", has_text=TWIN).count() > len(ODD)
    log = page.get_by_role("log")
    expect(log).to_contain_text("Это не показать")
    log.focus()
    page.keyboard.press("Home")
    expect(log.locator(".text", has_text=re.compile("^До$"))).to_be_visible()
    page.locator(".composer textarea").fill("Я здесь")
    page.keyboard.press("Enter")
    arrives(page, boris, "lobby", "Я здесь")


def test_the_rooms_of_the_door_and_of_the_landing_page(
    make_daemon: MakeDaemon, context: MakeContext, complaints: Complaints
) -> None:
    complaints.tolerate(*FAULTS)
    daemon = make_daemon(ROOMS)
    page = context().new_page()
    another(page, beside)
    page.goto(f"http://{daemon.address}/r/none")
    expect(page.locator(".doors li", has_text="Спорт")).to_have_count(1)
    assert page.locator(".doors li", has_text=TWIN).count() > len(ODD)
    # This page shows the first twelve.
    few = [{"toString": 1}]
    another(page, lambda told: beside(told, few))
    page.goto(f"http://{daemon.address}/")
    expect(page.locator(".rooms li", has_text="Спорт")).to_have_count(1)
    assert page.locator(".rooms li", has_text=TWIN).count() > 1
    page.get_by_role("main").get_by_role("button", name="Открыть чат").click()
    expect(Widget(page).field).to_be_visible()


def test_the_rows_of_a_console_beside_strange_ones(office: Office, complaints: Complaints) -> None:
    complaints.tolerate(*FAULTS)
    anna = office.customer("Ксения", "Где заказ?")
    [first] = anna.client.ask("history:get", dialog_id=anna.ticket, limit=1)["messages"]
    anna.client.ask("message:edit", message_id=first["id"], content="Где мой заказ?")
    anna.client.ask("message:edit", message_id=first["id"], content="Где мой заказ № 5?")
    office.do("accept", anna.ticket, "artem")
    colleague = office.console("boris")
    colleague.tab("Все")
    colleague.open("Ксения")
    maria = office.customer("Мария", "А мой?")
    console = office.door()
    another(console.page, beside)
    console.log_in("artem")
    expect(console.row(TWIN).nth(len(ODD))).to_be_visible()
    console.page.get_by_role("searchbox").fill("Мария")
    expect(console.rows).to_have_count(1)
    console.page.get_by_role("searchbox").fill("")
    console.tab("Мои")
    console.open("Ксения")
    details = console.page.locator(".details")
    expect(details.locator(".people li", has_text="Борис Ким")).to_have_count(1)
    console.page.get_by_role("button", name=re.compile("^Операторы, на связи")).click()
    people = console.page.get_by_role("dialog").locator(".people")
    expect(people.locator("li", has_text="Борис Ким")).to_have_count(1)
    assert people.locator("li", has_text=TWIN).count() > len(ODD)
    console.page.keyboard.press("Escape")
    expect(console.page.get_by_role("dialog")).to_have_count(0)
    console.write("Сейчас посмотрю")
    arrives(console.page, anna.client, anna.ticket, "Сейчас посмотрю")
    picks(console)
    shows_earlier(console)
    console.page.keyboard.press("Alt+T")
    chosen = console.page.locator(".choose li", has_text="Борис Ким")
    expect(chosen).to_have_count(1)
    chosen.get_by_role("button").click()
    expect(console.toast).to_contain_text("Борис Ким")
    assert maria.ticket


def picks(console: Console) -> None:
    """A canned answer, among strange ones."""
    console.field.fill("/delivery")
    expect(console.page.get_by_role("listbox").get_by_role("option").first).to_be_visible()
    console.field.fill("/курьер")
    console.page.get_by_role("listbox").get_by_role("option").first.click()
    expect(console.field).to_have_value(re.compile("курьер"))
    console.field.fill("")


def shows_earlier(console: Console) -> None:
    """What a message said before, among strange texts."""
    console.log.focus()
    console.page.keyboard.press("Home")
    console.log.get_by_text("Было раньше").first.click()
    earlier = console.log.locator("details li")
    expect(earlier.filter(has_text="Где мой заказ?")).to_have_count(1)
    assert earlier.count() > len(ODD) / 2


def test_arbitrary_answers_leave_the_console_usable(office: Office, complaints: Complaints) -> None:
    complaints.tolerate(*FAULTS)
    anna = office.customer("Анна", "Где заказ?")
    office.do("accept", anna.ticket, "artem")
    console = office.door()
    spoils = [0.1]
    another(console.page, lambda told: spoilt(told, random.Random(7), spoils[0], SPARED))
    console.log_in("artem")
    expect(console.page.locator(".bar")).to_be_visible()
    for chance in (0.05, 0.2, 0.5):
        spoils[0] = chance
        console.page.reload()
        expect(console.page.locator(".bar")).to_be_visible()
        expect(console.page.get_by_role("tab", name=re.compile("^Мои"))).to_be_visible()
        for key in ("1", "2", "3", "4"):
            console.page.keyboard.press(f"Alt+{key}")
    spoils[0] = 0
    console.page.reload()
    console.tab("Мои")
    console.open("Анна")
    console.write("Нашёл")
    arrives(console.page, anna.client, anna.ticket, "Нашёл")


def test_arbitrary_answers_leave_the_widget_usable(
    open_shop: OpenShop, context: MakeContext, complaints: Complaints
) -> None:
    complaints.tolerate(*FAULTS)
    shop = open_shop()
    page = context().new_page()
    luck = [0]
    spared = SPARED | {"token"}
    another(page, lambda told: spoilt(told, random.Random(luck[0]), 0.3, spared))
    for number in range(5):
        luck[0] = number
        widget = shop.visit(page).stay_open()
        expect(widget.field).to_be_enabled()
        widget.say(f"Слышно? {number}")
        page.reload()


def test_a_row_that_cannot_be_drawn_is_drawn_when_it_can_be_and_was_told_of_once(
    make_daemon: MakeDaemon,
    context: MakeContext,
    complaints: Complaints,
    clients: Callable[..., Client],
) -> None:
    complaints.tolerate(*FAULTS)
    daemon = make_daemon(ROOMS)
    boris = clients(daemon.address)
    boris.hello(name="Борис")
    boris.join("lobby")
    boris.say("lobby", "До")
    boris.say("lobby", "Сломано")
    broken = boris.ask("history:get", dialog_id="lobby", limit=1)["messages"][0]
    boris.say("lobby", "После")
    page = context().new_page()
    told: list[str] = []
    page.on("console", lambda one: told.append(one.text) if one.type == "error" else None)
    another(page, spoilt_reactions)
    enter(page, daemon.address)
    log = page.get_by_role("log")
    for text in ("До", "После"):
        expect(log.locator(".text", has_text=re.compile(f"^{text}$"))).to_be_visible()
    expect(log.get_by_text("Это не показать")).to_have_count(1)
    boris.ask("message:edit", message_id=broken["id"], content="Сломано снова")
    boris.say("lobby", "Ещё")
    expect(log.locator(".text", has_text=re.compile("^Ещё$"))).to_be_visible()
    expect(log.get_by_text("Это не показать")).to_have_count(1)
    boris.ask("message:edit", message_id=broken["id"], content="Починено")
    expect(log.locator(".text", has_text=re.compile("^Починено$"))).to_be_visible()
    expect(log.get_by_text("Это не показать")).to_have_count(0)
    assert len([one for one in told if "TypeError" in one]) == 1, told


def spoilt_reactions(told: Any) -> Any:
    """The same, but what says that it is broken has reactions of nobody."""
    if isinstance(told, list):
        return [spoilt_reactions(one) for one in told]
    if not isinstance(told, dict):
        return told
    if str(told.get("content")).startswith("Сломано"):
        return {**told, "reactions": {"👍": 7}}
    return {name: spoilt_reactions(one) for name, one in told.items()}
