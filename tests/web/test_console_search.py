"""The console: messages found by their words, opened where they were said."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.web.conftest import Axe, Shoot
from tests.web.office import Office


def test_messages_are_found_and_opened_where_they_were_said(
    office: Office, axe: Axe, shoot: Shoot
) -> None:
    anna = office.customer("Анна", "Где моя красная посылка? 😀 <b>Жду</b>")
    for number in range(150):
        anna.say(f"строка {number}")
    vera = office.customer("Вера", "Посылку получила, спасибо")
    console = office.console()
    page = console.page
    console.open("Вера")
    page.locator("#find").fill("посылки")
    page.get_by_role("button", name="Искать в сообщениях: посылки").click()
    window = page.get_by_role("dialog", name="Поиск по сообщениям")
    field = window.get_by_role("searchbox")
    expect(field).to_have_value("посылки")
    hits = window.locator(".choose button")
    expect(hits).to_have_count(2)
    expect(window.get_by_role("status")).to_have_text("Найдено 2 сообщения")
    expect(hits.nth(1)).to_contain_text("😀 <b>Жду</b>")
    expect(hits.nth(1).locator("mark")).to_have_text("посылка")
    axe(page)
    shoot(page, "console-found")

    window.get_by_label("Только в этом разговоре").check()
    expect(hits).to_have_count(1)
    expect(hits.locator("mark")).to_have_text("Посылку")
    window.get_by_label("Только в этом разговоре").uncheck()
    expect(hits).to_have_count(2)
    field.fill("красн* -получила")
    expect(hits).to_have_count(1)
    field.press("Enter")
    expect(window).not_to_be_visible()
    expect(page.get_by_role("main", name="Разговор: Анна")).to_be_visible()
    said = page.get_by_role("main").get_by_text("Где моя красная посылка?")
    expect(said).to_be_in_viewport()

    page.keyboard.press("Alt+f")
    field.fill("строка 149")
    expect(hits.first).to_contain_text("строка 149")
    field.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_role("main").get_by_text("строка 149", exact=True)).to_be_in_viewport()

    page.keyboard.press("Alt+f")
    field.fill("-ничего")
    expect(window.get_by_role("status")).to_contain_text("say what to look for")
    expect(hits).to_have_count(0)
    field.fill("верблюд")
    expect(window.get_by_role("status")).to_have_text("Ничего не нашлось")
    vera.say("верблюд")
    field.fill("верблюды")
    expect(hits).to_have_count(1)
    field.press("Escape")
    expect(window).not_to_be_visible()
