"""The widget on a page: what a customer sees of a conversation."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.conftest import MakeDaemon
from tests.web.conftest import Axe, MakeContext, Shoot
from tests.web.host import Host

PAGE = """<!doctype html><html lang="ru"><head><meta charset="utf-8"><title>Магазин</title></head>
<body><main><h1>Магазин</h1><p>Чай, кофе и чашки.</p></main>
<script src="http://{address}/widget.js" async></script></body></html>"""


def test_greets(
    host: Host, make_daemon: MakeDaemon, context: MakeContext, shoot: Shoot, axe: Axe
) -> None:
    daemon = make_daemon({"sites": {"default": {"origins": [host.origin("shop.test")]}}})
    host.put("/", PAGE.format(address=daemon.address))
    page = context().new_page()
    page.goto(host.origin("shop.test"))
    page.get_by_role("button", name="Открыть чат").click()
    expect(page.get_by_text("Привет! Чем могу помочь? 😊")).to_be_visible()
    shoot(page, "widget-greeting")
    axe(page)
