"""Visitors of a site as its operators see them: who is there, and where, without a word said."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.web.conftest import Axe, MakeContext, Shoot
from tests.web.host import Host
from tests.web.office import Office
from tests.web.shop import PAGE, Widget

RULE = {"name": "help", "text": "Подсказать?", "page": "/rule", "after_seconds": 0}
RULES = [RULE, {"name": "more", "text": "Заварить?", "page": "/hand", "after_seconds": 0}]
SITE = {"origins": ["self", "*"], "visitors": True, "pages": True, "invitations": RULES}
CONFIG = {"sites": {"default": SITE}}

NAMED = "<script>(window.chatd = function () { (chatd.q = chatd.q || []).push(arguments); })"
NAMED += "('setUser', { name: 'Анна' });</script>"
ON = "history.pushState({}, '', '/tea/green'); dispatchEvent(new Event('popstate'))"


def test_who_is_on_the_site_is_seen_and_where(
    office: Office, context: MakeContext, host: Host, axe: Axe, shoot: Shoot
) -> None:
    for path in ("/tea", "/coffee"):
        html = PAGE.format(address=office.daemon.address, attributes="")
        host.put(path, html.replace("<script", f"{NAMED}<script", 1))
    console = office.console()
    count = console.page.get_by_role("button", name="На сайте")
    expect(count).to_contain_text("0")
    visitor = context().new_page()
    visitor.goto(host.origin("shop.test") + "/tea")
    expect(count).to_contain_text("1")
    for width in (390, 320, 1280):
        console.page.set_viewport_size({"width": width, "height": 800})
        cut = "(bar) => bar.scrollWidth > bar.clientWidth"
        assert not console.page.locator(".bar").evaluate(cut), width
    count.click()
    window = console.page.get_by_role("dialog", name="Посетители на сайте")
    row = window.get_by_role("listitem")
    expect(row).to_contain_text("shop.test")
    expect(row).to_contain_text("/tea")
    expect(row).to_contain_text("русский")
    expect(row).to_contain_text("Анна")
    visitor.evaluate(
        "history.pushState({}, '', '/tea/green'); dispatchEvent(new Event('popstate'))"
    )
    expect(row).to_contain_text("/tea/green")
    visitor.goto(host.origin("shop.test") + "/coffee")
    expect(row).to_contain_text("/coffee")
    axe(console.page)
    shoot(console.page, "console-visitors")
    Widget(visitor).open().say("Есть арабика?")
    row.get_by_role("button", name="Открыть").click()
    about = console.page.get_by_role("complementary", name="Клиент")
    about.get_by_text("Страницы до этой: 2").click()
    expect(about.locator(".pages li")).to_have_count(2)
    expect(about.locator(".pages li").first).to_contain_text("/tea/green")
    shoot(console.page, "console-visitors-pages")
    visitor.close()
    expect(count).to_contain_text("0")


def test_who_looks_around_is_invited_once(
    office: Office, context: MakeContext, host: Host, axe: Axe, shoot: Shoot
) -> None:
    for path in ("/rule", "/hand"):
        host.put(path, PAGE.format(address=office.daemon.address, attributes=""))
    console = office.console()
    visitor = context().new_page()
    visitor.goto(host.origin("shop.test") + "/rule?x=1")
    invitation = visitor.locator("chatd-widget .invitation")
    expect(invitation).to_contain_text("Подсказать?")
    axe(visitor)
    shoot(visitor, "widget-invitation")
    invitation.get_by_role("button", name="Закрыть приглашение").click()
    expect(invitation).to_have_count(0)

    visitor.goto(host.origin("shop.test") + "/hand")
    expect(invitation).to_contain_text("Заварить?")
    console.page.get_by_role("button", name="На сайте").click()
    window = console.page.get_by_role("dialog", name="Посетители на сайте")
    row = window.get_by_role("listitem")
    expect(row).to_contain_text("/hand")
    row.get_by_role("button", name="Пригласить").click()
    row.get_by_label("Что сказать посетителю").fill("Ищете улун?")
    shoot(console.page, "console-invite")
    row.get_by_role("button", name="Отправить").click()
    expect(row).to_contain_text("приглашён в")
    expect(invitation).to_contain_text("Артём Волков")
    expect(invitation).to_have_count(1)
    assert "Подсказать" not in invitation.inner_text(), "not again after it was closed"
    invitation.get_by_role("button", name="Ответить").click()
    widget = Widget(visitor)
    expect(widget.log).to_contain_text("Ищете улун?")
    expect(invitation).to_have_count(0)
    widget.say("Да, тёмный")
    widget.expect_texts("Ищете улун?", "Да, тёмный")
    row.get_by_role("button", name="Открыть").click()
    expect(console.bubbles).to_have_text(["Ищете улун?", "Да, тёмный"])
