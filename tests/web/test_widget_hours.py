"""The widget while nobody comes: when there is somebody again, and how the answer finds its way."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from tests.daemon import Daemon
from tests.web.conftest import Axe, MakeContext
from tests.web.host import Host
from tests.web.shop import Shop

OPENS = (datetime.now(UTC) + timedelta(days=3)).date()
FORM = [
    {"name": "who", "kind": "name", "label": "Имя", "required": True},
    {"name": "mail", "kind": "email", "label": "Почта"},
    {"name": "about", "kind": "choice", "label": "О чём", "choices": ["Чай", "Чашки"]},
    {"name": "terms", "kind": "consent", "label": "Согласен", "link": "/t", "required": True},
]
# What the page says before its widget has come.
KNOWN = """window.chatd = function () { (chatd.q = chatd.q || []).push(arguments); };
  chatd("setUser", { name: "Анна Ивановна", email: "anna@shop.example" });"""
CLOSED = {"timezone": "UTC", "holidays": {OPENS.isoformat(): ["09:30-24:00"]}}


@pytest.fixture(scope="module")
def shop_daemon(host: Host, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    """A site that opens in some days, and one where nobody is."""
    sites = {
        "form": {"origins": [host.origin("form.test")], "form": FORM},
        "shop": {"origins": [host.origin("shop.test")], "hours": CLOSED},
        "bare": {"origins": [host.origin("bare.test")], "when_nobody": "form", "language": "en"},
    }
    running = Daemon(tmp_path_factory.mktemp("hours"), {"sites": sites}).start()
    yield running
    assert running.stop() == 0, running.logged()
    assert "incident" not in running.logged(), running.logged()


def test_who_comes_while_it_is_closed_leaves_words_and_a_contact(
    shop: Shop, context: MakeContext, axe: Axe
) -> None:
    widget = shop.visit(context(timezone_id="Asia/Tokyo").new_page()).open()
    form = widget.panel.get_by_role("form", name="Оставить сообщение")
    contact, words = form.get_by_label("Почта или телефон"), form.get_by_label("Ваше сообщение")
    expect(contact).to_be_focused()
    opens = widget.panel.locator(".opens")
    expect(opens).to_contain_text(f"{OPENS.day} ")
    expect(opens).to_contain_text("18:30"), "by the clock of who reads it"
    expect(widget.panel.get_by_role("button", name="С менеджером")).to_have_count(0)
    axe(widget.page)
    contact.fill("anna at shop")
    words.fill("Есть ли чашки?")
    send = form.get_by_role("button", name="Отправить")
    send.click()
    expect(form.get_by_role("alert")).to_contain_text("anna@shop.example")
    expect(contact).to_have_value("anna at shop")
    assert shop.tickets(widget.page) == []
    axe(widget.page)
    contact.fill("anna@shop.example")
    send.click()
    widget.expect_state("Есть ли чашки?", "Отправлено")
    expect(form).to_have_count(0)
    expect(opens).to_contain_text("18:30")
    [ticket] = shop.tickets(widget.page)
    kept = shop._ask(f"/api/admin/support/ticket/{ticket}")["ticket"]
    assert (kept["contact"], kept["offline"]) == ("anna@shop.example", True)
    assert shop.stored(ticket).count("Есть ли чашки?") == 1
    widget.say("И ещё блюдца")
    widget.expect_state("И ещё блюдца", "Отправлено")


def test_while_nobody_is_there_a_phone_number_does_and_then_nothing_is_asked(
    shop: Shop, context: MakeContext
) -> None:
    widget = shop.visit(context(locale="en-GB").new_page(), "bare.test").open()
    form = widget.panel.get_by_role("form", name="Leave a message")
    form.get_by_label("Mail address or phone").fill("+7 912 345-67-89")
    form.get_by_label("Your message").fill("Any cups?")
    form.get_by_role("button", name="Send").click()
    widget.expect_state("Any cups?", "Sent")
    [ticket] = shop.tickets(widget.page)
    assert shop._ask(f"/api/admin/support/ticket/{ticket}")["ticket"]["phone"] == "+79123456789"
    shop.operator()
    other = shop.visit(context().new_page(), "bare.test").open()
    expect(other.field).to_be_visible()
    expect(other.panel.get_by_role("form")).to_have_count(0)


def test_what_a_site_asks_first_is_answered_before_the_first_word(
    shop: Shop, context: MakeContext, axe: Axe
) -> None:
    page = context().new_page()
    page.add_init_script(KNOWN)
    widget = shop.visit(page, "form.test").open()
    form = widget.panel.get_by_role("form")
    expect(form.get_by_label("Имя")).to_be_focused()
    expect(form.get_by_label("Имя")).to_have_value("Анна Ивановна")
    expect(form.get_by_label("Почта")).to_have_value("anna@shop.example")
    axe(widget.page)
    form.get_by_label("Имя").fill("Анна")
    form.get_by_label("О чём").select_option("Чашки")
    form.get_by_label("Ваше сообщение").fill("Какие есть?")
    send = form.get_by_role("button", name="Отправить")
    send.click()
    assert shop.tickets(widget.page) == [], "nobody has agreed yet"
    form.get_by_label("Согласен").check()
    expect(form.get_by_role("link", name="Согласен")).to_have_attribute(
        "rel", "noopener noreferrer"
    )
    send.click()
    widget.expect_state("Какие есть?", "Отправлено")
    [ticket] = shop.tickets(widget.page)
    kept = shop._ask(f"/api/admin/support/ticket/{ticket}")["ticket"]
    told = {one["name"]: one["value"] for one in kept["answers"]}
    assert told == {
        "who": "Анна",
        "mail": "anna@shop.example",
        "about": "Чашки",
        "terms": "true",
    }
    assert kept["customer_name"] == "Анна"
