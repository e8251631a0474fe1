"""A browser that is told although nobody looks: turned on by a press, shown by its worker, over
when somebody has taken it. The push service is the test's; the worker is Chromium's."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import CDPSession, Page, expect

from tests.daemon import eventually
from tests.push.service import Browser, PushService
from tests.web.conftest import Axe
from tests.web.office import Office, Staffed, opened
from tests.web.waits import true_in

PUSH = {
    "push": {"contact": "mailto:help@shop.example", "after_seconds": 0.2},
    "errands": {"plain_http": True, "private_networks": ["127.0.0.0/8"]},
}
# Chromium's own push service is not to be reached from here: what subscribes is given the test's.
SUBSCRIBING = """(given) => {
  window.subscribed = 0;
  let now = null;
  const made = () => ({
    endpoint: given.endpoint,
    toJSON: () => given,
    unsubscribe: async () => ((now = null), true),
  });
  PushManager.prototype.subscribe = async (options) => {
    if (options.applicationServerKey.length !== 65) throw new Error("no key");
    window.subscribed += 1;
    return (now = made());
  };
  PushManager.prototype.getSubscription = async () => now;
}"""
ACTIVE = (
    "async () => (await navigator.serviceWorker.getRegistration(location.href))?.active != null"
)
SHOWN = """async () => {
  const known = await navigator.serviceWorker.getRegistration(location.href);
  return (await known.getNotifications()).map(({ title, body, tag }) => [title, body, tag]);
}"""


@pytest.fixture(scope="module")
def service() -> Iterator[PushService]:
    """One that takes whatever is signed."""
    one = PushService()
    yield one
    one.close()


@pytest.fixture(scope="module")
def staffed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Staffed]:
    """An office that pushes."""
    with opened(tmp_path_factory.mktemp("office"), **PUSH) as ready:
        yield ready


class Worker:
    """The worker of a page, to which a push service would give what it was given."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self._ids: list[str] = []
        self._line: CDPSession = page.context.new_cdp_session(page)
        self._line.on("ServiceWorker.workerRegistrationUpdated", self._note)
        self._line.send("ServiceWorker.enable")

    def _note(self, told: dict[str, Any]) -> None:
        self._ids += [one["registrationId"] for one in told["registrations"]]

    def deliver(self, browser: Browser) -> None:
        """What came last. Before the worker is active Chromium drops it."""
        true_in(self.page, ACTIVE)
        for _ in range(3_000):
            if self._ids:
                break
            self.page.wait_for_timeout(10)
        told = {
            "origin": self.page.evaluate("location.origin"),
            "registrationId": self._ids[-1],
            "data": json.dumps(browser.shown[-1]),
        }
        self._line.send("ServiceWorker.deliverPushMessage", told)


def test_the_console_is_an_app_that_can_be_installed(office: Office) -> None:
    page = office.door().page
    named = page.locator("link[rel=manifest]").get_attribute("href")
    assert named == "console.webmanifest"
    status, headers, body = office.daemon.http_full("GET", f"/{named}")
    assert status == 200 and headers["Content-Type"] == "application/manifest+json"
    told = json.loads(body)
    assert (told["start_url"], told["scope"], told["display"]) == (
        "console",
        "console",
        "standalone",
    )
    for icon in told["icons"]:
        status, headers, body = office.daemon.http_full("GET", f"/{icon['src']}")
        assert status == 200 and headers["Content-Type"].startswith(icon["type"])
        if icon["type"] == "image/png":
            size = int.from_bytes(body[16:20], "big")
            assert f"{size}x{size}" == icon["sizes"]
    line = page.context.new_cdp_session(page)
    wrong = line.send("Page.getInstallabilityErrors")["installabilityErrors"]
    assert [one["errorId"] for one in wrong if one["errorId"] != "in-incognito"] == []


def test_an_operator_turns_it_on_by_a_press_and_it_ends_when_somebody_has_taken_it(
    office: Office, service: PushService, axe: Axe
) -> None:
    browser = service.browser("artems")
    console = office.door()
    page = console.page
    page.context.grant_permissions(["notifications"])
    page.context.add_init_script(f"({SUBSCRIBING})({json.dumps(browser.subscription())})")
    page.reload()
    console.log_in("artem")
    office.wait_for_line("artem")
    console.wait_for_lists()
    assert page.evaluate("subscribed") == 0, "nobody has asked for it"
    page.get_by_role("button", name="Звуки").click()
    switch = page.get_by_role("switch", name="Сообщать на это устройство")
    expect(switch).not_to_be_checked()
    worker = Worker(page)
    assert switch.evaluate("(one) => (one.click(), one.checked)") is False, "not before it is"
    expect(switch).to_be_checked()
    assert page.evaluate("subscribed") == 1
    axe(page)
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.get_by_role("switch").click()
    office.wait_for_line("artem", "away")

    anna = office.customer("Аня Пуш", "Мой секрет")
    service.wait_until(lambda: browser.shown, 30)
    told = {"title": "default", "body": "Клиент ждёт ответа"}
    assert browser.shown == [{"kind": "waiting", "ticket": anna.ticket, **told}]
    expect(console.rows.filter(has_text="Аня Пуш")).to_be_visible()
    worker.deliver(browser)
    shown = [["default", "Клиент ждёт ответа", f"waiting {anna.ticket}"]]
    eventually(lambda: page.evaluate(SHOWN) == shown, 20)
    assert office.daemon.admin("accept", "--as", "boris", anna.ticket).returncode == 0
    eventually(lambda: page.evaluate(SHOWN) == [], 20)

    page.get_by_role("button", name="Звуки").click()
    switch.click()
    expect(switch).not_to_be_checked()
    page.keyboard.press("Escape")
    boris = office.customer("Боря Пуш", "Ещё один")
    eventually(lambda: office.daemon.admin_json("stats")["pushes_waiting"] == 0, 20)
    assert len(browser.shown) == 1, "and is told nothing of this one"
    assert office.daemon.admin("accept", "--as", "boris", boris.ticket).returncode == 0
