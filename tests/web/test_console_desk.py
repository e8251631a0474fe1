"""The console as a desk: the customer beside the conversation, what can be undone or found."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, expect

from tests.conftest import MakeDaemon
from tests.daemon import PASSWORD
from tests.web.conftest import Axe, Complaints, MakeContext, Shoot, settle
from tests.web.host import Host
from tests.web.office import CANNED, CLOSED, NOT_YET, REOPENED, Desk, Office
from tests.web.shop import PAGE, Widget
from tests.web.waits import until

CONFIG = {"sites": {"default": {"origins": ["self", "*"], "canned": CANNED}}}
COLUMN = 760


def test_beside_the_conversation_is_the_customer(
    office: Office, context: MakeContext, host: Host
) -> None:
    host.put("/desk-shop", PAGE.format(address=office.daemon.address, attributes=""))
    agent = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:132.0) Gecko/20100101 Firefox/132.0"
    customer = context(user_agent=agent).new_page()
    customer.goto(host.origin("shop.test") + "/desk-shop")
    widget = Widget(customer).open()
    widget.say("Пишите на anna@shop.example или +7 912 345-67-89")
    desk = office.desk()
    desk.page.locator(".take").click()
    about = desk.page.get_by_role("complementary", name="Клиент")
    for text in ("anna@shop.example", "+7 912 345-67-89", "shop.test", "Firefox · Windows"):
        expect(about).to_contain_text(text)
    hrefs, known = "(all) => all.map((one) => one.href)", about.get_by_role("link")
    wanted = ["mailto:anna@shop.example", "tel:+79123456789"]
    until(lambda: known.evaluate_all(hrefs), wanted)
    expect(about).to_contain_text("Это первый разговор")
    expect(about).not_to_contain_text("TKT-")
    facts = desk.page.locator(".facts")
    expect(facts).to_contain_text(re.compile(r"TKT-\d+ · начат: Сегодня, \d?\d:\d\d · принят:"))
    until(lambda: facts.evaluate("(one) => one.getBoundingClientRect().height < 32"), True)


def test_earlier_conversations_are_a_click_away(office: Office) -> None:
    anna = office.customer("Анна", "Первый вопрос")
    office.do("close", anna.ticket)
    second = anna.client.ask("ticket:open", content="Второй вопрос", wants_person=True)
    desk = office.desk()
    desk.open("Анна")
    earlier = desk.page.get_by_role("complementary").locator(".past")
    expect(earlier).to_have_count(1)
    expect(earlier).to_contain_text("закрыт")
    earlier.press("Enter")
    expect(desk.bubbles.last).to_have_text("Первый вопрос")
    expect(desk.page.locator(".facts")).to_contain_text(anna.ticket)
    expect(earlier).to_contain_text("Второй вопрос")
    earlier.click()
    expect(desk.page.locator(".facts")).to_contain_text(second["ticket"]["id"])


def test_a_name_given_later_is_shown_at_once(office: Office) -> None:
    desk = office.desk()
    guest = office.customer("Гость 7", "Здравствуйте")
    desk.open("Гость 7")
    guest.client.hello(token=guest.client.token, name="Жанна")
    expect(desk.row("Жанна")).to_have_count(1)
    expect(desk.row("Гость 7")).to_have_count(0)
    expect(desk.page.get_by_role("heading", name="Жанна", level=1)).to_be_visible()
    expect(desk.page.get_by_role("complementary")).to_contain_text("Жанна")


def test_what_is_done_can_be_undone(office: Office) -> None:
    desk = office.desk()
    anna = office.customer("Анна", "Помогите")
    desk.accept("Анна")
    undo = desk.toast.get_by_role("button", name="Отменить")

    desk.act("Закрыть")
    anna.hears(CLOSED)
    expect(desk.toast).to_contain_text("Разговор закрыт")
    undo.click()
    anna.hears(REOPENED)
    expect(desk.field).to_be_focused()
    desk.count("Мои", 1)

    desk.act("В очередь")
    expect(desk.toast).to_contain_text("Возвращено в очередь")
    desk.count("Ждут", 1)
    desk.page.keyboard.press("Alt+z")
    desk.count("Мои", 1)
    desk.count("Ждут", 0)

    desk.act("Передать")
    desk.page.get_by_role("dialog").get_by_role("button", name="Борис Ким").click()
    desk.count("Мои", 0)
    expect(desk.toast).to_contain_text("Передано: Борис Ким")
    undo.click()
    desk.count("Мои", 1)
    expect(desk.toast).to_have_count(0)
    desk.page.keyboard.press("Alt+z")
    desk.count("Мои", 1)


def test_undoing_leaves_a_ticket_with_whom_it_was(office: Office) -> None:
    desk = office.desk()
    oleg = office.customer("Олег", "Помогите")
    desk.open("Олег")
    desk.act("Закрыть")
    oleg.hears(CLOSED)
    expect(desk.toast).to_contain_text("Разговор закрыт")
    desk.page.keyboard.press("Alt+z")
    desk.count("Ждут", 1)
    office.do("accept", oleg.ticket)
    expect(desk.page.get_by_role("main")).to_contain_text("отвечает Борис Ким")
    desk.act("Закрыть")
    expect(desk.page.get_by_text("Разговор закрыт.")).to_be_visible()
    expect(desk.toast).to_contain_text("Разговор закрыт")
    desk.page.keyboard.press("Alt+z")
    expect(desk.page.get_by_role("main")).to_contain_text("отвечает Борис Ким")


def test_undo_is_offered_for_five_seconds(office: Office) -> None:
    desk = office.door()
    desk.page.clock.install()
    desk.log_in("artem")
    anna = office.customer("Анна", "Помогите")
    expect(desk.row("Анна")).to_be_visible()
    desk.open("Анна")
    desk.act("Закрыть")
    anna.hears(CLOSED)
    expect(desk.toast).to_be_visible()
    desk.page.clock.run_for(4_500)
    expect(desk.toast).to_be_visible()
    desk.page.clock.run_for(1_000)
    expect(desk.toast).to_have_count(0)
    desk.page.keyboard.press("Alt+z")
    assert REOPENED not in anna.heard()


def test_the_queue_shows_two_lines_and_its_button_when_it_is_wanted(office: Office) -> None:
    desk = office.desk()
    for name, text in (("Анна", "Слово за словом. " * 20), ("Олег", "Коротко")):
        office.customer(name, text)
    expect(desk.rows).to_have_count(2)
    last = desk.row("Анна").locator(".last")
    lines = "(one) => Math.round(one.clientHeight / parseFloat(getComputedStyle(one).lineHeight))"
    until(lambda: last.evaluate(lines), 2)
    buttons = [desk.row(name).locator(".take") for name in ("Анна", "Олег")]

    def shown(*opacities: str) -> None:
        for button, opacity in zip(buttons, opacities, strict=True):
            expect(button).to_have_css("opacity", opacity)

    desk.page.mouse.move(800, 500)
    shown("0", "0")
    desk.row("Олег").hover()
    shown("0", "1")
    desk.page.mouse.move(800, 500)
    desk.row("Анна").locator(".ticket").focus()
    shown("1", "0")
    desk.open("Олег")
    desk.page.mouse.move(800, 500)
    desk.page.get_by_role("heading", level=1).focus()
    shown("0", "1")
    desk.page.get_by_role("button", name="Принять следующего").click()
    expect(desk.page.get_by_role("heading", name="Анна", level=1)).to_be_visible()
    expect(desk.field).to_be_focused()


def test_waiting_has_three_levels(office: Office) -> None:
    desk = office.desk()
    office.customer("Анна", "Жду")
    waited = desk.row("Анна").locator(".waited")
    expect(waited).to_have_class("waited level0")
    now = desk.page.evaluate("Date.now() / 1000")
    for level, later in ((1, 70), (2, 200)):
        desk.page.clock.set_fixed_time(now + later)
        expect(waited).to_have_class(f"waited level{level}")


@pytest.mark.parametrize("width", [390, 1280, 1920])
def test_the_conversation_is_a_column_with_its_field(office: Office, width: int) -> None:
    desk = office.desk(viewport={"width": width, "height": 900})
    anna = office.customer("Анна", "Слово за словом. " * 60)
    desk.page.get_by_role("button", name="Принять следующего").click()
    desk.write("Отвечаю. " * 60)
    places = """() => [".scroller > div", ".composer", ".talk"].map((one) => {
      const { left, right } = document.querySelector(one).getBoundingClientRect();
      return [right - left, (left + right) / 2];
    })"""
    settle(desk.page)
    (list_, middle), (composer, below), (_, centre) = desk.page.evaluate(places)
    assert list_ <= COLUMN and composer <= COLUMN
    assert abs(middle - centre) < 10 and abs(below - centre) < 10
    assert desk.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    notice = desk.log.locator(".notice")
    expect(notice).to_have_count(1)
    state = desk.log.locator(".own .state").last
    expect(state).to_have_text("Отправлено")
    anna.client.ask("receipt:delivered", dialog_id=anna.ticket, seq=4)
    expect(state).to_have_text("Доставлено")
    background = "(one) => getComputedStyle(one).backgroundColor"
    settle(desk.page)
    delivered = state.evaluate(background)
    anna.client.ask("receipt:read", dialog_id=anna.ticket, seq=4)
    expect(state).to_have_text("Прочитано")
    until(lambda: state.evaluate(background) != delivered, True)


def test_the_palette_finds_tickets_people_actions_and_answers(
    office: Office, axe: Axe, shoot: Shoot
) -> None:
    desk = office.desk()
    anna = office.customer("Анна", "Где мой заказ?")
    office.customer("Олег", "Гарантия")
    expect(desk.rows).to_have_count(2)
    keys = desk.page.keyboard
    dialog = desk.page.get_by_role("dialog", name="Найти и сделать")
    found = dialog.get_by_role("option")

    keys.press("Control+k")
    field = dialog.get_by_role("combobox")
    expect(field).to_be_focused()
    axe(desk.page)
    shoot(desk.page, "console-palette")
    keys.type("заказ")
    expect(found).to_have_text([re.compile("^Анна")])
    expect(dialog.get_by_role("status")).to_have_text("Найдено: 1")
    expect(field).to_have_attribute("aria-activedescendant", "do-0")
    keys.press("Enter")
    expect(desk.page.get_by_role("heading", name="Анна", level=1)).to_be_visible()
    keys.press("Control+k")
    keys.type("принять")
    expect(found.first).to_have_text(re.compile("^Принять"))
    keys.press("Enter")
    expect(desk.field).to_be_focused()
    keys.press("Control+k")
    keys.type("refund")
    keys.press("Enter")
    expect(desk.field).to_have_value(CANNED["refund"])
    expect(desk.field).to_be_focused()
    keys.press("Control+k")
    keys.type("борис")
    expect(found.first).to_contain_text("Передать: Борис Ким")
    keys.press("Enter")
    desk.count("Мои", 0)
    keys.press("Control+k")
    keys.type("нет такого нигде")
    expect(dialog.get_by_text("Ничего не нашлось")).to_be_visible()
    axe(desk.page)
    keys.press("Escape")
    expect(dialog).to_have_count(0)
    assert anna.ticket


def test_colleagues_are_in_the_bar(office: Office, axe: Axe) -> None:
    boris = office.connected("boris")
    desk = office.desk()
    faces = desk.page.get_by_role("banner").get_by_role("button", name=re.compile("^Операторы"))
    expect(faces).to_have_accessible_name(re.compile("Борис Ким"))
    faces.click()
    people = desk.page.get_by_role("dialog").get_by_role("listitem")
    expect(people.filter(has_text="Борис Ким")).to_contain_text("0 из 5")
    expect(people.filter(has_text="Артём Волков")).to_contain_text("это вы")
    axe(desk.page)
    desk.page.keyboard.press("Escape")
    expect(faces).to_be_focused()
    assert boris.id


def test_the_first_run_says_how_to_make_an_operator(
    make_daemon: MakeDaemon, context: MakeContext, complaints: Complaints, axe: Axe, shoot: Shoot
) -> None:
    complaints.tolerate(NOT_YET)
    daemon = make_daemon()
    page = context().new_page()
    page.goto(f"http://{daemon.address}/console")
    expect(page.get_by_role("heading", name="Операторов ещё нет")).to_be_focused()
    expect(page.locator("pre")).to_have_text(
        "chatd admin operator add artem --name Артём --role admin"
    )
    axe(page)
    shoot(page, "console-first-run")
    daemon.add_operator("artem", "Артём")
    expect(page.get_by_label("Имя пользователя")).to_be_focused()
    Desk(page).log_in("artem", PASSWORD)
    expect(page.locator(".bar")).to_be_visible()


def test_it_is_legible_in_forced_colours(
    office: Office, axe: Axe, shoot: Shoot, browser: Browser
) -> None:
    desk = office.desk(forced_colors="active")
    office.customer("Олег", "Гарантия")
    office.customer("Анна", "Где мой заказ?")
    desk.accept("Анна")
    desk.write("Сейчас посмотрю")
    desk.tab("Очередь")
    shoot(desk.page, "console-forced")
    axe(desk.page)
    for part in (".own .bubble", ".notice", ".send", ".next"):
        expect(desk.page.locator(part).last, part).not_to_have_css("border-top-style", "none")
    desk.tab("Мои")
    chosen = desk.page.locator(".tickets .chosen .ticket")
    expect(chosen).not_to_have_css("outline-style", "none")
