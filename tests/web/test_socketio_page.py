"""The lines of docs/socketio.md in a page of somebody else's, with npm's client in a browser."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.client import Client
from tests.daemon import eventually
from tests.socketio import MODES, Mode
from tests.web.conftest import MakeContext
from tests.web.host import Host
from tests.web.shop import Shop
from tests.web.waits import until

ROOT = Path(__file__).parents[2]
DOCUMENT = (ROOT / "docs" / "socketio.md").read_text("utf-8")
LINES, RESUMING, REFUSED = re.findall(r"^```(?:html|js)\n(.*?)^```", DOCUMENT, re.M | re.S)
BUNDLE = ROOT / "tools/pages/node_modules/socket.io-client/dist/socket.io.min.js"
CDN = "https://cdn.socket.io/*/socket.io.min.js"
ONLY: dict[Mode, str] = {
    "polling": 'transports: ["polling"], ',
    "websocket": 'transports: ["websocket"], ',
    "upgrade": "",
}
OpenPage = Callable[[str], Page]


@pytest.fixture
def open_page(host: Host, context: MakeContext) -> OpenPage:
    """A page with these lines; what npm has is fetched from there, not from far away."""

    def go(html: str) -> Page:
        host.put("/socketio", f"<!doctype html><title>Socket.IO</title>{html}")
        opened = context()
        opened.route(CDN, lambda route: route.fulfill(path=BUNDLE))
        page = opened.new_page()
        page.add_init_script("window.said = []")
        page.goto(f"{host.origin('shop.test')}/socketio")
        return page

    return go


@pytest.fixture
def boris(shop: Shop, clients: Callable[..., Client]) -> Iterator[Client]:
    client = clients(shop.daemon.address)
    client.hello(name="Boris", site="shop")
    client.join("lobby")
    yield client


def see(page: Page, script: str) -> Any:
    """What it comes to, as soon as that is something."""

    def look() -> Any:
        page.wait_for_timeout(50)
        return page.evaluate(script)

    return eventually(look, 20)


@pytest.mark.parametrize("mode", MODES)
def test_the_lines_for_a_page_do_what_they_say(
    shop: Shop, open_page: OpenPage, boris: Client, mode: Mode
) -> None:
    lines = LINES.replace("https://chat.example.com", f"http://{shop.daemon.address}")
    lines = lines.replace("{ auth:", f"{{ {ONLY[mode]}auth:")
    page = open_page(lines.replace("console.log", "((...told) => said.push(told.join(' ')))"))
    assert boris.expect("message:new", seconds=20, sender_name="Anna")["content"] == "Hello!"
    boris.say("lobby", "Hello, Anna")
    see(page, "['Anna Hello!', 'Boris Hello, Anna'].every((one) => said.includes(one))")
    until(lambda: page.evaluate("said.length"), 3)  # and the acknowledgement
    carried = "polling" if mode == "polling" else "websocket"
    see(page, f"chat.io.engine.transport.name === '{carried}'")
    page.evaluate("chat.io.engine.close()")
    see(page, "chat.connected")
    boris.say("lobby", "and again")
    see(page, "said.includes('Boris and again')")


def test_who_takes_up_again_in_a_page_misses_nothing(
    shop: Shop, open_page: OpenPage, boris: Client
) -> None:
    first = boris.say("lobby", "first")
    page = open_page(
        f"""<script src="{CDN.replace("*", "4")}"></script><script>
        const CHATD = "http://{shop.daemon.address}", shown = {{}};
        const heard = ({{ seq, content }}) => (shown[seq] = content);
        const cameBack = (resync, changed, messages) => [...changed, ...messages].forEach(heard);
        {RESUMING}</script>"""
    )
    see(page, f"shown[{first['seq']}] === 'first'")
    page.evaluate("chat.disconnect()")
    boris.ask("message:edit", message_id=first["id"], content="corrected")
    second = boris.say("lobby", "second")
    page.evaluate("chat.connect()")
    see(page, f"shown[{first['seq']}] === 'corrected' && shown[{second['seq']}] === 'second'")
    third = boris.say("lobby", "third")
    see(page, f"shown[{third['seq']}] === 'third'")


def test_who_is_refused_stays_away_until_the_page_connects_as_somebody_new(
    shop: Shop, open_page: OpenPage
) -> None:
    page = open_page(
        f"""<script src="{CDN.replace("*", "4")}"></script><script>
        const auth = {{ token: "made up", name: "Anna" }};
        const chat = io("http://{shop.daemon.address}/chat", {{ auth }});
        chat.on("connect_error", ({{ data }}) => said.push(data.code, chat.active));
        chat.on("hello", ({{ participant }}) => said.push(participant.name));
        {REFUSED}</script>"""
    )
    see(page, "said.length === 3")
    assert page.evaluate("said") == ["unauthenticated", False, "Anna"]
