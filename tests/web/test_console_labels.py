"""The console: priorities, tags and the customer's address, given, seen, sought."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.daemon import eventually
from tests.web.conftest import Axe
from tests.web.office import Office

CONFIG = {"sla": {"response": {"urgent": 60}}}


def test_tickets_are_sorted_by_what_an_operator_says_of_them(office: Office, axe: Axe) -> None:
    anna = office.customer("Анна", "Первый вопрос")
    vera = office.customer("Вера", "Второй вопрос")
    console = office.console()
    page = console.page
    rows = page.locator(".ticket b")
    expect(rows).to_have_text(["Анна", "Вера"])
    console.open("Вера")
    about = page.get_by_role("complementary", name="Клиент")
    promised = re.compile("ответ до [0-9]")
    expect(page.get_by_text(promised)).to_have_count(0)
    about.get_by_label("Приоритет").select_option("urgent")
    expect(rows).to_have_text(["Вера", "Анна"])
    expect(page.locator(".ticket", has_text="Вера")).to_contain_text(promised)
    expect(page.locator("header.head")).to_contain_text(promised)
    field = about.get_by_label("Метки", exact=True).and_(page.locator("input"))
    field.fill("VIP, возврат")
    field.press("Enter")
    chips = about.get_by_role("list", name="Метки").get_by_role("listitem")
    expect(chips).to_have_text(["vip", "возврат"])
    expect(field).to_have_value("")
    expect(page.locator(".ticket", has_text="Вера")).to_contain_text(re.compile("срочный.*vip"))
    about.get_by_role("button", name="Снять метку возврат").click()
    expect(chips).to_have_text(["vip"])
    field.fill("a<b")
    field.press("Enter")
    expect(page.locator(".toast")).to_be_visible()
    expect(field).to_have_value("a<b")
    mail = about.get_by_label("Почта")
    mail.fill("vera@shop.example")
    mail.press("Enter")
    expect(about.get_by_role("link", name="vera@shop.example")).to_be_visible()
    axe(page)
    page.keyboard.press("Control+k")
    expect(page.get_by_role("dialog").get_by_role("combobox")).to_be_focused()
    page.keyboard.type("приоритет низкий")
    page.keyboard.press("Enter")
    expect(rows).to_have_text(["Анна", "Вера"])
    expect(page.get_by_text(promised)).to_have_count(0), "of what is not urgent any more"
    page.locator("#find").fill("vip")
    expect(rows).to_have_text(["Вера"])
    page.locator("#find").fill("")
    office.daemon.admin("tag", anna.ticket, "--add", "Из оболочки")
    expect(page.locator(".ticket", has_text="Анна")).to_contain_text("из оболочки")

    def kept() -> bool:
        shown = vera.client.ask("ticket:messages", ticket_id=vera.ticket)["ticket"]
        return shown.get("contact") == "vera@shop.example" and not {"tags", "priority"} & set(shown)

    eventually(kept)
