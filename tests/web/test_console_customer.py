"""The console beside the conversation: the customer, what can be undone, what can be found."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, expect

from chatd.config import extras
from tests.conftest import MakeDaemon
from tests.daemon import PASSWORD
from tests.web.conftest import Axe, Complaints, MakeContext, Shoot, settle
from tests.web.host import Host
from tests.web.office import CANNED, CLOSED, NOT_YET, REOPENED, Console, Office
from tests.web.shop import PAGE, Widget
from tests.web.waits import end_composition, until

CONFIG = {"sites": {"default": {"origins": ["self", "*"], "canned": CANNED}}}
COLUMN = 760


def test_beside_the_conversation_is_the_customer(
    office: Office, context: MakeContext, host: Host, shoot: Shoot
) -> None:
    host.put("/beside-shop", PAGE.format(address=office.daemon.address, attributes=""))
    agent = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:132.0) Gecko/20100101 Firefox/132.0"
    customer = context(user_agent=agent).new_page()
    customer.goto(host.origin("shop.test") + "/beside-shop")
    widget = Widget(customer).open()
    widget.say("Пишите на anna@shop.example или +7 912 345-67-89")
    console = office.console()
    console.page.locator(".take").click()
    about = console.page.get_by_role("complementary", name="Клиент")
    told = ["anna@shop.example", "+7 912 345-67-89", "shop.test", "/beside-shop", "русский", "12:"]
    for text in [*told, *([] if extras.missing("devices") else ["Firefox 132 · Windows 10"])]:
        expect(about).to_contain_text(text)
    page = about.get_by_role("link", name="Магазин")
    expect(page).to_have_attribute("href", host.origin("shop.test") + "/beside-shop")
    expect(page).to_have_attribute("rel", "noopener noreferrer")
    customer.goto(host.origin("shop.test") + "/beside-shop?utm_source=mail&key=secret#top")
    expect(page).to_contain_text("/beside-shop?utm_source=mail")
    expect(about).not_to_contain_text("secret")
    expect(about).not_to_contain_text("Страницы до этой")
    hrefs = "(all) => all.map((one) => one.href).filter((one) => !one.startsWith('http'))"
    known = about.get_by_role("link")
    wanted = ["mailto:anna@shop.example", "tel:+79123456789"]
    until(lambda: known.evaluate_all(hrefs), wanted)
    expect(about).to_contain_text("Это первый разговор")
    shoot(console.page, "console-customer")
    expect(about).not_to_contain_text("TKT-")
    facts = console.page.locator(".facts")
    expect(facts).to_contain_text(re.compile(r"TKT-\d+ · начат: \d?\d:\d\d · принят:"))
    until(lambda: facts.evaluate("(one) => one.getBoundingClientRect().height < 32"), True)


def test_the_conversation_is_downloaded_and_printed(office: Office, axe: Axe) -> None:
    anna = office.customer("Анна", "Где <b>мой</b> заказ?")
    console = office.console()
    console.open("Анна")
    about = console.page.get_by_role("complementary", name="Клиент")
    with console.page.expect_download() as downloading:
        about.get_by_role("button", name="Скачать").click()
    assert downloading.value.suggested_filename == f"{anna.ticket}.txt"
    kept = downloading.value.path().read_text()
    assert kept.startswith(f"Переписка {anna.ticket}") and "    Где <b>мой</b> заказ?" in kept
    console.page.context.add_init_script("print = () => document.body.classList.add('printed')")
    with console.page.expect_popup() as opening:
        about.get_by_role("button", name="Распечатать").click()
    paper = opening.value
    expect(paper.locator("body.printed")).to_contain_text("Где <b>мой</b> заказ?")
    axe(paper)


def test_earlier_conversations_are_a_click_away(office: Office) -> None:
    anna = office.customer("Анна", "Первый вопрос")
    office.do("close", anna.ticket)
    second = anna.client.ask("ticket:open", content="Второй вопрос", wants_person=True)
    console = office.console()
    console.open("Анна")
    earlier = console.page.get_by_role("complementary").locator(".past")
    expect(earlier).to_have_count(1)
    expect(earlier).to_contain_text("закрыт")
    earlier.press("Enter")
    expect(console.bubbles.last).to_have_text("Первый вопрос")
    expect(console.page.locator(".facts")).to_contain_text(anna.ticket)
    expect(earlier).to_contain_text("Второй вопрос")
    earlier.click()
    expect(console.page.locator(".facts")).to_contain_text(second["ticket"]["id"])


def test_a_name_given_later_is_shown_at_once(office: Office) -> None:
    console = office.console()
    guest = office.customer("Гость 7", "Здравствуйте")
    console.open("Гость 7")
    guest.client.hello(token=guest.client.token, name="Жанна")
    expect(console.row("Жанна")).to_have_count(1)
    expect(console.row("Гость 7")).to_have_count(0)
    expect(console.page.get_by_role("heading", name="Жанна", level=1)).to_be_visible()
    expect(console.page.get_by_role("complementary")).to_contain_text("Жанна")


def test_what_is_done_can_be_undone(office: Office) -> None:
    console = office.console()
    anna = office.customer("Анна", "Помогите")
    console.accept("Анна")
    undo = console.toast.get_by_role("button", name="Отменить")

    console.act("Закрыть")
    anna.hears(CLOSED)
    expect(console.toast).to_contain_text("Разговор закрыт")
    undo.click()
    anna.hears(REOPENED)
    expect(console.field).to_be_focused()
    console.count("Мои", 1)

    console.act("В очередь")
    expect(console.toast).to_contain_text("Возвращено в очередь")
    console.count("Ждут", 1)
    console.page.keyboard.press("Alt+z")
    console.count("Мои", 1)
    console.count("Ждут", 0)

    console.act("Передать")
    console.page.get_by_role("dialog").get_by_role("button", name="Борис Ким").click()
    console.count("Мои", 0)
    expect(console.toast).to_contain_text("Передано: Борис Ким")
    undo.click()
    console.count("Мои", 1)
    expect(console.toast).to_have_count(0)
    console.page.keyboard.press("Alt+z")
    console.count("Мои", 1)


def test_undoing_leaves_a_ticket_with_whom_it_was(office: Office) -> None:
    console = office.console()
    oleg = office.customer("Олег", "Помогите")
    console.open("Олег")
    console.act("Закрыть")
    oleg.hears(CLOSED)
    expect(console.toast).to_contain_text("Разговор закрыт")
    console.page.keyboard.press("Alt+z")
    console.count("Ждут", 1)
    office.do("accept", oleg.ticket)
    expect(console.page.get_by_role("main")).to_contain_text("отвечает Борис Ким")
    console.act("Закрыть")
    expect(console.page.get_by_text("Разговор закрыт.")).to_be_visible()
    expect(console.toast).to_contain_text("Разговор закрыт")
    console.page.keyboard.press("Alt+z")
    expect(console.page.get_by_role("main")).to_contain_text("отвечает Борис Ким")

    console.act("Взять себе")
    console.act("Передать")
    console.page.get_by_role("dialog").get_by_role("button", name="Борис Ким").click()
    expect(console.toast).to_contain_text("Передано: Борис Ким")
    office.do("return", oleg.ticket)
    office.do("accept", oleg.ticket)
    console.page.keyboard.press("Alt+z")
    expect(console.toast.filter(has_text="Сейчас так нельзя")).to_be_visible()
    expect(console.page.get_by_role("main")).to_contain_text("отвечает Борис Ким")


def test_undo_is_offered_for_five_seconds(office: Office) -> None:
    console = office.door()
    console.page.clock.install()
    console.log_in("artem")
    anna = office.customer("Анна", "Помогите")
    expect(console.row("Анна")).to_be_visible()
    console.open("Анна")
    console.act("Закрыть")
    anna.hears(CLOSED)
    expect(console.toast).to_be_visible()
    console.page.clock.run_for(4_500)
    expect(console.toast).to_be_visible()
    console.page.clock.run_for(1_000)
    expect(console.toast).to_have_count(0)
    console.page.keyboard.press("Alt+z")
    assert REOPENED not in anna.heard()


def test_the_queue_shows_two_lines_and_its_button_when_it_is_wanted(office: Office) -> None:
    console = office.console()
    for name, text in (("Анна", "Слово за словом. " * 20), ("Олег", "Коротко")):
        office.customer(name, text)
    expect(console.rows).to_have_count(2)
    last = console.row("Анна").locator(".last")
    lines = "(one) => Math.round(one.clientHeight / parseFloat(getComputedStyle(one).lineHeight))"
    until(lambda: last.evaluate(lines), 2)
    buttons = [console.row(name).locator(".take") for name in ("Анна", "Олег")]

    def shown(*opacities: str) -> None:
        for button, opacity in zip(buttons, opacities, strict=True):
            expect(button).to_have_css("opacity", opacity)

    console.page.mouse.move(800, 500)
    shown("0", "0")
    console.row("Олег").hover()
    shown("0", "1")
    console.page.mouse.move(800, 500)
    console.row("Анна").locator(".ticket").focus()
    shown("1", "0")
    console.open("Олег")
    console.page.mouse.move(800, 500)
    console.page.get_by_role("heading", level=1).focus()
    shown("0", "1")
    console.page.get_by_role("button", name="Принять следующего").click()
    expect(console.page.get_by_role("heading", name="Анна", level=1)).to_be_visible()
    expect(console.field).to_be_focused()


def test_waiting_has_three_levels(office: Office) -> None:
    console = office.console()
    office.customer("Анна", "Жду")
    waited = console.row("Анна").locator(".waited")
    expect(waited).to_have_class("waited level0")
    now = console.page.evaluate("Date.now() / 1000")
    for level, later, said in ((1, 70, "1 мин"), (2, 200, "3 мин"), (2, 7_500, "2 ч 5 мин")):
        console.page.clock.set_fixed_time(now + later)
        expect(waited).to_have_class(f"waited level{level}")
        expect(waited).to_have_text(re.compile(f"{said}$"))


@pytest.mark.parametrize("width", [390, 1280, 1920])
def test_the_conversation_is_a_column_with_its_field(office: Office, width: int) -> None:
    console = office.console(viewport={"width": width, "height": 900})
    anna = office.customer("Анна", "Слово за словом. " * 60)
    console.page.get_by_role("button", name="Принять следующего").click()
    console.write("Отвечаю. " * 60)
    places = """() => [".scroller > div", ".composer", ".talk"].map((one) => {
      const { left, right } = document.querySelector(one).getBoundingClientRect();
      return [right - left, (left + right) / 2];
    })"""
    settle(console.page)
    (list_, middle), (composer, below), (_, centre) = console.page.evaluate(places)
    assert list_ <= COLUMN and composer <= COLUMN
    assert abs(middle - centre) < 10 and abs(below - centre) < 10
    assert console.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    name = console.page.evaluate("document.querySelector('.who').clientWidth")
    assert name >= 110, "and it can be read whose it is"
    notice = console.log.locator(".notice")
    expect(notice).to_have_count(1)
    state = console.log.locator(".own .state").last
    expect(state).to_have_text("Отправлено")
    anna.client.ask("receipt:delivered", dialog_id=anna.ticket, seq=4)
    expect(state).to_have_text("Доставлено")
    background = "(one) => getComputedStyle(one).backgroundColor"
    settle(console.page)
    delivered = state.evaluate(background)
    anna.client.ask("receipt:read", dialog_id=anna.ticket, seq=4)
    expect(state).to_have_text("Прочитано")
    until(lambda: state.evaluate(background) != delivered, True)


def test_the_palette_finds_tickets_people_actions_and_answers(
    office: Office, axe: Axe, shoot: Shoot
) -> None:
    console = office.console()
    anna = office.customer("Анна", "Где моя бандероль?")
    office.customer("Олег", "Гарантия")
    expect(console.rows).to_have_count(2)
    keys = console.page.keyboard
    dialog = console.page.get_by_role("dialog", name="Поиск и действия")
    found = dialog.get_by_role("option")

    keys.press("Control+k")
    field = dialog.get_by_role("combobox")
    expect(field).to_be_focused()
    axe(console.page)
    shoot(console.page, "console-palette")
    keys.type("бандероль")
    expect(found).to_have_text([re.compile("^Анна")])
    expect(dialog.get_by_role("status")).to_have_text("Найдено: 1")
    expect(field).to_have_attribute("aria-activedescendant", "do-0")
    end_composition(field, "Enter", "Escape")
    keys.press("Enter")
    expect(console.page.get_by_role("heading", name="Анна", level=1)).to_be_visible()
    keys.press("Control+k")
    expect(field).to_be_focused()
    keys.type("принять")
    expect(found.first).to_have_text(re.compile("^Принять"))
    keys.press("Enter")
    expect(console.field).to_be_focused()
    keys.press("Control+k")
    expect(field).to_be_focused()
    keys.type("refund")
    expect(found.first).to_contain_text("refund")
    keys.press("Enter")
    expect(console.field).to_have_value(CANNED["refund"])
    expect(console.field).to_be_focused()
    keys.press("Control+k")
    expect(field).to_be_focused()
    keys.type("борис")
    expect(found.first).to_contain_text("Передать: Борис Ким")
    keys.press("Enter")
    console.count("Мои", 0)
    keys.press("Control+k")
    expect(field).to_be_focused()
    keys.type("нет такого нигде")
    expect(dialog.get_by_text("Ничего не нашлось")).to_be_visible()
    axe(console.page)
    keys.press("Escape")
    expect(dialog).to_have_count(0)
    assert anna.ticket


def test_colleagues_are_in_the_bar(office: Office, axe: Axe) -> None:
    boris = office.connected("boris")
    console = office.console()
    faces = console.page.get_by_role("banner").get_by_role("button", name=re.compile("^Операторы"))
    expect(faces).to_have_accessible_name(re.compile("Борис Ким"))
    faces.click()
    people = console.page.get_by_role("dialog").get_by_role("listitem")
    expect(people.filter(has_text="Борис Ким")).to_contain_text("0 из 5")
    expect(people.filter(has_text="Артём Волков")).to_contain_text("это вы")
    axe(console.page)
    console.page.keyboard.press("Escape")
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
    Console(page).log_in("artem", PASSWORD)
    expect(page.locator(".bar")).to_be_visible()


def test_it_is_legible_in_forced_colours(
    office: Office, axe: Axe, shoot: Shoot, browser: Browser
) -> None:
    console = office.console(forced_colors="active")
    office.customer("Олег", "Гарантия")
    office.customer("Анна", "Где мой заказ?")
    console.accept("Анна")
    console.write("Сейчас посмотрю")
    console.tab("Очередь")
    shoot(console.page, "console-forced")
    axe(console.page)
    for part in (".own .bubble", ".notice", ".send", ".next"):
        expect(console.page.locator(part).last, part).not_to_have_css("border-top-style", "none")
    console.tab("Мои")
    chosen = console.page.locator(".tickets .chosen .ticket")
    expect(chosen).not_to_have_css("outline-style", "none")
