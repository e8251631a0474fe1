"""What shares out the work in the console: canned answers, several tickets at once, views."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.test_bot import Endpoint, completion, endpoint
from tests.web.conftest import Complaints
from tests.web.office import CANNED, Office

__all__ = ["endpoint"]

# What some keys do to the open ticket, as the palette calls it.
BY_ACTIONS = {
    "Принять: открытый или того, кто ждёт дольше всех": "Принять следующего",
    "Передать": "Передать",
    "Вернуть в очередь": "В очередь",
    "Закрыть разговор": "Закрыть",
    "Отложить или вернуть в работу": "Отложить",
}
# What cannot be done now is not offered.
IMPOSSIBLE = {"Отменить последнее действие", "Открыть снова"}
IMPOSSIBLE |= {"Черновик ответа от модели, в поле", "Пересказ разговора от модели"}


def test_answers_are_written_in_the_console_and_the_slower_editor_is_told(office: Office) -> None:
    office.daemon.admin("operator", "set", "artem", "--role", "admin")
    console = office.console()
    page = console.page
    anna = office.customer("Лидия", "Спасибо!")
    console.accept("Лидия")
    console.field.type("/")
    page.get_by_role("button", name="Все ответы").click()
    editor = page.get_by_role("dialog")
    editor.get_by_role("button", name="/hours").click()
    expect(editor).to_contain_text("[sites.default.canned]")
    expect(editor.locator("textarea")).to_have_count(0)
    editor.get_by_role("button", name="Назад").click()
    editor.get_by_role("button", name="Новый ответ").click()
    editor.get_by_label("Название").fill("thanks")
    text = editor.get_by_label("Текст", exact=True)
    text.fill("Рады помочь, {кто}!")
    expect(editor.get_by_role("button", name="Сохранить")).to_be_disabled()
    expect(editor.locator("#canned-unknown")).to_contain_text("{customer}, {operator}, {ticket}")
    text.fill("Рады помочь, ")
    editor.get_by_role("button", name="{customer}").click()
    expect(editor.locator(".preview")).to_have_text("Рады помочь, Лидия")
    editor.get_by_role("button", name="Сохранить").click()
    editor.get_by_role("button", name="/thanks").click()
    assert office.daemon.admin("canned", "set", "thanks", "Обращайтесь!").returncode == 0
    text.fill("Пожалуйста, {customer}!")
    editor.get_by_role("button", name="Сохранить").click()
    expect(editor.get_by_role("alert")).to_contain_text("изменён")
    expect(editor.locator(".preview").last).to_have_text("Обращайтесь!")
    editor.get_by_role("button", name="Оставить мой").click()
    editor.get_by_role("button", name="Сохранить").click()
    expect(editor.get_by_role("button", name="/thanks")).to_contain_text("Пожалуйста")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    console.field.fill("/tha")
    console.field.press("Enter")
    expect(console.field).to_have_value("Пожалуйста, Лидия!")
    console.field.press("Enter")
    anna.hears("Пожалуйста, Лидия!")
    assert office.daemon.admin("canned", "remove", "thanks").returncode == 0
    office.daemon.admin("operator", "set", "artem", "--role", "operator")


def test_what_is_done_to_several_is_done_to_each_and_told_and_taken_back(office: Office) -> None:
    console = office.console()
    page, ids = console.page, {}
    for name in ("Алла", "Белла", "Вилен"):
        ids[name] = office.customer(name, "?").ticket
    expect(console.rows).to_have_count(3)
    page.locator(".ticket").first.focus()
    page.keyboard.press("x")
    page.keyboard.press("Shift+ArrowDown")
    page.keyboard.press("Shift+ArrowDown")
    expect(page.locator(".mark-box[aria-checked=true]")).to_have_count(3)
    window = page.get_by_role("dialog")
    page.keyboard.press("Alt+b")
    window.get_by_label("Метки").fill("важное, -прочее")
    page.keyboard.press("Enter")
    expect(window).to_contain_text("Сделано: 3 из 3")
    page.keyboard.press("Escape")
    expect(page.locator(".mark-box")).to_have_count(0)
    expect(console.rows.locator(".labels", has_text="важное")).to_have_count(3)
    page.get_by_role("button", name="Отметить несколько").click()
    console.page.get_by_role("button", name="Все", exact=True).click()
    page.keyboard.press("Alt+b")
    close = window.get_by_role("button", name="Закрыть", exact=True)
    expect(close).to_be_visible()
    office.do("accept", ids["Белла"])
    office.do("close", ids["Алла"])
    close.click()
    expect(window).to_contain_text("Сделано: 2 из 3")
    expect(window.locator(".failed li")).to_have_text(re.compile(f"Алла {ids['Алла']}.*Борис Ким"))
    window.get_by_role("button", name="Отменить").click()
    expect(window).to_contain_text("Сделано: 2 из 2")
    tickets = {one["id"]: one for one in office.get("/api/admin/support/tickets")["tickets"]}
    states = [(tickets[id]["status"], tickets[id]["operator"]) for id in ids.values()]
    assert states == [("closed", None), ("active", "boris"), ("waiting", None)]


def test_a_filter_is_saved_found_again_and_every_key_is_in_the_palette(office: Office) -> None:
    console = office.console()
    page = console.page
    tickets = {name: office.customer(name, "?").ticket for name in ("Глеб", "Дина")}
    assert office.daemon.admin("tag", "--add", "vip", tickets["Дина"]).returncode == 0
    expect(console.rows.locator(".labels")).to_have_text([re.compile("vip")])
    window = page.get_by_role("dialog")
    page.keyboard.press("Alt+v")
    window.get_by_label("Метки").fill("vip")
    window.get_by_label("Состояние").select_option(label="ждёт")
    window.get_by_label("Название вида").fill("Важные")
    window.get_by_role("button", name="Сохранить").click()
    expect(window.locator(".saved")).to_contain_text("ждёт · #vip")
    page.keyboard.press("Escape")
    expect(window).to_have_count(0)
    expect(console.rows).to_have_count(2)
    page.keyboard.press("Control+k")
    expect(window.get_by_role("combobox")).to_be_focused()
    page.keyboard.type("вид: важные")
    page.keyboard.press("Enter")
    expect(console.rows).to_have_count(1)
    expect(console.row("Дина")).to_have_count(1)
    page.get_by_role("button", name="Показать всё").click()
    expect(console.row("Глеб")).to_have_count(1)
    shown = office.daemon.admin("tickets", "--view", "важные", "--as", "artem", "-q").stdout
    assert shown.split() == [tickets["Дина"]]
    page.keyboard.press("Alt+v")
    window.get_by_role("button", name="Удалить вид Важные").click()
    expect(window.locator(".saved")).to_have_count(0)
    # The focus was on the button that is gone: the page has the key, and closes the window at once.
    expect(page.locator("body")).to_be_focused()
    key = "new KeyboardEvent('keydown', {key: 'Escape', bubbles: true, cancelable: true})"
    page.evaluate(f"document.body.dispatchEvent({key})")
    expect(window).to_have_count(0)

    page.keyboard.press("Alt+Slash")
    expect(window.locator("dl.keys")).to_be_visible()
    keys = window.locator("dl div").filter(has_text="Alt+").locator("dt").all_inner_texts()
    page.keyboard.press("Escape")
    expect(window).to_have_count(0)
    console.accept("Глеб")
    page.keyboard.press("Alt+x")
    offered = [*(one for one in keys if one not in BY_ACTIONS), *BY_ACTIONS.values()]
    assert len(offered) > 20 and BY_ACTIONS.keys() <= {*keys}
    for words in offered:
        page.keyboard.press("Control+k")
        window.get_by_role("combobox").fill(words)
        option = window.locator("[role=option] b").get_by_text(words, exact=True)
        expect(option).to_have_count(0 if words in IMPOSSIBLE else 1)
        page.keyboard.press("Escape")
        expect(window).to_have_count(0)
    page.keyboard.press("Alt+z")
    expect(console.toast).to_contain_text("Отменять нечего")


def test_a_draft_comes_into_the_field_at_a_key_is_sent_by_nobody_and_loses_nothing(
    office: Office, endpoint: Endpoint, complaints: Complaints
) -> None:
    complaints.tolerate(r"503 .*/support/draft/")
    console = office.console()
    page, daemon = console.page, office.daemon
    galya = office.customer("Галя", "Где заказ?")
    console.accept("Галя")
    button = page.get_by_role("button", name="Черновик", exact=True)
    expect(page.get_by_role("button", name="Готовые ответы")).to_be_visible()
    expect(button).to_have_count(0)  # there is no model
    site = {"origins": ["self"], "canned": CANNED}
    url = f"http://127.0.0.1:{endpoint.server_port}/v1"
    bot = {"engine": "openai", "base_url": url, "model": "m"}
    daemon.write_config({"sites": {"default": site}, "bot": bot})
    assert daemon.admin("reload").returncode == 0
    page.reload()
    console.open("Галя")
    expect(button).to_be_visible()
    console.field.fill("Сейчас посмотрю")
    line = page.locator(".assist")
    endpoint.body = completion("Он в пути.")
    endpoint.gate.clear()
    page.keyboard.press("Alt+g")
    expect(line).to_contain_text("Модель пишет черновик")
    line.get_by_role("button", name="Не нужно").click()
    expect(line).to_have_count(0)
    with page.expect_response("**/support/draft/**"):
        endpoint.gate.set()
    expect(console.field).to_have_value("Сейчас посмотрю")  # it was given up
    page.keyboard.press("Alt+g")
    expect(console.field).to_have_value("Он в пути.")
    expect(line).to_contain_text("Не отправлен")
    line.get_by_role("button", name="Вернуть, что было").click()
    expect(console.field).to_have_value("Сейчас посмотрю")
    expect(line).to_have_count(0)
    endpoint.body = completion("Спрашивает о заказе.")
    page.keyboard.press("Alt+m")
    expect(line).to_contain_text("Спрашивает о заказе.")
    endpoint.status = 500
    button.click()
    expect(console.toast.filter(has_text="Сервер сейчас не может")).to_be_visible()
    expect(line).to_have_count(0)
    expect(console.field).to_have_value("Сейчас посмотрю")
    assert "Он в пути." not in galya.heard()
    daemon.write_config({"sites": {"default": site}})
    assert daemon.admin("reload").returncode == 0
