"""The console: tickets shared out, to departments and to another time."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import expect

from tests.web.conftest import Axe
from tests.web.office import Office

CONFIG: dict[str, Any] = {
    "departments": {
        "billing": {"title": {"ru": "Оплата", "en": "Billing"}, "members": ["boris"]},
        "delivery": {"title": {"ru": "Доставка"}, "members": ["artem", "boris"]},
    }
}


def test_a_ticket_goes_to_a_department_and_out_of_others_queue(office: Office, axe: Axe) -> None:
    office.customer("Анна", "Где заказ?")
    vera = office.customer("Вера", "Списали дважды")
    console = office.console()
    page = console.page
    rows = page.locator(".ticket b")
    expect(rows).to_have_text(["Анна", "Вера"])
    console.accept("Вера")
    about = page.get_by_role("complementary", name="Клиент")
    about.get_by_label("Отдел").select_option(label="Доставка")
    expect(console.toast).to_contain_text("Передано в отдел: Доставка")
    expect(console.row("Вера")).to_contain_text("Доставка")
    about.get_by_label("Отдел").select_option(label="Оплата")
    vera.hears("Передаём вопрос коллегам")
    console.tab("Очередь")
    expect(rows).to_have_text(["Анна"])
    shown = page.get_by_role("navigation").get_by_label("Отдел")
    shown.select_option(label="Оплата")
    expect(rows).to_have_text(["Вера"])
    axe(page)
    console.row("Вера").get_by_role("button", name=re.compile("^Принять")).click()
    expect(console.toast.last).to_be_visible()
    expect(rows).to_have_text(["Вера"])
    shown.select_option(label="Мои отделы")
    office.daemon.admin("department", "delivery", vera.ticket)
    expect(rows).to_have_text(["Анна", "Вера"])


def test_a_ticket_is_put_aside_and_comes_back_when_its_customer_writes(
    office: Office, axe: Axe
) -> None:
    anna = office.customer("Анна", "Позвоните через час")
    console = office.console()
    page = console.page
    console.accept("Анна")
    page.keyboard.press("Alt+d")
    asked = page.get_by_role("dialog", name="Отложить до")
    axe(page)
    asked.get_by_role("button", name="На три часа").click()
    expect(page.get_by_role("main")).to_contain_text("отложен до")
    expect(console.rows).to_have_count(0)
    page.get_by_role("button", name="Отложенные: 1").click()
    expect(console.row("Анна")).to_contain_text("отложен до")
    page.get_by_role("button", name="Снова показать мои").click()
    expect(console.rows).to_have_count(0)
    anna.say("Я снова здесь")
    expect(console.row("Анна")).to_be_visible()
    expect(console.toast).to_contain_text("Снова в работе: Анна")
    expect(page.get_by_role("main")).not_to_contain_text("отложен до")
