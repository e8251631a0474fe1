"""A real browser for the tests of the pages: contexts, screenshots, axe, and a quiet console."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.client import Client
from tests.conftest import MakeDaemon
from tests.daemon import Daemon
from tests.web.guests import ROOMS, Enter, Guest
from tests.web.host import Host
from tests.web.office import Office, Staffed, opened
from tests.web.shop import Shop
from tools.chromium import launched

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
SCREENSHOTS = HERE / "screenshots"
AXE = HERE / "vendor" / "axe.min.js"
PATIENCE_MS = 30_000
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
OF_COLOURS = ["color-contrast", "link-in-text-block"]
# Chromium tells of forced colours as `color`, and of what fills letters as if nothing were forced.
FILLED_AS_FORCED = """() => {
  const { getPropertyValue } = CSSStyleDeclaration.prototype;
  CSSStyleDeclaration.prototype.getPropertyValue = function (name) {
    return getPropertyValue.call(this, name === "-webkit-text-fill-color" ? "color" : name);
  };
}"""
# The end of what moves and ends: a page in mid-fade has colours that nobody will ever read.
STILL = """() => Promise.all(roots(document).flatMap((root) => root.getAnimations())
  .filter((one) => one.effect.getComputedTiming().endTime !== Infinity)
  .map((one) => one.finished.catch(() => {})))"""
ROOTS = """const roots = (root) => [root, ...[...root.querySelectorAll("*")]
  .filter((one) => one.shadowRoot).flatMap((one) => roots(one.shadowRoot))];"""

MakeContext = Callable[..., BrowserContext]
Shoot = Callable[[Page, str], Path]
Axe = Callable[[Page], None]
OpenShop = Callable[..., Shop]


class Complaints:
    """What browsers wrote into their consoles as errors; a test says which of it is its own doing.

    ``tolerate(pattern)`` when a network is cut, or a request refused, on purpose.
    """

    def __init__(self) -> None:
        self.heard: list[str] = []
        self._tolerated: list[str] = []

    def tolerate(self, *patterns: str) -> None:
        """Complaints that match one of these regular expressions do not count."""
        self._tolerated += patterns

    def listen(self, context: BrowserContext) -> None:
        """Hears the pages of a context."""
        context.on("weberror", lambda error: self.heard.append(str(error.error)))
        context.on("console", self._console)

    def unexpected(self) -> list[str]:
        """What should not have been."""
        return [
            one
            for one in self.heard
            if not any(re.search(pattern, one) for pattern in self._tolerated)
        ]

    def _console(self, message: Any) -> None:
        if message.type == "error":
            self.heard.append(f"{message.text} ({message.location.get('url', '')})")


@pytest.fixture(scope="session", autouse=True)
def built_pages() -> bool:
    """Whether what is served is built, as it is where esbuild is installed."""
    done = subprocess.run([sys.executable, ROOT / "tools" / "build-pages"], timeout=120)
    assert done.returncode in (0, 2)
    return done.returncode == 0


# Of the package, not of the session: while playwright runs, nothing else may run an event loop.
@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Chromium, without a window; every name below .test is this machine."""
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        running = launched(
            playwright,
            "--host-resolver-rules=MAP *.test 127.0.0.1",
            "--use-fake-device-for-media-stream",  # it beeps
        )
        yield running
        running.close()


@pytest.fixture
def complaints() -> Iterator[Complaints]:
    """Fails the test in whose browser console there was an error that it does not tolerate."""
    found = Complaints()
    yield found
    assert not found.unexpected(), found.unexpected()


def zone_where_it_is(hour: int) -> str:
    """A zone where that hour, 0 to 23, runs now: its sign is that of POSIX, Etc/GMT-3 lies east."""
    east = hour - time.gmtime().tm_hour
    return f"Etc/GMT{-(east if east >= -12 else east + 24):+d}"


@pytest.fixture
def context(browser: Browser, complaints: Complaints) -> Iterator[MakeContext]:
    """Contexts: a visitor each, with storage and cookies of their own; playwright's options."""
    made: list[BrowserContext] = []

    def make(**options: Any) -> BrowserContext:
        settings = {
            "viewport": {"width": 1280, "height": 800},
            "locale": "ru-RU",
            "timezone_id": zone_where_it_is(12),  # no test runs over midnight
            **options,
        }
        opened = browser.new_context(**settings)
        opened.set_default_timeout(PATIENCE_MS)
        complaints.listen(opened)
        made.append(opened)
        return opened

    yield make
    for one in made:
        one.close()


@pytest.fixture(scope="session")
def shoot() -> Shoot:
    """``shoot(page, name)``: a picture below screenshots/, when what moves has come to rest."""

    def take(page: Page, name: str) -> Path:
        settle(page)
        path = SCREENSHOTS / f"{name}.png"
        page.screenshot(path=path)
        return path

    return take


