"""The console's figures: chosen, drawn, told in a table, and opened down to the ticket."""

from __future__ import annotations

import csv
import re
from pathlib import Path

from playwright.sync_api import expect

from tests.web.conftest import Axe
from tests.web.office import Office

CONFIG = {"sla": {"response": {"normal": 3600}}}


def test_figures_open_their_tickets_and_the_board_moves_by_itself(office: Office, axe: Axe) -> None:
    look_at_figures(office, axe)
    run_the_desk(office, axe)


def look_at_figures(office: Office, axe: Axe) -> None:
    """Every figure of an operator's opens its tickets."""
    anna = office.customer("Анна", "Где мой заказ?")
    office.daemon.admin("tag", anna.ticket, "--add", "доставка")
    console = office.console()
    page = console.page
    console.accept("Анна")
    console.write("Здравствуйте, сейчас посмотрю")
    page.get_by_role("button", name="Отчёты").click()
    window = page.get_by_role("dialog", name="Отчёты")
    expect(window.get_by_role("button", name=re.compile("^1 принято"))).to_be_visible()
    expect(window.locator("svg .column")).to_have_count(1)
    bar, time = (
        window.locator("svg .reach").bounding_box(),
        window.locator(".ticks span").bounding_box(),
    )
    assert bar and time, "and below its bar stands when that was"
    assert time["x"] < bar["x"] + bar["width"] and bar["x"] < time["x"] + time["width"]
    expect(window.locator("label > span", has_text="Оператор")).to_have_count(0)  # for admins only
    axe(page)
    window.get_by_label("По чему").select_option("tag")
    row = window.get_by_role("row", name="#доставка")
    expect(row.get_by_role("cell")).to_have_text(
        ["1", "0", "0", "1", "0", "0", "0", re.compile("с|мин"), re.compile("с|мин"), "–", "–"]
    )
    axe(page)
    with page.expect_download() as saved:
        window.get_by_role("button", name="Сохранить в CSV").click()
    (told,) = csv.DictReader(Path(saved.value.path()).read_text("utf-8").splitlines())
    assert (told["tag"], told["accepted"], told["closed"]) == ("доставка", "1", "0")

    window.get_by_label("О чём").select_option("targets")
    window.get_by_label("По чему").select_option("priority")
    promised = window.get_by_role("row", name="обычный").get_by_role("cell")
    expect(promised).to_have_text(["1", "1", "0", "100\xa0%", "0", "0", "–"])
    axe(page)
    promised.nth(1).get_by_role("button").click()
    expect(window.get_by_role("heading", name="ответ в срок: обычный")).to_be_focused()
    expect(window.get_by_role("button", name=anna.ticket)).to_be_visible()
    window.get_by_role("button", name="К отчёту").click()
    window.get_by_label("О чём").select_option("requests")
    window.get_by_label("По чему").select_option("tag")

    window.get_by_label("Время").select_option("own")
    window.get_by_label("С", exact=True).fill("2020-01-01")
    expect(window.get_by_role("alert")).to_contain_text("400")
    window.get_by_label("По", exact=True).fill("2020-01-02")
    expect(window.get_by_text("За это время никто не обращался.")).to_be_visible()
    window.get_by_label("Время").select_option("today")
    row.get_by_role("button").nth(1).click()
    expect(window.get_by_role("heading", name="принято: #доставка")).to_be_focused()
    axe(page)
    window.get_by_role("button", name="К отчёту").click()
    row.get_by_role("button").first.click()
    window.get_by_role("button", name=anna.ticket).click()
    expect(window).to_have_count(0)
    expect(page).to_have_url(re.compile(f"#{anna.ticket}"))


def run_the_desk(office: Office, axe: Axe) -> None:
    """The board moves by itself, for who runs it; behind the figures, as it adds to them."""
    office.daemon.admin("operator", "set", "artem", "--role", "admin", "--capacity", "1")
    for name in ("Вера", "Олег"):
        office.do("accept", office.customer(name, "Где мой заказ?").ticket, "artem")
    page = office.console().page
    page.get_by_role("button", name="Отчёты").click()
    window = page.get_by_role("dialog", name="Отчёты")
    window.get_by_role("button", name="Сейчас").click()
    totals = window.get_by_role("list", name="Что происходит сейчас").get_by_role("listitem")
    expect(totals.first).to_have_text(re.compile("^0"))
    artem = window.locator(".staff > li", has_text="Артём")
    expect(artem).to_contain_text(re.compile("слишком много: 3 из 1.*Анна.*Вера.*Олег", re.DOTALL))
    axe(page)
    office.customer("Анна", "Здесь кто-нибудь есть?")
    expect(totals.first).to_have_text(re.compile("^1"))
    expect(window.locator(".lines li")).to_contain_text("1 ждёт")
    artem.get_by_role("button", name="Вера").click()
    expect(page.get_by_role("main")).to_contain_text("Вера")
