"""What the widget costs the page that it is on, and what becomes of a part that does not arrive."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, Request, Response, Route, expect

from chatd.net.http import built
from tests.web.conftest import Complaints, MakeContext
from tests.web.shop import Shop, Widget
from tests.web.test_widget_host import BUDGET, widget_requests

WEB = Path(built.__file__).parents[2] / "web"
MOST_REQUESTS = 4
SPARING = "Object.defineProperty(navigator, 'connection', { value: { saveData: true } })"
# What there is when the loader has run.
LOADED = """document.addEventListener("load", ({ target }) => {
  if (!target.src?.includes("/widget.js")) return;
  const root = document.querySelector("chatd-widget").shadowRoot;
  window.loaded = { button: Boolean(root.querySelector("button.launch")), asked: window.asked };
}, true);
window.asked = 0;
const { fetch } = window;
window.fetch = (...what) => ((window.asked += 1), fetch(...what));"""
CONVERSATION = re.compile(r"/assets/(built|widget)/conversation")


@pytest.fixture(autouse=True)
def only_what_is_built(built_pages: bool) -> None:
    if not built_pages:
        pytest.skip("esbuild is not installed: make built")


def weight(one: Request) -> int:
    """What comes over the wire for a request, with its headers."""
    sizes = one.sizes()
    return sizes["responseBodySize"] + sizes["responseHeadersSize"]


def cached(answer: Response | None) -> str:
    assert answer is not None
    return answer.header_value("cache-control") or ""


def test_a_button_takes_few_requests_and_little(shop: Shop, context: MakeContext) -> None:
    """Who spares data gets nothing more than that until it is pressed."""
    page = context().new_page()
    page.add_init_script(SPARING)
    seen = widget_requests(page, shop)
    shop.visit(page)
    page.wait_for_load_state("networkidle")
    assert 0 < len(seen) <= MOST_REQUESTS, [one.url for one in seen]
    assert sum(map(weight, seen)) <= BUDGET / 3
    seen.clear()
    shop.visit(page).open()
    assert any(CONVERSATION.search(one.url) for one in seen)


def test_what_opens_is_fetched_while_the_page_is_idle(shop: Shop, context: MakeContext) -> None:
    page = context().new_page()
    with page.expect_response(CONVERSATION):
        shop.visit(page)


def test_all_but_the_loader_is_kept_for_good(shop: Shop, context: MakeContext) -> None:
    page = context().new_page()
    seen = widget_requests(page, shop)
    widget = shop.visit(page).open()
    widget.say("что из этого останется?")
    widget.expect_state("что из этого останется?", "Отправлено")
    kept = {one.url: cached(one.response()) for one in seen if one.resource_type == "script"}
    loader = kept.pop(f"http://{shop.daemon.address}/widget.js")
    assert "stale-while-revalidate" in loader and "immutable" not in loader
    assert kept and all("immutable" in one for one in kept.values()), kept
    assert all(re.search(r"-[A-Z0-9]{8}\.js$", url) for url in kept), kept


def test_who_was_here_before_has_the_button_as_soon_as_the_loader_has_run(
    shop: Shop, context: MakeContext
) -> None:
    """And the site is asked how it looks by now only after that."""
    page = context().new_page()
    shop.visit(page)
    page.wait_for_function("Object.keys(localStorage).some((one) => one.endsWith(':site'))")
    page.add_init_script(LOADED)
    with page.expect_response(re.compile("/api/site")):
        page.reload()
    assert page.evaluate("loaded") == {"button": True, "asked": 0}


def test_the_next_page_fetches_no_code_of_the_widget(shop: Shop, context: MakeContext) -> None:
    visitor = context()
    page = visitor.new_page()
    shop.visit(page).open()
    expect(Widget(page).field).to_be_visible()
    page.goto("about:blank")
    came: dict[str, dict[str, Any]] = {}
    kept: set[str] = set()
    session = visitor.new_cdp_session(page)
    session.send("Network.enable")
    session.on("Network.requestServedFromCache", lambda one: kept.add(one["requestId"]))
    session.on("Network.responseReceived", lambda one: came.update({one["requestId"]: one}))
    widget = shop.visit(page)
    expect(widget.panel).to_be_visible()
    code = {
        one["response"]["url"]: key in kept or one["response"]["fromDiskCache"]
        for key, one in came.items()
        if one["type"] == "Script"
    }
    assert code and all(code.values()), code


def failing(page: Page, what: re.Pattern[str], times: int) -> list[str]:
    """The first requests of a kind do not arrive; all that there were."""
    asked: list[str] = []

    def answer(route: Route) -> None:
        asked.append(route.request.url)
        if len(asked) <= times:
            route.abort()
        else:
            route.continue_()

    page.route(what, answer)
    return asked


def test_a_part_that_fails_is_tried_again(
    shop: Shop, context: MakeContext, complaints: Complaints
) -> None:
    complaints.tolerate("ERR_FAILED")
    page = context().new_page()
    asked = failing(page, CONVERSATION, 2)
    widget = shop.visit(page)
    widget.launch.click()
    expect(widget.panel).to_be_visible()
    widget.say("всё равно дошло")
    widget.expect_state("всё равно дошло", "Отправлено")
    assert len(asked) == 3


def test_a_page_kept_from_before_an_update_finds_the_new_parts(
    shop: Shop, context: MakeContext, complaints: Complaints
) -> None:
    """Its loader has names in it that are gone."""
    complaints.tolerate("404", "ERR_FAILED")
    page = context().new_page()
    loader = (built.beside(WEB) / "widget.js").read_text("utf-8")
    now = json.loads((built.beside(WEB) / "parts.json").read_bytes())["conversation"][0]
    old = loader.replace(now, "built/conversation-00000000.js")
    assert old != loader
    page.route(
        "**/widget.js", lambda route: route.fulfill(body=old, content_type="text/javascript")
    )
    widget = shop.visit(page).open()
    widget.say("после обновления")
    widget.expect_state("после обновления", "Отправлено")


def test_a_site_that_does_not_answer_holds_no_button_up(
    shop: Shop, context: MakeContext, complaints: Complaints
) -> None:
    complaints.tolerate("ERR_FAILED")
    page = context().new_page()
    failing(page, re.compile("/api/site"), 1)
    expect(shop.visit(page).open().field).to_be_enabled()