@pytest.fixture(scope="session")
def axe() -> Axe:
    """``axe(page)`` fails when axe-core finds any violation in the page as it is now, or in what is
    of colours in it where the system chooses them."""
    source = AXE.read_text("utf-8")

    def check(page: Page) -> None:
        settle(page)
        page.evaluate(f"() => {{ if (!window.axe) {{ {source}; ({FILLED_AS_FORCED})(); }} }}")
        find_none(page, {"type": "tag", "values": RULES})
        if page.evaluate("matchMedia('(forced-colors: active)').matches"):
            return
        page.emulate_media(forced_colors="active")
        settle(page)
        find_none(page, {"type": "rule", "values": OF_COLOURS})
        page.emulate_media(forced_colors="null")
        settle(page)

    return check


def find_none(page: Page, rules: dict[str, Any]) -> None:
    """Fails where one of the rules is violated."""
    options = {"runOnly": rules, "resultTypes": ["violations"]}
    found = page.evaluate("(options) => axe.run(document, options)", options)["violations"]
    assert not found, "\n".join(map(violation, found))


@pytest.fixture(scope="package")
def host() -> Iterator[Host]:
    """Somebody else's web server, whose pages hold our widget."""
    with Host() as running:
        yield running


@pytest.fixture
def clients() -> Iterator[Callable[..., Client]]:
    """WebSocket clients beside the browser: ``clients(address)``; closed in the end."""
    made: list[Client] = []

    def make(address: str, **options: Any) -> Client:
        made.append(Client(address, **options))
        return made[-1]

    yield make
    for one in made:
        one.ws.close()


def shop_config(host: Host) -> dict[str, Any]:
    """One site, whose pages are shop.test's."""
    return {"sites": {"shop": {"title": "Магазин", "origins": [host.origin("shop.test")]}}}


@pytest.fixture
def open_shop(make_daemon: MakeDaemon, host: Host, clients: Callable[..., Client]) -> OpenShop:
    """Shops with a daemon of their own; unless said otherwise, shop.test's pages are its site."""
    return lambda **config: Shop(make_daemon({**shop_config(host), **config}), host, clients)


SITE_KEY = "k" * 32


@pytest.fixture(scope="module")
def shop_daemon(host: Host, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    """The daemon of the shop that a module's tests share; it knows customers by what the site
    signs."""
    directory, config = tmp_path_factory.mktemp("shop"), shop_config(host)
    (directory / "key").write_text(SITE_KEY)
    config["sites"]["shop"]["identity"] = {"secret_file": f"{directory}/key"}
    running = Daemon(directory, config).start()
    yield running
    assert running.stop() == 0, running.logged()
    assert "incident" not in running.logged(), running.logged()


@pytest.fixture
def shop(shop_daemon: Daemon, host: Host, clients: Callable[..., Client]) -> Shop:
    """The shop of a module: others may wait and be on line there, too."""
    return Shop(shop_daemon, host, clients)


@pytest.fixture(scope="module")
def staffed(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Staffed]:
    """A daemon with operators, for a module's tests; its ``CONFIG`` may say more."""
    config = getattr(request.module, "CONFIG", {})
    with opened(tmp_path_factory.mktemp("office"), **config) as ready:
        yield ready


@pytest.fixture
def office(
    staffed: Staffed,
    clients: Callable[..., Client],
    context: MakeContext,
    complaints: Complaints,
) -> Iterator[Office]:
    """Consoles in browsers, and customers who write; the queue is empty before and after."""
    made = Office(staffed, clients, context, complaints)
    yield made
    made.clear()


@pytest.fixture
def enter(house: Daemon, context: MakeContext) -> Enter:
    """Somebody goes into a room by its door."""

    def go(name: str, room: str = "lobby", daemon: Daemon = house, **options: object) -> Guest:
        page = context(**options).new_page()
        page.goto(f"http://{daemon.address}/r/{room}")
        page.get_by_label("Ваше имя").fill(name)
        page.get_by_role("button", name="Войти").click()
        guest = Guest(page)
        expect(guest.people).to_contain_text(name)
        return guest

    return go


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    """A daemon with these rooms."""
    daemon = Daemon(tmp_path_factory.mktemp("house"), {"rooms": ROOMS}).start()
    yield daemon
    assert daemon.stop() == 0, daemon.logged()
    assert "incident" not in daemon.logged(), daemon.logged()


def settle(page: Page) -> None:
    """Waits for animations that end."""
    page.evaluate(f"() => {{ {ROOTS} return ({STILL})(); }}")


def violation(found: dict[str, Any]) -> str:
    """One of axe's findings in a few lines."""
    nodes = [f"    {node['target']}: {node['failureSummary']}" for node in found["nodes"][:5]]
    return "\n".join([f"{found['id']} ({found['impact']}): {found['help']}", *nodes])
