"""What a page says to its widget, before it is there and afterwards, and what it is told."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path
from typing import Any

import jwt
import pytest
from playwright.sync_api import Page, expect

from tests.web.conftest import SITE_KEY, MakeContext
from tests.web.shop import Shop, Widget
from tests.web.waits import until

ROOT = Path(__file__).resolve().parents[2]
STUB = "window.chatd = window.chatd || function () { (chatd.q = chatd.q || []).push(arguments); };"
EARLY = """<!doctype html><html lang="ru"><meta charset="utf-8"><title>Магазин</title><script>
STUB
window.told = [];
for (const event of ["open", "close", "message", "unread", "ticket"])
  chatd("on", event, (what) => told.push([event, what]));
chatd("setUser", { name: "Анна" });
chatd("setLook", { theme: "dark", position: "left" });
chatd("open");
chatd("send", "Где мой заказ?");
</script><body><h1>Магазин</h1>
<script src="http://ADDRESS/widget.js" async></script></body></html>"""


def early_page(shop: Shop, page: Page) -> Widget:
    """A page that speaks before there is anybody to hear it."""
    html = EARLY.replace("STUB", STUB).replace("ADDRESS", shop.daemon.address)
    shop.host.put("/early", html)
    page.goto(shop.host.origin("shop.test") + "/early")
    return Widget(page)


def test_what_was_said_before_it_came_is_done_in_its_order_and_told(
    shop: Shop, context: MakeContext
) -> None:
    page = context().new_page()
    widget = early_page(shop, page)
    expect(widget.panel).to_be_visible()
    widget.expect_state("Где мой заказ?", "Отправлено")
    element = page.locator("chatd-widget")
    expect(element).to_have_class("left dark")
    page.wait_for_function("told.some(([event]) => event === 'ticket')")
    (ticket,) = shop.tickets(page)
    assert shop.stored(ticket).count("Где мой заказ?") == 1
    assert shop.named(ticket) == "Анна"
    page.evaluate("chatd('send', 'И ещё одно')")
    widget.expect_state("И ещё одно", "Отправлено")
    page.wait_for_function("told.some(([e, one]) => e === 'message' && one.text === 'И ещё одно')")
    told = page.evaluate("told")
    assert told[0] == ["open", {}]
    said = [what for event, what in told if event == "message" and what["from"] == "customer"]
    assert [one["text"] for one in said].count("И ещё одно") == 1, "each once"

    # Another language, another name, no button; and off() is heard no more.
    widget.panel.get_by_role("button", name="Отменить").click()
    expect(widget.panel).to_contain_text("Отменить обращение?")
    page.evaluate("chatd('setLanguage', 'en')")
    expect(widget.panel.get_by_role("textbox", name="Write a message")).to_be_visible()
    expect(widget.panel).to_contain_text("Cancel your request?")  # what was fetched later, too
    widget.panel.get_by_role("button", name="No", exact=True).click()
    page.evaluate("chatd('setUser', { name: 'Анна Б.' })")
    until(lambda: shop.named(ticket), "Анна Б.")
    page.evaluate("chatd('off', 'close')")
    page.evaluate("chatd('setLook', { launcher: false, theme: 'light' })")
    expect(widget.launch).to_be_hidden()
    page.evaluate("chatd('close')")
    expect(widget.panel).to_be_hidden()
    assert "close" not in [event for event, _ in page.evaluate("told")]

    # What it does not know it says, and goes on.
    wrong = page.evaluate(
        """async () => {
          const said = [];
          const { error } = console;
          console.error = (one) => said.push(String(one));
          await chatd("fly"); await chatd("on", "rain", () => 1); await chatd("send", " ");
          await chatd("setLanguage", "xx"); await chatd("setUser", {}); await chatd("__proto__");
          await chatd("setAttributes", { cart: { tea: 2 } });
          console.error = error;
          return said;
        }"""
    )
    assert len(wrong) == 7 and 'no such word "fly"; there are open, close' in wrong[0]
    assert "no such event rain; there are open, close" in wrong[1]
    assert shop.stored(ticket).count("И ещё одно") == 1

    page.evaluate("chatd('destroy')")
    expect(element).to_have_count(0)
    page.wait_for_function("!window.chatd")


def sign(sub: str, lasts: float = 3_600, **said: Any) -> str:
    """What the site says of a customer."""
    return jwt.encode({"sub": sub, "exp": time.time() + lasts, **said}, SITE_KEY)


def identify(page: Page, token: str) -> None:
    """The page says who it is."""
    page.evaluate("token => chatd('setUser', { token, onTokenExpired: () => next })", token)


def test_whom_the_site_names_is_the_same_on_every_device_until_the_page_says_so(
    shop: Shop, context: MakeContext
) -> None:
    page = context().new_page()
    page.add_init_script("window.next = null")
    widget = shop.visit(page).open()
    widget.say("До входа")
    widget.expect_state("До входа", "Отправлено")
    (ticket,) = shop.tickets(page)
    page.evaluate("chatd('setAttributes', { plan: 'free', cart: 3 })")
    page.evaluate(f"next = {json.dumps(sign('42', name='Анна'))}")
    identify(page, sign("42", lasts=60, name="Анна", attributes={"plan": "gold"}))
    until(lambda: shop.named(ticket), "Анна")

    def known() -> list[tuple[Any, ...]]:
        shown = json.loads(shop.daemon.admin("show", ticket, "--json").stdout)["ticket"]
        return [(one["name"], one["value"], one["verified"]) for one in shown["attributes"]]

    until(known, [("cart", 3, False)])  # the other token, asked for before the first ends, has none

    # Elsewhere, with nothing kept: the same conversation, on both at once.
    phone = context().new_page()
    other = shop.visit(phone)
    identify(phone, sign("42", name="Анна"))
    other.open()
    expect(other.panel.get_by_text("До входа")).to_be_visible()
    other.say("С телефона")
    expect(widget.panel.get_by_text("С телефона")).to_be_visible()

    # What is refused is told, and somebody else sees none of it.
    said = phone.evaluate(
        """async () => {
          const said = [];
          const { error } = console;
          console.error = (one) => said.push(String(one));
          await chatd("setAttributes", { "a<b": 1 });
          console.error = error;
          return said;
        }"""
    )
    assert "an attribute's name has" in said[0]

    # Nobody again: nothing of them is left in this browser, and the other is still who it was.
    phone.evaluate("chatd('setUser', null)")
    kept = "() => Object.keys(localStorage).concat(Object.keys(sessionStorage))"
    until(lambda: [one for one in phone.evaluate(kept) if not one.endswith(":site")], [])
    other.open()
    expect(other.panel.get_by_text("До входа")).to_have_count(0)
    widget.say("Ещё здесь")
    widget.expect_state("Ещё здесь", "Отправлено")
    identify(phone, sign("43"))
    other.say("Другой")
    other.expect_state("Другой", "Отправлено")
    assert shop.tickets(phone) != [ticket]


def recipe(after: str) -> str:
    """The first block of code behind some words in the widget's page of the documentation."""
    text = (ROOT / "docs" / "widget.md").read_text().partition(after)[2]
    return text.split("```")[1].partition("\n")[2]


