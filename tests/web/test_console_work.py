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
