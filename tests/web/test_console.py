"""The operators' console: the play of a customer, two operators and a customer who comes back."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.web.conftest import Axe, MakeContext, Shoot
from tests.web.host import Host
from tests.web.office import CANNED, CLOSED, CONNECTED, GREETING, REOPENED, Office
from tests.web.shop import PAGE, Widget
from tests.web.waits import until

CONFIG = {
    "sites": {"default": {"origins": ["self", "*"], "canned": CANNED}},
    "tickets": {"operator_drafts": "indicator"},
}
ARTEM, BORIS = CONNECTED.format("Артём Волков"), CONNECTED.format("Борис Ким")


def test_a_ticket_from_the_queue_to_its_end_and_back(office: Office) -> None:
    console = office.console()
    console.count("Ждут", 0)
    expect(console.page.get_by_text("Никто не ждёт")).to_be_visible()

    anna = office.customer("Анна Петрова", "Где мой заказ?")
    expect(console.row("Анна Петрова")).to_contain_text("Где мой заказ?")
    expect(console.row("Анна Петрова").locator(".waited")).to_contain_text(re.compile(r"\d+ с"))
    console.count("Ждут", 1)

    console.open("Анна Петрова")
    expect(console.bubbles).to_have_text([GREETING, "Где мой заказ?"])
    expect(console.field).to_have_count(0)
    assert ARTEM not in anna.heard(), "who only looks is not announced"

    console.accept("Анна Петрова")
    anna.hears(ARTEM)
    console.count("Ждут", 0)
    console.count("Мои", 1)
    for n in range(1, len("Это №48") + 1):
        anna.types("Это №48"[:n])
    expect(console.draft).to_have_text("Это №48")
    anna.types("Это №4812")
    expect(console.draft).to_have_text("Это №4812")
    assert not console.log.evaluate(
        "(log) => log.querySelector('.draft').closest('[aria-live=polite]')"
    )
    anna.say("Это №4812")
    expect(console.draft).to_have_count(0)
    expect(console.bubbles.last).to_have_text("Это №4812")

    console.write("Едет, будет завтра")
    anna.hears("Едет, будет завтра")
    state = console.log.locator(".own .state").last
    expect(state).to_have_text("Отправлено")
    anna.client.ask("receipt:read", dialog_id=anna.ticket, seq=5)
    expect(state).to_have_text("Прочитано")

    console.act("Закрыть")
    anna.hears(CLOSED)
    expect(console.page.get_by_text("Разговор закрыт.")).to_be_visible()
    console.act("Открыть снова")
    anna.hears(REOPENED)
    expect(console.field).to_be_focused()
    console.write("Ещё минуту")
    anna.hears("Ещё минуту")
    console.act("Закрыть")
    anna.hears(CLOSED)
    console.count("Мои", 0)
    anna.say("Ещё вопрос")
    anna.hears(REOPENED)
    console.count("Ждут", 1)
    console.tab("Очередь")
    expect(console.row("Анна Петрова")).to_contain_text("Ещё вопрос")
    assert anna.heard() == [
        *(GREETING, "Где мой заказ?", ARTEM, "Это №4812", "Едет, будет завтра"),
        *(CLOSED, REOPENED, ARTEM, "Ещё минуту", CLOSED, REOPENED, "Ещё вопрос"),
    ]


def test_two_operators_one_ticket(office: Office) -> None:
    artem, boris = office.console("artem"), office.console("boris")
    anna = office.customer("Юлия", "Помогите")
    for console in (artem, boris):
        expect(console.row("Юлия")).to_be_visible()
    artem.page.locator(".take").click()
    expect(artem.field).to_be_focused()
    expect(boris.row("Юлия")).to_have_count(0)
    artem.count("Мои", 1)
    boris.count("Мои", 0)
    anna.hears(ARTEM)

    artem.page.get_by_role("button", name="Заметка", exact=True).click()
    artem.field.fill("Спроси @кИ")
    expect(artem.offers).to_have_text("@boris Борис Ким")
    artem.field.press("Enter")
    expect(artem.field).to_have_value("Спроси @boris ")
    for nobody in ("Спроси @boris", "почта a@bor", "@иван", "@арт"):
        artem.field.fill(nobody)
        expect(artem.offers).to_have_count(0)
    artem.write("Клиент особый, скидка 10 %")
    expect(artem.log.locator(".said.note")).to_have_text(re.compile("Клиент особый"))
    artem.act("Передать")
    artem.page.get_by_role("dialog").get_by_role("button", name="Борис Ким").click()
    expect(artem.toast).to_contain_text("Передано: Борис Ким")
    artem.count("Мои", 0)

    boris.count("Мои", 1)
    boris.tab("Мои")
    boris.open("Юлия")
    anna.hears(BORIS)
    expect(boris.log.locator(".said.note .text")).to_have_text("Клиент особый, скидка 10 %")
    expect(boris.log.locator(".said.note .sender")).to_have_text("Артём Волков")
    beside = {one: one.page.locator(".head .colleagues") for one in (artem, boris)}
    expect(beside[boris]).to_have_text("Артём Волков: смотрит")
    boris.field.fill("Секунду")
    expect(artem.log.locator(".draft")).to_contain_text("Секунду")
    expect(beside[artem]).to_have_text("Борис Ким: пишет ответ")
    boris.field.press("Enter")
    anna.hears("Секунду")
    expect(artem.bubbles.last).to_have_text("Секунду")

    expect(beside[artem]).to_have_text("Борис Ким: смотрит")
    boris.field.fill("Так вот")
    expect(beside[artem]).to_have_text("Борис Ким: пишет ответ")
    artem.act("Взять себе")
    warned = artem.toast.filter(has_text="Осторожно: Борис Ким уже пишет ответ")
    expect(warned).to_be_visible()
    artem.count("Мои", 1)
    artem.act("В очередь")
    for console in (artem, boris):
        console.tab("Очередь")
        console.count("Ждут", 1)
        expect(console.row("Юлия").locator(".last")).to_contain_text("Секунду")
    expect(artem.row("Юлия").locator(".colleague")).to_have_text("Борис Ким: пишет ответ")
    expect(boris.row("Юлия").locator(".colleague")).to_have_text("Артём Волков: смотрит")
    late = office.customer("Олег", "Я следующий")
    expect(artem.row("Олег")).to_be_visible()
    office.connected("boris").ask("ticket:accept", ticket_id=anna.ticket)
    expect(artem.page.get_by_role("main")).to_contain_text("отвечает Борис Ким")
    artem.page.keyboard.press("Alt+a")
    expect(artem.toast.filter(has_text="Взял Борис Ким")).to_be_visible()
    assert late.heard() == [GREETING, "Я следующий"]
    artem.page.keyboard.press("Alt+a")
    late.hears(ARTEM)
    assert not any("скидка" in text for text in anna.heard())
    events = anna.client.settle()
    assert not any("скидка" in str(one) or "/notes" in str(one) for one in events)


def test_who_is_offered_no_ticket_is_shown(office: Office) -> None:
    office.get("/manager/queue")  # Boris has a program that asks, and no console
    artem, _ = office.console("artem"), office.customer("Юлия", "Помогите")
    artem.accept("Юлия")
    artem.act("Передать")
    choice = artem.page.get_by_role("dialog").get_by_role("button", name="Борис Ким")
    expect(choice).to_contain_text("на линии · сейчас не принимает")
    artem.page.keyboard.press("Escape")
    try:
        assert office.daemon.admin("operator", "set", "boris", "--no-tickets").returncode == 0
        artem.act("Передать")
        expect(choice).to_contain_text("не принимает обращения")
        artem.page.keyboard.press("Escape")
        artem.page.get_by_role("button", name=re.compile("^Операторы, на связи")).click()
        colleagues = artem.page.get_by_role("dialog").get_by_role("listitem")
        expect(colleagues.filter(has_text="Борис Ким")).to_contain_text("не принимает обращения")
        expect(colleagues.filter(has_text="Артём Волков")).not_to_contain_text("принимает")
    finally:
        office.daemon.admin("operator", "set", "boris", "--takes-tickets")


# Presses the button in the very moment when somebody else has the ticket, before the page can know.
TOO_LATE = """() => setTimeout(() => {
  const button = document.querySelector('.take');
  const asked = new XMLHttpRequest();
  do {
    asked.open('GET', '/manager/queue', false);
    asked.send();
  } while (JSON.parse(asked.responseText).data.waiting);
  button.click();
})"""


def test_who_comes_second_is_told_who_was_first(office: Office) -> None:
    artem = office.console()
    galina = office.customer("Галина", "Помогите")
    expect(artem.row("Галина")).to_be_visible()
    artem.page.evaluate(TOO_LATE)
    office.do("accept", galina.ticket)
    expect(artem.toast).to_have_text("Взял Борис Ким")
    expect(artem.row("Галина")).to_have_count(0)
    artem.count("Мои", 0)
    artem.tab("Все")
    artem.open("Галина")
    expect(artem.page.get_by_role("main")).to_contain_text("отвечает Борис Ким")


def test_several_tickets_are_counted_found_and_kept_apart(office: Office, axe: Axe) -> None:
    console = office.console()
    anna = office.customer("Инна", "Первый вопрос")
    console.accept("Инна")
    console.field.type("Недописанный отв")
    oleg = office.customer("Олег", "Второй вопрос")
    console.tab("Очередь")
    console.accept("Олег")
    expect(console.field).to_have_value("")

    anna.say("Вы здесь?")
    newest = anna.client.say(anna.ticket, "Ау")["seq"]
    badge = console.row("Инна").locator(".badge")
    expect(badge).to_contain_text("2 непрочитанных")
    expect(console.row("Олег").locator(".badge")).to_have_count(0)
    expect(console.rows.locator("b")).to_have_text(["Инна", "Олег"])  # the newest is on top

    find = console.page.get_by_role("searchbox")
    find.fill("ау")
    expect(console.rows).to_have_count(1)
    find.fill("олег")
    expect(console.rows.locator("b")).to_have_text(["Олег"])
    find.fill("нет такого")
    expect(console.page.get_by_text("Ничего не нашлось")).to_be_visible()
    axe(console.page)
    find.press("Escape")
    expect(console.rows).to_have_count(2)

    console.open("Инна")
    expect(badge).to_have_count(0)
    expect(console.field).to_have_value("Недописанный отв")
    anna.client.expect(
        "receipt:update", 20, participant_id=office.daemon.signature("artem"), read=newest
    )
    console.page.reload()
    expect(console.field).to_have_value("Недописанный отв")
    console.field.press("Enter")
    anna.hears("Недописанный отв")
    oleg.say("Спасибо, не надо")
    expect(console.row("Олег").locator(".badge")).to_contain_text("1")


def test_old_tickets_are_found_beyond_the_first_page(office: Office) -> None:
    for number in range(70):
        status, body = office.daemon.http(
            "POST",
            "/api/support/send-message",
            {"message": "старый", "name": f"Клиент {number}" if number else "Прокопий"},
        )
        assert status == 201, body
    office.clear()
    console = office.console()
    console.tab("Все")
    expect(console.rows).to_have_count(50)
    expect(console.row("Прокопий")).to_have_count(0)
    console.page.get_by_role("searchbox").fill("прокоп")
    expect(console.rows).to_have_count(1)


def test_of_a_long_queue_all_are_counted_and_the_rest_comes_when_it_runs_short(
    office: Office,
) -> None:
    made = []
    for number in range(205):
        body = {"message": "?", "name": f"Клиент {number}"}
        status, answer = office.daemon.http("POST", "/api/support/send-message", body)
        assert status == 201, answer
        made.append(answer["data"]["ticket_id"])
    console = office.console()
    console.count("Ждут", 205)
    assert office.daemon.admin("close", *made[:160]).returncode == 0
    console.count("Ждут", 45)
    expect(console.rows).to_have_count(45)
    expect(console.row("Клиент 204")).to_have_count(1)
    assert office.daemon.admin("close", *made[160:]).returncode == 0
    console.count("Ждут", 0)


def test_canned_answers(office: Office) -> None:
    console = office.console()
    anna = office.customer("Жанна", "Когда вы работаете?")
    console.accept("Жанна")
    options = console.page.get_by_role("listbox").get_by_role("option")
    console.field.type("/")
    expect(options).to_have_count(3)
    console.field.type("достав")
    expect(options).to_have_text([re.compile("^/delivery")])
    console.field.press("Escape")
    expect(options).to_have_count(0)
    console.field.fill("/")
    console.field.press("ArrowDown")
    console.field.press("ArrowUp")
    expect(options.first).to_have_attribute("aria-selected", "true")
    console.field.press("Enter")
    expect(console.field).to_have_value(CANNED["hours"])
    assert CANNED["hours"] not in anna.heard(), "picked is not sent"
    console.field.press("Enter")
    anna.hears(CANNED["hours"])
    console.page.get_by_role("button", name="Готовые ответы").click()
    options.nth(2).click()
    expect(console.field).to_have_value(CANNED["refund"])


LISTENING = """() => {
  window.notices = []; window.notes = 0;
  window.Notification = class {
    static permission = "granted";
    constructor(title, options) {
      Object.assign(this, { title, ...options, open: true });
      notices.push(this);
    }
    close() { this.open = false; }
  };
  const { createOscillator } = AudioContext.prototype;
  AudioContext.prototype.createOscillator = function () {
    window.notes += 1;
    return createOscillator.call(this);
  };
}"""


def test_a_new_ticket_calls_until_it_is_taken(office: Office) -> None:
    console = office.door()
    console.page.add_init_script(f"({LISTENING})()")
    console.page.reload()
    console.log_in("artem")
    office.wait_for_line("artem")
    console.wait_for_lists()
    anna = office.customer("Дарья", "Кто-нибудь есть?")
    expect(console.row("Дарья")).to_be_visible()
    notices = "() => notices.map(({ title, body, open }) => [title, body, open])"
    text = "Новый клиент ждёт: Дарья"
    until(lambda: console.page.evaluate(notices), [[text, "Кто-нибудь есть?", True]])
    until(lambda: console.page.evaluate("notes"), 2)  # one chime
    expect(console.page).to_have_title("(1) Рабочее место")

    office.do("accept", anna.ticket)
    expect(console.row("Дарья")).to_have_count(0)
    until(lambda: console.page.evaluate(notices), [[text, "Кто-нибудь есть?", False]])
    expect(console.page).to_have_title("Рабочее место")

    console.page.get_by_role("switch").click()
    office.wait_for_line("artem", "away")
    office.customer("Павел", "А я?")
    expect(console.row("Павел")).to_be_visible()
    assert len(console.page.evaluate(notices)) == 1, "who is away is not called"


def test_widget_and_console_see_each_other(
    office: Office, context: MakeContext, host: Host
) -> None:
    host.put("/console-shop", PAGE.format(address=office.daemon.address, attributes=""))
    customer = context().new_page()
    customer.goto(host.origin("shop.test") + "/console-shop")
    widget = Widget(customer).open()
    console = office.console()
    widget.say("Есть зелёный чай?")
    guest = console.rows.filter(has_text="Есть зелёный чай?")
    expect(guest).to_be_visible()
    console.page.locator(".take").click()
    expect(widget.notices).to_contain_text([ARTEM])
    widget.field.type("А молочный ул")
    expect(console.draft).to_have_text("А молочный ул")
    widget.field.press("Backspace")
    expect(console.draft).to_have_text("А молочный у")
    console.field.type("Есть, свеж")
    expect(widget.panel).to_contain_text("Артём Волков печатает…")
    expect(widget.panel).not_to_contain_text("свеж")
    console.field.press("Enter")
    expect(widget.said("Есть, свеж")).to_be_visible()
    expect(console.log.locator(".own .state").last).to_have_text("Прочитано")
    console.page.get_by_role("button", name="Заметка", exact=True).click()
    console.write("Постоянный покупатель")
    console.page.get_by_role("button", name="Ответ", exact=True).click()
    console.act("Закрыть")
    expect(widget.notices.last).to_contain_text(CLOSED)
    widget.say("Ещё один вопрос")
    console.count("Ждут", 1)
    customer.reload()  # The widget is as open as it was.
    expect(widget.said("Ещё один вопрос")).to_be_visible()
    expect(widget.panel).not_to_contain_text("Постоянный")
    assert "Постоянный" not in customer.evaluate("JSON.stringify(localStorage)")


def test_what_an_edited_message_said_before_is_shown_to_who_asks(
    office: Office, shoot: Shoot, axe: Axe
) -> None:
    anna = office.customer("Мария", "Верните 100 рублей")
    console = office.console()
    console.open("Мария")
    expect(console.log.locator("details")).to_have_count(0)
    seq = anna.client.join(anna.ticket)["dialog"]["last_seq"]
    for text in ("Верните 1000 рублей", "Верните 10 000 рублей"):
        anna.client.ask("message:edit", message_id=f"{anna.ticket}:{seq}", content=text)
    expect(console.bubbles.last).to_have_text("Верните 10 000 рублей")
    console.log.get_by_text("Было раньше").click()
    earlier = console.log.locator("details li span")
    expect(earlier).to_have_text(["Верните 100 рублей", "Верните 1000 рублей"])
    axe(console.page)
    shoot(console.page, "console-earlier")
    anna.client.ask("message:delete", message_id=f"{anna.ticket}:{seq}")
    expect(console.log.locator("details")).to_have_count(0)
