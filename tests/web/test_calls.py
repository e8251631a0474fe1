"""Calls between a customer in the widget and an operator in the console: heard both ways, ended in
every way that there is, and usable beside the conversation."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.client import Client
from tests.daemon import Daemon
from tests.web.conftest import Axe, Complaints, MakeContext, Shoot
from tests.web.host import Host
from tests.web.office import Console, Office
from tests.web.persons import PersonsPage, inhabit, log_in
from tests.web.shop import Shop, Widget
from tests.web.waits import true_in

DEVICES: dict[str, Any] = {"permissions": ["microphone", "camera"]}
PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "has_touch": True}
# Whoever counts what comes in over a line: so many bytes of a kind.
COUNTED = """() => {
  const lines = (window.lines = []);
  const Line = RTCPeerConnection;
  window.RTCPeerConnection = class extends Line {
    constructor(...given) { super(...given); lines.push(this); }
  };
}"""
RECEIVED = """async (kind) => {
  let bytes = 0;
  for (const line of window.lines.filter((one) => one.connectionState !== "closed"))
    for (const [, one] of await line.getStats())
      if (one.type === "inbound-rtp" && one.kind === kind) bytes += one.bytesReceived;
  return bytes;
}"""
# The bar of the microphone has moved.
LOUD = """() => {
  const root = document.querySelector("chatd-widget")?.shadowRoot ?? document;
  return root.querySelector(".call-window .level")?.getAttribute("aria-valuenow") > 0;
}"""
CONFIG = {"sites": {"default": {"origins": ["*"]}}}
CALL, TALKING = "Позвонить", "Вы на связи"
MakeClient = Callable[..., Client]


class Side:
    """A page with a call on it."""

    def __init__(self, page: Page, start: Locator) -> None:
        self.page = page
        self.start = start
        self.window = page.locator(".call-window")

        self.picture = self.window.locator("video.picture")

    def call(self, name: str = CALL) -> None:
        """Presses the button, until it rings."""
        self.start.get_by_role("button", name=name, exact=True).click()
        expect(self.window).to_contain_text("Звоним…")

    def button(self, name: str) -> Locator:
        """One of the window."""
        return self.window.get_by_role("button", name=name, exact=True)

    def press(self, name: str) -> None:
        """A button of the window."""
        self.button(name).click()

    def expect_more(self, kind: str) -> None:
        """Sound, or a picture, keeps coming in."""
        before = self.page.evaluate(RECEIVED, kind)
        more = f"async (n) => (await ({RECEIVED})('{kind}')) > n"
        true_in(self.page, more, before)

    def expect_gone(self) -> None:
        """There is no window any more."""
        expect(self.window).to_have_count(0)


@pytest.fixture
def widget(office: Office, host: Host, clients: MakeClient, context: MakeContext) -> Widget:
    """A customer who asks for a person; on a page that may use microphone and camera."""
    visitor = context(**DEVICES)
    visitor.add_init_script(f"({COUNTED})()")
    widget = Shop(office.daemon, host, clients).visit(visitor.new_page(), "localhost").open()
    widget.panel.get_by_role("button", name="С менеджером").click()
    return widget


@pytest.fixture
def console(office: Office, widget: Widget) -> Console:
    """The operator who has taken their ticket."""
    console = office.console(**DEVICES)
    console.page.evaluate(f"({COUNTED})()")
    console.page.get_by_role("button", name="Принять").first.click()
    return console


@pytest.fixture
def customer(widget: Widget, console: Console) -> Side:
    """The widget, as far as calls go."""
    return Side(widget.page, widget.panel)


@pytest.fixture
def operator(console: Console) -> Side:
    """The console, as far as calls go."""
    return Side(console.page, console.page.get_by_role("main"))


def test_both_are_heard_and_seen_and_write_meanwhile(
    customer: Side, operator: Side, widget: Widget, console: Console, axe: Axe, shoot: Shoot
) -> None:
    """By keyboard; the window is made small, and live typing goes on; one line stays of it all."""
    operator.call("Видеозвонок")
    expect(operator.button("Отменить звонок")).to_be_focused()
    expect(customer.window).to_contain_text("Видеозвонок для вас")
    for side in (customer, operator):
        axe(side.page)
    shoot(customer.page, "call-ringing-1280")
    customer.press("Ответить с видео")
    for side in (customer, operator):
        expect(side.window).to_contain_text(TALKING)
        for kind in ("audio", "video"):
            side.expect_more(kind)
        axe(side.page)
    shoot(operator.page, "call-console-1280")
    operator.start.get_by_role("button", name="Закрыть", exact=True).click(trial=True)
    expect_moved(operator)
    customer.button("Микрофон").press("Space")
    expect(customer.button("Микрофон")).to_have_attribute("aria-pressed", "false")
    customer.button("Камера").press("Space")
    expect(customer.button("Камера")).to_have_attribute("aria-pressed", "false")
    expect(operator.picture).to_be_hidden()
    customer.button("Камера").press("Space")
    expect(operator.picture).to_be_visible()
    customer.page.keyboard.press("Escape")
    expect(customer.button("Развернуть окно звонка")).to_be_visible()
    widget.field.fill("Пишу, пока говорим")
    expect(console.draft).to_have_text("Пишу, пока говорим")
    widget.field.press("Enter")
    expect(console.bubbles.last).to_have_text("Пишу, пока говорим")
    customer.expect_more("audio")
    for width in (390, 1280):
        for side, name in ((customer, "widget"), (operator, "console")):
            side.page.set_viewport_size({"width": width, "height": 800})
            axe(side.page)
            shoot(side.page, f"call-{name}-small-{width}")
    operator.button("Завершить звонок").press("Enter")
    operator.expect_gone()
    expect(customer.window).to_contain_text("Звонок завершён")
    customer.press("Закрыть")
    customer.expect_gone()
    for log in (widget.log, console.log):
        expect(log.locator(".notice.kind-call")).to_contain_text("Звонок, ")


def expect_moved(side: Side) -> None:
    """By keyboard and by what points; never out of the page."""

    def place() -> tuple[float, float]:
        box = side.window.bounding_box()
        assert box
        return box["x"], box["y"]

    grip = side.window.locator(".grip")
    x, y = place()
    for key in ("ArrowLeft", "ArrowDown"):
        grip.press(key)
    assert place() == (x - 24, y + 24)
    side.window.locator("b").first.hover()
    side.page.mouse.down()
    side.page.mouse.move(-500, 5_000)
    side.page.mouse.up()
    x, y = place()
    box = side.window.bounding_box()
    size = side.page.viewport_size
    assert box and size and (x, y + box["height"]) == (8, size["height"] - 8)
    side.page.mouse.move(600, 100)
    assert place() == (x, y)


def test_a_call_is_declined_cancelled_or_taken_in_one_tab(
    customer: Side, operator: Side, widget: Widget, console: Console
) -> None:
    """Whoever only hears it ring is told nothing more; who comes while it rings hears it, too."""
    customer.call()
    operator.press("Отклонить")
    operator.expect_gone()
    expect(customer.window).to_contain_text("Звонок отклонён")
    customer.press("Закрыть")
    customer.call()
    expect(operator.window).to_contain_text("Звонит вам")
    customer.press("Отменить звонок")
    for side in (customer, operator):
        side.expect_gone()
    expect(console.log.locator(".notice.kind-call").last).to_contain_text("Звонок отменён")
    second = operator.page.context.new_page()
    second.goto(operator.page.url)
    other = Side(second, second.get_by_role("main"))
    expect(other.start.get_by_role("button", name=CALL, exact=True)).to_be_visible()
    customer.call()
    second.reload()
    for side in (operator, other):
        expect(side.window).to_contain_text("Звонит вам")
    other.press("Ответить")
    operator.expect_gone()
    for side in (customer, other):
        expect(side.window).to_contain_text(TALKING)
    customer.press("Завершить звонок")
    expect(other.window).to_contain_text("Звонок завершён")


def test_a_call_goes_on_when_the_line_to_the_daemon_is_lost(
    customer: Side, operator: Side, complaints: Complaints
) -> None:
    """Signalling takes itself up again over the next line."""
    complaints.tolerate("WebSocket")
    customer.call()
    operator.press("Ответить")
    for side in (customer, operator):
        expect(side.window).to_contain_text(TALKING)
    customer.page.evaluate("document.querySelector('chatd-widget').visit.connection.restart()")
    customer.button("Камера").click()
    expect(operator.picture).to_be_visible()
    operator.expect_more("video")
    operator.press("Завершить звонок")
    expect(customer.window).to_contain_text("Звонок завершён")


def test_what_is_wrong_is_said_in_words(
    customer: Side, operator: Side, widget: Widget, axe: Axe, shoot: Shoot
) -> None:
    """A browser that does not allow the microphone; afterwards it does. Who never tried theirs
    does so before it rings at anybody."""
    customer.page.context.clear_permissions()
    customer.start.get_by_role("button", name=CALL, exact=True).click()
    expect(customer.window.get_by_role("alert")).to_contain_text("Браузер не дал доступ")
    expect(customer.window).to_contain_text("Проверьте, слышно ли вас")
    axe(customer.page)
    customer.page.context.grant_permissions(["microphone", "camera"])
    customer.press("Попробовать снова")
    customer.page.wait_for_function(LOUD)
    customer.press("Камера")
    expect(customer.window.locator(".own-picture")).to_be_visible()
    axe(customer.page)
    shoot(customer.page, "call-testing-1280")
    operator.expect_gone()
    customer.press(CALL)
    expect(operator.window).to_contain_text("Видеозвонок для вас")
    customer.press("Отменить звонок")
    operator.expect_gone()


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Daemon]:
    """Two people with accounts."""
    yield from inhabit(tmp_path, {"anna": "Анна", "boris": "Борис"})


def test_people_call_each_other_in_the_dialog_between_them(
    home: Daemon, context: MakeContext, axe: Axe, shoot: Shoot
) -> None:
    """One at a desk, one on a phone in the dark."""

    def enter(username: str, **options: Any) -> PersonsPage:
        page = context(**DEVICES, **options).new_page()
        page.add_init_script(f"({COUNTED})()")
        return log_in(page, home, username)

    anna, boris = enter("anna"), enter("boris", color_scheme="dark", **PHONE)
    anna.begin("boris")
    caller, called = Side(anna.page, anna.talk), Side(boris.page, boris.talk)
    caller.call("Видеозвонок")
    expect(called.window).to_contain_text("Анна")
    axe(called.page)
    shoot(called.page, "call-ringing-390-dark")
    called.press("Ответить с видео")
    for side in (caller, called):
        expect(side.window).to_contain_text(TALKING)
        side.expect_more("video")
    axe(called.page)
    shoot(called.page, "call-people-390-dark")
    for part in ("Микрофон", "Связь:"):
        called.window.get_by_role("button", name=re.compile(part + "[ ,]")).click()
        axe(called.page)
        shoot(called.page, f"call-people-{part[:5]}-390-dark")
    called.page.keyboard.press("Escape")
    expect(called.window.get_by_role("term")).to_have_count(0)
    caller.press("На весь экран")
    caller.page.wait_for_function("document.fullscreenElement !== null")
    axe(caller.page)
    shoot(caller.page, "call-people-whole-1280")
    caller.press("Обычный размер")
    caller.page.wait_for_function("document.fullscreenElement === null")
    shoot(caller.page, "call-people-1280")
    called.press("Завершить звонок")
    expect(caller.window).to_contain_text("Звонок завершён")
