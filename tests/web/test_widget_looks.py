"""The widget on every screen, in the dark, with little motion, by keyboard alone."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from tests.web.conftest import Axe, MakeContext, Shoot, settle
from tests.web.shop import Shop, Widget
from tests.web.waits import until

SCREENS: dict[str, dict[str, Any]] = {
    "phone": {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True},
    "small-phone": {"viewport": {"width": 320, "height": 568}, "has_touch": True},
    "tablet": {"viewport": {"width": 820, "height": 1180}, "has_touch": True},
    "dark": {"color_scheme": "dark"},
    "forced-colors": {"forced_colors": "active"},
    "short": {"viewport": {"width": 900, "height": 420}},
}
LONG = "Оченьдлинноесловобезединогопробела" * 5


def talk(shop: Shop, widget: Widget, name: str) -> None:
    """Enough of a conversation to look at."""
    question = f"Подойдёт ли чашка для кофе? {name}"
    widget.say(question)
    artem = shop.operator()
    ticket = artem.newest(question)
    artem.accept(ticket)
    artem.reply(ticket, "Да, она на 200 мл. И вот ещё:\nhttps://shop.example/cups/big")
    artem.reply(ticket, LONG)
    widget.say("Беру две 🙂")
    widget.expect_state("Беру две", "Отправлено")
    expect(widget.said(LONG)).to_be_visible()


@pytest.mark.parametrize("screen", SCREENS)
def test_fits_the_screen(
    shop: Shop, context: MakeContext, shoot: Shoot, axe: Axe, screen: str
) -> None:
    page = context(**SCREENS[screen]).new_page()
    widget = shop.visit(page).open()
    talk(shop, widget, screen)
    shoot(page, f"widget-{screen}")
    axe(page)
    box = widget.panel.bounding_box()
    view = page.viewport_size
    assert box and view
    assert box["x"] >= 0 and box["y"] >= 0
    assert box["x"] + box["width"] <= view["width"] and box["y"] + box["height"] <= view["height"]
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    inside = widget.log.evaluate("(one) => one.scrollWidth <= one.clientWidth")
    assert inside
    widget.panel.get_by_role("button", name="Эмодзи").click()
    expect(widget.emoji.get_by_role("searchbox")).to_be_focused()
    shoot(page, f"widget-{screen}-emoji")
    axe(page)
    picker = widget.emoji.bounding_box()
    assert picker and picker["y"] >= box["y"] - 1
    page.keyboard.press("Escape")


def test_a_phone_keeps_focus_in_the_open_chat(shop: Shop, context: MakeContext) -> None:
    page = context(**SCREENS["phone"]).new_page()
    widget = shop.visit(page).open()
    settle(page)
    box = widget.panel.bounding_box()
    assert box == {"x": 0, "y": 0, "width": 390, "height": 844}
    expect(widget.launch).to_be_hidden()
    for key in ["Tab"] * 12 + ["Shift+Tab"] * 12:
        page.keyboard.press(key)
        until(lambda: page.evaluate("document.activeElement.localName"), "chatd-widget")
    widget.panel.get_by_role("button", name="Закрыть чат").click()
    expect(widget.launch).to_be_focused()
    page.reload()
    expect(widget.launch).to_be_visible()
    expect(widget.panel).to_be_hidden()


def test_everything_by_keyboard(shop: Shop, context: MakeContext) -> None:
    page = context().new_page()
    widget = shop.visit(page)
    page.get_by_role("textbox", name="Поиск").focus()
    page.keyboard.press("Tab")
    expect(widget.launch).to_be_focused()
    page.keyboard.press("Enter")
    expect(widget.field).to_be_focused()
    page.keyboard.type("первая строка")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("вторая")
    page.keyboard.press("Enter")
    expect(widget.said("первая строка")).to_contain_text("вторая")
    expect(widget.field).to_have_value("")
    expect(widget.field).to_be_focused()
    widget.expect_state("первая строка", "Отправлено")  # until then one may still call a person
    settle(page)
    inside = "document.activeElement?.shadowRoot?.activeElement"
    for name in ("Прикрепить файл", "Отменить", "Сообщения", "Закрыть чат", "Звук"):
        page.keyboard.press("Shift+Tab")
        page.wait_for_function(
            f"[{inside}?.getAttribute('aria-label'), {inside}?.textContent].includes('{name}')"
        )
    widget.field.focus()
    page.keyboard.press("Escape")
    expect(widget.panel).to_be_hidden()
    expect(widget.launch).to_be_focused()


@pytest.mark.parametrize("motion", ["reduce", "no-preference"])
def test_moves_little_where_that_is_asked_for(
    shop: Shop, context: MakeContext, motion: Any
) -> None:
    shop.operator()
    page = context(reduced_motion=motion).new_page()
    widget = shop.visit(page).open()
    widget.say("Двигается ли что-нибудь?")
    expect(widget.panel).to_contain_text("Зовём менеджера")
    lasting = """document.querySelector("chatd-widget").shadowRoot.getAnimations()
      .filter((one) => one.effect.getComputedTiming().duration > 1).length"""
    if motion == "reduce":
        until(lambda: page.evaluate(lasting), 0)
    else:
        until(lambda: page.evaluate(lasting) > 0, True)


def test_the_log_is_a_log_and_drafts_are_not_announced(shop: Shop, context: MakeContext) -> None:
    page = context().new_page()
    widget = shop.visit(page).open()
    widget.say("Слышно ли меня?")
    artem = shop.operator()
    ticket = artem.newest("Слышно ли меня?")
    artem.accept(ticket)
    announced = page.locator("chatd-widget .hidden[role=status]")
    expect(widget.notices).to_have_count(1)
    artem.client.ask("draft:edit", dialog_id=ticket, seq=0, reset="печатаю втайне")
    expect(widget.panel).to_contain_text("Артём печатает…")
    live = widget.panel.get_by_text("Артём печатает…").evaluate(
        "(one) => one.closest('[aria-live]').getAttribute('aria-live')"
    )
    assert live == "off"
    artem.reply(ticket, "слышно")
    expect(announced).to_have_text("Артём: слышно")
    expect(widget.log).to_have_attribute("aria-label", "Сообщения")


def test_the_page_behind_an_open_chat_stays_where_it_is_on_a_phone(
    shop: Shop, context: MakeContext
) -> None:
    visitor = context(viewport={"width": 390, "height": 844}, has_touch=True)
    page = visitor.new_page()
    shop.visit(page)
    page.evaluate("document.body.style.height = '3000px'; scrollTo(0, 500)")
    scrolls = "getComputedStyle(document.documentElement).overflow"
    until(lambda: page.evaluate(scrolls), "visible")
    page.evaluate("chatd.open()")
    expect(page.locator("chatd-widget").get_by_role("dialog")).to_be_visible()
    until(lambda: page.evaluate(scrolls), "hidden")
    page.evaluate("chatd.close()")
    expect(page.locator("chatd-widget").get_by_role("dialog")).to_be_hidden()
    until(lambda: page.evaluate(f"[{scrolls}, scrollY]"), ["visible", 500])
