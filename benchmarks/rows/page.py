"""The widget in Chromium: when the button is there on a slow line, and what 1,000 messages cost."""

from __future__ import annotations

import contextlib
import os
import shutil
import threading
import time
from collections.abc import Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from playwright.sync_api import Browser, BrowserContext, CDPSession, Page, Request, sync_playwright

from benchmarks.dialects import Chatd
from benchmarks.measuring import Figures, Plan, Row, at_most, rounds
from benchmarks.operators import data_with_operators, operator
from benchmarks.servers import CHATD, CONFIG, scratch, started
from benchmarks.sockets import Client, Load
from tools.chromium import launched

SLOW = {
    "offline": False,
    "latency": 400,
    "downloadThroughput": 400_000 / 8,
    "uploadThroughput": 400_000 / 8,
}
SLOWER = 4
MESSAGES = 1_000
PATIENCE_MS = 30_000
SETTLE_MS = 1_500
LOOK_S = 0.25
SHOP = """<!doctype html><html><head><meta charset="utf-8"><title>Shop</title></head>
<body><h1>Shop</h1><script src="http://127.0.0.1:{port}/widget.js" async></script></body></html>"""
# In the page before it begins, as little as possible: what is asked from outside brings code of its
# own, which the slow processor would have to read first.
NOTING = """(() => {
  const look = () => {
    const root = document.querySelector("chatd-widget")?.shadowRoot;
    if (!root?.querySelector("button.launch")?.getBoundingClientRect().width) {
      return requestAnimationFrame(look);
    }
    const [page] = performance.getEntriesByType("navigation");
    const came = performance.getEntriesByType("resource").map((one) => one.name);
    window.shown = [performance.now() - page.responseEnd, came];
  };
  requestAnimationFrame(look);
})()"""
VISIT = "document.querySelector('chatd-widget').visit"
BUTTON_HEADER = ("", "cold, s", "warm, s", "requests", "kB")
BUTTON_NOTE = (
    "A page of a shop with nothing on it but the widget, in Chromium with 400 ms and 400 kbit/s "
    f"(slow 3G) and the processor {SLOWER} times slower. From the page's last byte to the first "
    "frame with the button in it; cold: a new visitor, with what was requested until then; warm: "
    "the same visitor's next page."
)
BURST_HEADER = ("", "main thread, s", "receipts", "until the last is shown, s")
BURST_NOTE = (
    f"{MESSAGES:,} messages of an operator come into an open panel as fast as they are stored. The "
    "main thread: all tasks of the page's, by Chromium's own account; receipts: what the page "
    "told of having got and read them."
)


class Shop(ThreadingHTTPServer):
    """A host that serves one page, whatever is asked for. ``chatd``: the port of its chat."""

    chatd = 0

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), ShopPage)

    def __enter__(self) -> Shop:
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *error: object) -> None:
        self.shutdown()
        self.server_close()

    @property
    def origin(self) -> str:
        """Where its pages are."""
        return f"http://127.0.0.1:{self.server_port}"

    @property
    def config(self) -> str:
        """chatd's, which lets its pages in."""
        return f'{CONFIG}\n[sites.default]\norigins = ["{self.origin}"]\n'


class ShopPage(BaseHTTPRequestHandler):
    """The page."""

    server: Shop

    def do_GET(self) -> None:
        body = SHOP.format(port=self.server.chatd).encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""