@pytest.mark.parametrize("name", ["WordPress", "Shopify", "Google Tag Manager", "React"])
def test_a_recipe_is_one_paste(name: str, shop: Shop, context: MakeContext) -> None:
    """As the page has it then: what PHP echoes, what Liquid writes, what an effect does."""
    pasted = recipe(f"**{name}**").replace("https://chat.example", f"http://{shop.daemon.address}")
    if name == "WordPress":
        pasted = pasted.split("'")[3]
    if name == "Shopify":
        pasted = re.sub(r"\{\{.*?\}\}", "en", pasted)
    if name == "React":
        effect = "const useEffect = (run) => (window.undo = (window.run = run)());"
        pasted = f"<script>{effect}\n{pasted}</script>"
    page = context().new_page()
    shop.host.put("/recipe", f"<!doctype html><title>{name}</title><body>{pasted}</body>")
    page.goto(shop.host.origin("shop.test") + "/recipe")
    widget = Widget(page)
    expect(widget.launch).to_be_visible()
    assert page.evaluate("chatd.element.settings.site") == "shop"
    if name == "React":
        mount_and_leave(page)


GONE = """() => new Promise((loaded) => {
  undo = run();
  document.head.lastElementChild.onload = () => setTimeout(loaded);
  undo();
})"""


def mount_and_leave(page: Page) -> None:
    """As React does it, StrictMode and quick hands too: there is one while the component is."""
    element = page.locator("chatd-widget")
    page.evaluate("undo()")
    expect(element).to_have_count(0)
    page.evaluate(GONE)
    expect(element).to_have_count(0)
    page.evaluate("undo = run(); undo(); void (undo = run())")
    expect(Widget(page).launch).to_be_visible()
    page.evaluate("window.old = chatd.element; chatd('open'); undo(); void (undo = run())")
    page.wait_for_function("window.chatd?.element.isConnected && chatd.element !== old")
    expect(element).to_have_count(1)
    page.evaluate("undo()")
    expect(element).to_have_count(0)
