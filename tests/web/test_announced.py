"""What pages announce, by the accessibility tree: what comes, what changes, what goes wrong, the
place in the queue; and nothing of what others merely write."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.client import Client
from tests.daemon import Daemon
from tests.web.announced import Ear
from tests.web.conftest import Axe, Complaints, MakeContext
from tests.web.guests import Enter
from tests.web.office import Office
from tests.web.shop import Shop
from tests.web.waits import follows

CUT = (r"net::ERR_", r"WebSocket connection to .* failed", r"dynamically imported module")
LOST = "Нет связи"


@pytest.fixture(autouse=True)
def cut_networks(complaints: Complaints) -> None:
    complaints.tolerate(*CUT)


def test_a_visitor_is_told_of_their_place_of_who_comes_and_of_what_goes_wrong(
    shop: Shop, context: MakeContext, clients: Callable[..., Client]
) -> None:
    artem = shop.operator()
    before = clients(shop.daemon.address)
    before.hello(name="Первая", site="shop")
    before.ask("ticket:open", content="я была раньше", wants_person=True)
    page = context().new_page()
    widget, ear = shop.visit(page).open(), Ear(page)
    widget.say("слышно ли меня?")
    ear.hears("Зовём менеджера")
    ear.hears("Ваше место в очереди: 2")
    artem.accept(artem.newest("я была раньше"))
    ear.hears("Ваше место в очереди: 1")
    ticket = artem.newest("слышно ли меня?")
    artem.accept(ticket)
    ear.hears("Оператор Артём подключился к диалогу")
    follows(page)
    artem.client.ask("draft:edit", dialog_id=ticket, seq=0, reset="пишу втайне")
    expect(widget.panel).to_contain_text("Артём печатает…")
    ear.misses("печатает")
    artem.reply(ticket, "слышно **хорошо**")
    ear.hears("Артём: слышно хорошо")
    widget.field.fill("я" * 8_001)
    ear.hears("8001")
    widget.field.fill("")
    page.context.set_offline(True)
    ear.hears(LOST)
    page.context.set_offline(False)
    ear.hears("Снова на связи")
    artem.client.ask("ticket:close", ticket_id=ticket)
    ear.hears("Тикет закрыт")


def test_an_operator_is_told_of_who_waits_who_answers_and_what_was_done(
    office: Office, axe: Axe
) -> None:
    console = office.door()
    ear = Ear(console.page)
    console.log_in("artem", "wrong")
    ear.hears("Имя или пароль не подходят")
    console.log_in("artem")
    office.wait_for_line("artem")
    console.wait_for_lists()
    anna = office.customer("Анна", "Помогите")
    ear.hears("Новый клиент ждёт: Анна")
    console.accept("Анна")
    anna.types("пишу втайне")
    expect(console.draft).to_have_text("пишу втайне")
    ear.misses("втайне")
    anna.say("вы тут?")
    ear.hears("Анна: вы тут?")
    console.page.get_by_role("searchbox").fill("нет такого")
    ear.hears("Найдено 0 разговоров")
    console.page.get_by_role("searchbox").fill("")
    console.page.context.set_offline(True)
    ear.hears(LOST)
    console.act("Закрыть")
    ear.hears("Нет связи, действие не выполнено")
    console.page.context.set_offline(False)
    expect(console.page.locator(".status-line")).to_have_count(0)
    console.act("Закрыть")
    ear.hears("Разговор закрыт")
    axe(console.page)


def test_who_is_in_a_room_is_told_of_what_others_say_and_of_a_lost_line(
    enter: Enter, house: Daemon, clients: Callable[..., Client]
) -> None:
    guest = enter("Слушает Соня", "bazaar")
    ear = Ear(guest.page)
    other = clients(house.address)
    other.hello(name="Говорит Глеб")
    other.join("bazaar")
    other.ask("draft:edit", dialog_id="bazaar", seq=0, reset="ещё не сказал")
    expect(guest.draft).to_have_text("ещё не сказал")
    ear.misses("ещё не сказал")
    other.say("bazaar", "уже сказал")
    ear.hears("Говорит Глеб: уже сказал")
    guest.page.context.set_offline(True)
    ear.hears(LOST)
    guest.page.context.set_offline(False)
    expect(guest.page.locator(".status-line")).to_have_count(0)