@contextlib.contextmanager
def chromium() -> Iterator[Browser]:
    """On every core, not only where the load is."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, range(os.cpu_count() or 1))
    try:
        with sync_playwright() as playwright:
            browser = launched(playwright)
            yield browser
            browser.close()
    finally:
        os.sched_setaffinity(0, before)


def visited(visitor: BrowserContext, shop: Shop) -> tuple[Page, float, list[str]]:
    """A new tab with the shop on it, on a slow line; seconds until the button was there, and what
    had come until then."""
    page = visitor.new_page()
    page.add_init_script(NOTING)
    session = visitor.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Network.emulateNetworkConditions", SLOW)
    session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    page.goto(shop.origin, wait_until="commit")
    deadline = time.monotonic() + PATIENCE_MS / 1e3
    while not (shown := noted(session)):
        if time.monotonic() > deadline:
            raise TimeoutError("there is no button")
        time.sleep(LOOK_S)
    took_ms, came = shown
    return page, took_ms / 1e3, came


def noted(session: CDPSession) -> tuple[float, list[str]] | None:
    """What the page has noted of its button, if it is there."""
    asked = {"expression": "window.shown ?? null", "returnByValue": True}
    found: tuple[float, list[str]] | None = session.send("Runtime.evaluate", asked)["result"].get(
        "value"
    )
    return found


def measure_button(plan: Plan) -> Figures:
    """A new visitor, on two pages one after the other."""
    with Shop() as shop, started(CHATD, config=shop.config) as running, chromium() as browser:
        shop.chatd = running.port
        visitor = browser.new_context()
        seen: list[Request] = []
        visitor.on("requestfinished", lambda one: seen.append(one))
        page, cold, came = visited(visitor, shop)
        page.wait_for_load_state("networkidle")
        ours = [one.sizes() for one in seen if one.url in came]
        page.close()
        _, warm, _ = visited(visitor, shop)
    weight = sum(one["responseHeadersSize"] + one["responseBodySize"] for one in ours)
    return {"cold": cold, "warm": warm, "requests": len(ours), "weight": weight / 1e3}


def measure_burst(plan: Plan) -> Figures:
    """A visitor with the panel open, and an operator who writes."""
    count = plan.of(MESSAGES)
    directory = scratch()
    load = Load()
    try:
        [token] = data_with_operators(directory, 1)
        with (
            Shop() as shop,
            started(CHATD, data=directory, config=shop.config) as running,
            chromium() as browser,
        ):
            shop.chatd = running.port
            page = browser.new_page()
            sent: list[str] = []
            page.on(
                "websocket", lambda line: line.on("framesent", lambda one: sent.append(str(one)))
            )
            ticket = begun(page, shop)
            writer = Client(running.port, Chatd.path)
            load.log_in([(writer, operator(writer, token, [ticket]))])
            page.wait_for_function(f"() => {VISIT}.view.status === 'active'")
            session = page.context.new_cdp_session(page)
            session.send("Performance.enable", {"timeDomain": "threadTicks"})
            sent.clear()
            before, began = busy(session), time.perf_counter()
            write(load, writer, ticket, count)
            page.get_by_text(f"message {count - 1}", exact=True).wait_for()
            took = time.perf_counter() - began
            page.wait_for_function(f"() => {VISIT}.unread === 0")
            page.wait_for_timeout(SETTLE_MS)
            spent = busy(session) - before
    finally:
        load.close()
        shutil.rmtree(directory, ignore_errors=True)
    receipts = sum("receipt:" in one for one in sent)
    return {"main": spent, "receipts": receipts, "shown": took}


def begun(page: Page, shop: Shop) -> str:
    """The panel is open and something was said in it; the ticket's id."""
    page.goto(shop.origin)
    page.locator("chatd-widget button.launch").click()
    field = page.locator("chatd-widget").get_by_role("textbox")
    field.fill("good day")
    field.press("Enter")
    page.wait_for_function(f"() => {VISIT}.dialog?.joined", timeout=PATIENCE_MS)
    ticket: str = page.evaluate(f"{VISIT}.dialog.id")
    return ticket


def write(load: Load, writer: Client, ticket: str, count: int) -> None:
    """As many messages as fast as they go, all of them acknowledged."""
    acknowledged: list[bytes] = []
    chatd = Chatd()
    writer.on_text = lambda text: chatd.acknowledged(text) and acknowledged.append(text)
    for number in range(count):
        writer.send(chatd.speak(ticket, number + 1_000, f"message {number}"))
    load.until(lambda: len(acknowledged) >= count, 60, f"{count} acknowledgements")


def busy(session: CDPSession) -> float:
    """Seconds of main thread so far."""
    metrics = session.send("Performance.getMetrics")["metrics"]
    return next(float(one["value"]) for one in metrics if one["name"] == "TaskDuration")


def run(plan: Plan) -> list[Row]:
    """The rows."""
    button = rounds(plan, [("chatd", partial(measure_button, plan))])["chatd"]
    burst = rounds(plan, [("chatd", partial(measure_burst, plan))])["chatd"]
    figures = (button["cold"], button["warm"], button["requests"], button["weight"])
    return [
        Row(
            "The button on a shop's page",
            [
                at_most("cold", button["cold"], 2, "s"),
                at_most("warm", button["warm"], 0.3, "s"),
                at_most("requests", button["requests"], 4, "requests"),
                at_most("weight", button["weight"], 35, "kB"),
            ],
            BUTTON_HEADER,
            [("chatd", *(f"{one:.2f}" for one in figures))],
            [BUTTON_NOTE],
        ),
        Row(
            "1,000 messages into an open panel",
            [
                at_most("main thread", burst["main"], 1, "s"),
                at_most("receipts", burst["receipts"], 10, "receipts"),
            ],
            BURST_HEADER,
            [("chatd", *(f"{burst[key]:.2f}" for key in ("main", "receipts", "shown")))],
            [BURST_NOTE],
        ),
    ]
