"""The widget on a shop's page: a customer's conversation, as the customer sees it."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.web.conftest import Axe, Complaints, MakeContext, OpenShop, Shoot, settle
from tests.web.host import Host
from tests.web.shop import MINUTE, Shop
from tests.web.waits import follows, until

VISIT = "document.querySelector('chatd-widget').visit"

GREETING = "Привет! Чем могу помочь? 😊"
CONNECTED = "👨‍💼 Оператор Артём подключился к диалогу"
CLOSED = "✅ Тикет закрыт. Спасибо за обращение!"


def test_a_whole_conversation(
    open_shop: OpenShop, context: MakeContext, shoot: Shoot, axe: Axe
) -> None:
    shop = open_shop()
    page = context().new_page()
    widget = shop.visit(page)
    shoot(page, "widget-button")
    axe(page)
    widget.open()
    widget.expect_texts(GREETING)
    expect(widget.panel).to_contain_text("Не на линии, ответим позже")
    expect(widget.field).to_be_focused()
    shoot(page, "widget-greeting")
    axe(page)

    widget.say("Где мой заказ?")
    widget.expect_texts(GREETING, "Где мой заказ?")
    widget.expect_state("Где мой заказ?", "Отправлено")
    expect(widget.panel).to_contain_text("Сейчас никого нет на линии")
    shoot(page, "widget-waiting-offline")
    axe(page)

    artem = shop.operator()
    expect(widget.panel).to_contain_text("Ваше место в очереди: 1")
    expect(widget.panel).to_contain_text("Зовём менеджера")
    shoot(page, "widget-waiting")
    axe(page)

    ticket = artem.newest("Где мой заказ?")
    joined = artem.accept(ticket)
    assert [one["content"] for one in joined["messages"]] == [GREETING, "Где мой заказ?", CONNECTED]
    expect(widget.notices).to_contain_text([CONNECTED])
    expect(widget.notices).to_contain_text(["Подключился личный менеджер"])
    one = widget.notices.filter(has_text=re.compile("подключился", re.IGNORECASE))
    expect(one).to_have_count(1)  # one event, one oval
    expect(widget.panel).to_contain_text("С вами Артём")
    expect(widget.panel).not_to_contain_text("Зовём менеджера")
    artem.client.ask("receipt:delivered", dialog_id=ticket, seq=2)
    widget.expect_state("Где мой заказ?", "Доставлено")
    artem.read(ticket, 2)
    widget.expect_state("Где мой заказ?", "Прочитано")

    artem.client.ask("draft:edit", dialog_id=ticket, seq=0, reset="Сейчас посм")
    expect(widget.panel).to_contain_text("Артём печатает…")
    shoot(page, "widget-typing")
    axe(page)
    artem.reply(ticket, "Здравствуйте! Посылка уже в Казани:\nhttps://post.example/track?id=7")
    expect(widget.panel).not_to_contain_text("печатает…")
    answer = widget.said("Посылка уже в Казани")
    expect(answer).to_have_class(re.compile("other first admin"))
    expect(answer.locator(".avatar")).to_have_text("А")
    expect(answer.locator(".sender")).to_have_text("Артём")
    expect(answer.locator("time")).to_have_text(MINUTE)
    link = answer.get_by_role("link")
    expect(link).to_have_attribute("href", "https://post.example/track?id=7")
    expect(link).to_have_attribute("rel", re.compile("noopener"))
    expect(link).to_have_attribute("target", "_blank")
    expect(widget.log.locator(".day")).to_have_text(["Сегодня"])
    widget.say("Спасибо!")
    widget.say("Тогда жду до пятницы, а если не придёт, напишу вам ещё раз.")
    widget.expect_state("напишу вам ещё раз", "Отправлено")
    by_http = {"ticket_id": ticket, "message": "Будем ждать"}
    status, _ = shop.daemon.http(
        "POST", "/api/admin/support/reply", by_http, token=artem.client.token
    )
    assert status == 201
    widget.expect_state("напишу вам ещё раз", "Прочитано")
    shoot(page, "widget-conversation")
    axe(page)

    artem.client.ask("ticket:close", ticket_id=ticket)
    expect(widget.notices.last).to_contain_text(CLOSED)
    expect(widget.panel).to_contain_text("Разговор завершён. Напишите, и он продолжится.")
    shoot(page, "widget-closed")
    axe(page)
    widget.say("Ещё вопрос")
    expect(widget.panel).to_contain_text("Зовём менеджера")
    expect(widget.panel).not_to_contain_text("Разговор завершён")
    shoot(page, "widget-reopened")


def test_own_messages_right_others_left_system_in_the_middle(
    shop: Shop, context: MakeContext
) -> None:
    widget = shop.visit(context().new_page()).open()
    widget.say("Добрый день")
    artem = shop.operator()
    ticket = artem.newest("Добрый день")
    artem.accept(ticket)
    artem.reply(ticket, "Здравствуйте")
    expect(widget.said("Здравствуйте")).to_be_visible()
    expect(widget.notices).to_have_count(1)
    settle(widget.page)
    whole = widget.log.bounding_box()
    own = widget.said("Добрый день").locator(".bubble").bounding_box()
    other = widget.said("Здравствуйте").locator(".bubble").bounding_box()
    notice = widget.notices.last.bounding_box()
    assert whole and own and other and notice
    left, right = whole["x"], whole["x"] + whole["width"]
    assert right - (own["x"] + own["width"]) < 40 < own["x"] - left
    assert other["x"] - left < 70 < right - (other["x"] + other["width"])
    assert notice["width"] < whole["width"] * 0.9, "an oval, not a band"
    assert abs((notice["x"] + notice["width"] / 2) - (left + right) / 2) < 12


def test_a_customer_comes_back_to_the_whole_history_and_to_what_was_before(
    shop: Shop, context: MakeContext, shoot: Shoot, axe: Axe
) -> None:
    visitor = context()
    page = visitor.new_page()
    widget = shop.visit(page).open()
    widget.say("Я ещё вернусь")
    widget.expect_state("Я ещё вернусь", "Отправлено")
    page.close()
    artem = shop.operator()
    ticket = artem.newest("Я ещё вернусь")
    artem.accept(ticket)
    artem.reply(ticket, "Ждём вас")
    again = shop.visit(visitor.new_page())
    expect(again.launch).to_have_accessible_name("Открыть чат, 1 новое сообщение")
    again.open()
    again.expect_texts(GREETING, "Я ещё вернусь", "Ждём вас")
    again.say("А вот и я")
    again.expect_state("А вот и я", "Отправлено")
    assert shop.tickets(again.page) == [ticket]

    artem.client.ask("ticket:close", ticket_id=ticket)
    expect(again.notices.last).to_contain_text(CLOSED)
    yours = again.panel.get_by_role("button", name="Ваши разговоры")
    rows = again.panel.locator(".yours li")
    yours.click()
    expect(rows).to_contain_text(["завершён"])
    again.panel.get_by_role("button", name="Новый разговор").click()
    again.expect_texts(GREETING)
    again.say("Совсем другое")
    again.expect_state("Совсем другое", "Отправлено")
    other = artem.newest("Совсем другое")
    assert other != ticket
    yours.click()
    expect(rows).to_contain_text(["Совсем другое", "завершён"])
    shoot(again.page, "widget-conversations")
    axe(again.page)
    again.page.keyboard.press("Escape")
    expect(rows).to_have_count(0)
    expect(yours).to_be_focused()
    yours.click()
    rows.last.get_by_role("button").click()
    again.expect_texts(GREETING, "Я ещё вернусь", "Ждём вас", "А вот и я")
    expect(again.panel).to_contain_text("Разговор завершён")
    again.say("И снова")
    again.expect_state("И снова", "Отправлено")
    assert "И снова" in shop.stored(ticket) and "И снова" not in shop.stored(other)

    stranger = shop.visit(context().new_page()).open()
    stranger.panel.get_by_role("button", name="Ваши разговоры").click()
    expect(stranger.panel).to_contain_text("Разговоров ещё не было")


def test_unread_shows_on_the_button_and_in_the_title(
    shop: Shop, context: MakeContext, shoot: Shoot, axe: Axe
) -> None:
    page = context().new_page()
    widget = shop.visit(page).open()
    widget.say("Перезвоните")
    artem = shop.operator()
    ticket = artem.newest("Перезвоните")
    artem.accept(ticket)
    expect(widget.notices).to_have_count(1)
    widget.panel.get_by_role("button", name="Закрыть чат").click()
    expect(widget.panel).to_be_hidden()
    expect(widget.launch).to_be_focused()
    expect(page).to_have_title("Магазин")
    artem.reply(ticket, "Уже звоним")
    expect(widget.launch.locator(".dot")).to_be_visible()
    expect(page).to_have_title("● Новое сообщение")
    announced = page.locator("chatd-widget").get_by_role("status").last
    expect(announced).to_have_text("Артём: Уже звоним")
    shoot(page, "widget-unread")
    axe(page)
    page.evaluate("document.title = 'Чашки'")
    artem.reply(ticket, "Алло?")
    expect(page).to_have_title("● Новое сообщение")
    widget.open()
    expect(widget.launch.locator(".dot")).to_be_hidden()
    expect(page).to_have_title("Чашки")
    seen = artem.client.expect("receipt:update", dialog_id=ticket, read=5)
    assert seen["read"] == 5


def test_sound_for_a_message_nobody_sees_with_a_switch(
    shop: Shop, context: MakeContext, complaints: Complaints
) -> None:
    complaints.tolerate("ERR_INTERNET_DISCONNECTED", "WebSocket connection to")
    visitor = context()
    visitor.add_init_script(
        "window.rung = 0; const start = OscillatorNode.prototype.start;"
        "OscillatorNode.prototype.start = function (at) { window.rung += 1; start.call(this, at); }"
    )
    page = visitor.new_page()
    widget = shop.visit(page).open()
    widget.say("Позовите мастера")
    artem = shop.operator()
    ticket = artem.newest("Позовите мастера")
    artem.accept(ticket)
    artem.reply(ticket, "видно сразу")
    expect(widget.said("видно сразу")).to_be_visible()
    assert page.evaluate("rung") == 0
    widget.field.press("Escape")
    artem.reply(ticket, "со звуком")
    page.wait_for_function("rung > 0")
    heard = page.evaluate("rung")
    visitor.set_offline(True)
    page.wait_for_function(f"() => {VISIT}.connection.state === 'waiting'")
    artem.reply(ticket, "пока не было связи")
    visitor.set_offline(False)
    page.wait_for_function(f"() => rung > {heard}", timeout=40_000)
    heard = page.evaluate("rung")
    widget.open()
    switch = widget.panel.get_by_role("button", name="Звук")
    expect(switch).to_have_attribute("aria-pressed", "true")
    switch.click()
    expect(switch).to_have_attribute("aria-pressed", "false")
    widget.field.press("Escape")
    artem.reply(ticket, "без звука")
    expect(widget.launch.locator(".dot")).to_be_visible()
    page.reload()
    artem.reply(ticket, "и дальше без звука")
    widget.open()
    expect(widget.said("и дальше без звука")).to_be_visible()
    expect(switch).to_have_attribute("aria-pressed", "false")
    assert heard > 0 and page.evaluate("rung") == 0


def test_asks_for_a_person_before_the_first_word(
    open_shop: OpenShop, context: MakeContext, shoot: Shoot
) -> None:
    shop = open_shop()
    artem = shop.operator()
    page = context().new_page()
    widget = shop.visit(page).open()
    expect(widget.panel).to_contain_text("На связи, ответим быстро")
    widget.panel.get_by_role("button", name="С менеджером").click()
    expect(widget.panel).to_contain_text("Ваше место в очереди: 1")
    expect(widget.panel.get_by_role("button", name="С менеджером")).to_be_hidden()
    rings = "(pulse) => pulse.getAnimations({ subtree: true }).length > 0"
    until(lambda: widget.panel.locator(".pulse").evaluate(rings), True)
    second = shop.visit(context().new_page()).open()
    second.panel.get_by_role("button", name="С менеджером").click()
    expect(second.panel).to_contain_text("Ваше место в очереди: 2")
    expect(second.panel).to_contain_text(re.compile("Ждать около|Ответят меньше чем через минуту"))
    shoot(second.page, "widget-second-in-queue")
    waiting = artem.client.ask("queue:watch")["tickets"]
    artem.accept(waiting[0]["id"])
    expect(widget.panel).to_contain_text("Подключился личный менеджер")
    expect(second.panel).to_contain_text("Ваше место в очереди: 1")


def test_that_a_manager_is_there_is_said_once_though_two_answer(
    shop: Shop, context: MakeContext
) -> None:
    widget = shop.visit(context().new_page()).open()
    widget.say("Кто-нибудь?")
    artem = shop.operator()
    ticket = artem.newest("Кто-нибудь?")
    artem.accept(ticket)
    there = widget.panel.get_by_text("Подключился личный менеджер")
    expect(there).to_have_count(1)
    shop.daemon.add_operator("zoya", "Зоя")
    artem.client.ask("ticket:transfer", ticket_id=ticket, operator="zoya")
    assert shop.daemon.admin("reply", "--as", "zoya", ticket, "Теперь я").returncode == 0
    expect(widget.said("Теперь я")).to_be_visible()
    expect(widget.notices.filter(has_text="Зоя подключился")).to_have_count(1)
    expect(there).to_have_count(1)


def test_what_is_being_written_outlives_closing_and_going_to_another_page(
    shop: Shop, context: MakeContext
) -> None:
    shop.put("/cups")
    page = context().new_page()
    widget = shop.visit(page).open()
    widget.field.fill("не дописал ещё")
    widget.field.press("Escape")
    widget.open()
    expect(widget.field).to_have_value("не дописал ещё")
    page.goto(shop.url(path="/cups"))
    expect(widget.panel).to_be_visible()
    expect(widget.field).to_have_value("не дописал ещё")
    expect(widget.field).not_to_be_focused()


def test_operators_see_the_customers_draft_and_the_customer_knows(
    shop: Shop, context: MakeContext
) -> None:
    widget = shop.visit(context().new_page()).open()
    widget.say("Добрый вечер")
    artem = shop.operator()
    ticket = artem.newest("Добрый вечер")
    artem.accept(ticket)
    expect(widget.panel).to_contain_text("Оператор видит текст, пока вы его набираете")
    follows(widget.page)
    widget.field.press_sequentially("кофе")
    artem.client.expect("draft:edit", dialog_id=ticket)


def test_texts_of_the_site_and_english(
    open_shop: OpenShop, host: Host, context: MakeContext
) -> None:
    origin = host.origin("shop.test")
    texts = {"greeting": "Welcome to the <b>tea</b> house", "toPerson": "Call the tea master"}
    site = {"title": "Tea & Co", "language": "en", "origins": [origin], "texts": texts}
    shop = open_shop(sites={"shop": site})
    widget = shop.visit(context(locale="de-DE").new_page()).open()
    expect(widget.panel.get_by_role("heading")).to_have_text("Tea & Co")
    widget.expect_texts("Welcome to the <b>tea</b> house")
    expect(widget.panel.get_by_role("button", name="Call the tea master")).to_be_visible()
    expect(widget.field).to_have_attribute("placeholder", "Write a message")
    expect(widget.page.locator("chatd-widget")).to_have_attribute("lang", "en")


RUSSIAN = re.compile("[а-яё]", re.I)


@pytest.mark.parametrize("by", ["page", "browser"])
def test_a_visitor_has_one_language_in_everything(
    shop: Shop, context: MakeContext, by: str
) -> None:
    """The page's, the browser's, the site's, in this order; a site that speaks Russian, here."""
    attributes = 'data-language="en"' if by == "page" else ""
    shop.put(f"/in-english-by-{by}", attributes)
    page = context(locale="ru-RU" if by == "page" else "en-GB").new_page()
    widget = shop.visit(page, path=f"/in-english-by-{by}")
    expect(widget.launch).to_have_accessible_name("Open the chat")
    widget.open()
    widget.say(f"Hello, asked for {by} the")
    widget.expect_state(f"Hello, asked for {by} the", "Sent")
    client = shop.operator("ben", "Ben")
    ticket = client.newest(f"Hello, asked for {by} the")
    client.accept(ticket)
    client.reply(ticket, "Hello!")
    expect(widget.panel).to_contain_text("Operator Ben has joined the conversation")
    client.client.ask("ticket:close", ticket_id=ticket)
    expect(widget.panel).to_contain_text("The ticket is closed")
    expect(widget.said("Hi! How can I help?")).to_contain_text("Bot")
    shown = widget.panel.inner_text().replace(widget.panel.get_by_role("heading").inner_text(), "")
    assert not RUSSIAN.search(shown), shown
    kept = client.client.join(ticket)["messages"][-1]
    assert RUSSIAN.search(kept["content"]) and kept["meta"]["words"]["key"] == "ticket_closed"
