"""The window of a call: devices tried and chosen, before and meanwhile; a screen shown; who speaks;
how good the line is, and what is wrong with it."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.web import test_calls
from tests.web.conftest import Axe, Shoot
from tests.web.office import Office
from tests.web.test_calls import LOUD, TALKING, Side
from tests.web.waits import until

CONFIG = test_calls.CONFIG
widget, console = test_calls.widget, test_calls.console
customer, operator = test_calls.customer, test_calls.operator
HANG_UP = "Завершить звонок"
DEVICES = "Микрофон, камера, динамик"
# A screen of the test's own: without a window there is none to be shown. What stands still is sent
# once, and no more of it comes.
SCREEN = """navigator.mediaDevices.getDisplayMedia = async () => {
  const board = document.createElement("canvas");
  const paint = board.getContext("2d");
  setInterval(() => {
    paint.fillStyle = `hsl(${performance.now() % 360} 50% 50%)`;
    paint.fillRect(0, 0, board.width, board.height);
  }, 100);
  return board.captureStream(5);
}"""
SENT = "(kind) => lines.at(-1).getSenders().find((one) => one.track?.kind === kind).track"
USED = f"(kind) => ({SENT})(kind).getSettings().deviceId"
AGREED = "() => lines.at(-1).localDescription.sdp"


def test_devices_are_chosen_and_everything_is_seen(
    customer: Side, operator: Side, office: Office, axe: Axe, shoot: Shoot
) -> None:
    """Another microphone in the middle of a call, without a word about it to the other side."""
    customer.page.evaluate(SCREEN)
    operator.call()
    customer.press(DEVICES)
    customer.page.wait_for_function(LOUD)
    devices = customer.window.get_by_role("group", name=DEVICES)
    microphones = devices.get_by_label("Микрофон")
    known = microphones.get_by_role("option").evaluate_all("(all) => all.map((one) => one.value)")
    assert len(known) > 1
    microphones.select_option(known[1])
    axe(customer.page)
    shoot(customer.page, "call-ringing-devices-1280")
    customer.button("Ответить").press("Enter")
    expect(customer.button(HANG_UP)).to_be_focused()
    for side in (customer, operator):
        expect(side.window).to_contain_text(TALKING)
        expect(side.window.locator(".scene.speaks")).to_be_visible()
    assert customer.page.evaluate(USED, "audio") == known[1]
    agreed = customer.page.evaluate(AGREED)
    microphones.select_option(known[0])
    customer.page.wait_for_function(f"(id) => ({USED})('audio') === id", arg=known[0])
    operator.expect_more("audio")
    assert customer.page.evaluate(AGREED) == agreed
    customer.page.evaluate(f"({SENT})('audio').dispatchEvent(new Event('ended'))")
    expect(customer.window.get_by_role("alert")).to_contain_text("Микрофон отключили")
    operator.expect_more("audio")
    axe(customer.page)
    shoot(customer.page, "call-devices-1280")
    customer.button("Камера").click()
    expect(operator.picture).to_be_visible()
    customer.button("Экран").click()
    expect(customer.button("Экран")).to_have_attribute("aria-pressed", "true")
    expect(customer.button("Камера")).to_have_attribute("aria-pressed", "false")
    operator.expect_more("video")
    customer.page.evaluate(f"({SENT})('video').dispatchEvent(new Event('ended'))")
    expect(customer.button("Камера")).to_have_attribute("aria-pressed", "true")
    operator.window.get_by_role("button", name="Связь: ").click()
    figures = operator.window.get_by_role("group", name="Качество связи")
    for said in ("соединено", "напрямую", "opus", "Дрожание"):
        expect(figures).to_contain_text(said)
    axe(operator.page)
    shoot(operator.page, "call-figures-1280")
    until(lambda: told(office), {("connected", "direct")})
    operator.page.keyboard.press("Escape")
    expect(figures).to_have_count(0)
    operator.button("Камера").focus()
    operator.page.keyboard.press("Escape")
    expect(operator.button(HANG_UP)).to_be_focused()
    operator.press(HANG_UP)
    customer.press("Проверить микрофон и камеру")
    customer.press("Позвонить")
    expect(operator.window).to_contain_text("Звонит вам")


def test_a_network_is_slow_only_if_it_stays_so_once_it_was_tried(
    office: Office,
) -> None:
    """A browser begins low, and tries more: nobody is told to turn the camera off for that."""
    page = office.console().page
    page.wait_for_load_state()
    heard = page.evaluate(
        """async () => {
          const { Limits } = await import("./assets/shared/gauge.js");
          const limits = new Limits();
          const hear = (limited, turns) => {
            for (let turn = 0; turn < turns; turn += 1) limits.hear(limited);
            return limits.lasting;
          };
          return [hear("bandwidth", 49), hear("none", 1), hear("bandwidth", 10), hear("cpu", 10),
            hear("bandwidth", 30), hear("cpu", 30), hear("", 1), hear("bandwidth", 40)];
        }"""
    )
    assert heard == ["", "", "", "", "bandwidth", "cpu", "", ""]


def told(office: Office) -> set[tuple[str, str]]:
    """What the daemon was told of the call that is open, by both sides: state and route."""
    (call,) = office.daemon.admin_json("calls", "--state", "active")["calls"]
    quality = office.daemon.admin_json("calls", call["id"])["quality"]
    return {(one["state"], one["route"]) for one in quality} if len(quality) == 2 else set()
