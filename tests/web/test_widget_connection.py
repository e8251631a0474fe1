"""The widget where the network is bad: cut, blocked, silent, and daemons that go and come."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.daemon import Daemon
from tests.web.conftest import Axe, Complaints, MakeContext, OpenShop, Shoot
from tests.web.shop import Shop, Widget
from tests.web.test_widget import GREETING
from tests.web.waits import until
from tests.web.wire import Wire

LOST = "Нет связи. Сообщения сохранятся и уйдут позже."
CUT = (r"net::ERR_", r"WebSocket connection to .* failed", r"dynamically imported module")


@pytest.fixture
def wire(shop_daemon: Daemon, complaints: Complaints) -> Iterator[Wire]:
    """The network between a shop's visitors and its daemon; lost connections are expected."""
    complaints.tolerate(*CUT)
    with Wire(shop_daemon.address) as running:
        yield running


@pytest.fixture
def far_shop(shop: Shop, wire: Wire) -> Shop:
    """A shop at the other end of the wire."""
    return shop.over(wire.address)


def seqs(page: Page) -> list[int]:
    """The numbers of the messages that the widget holds."""
    found: list[int] = page.evaluate(
        "document.querySelector('chatd-widget').visit.dialog.messages.map((one) => one.seq)"
    )
    return found


def started(shop: Shop, widget: Widget, text: str = "Добрый день") -> tuple[Any, str]:
    """A conversation that an operator has taken: the operator and the ticket."""
    widget.open()
    widget.say(text)
    artem = shop.operator()
    ticket = artem.newest(text)
    artem.accept(ticket)
    expect(widget.notices).to_have_count(1)
    return artem, ticket


def test_a_cut_network_is_told_of_and_nothing_is_lost_or_doubled(
    far_shop: Shop, wire: Wire, context: MakeContext, shoot: Shoot, axe: Axe
) -> None:
    page = context().new_page()
    widget = far_shop.visit(page)
    artem, ticket = started(far_shop, widget)
    wire.cut()
    expect(widget.panel).to_contain_text(LOST)
    widget.say("первое без сети")
    widget.say("второе без сети")
    widget.expect_state("первое без сети", "Ждёт отправки")
    shoot(page, "widget-offline")
    axe(page)
    for number in range(60):
        artem.reply(ticket, f"пока вас не было {number}")
    wire.mend()
    expect(widget.panel).to_contain_text("Снова на связи")
    widget.expect_state("второе без сети", "Отправлено")
    expect(widget.panel).not_to_contain_text(LOST)
    missed = [f"пока вас не было {number}" for number in range(60)]
    wanted = [GREETING, "Добрый день", *missed, "первое без сети", "второе без сети"]
    assert far_shop.stored(ticket) == wanted
    until(lambda: seqs(page), list(range(1, 66)))


def test_messages_wait_over_a_page_reload_and_go_out_once(
    far_shop: Shop, wire: Wire, context: MakeContext
) -> None:
    page = context().new_page()
    widget = far_shop.visit(page)
    _, ticket = started(far_shop, widget)
    wire.cut()
    expect(widget.panel).to_contain_text(LOST)
    widget.say("переживёт перезагрузку")
    widget.expect_state("переживёт перезагрузку", "Ждёт отправки")
    page.reload()
    expect(page.get_by_role("heading", name="Магазин", level=1)).to_be_visible()
    wire.mend()
    widget = far_shop.visit(page)
    expect(widget.panel).to_be_visible()
    widget.expect_state("переживёт перезагрузку", "Отправлено")
    assert far_shop.stored(ticket) == [GREETING, "Добрый день", "переживёт перезагрузку"]


def test_a_first_message_without_network_makes_one_ticket_later(
    far_shop: Shop, wire: Wire, context: MakeContext
) -> None:
    page = context().new_page()
    widget = far_shop.visit(page)
    widget.launch.hover()
    page.wait_for_function("document.querySelector('chatd-widget').visit")  # its code is there
    wire.cut()
    widget.open()
    widget.say("первое")
    widget.say("второе")
    expect(widget.panel).to_contain_text(LOST)
    widget.expect_state("второе", "Ждёт отправки")
    wire.mend()
    widget.expect_state("второе", "Отправлено")
    tickets = far_shop.tickets(page)
    assert len(tickets) == 1
    assert far_shop.stored(tickets[0]) == [GREETING, "первое", "второе"]


@pytest.mark.parametrize("first", [True, False], ids=["first", "later"])
def test_a_message_whose_answer_was_lost_is_not_sent_twice(
    far_shop: Shop, wire: Wire, context: MakeContext, first: bool
) -> None:
    text = f"без ответа, {first}"
    page = context().new_page()
    widget = far_shop.visit(page).open()
    page.wait_for_function("document.querySelector('chatd-widget').visit.connection.online")
    if not first:
        widget.say("начало")
        widget.expect_state("начало", "Отправлено")
    wire.deaf = True
    widget.say(text)
    artem = far_shop.operator()
    ticket = artem.newest(text)
    widget.expect_state(text, "Ждёт отправки")
    wire.cut()
    expect(widget.panel).to_contain_text(LOST)
    wire.mend()
    widget.expect_state(text, "Отправлено")
    before = [GREETING] if first else [GREETING, "начало"]
    assert far_shop.stored(ticket) == [*before, text]
    widget.expect_texts(*before, text)
    assert len(far_shop.tickets(page)) == 1


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL], ids=["stopped", "killed"])
def test_a_daemon_restarted_in_mid_conversation(
    open_shop: OpenShop, context: MakeContext, complaints: Complaints, number: int
) -> None:
    complaints.tolerate(*CUT)
    shop = open_shop()
    page = context().new_page()
    widget = shop.visit(page)
    artem, ticket = started(shop, widget)
    shop.daemon.stop(number)
    expect(widget.panel).to_contain_text(LOST)
    widget.say("вы здесь?")
    shop.daemon.start()
    widget.expect_state("вы здесь?", "Отправлено")
    artem = shop.operator()
    artem.client.join(ticket)
    artem.reply(ticket, "здесь")
    widget.expect_texts(GREETING, "Добрый день", "вы здесь?", "здесь")
    until(lambda: seqs(page), [1, 2, 3, 4, 5])


def test_says_at_once_that_the_browser_went_offline(
    shop: Shop, context: MakeContext, complaints: Complaints
) -> None:
    complaints.tolerate(*CUT)
    visitor = context()
    widget = shop.visit(visitor.new_page())
    artem, ticket = started(shop, widget)
    visitor.set_offline(True)
    expect(widget.panel).to_contain_text(LOST)
    artem.reply(ticket, "слышно?")
    visitor.set_offline(False)
    expect(widget.said("слышно?")).to_be_visible()
    expect(widget.panel).not_to_contain_text(LOST)


def test_tries_again_at_growing_intervals(far_shop: Shop, wire: Wire, context: MakeContext) -> None:
    page = context().new_page()
    widget = far_shop.visit(page)
    started(far_shop, widget)
    page.evaluate(
        """() => {
          const { connection } = document.querySelector("chatd-widget").visit;
          let next = connection.retryAt;
          window.waits = [];
          Object.defineProperty(connection, "retryAt", {
            get: () => next,
            set: (at) => waits.push((next = at) - Date.now()),
          });
        }"""
    )
    wire.cut()
    page.wait_for_function("waits.length >= 4")
    waits = page.evaluate("waits")
    for number, wait in enumerate(waits[:4]):
        longest = 500 * 2**number
        assert longest * 0.5 - 50 <= wait <= longest, waits


def test_polls_where_websockets_are_blocked(
    far_shop: Shop, wire: Wire, context: MakeContext, shoot: Shoot, axe: Axe
) -> None:
    wire.no_websockets = True
    visitor = context()
    page = visitor.new_page()
    widget = far_shop.visit(page).open()
    widget.say("по старинке")
    widget.say("и ещё раз")
    widget.expect_state("и ещё раз", "Отправлено")
    expect(widget.panel).to_contain_text("Связь медленная: новости раз в 3 секунды")
    expect(widget.panel).not_to_contain_text("Оператор видит текст")
    artem = far_shop.operator()
    ticket = artem.newest("и ещё раз")
    artem.accept(ticket)
    artem.reply(ticket, "дойдёт и так")
    widget.expect_texts(GREETING, "по старинке", "и ещё раз", "дойдёт и так")
    expect(widget.panel).to_contain_text("С вами Артём")
    shoot(page, "widget-polling")
    axe(page)
    page.reload()
    widget = far_shop.visit(page)
    widget.expect_texts(GREETING, "по старинке", "и ещё раз", "дойдёт и так")
    wire.no_websockets = False
    expect(widget.panel).to_contain_text("Снова на связи", timeout=60_000)
    expect(widget.panel).to_contain_text("Оператор видит текст")
    widget.say("теперь быстро")
    widget.expect_state("теперь быстро", "Отправлено")
    said = [GREETING, "по старинке", "и ещё раз", "дойдёт и так", "теперь быстро"]
    assert far_shop.stored(ticket) == said
    widget.expect_texts(*said)


def test_polling_outlives_a_cut_network(far_shop: Shop, wire: Wire, context: MakeContext) -> None:
    wire.no_websockets = True
    page = context().new_page()
    widget = far_shop.visit(page).open()
    widget.panel.get_by_role("button", name="С менеджером").click()
    expect(widget.panel).to_contain_text("Ваш вопрос у нас")
    wire.cut()
    widget.say("без сети")
    expect(widget.panel).to_contain_text(LOST)
    wire.mend()
    widget.expect_state("без сети", "Отправлено")
    tickets = far_shop.tickets(page)
    assert [far_shop.stored(one) for one in tickets] == [[GREETING, "без сети"]]


def test_two_tabs_show_the_same(shop: Shop, context: MakeContext) -> None:
    visitor = context()
    left = shop.visit(visitor.new_page()).open()
    right = shop.visit(visitor.new_page()).open()
    left.say("из левой")
    right.expect_texts(GREETING, "из левой")
    right.say("из правой")
    left.expect_texts(GREETING, "из левой", "из правой")
    artem = shop.operator()
    ticket = artem.newest("из правой")
    artem.accept(ticket)
    left.field.press("Escape")
    right.field.press("Escape")
    artem.reply(ticket, "обеим")
    expect(left.launch.locator(".dot")).to_be_visible()
    expect(right.launch.locator(".dot")).to_be_visible()
    left.page.bring_to_front()
    left.open()
    expect(left.said("обеим")).to_be_visible()
    expect(right.launch.locator(".dot")).to_be_hidden()
    assert len(shop.tickets(left.page)) == 1
    left.field.press_sequentially("и ещё")
    artem.client.expect("draft:edit", dialog_id=ticket)
    left.page.close()
    artem.client.expect("draft:edit", dialog_id=ticket, reset="")


def test_two_tabs_without_network_send_each_message_once(
    far_shop: Shop, wire: Wire, context: MakeContext
) -> None:
    visitor = context()
    left = far_shop.visit(visitor.new_page()).open()
    right = far_shop.visit(visitor.new_page()).open()
    left.say("начали")
    right.expect_texts(GREETING, "начали")
    wire.cut()
    expect(left.panel).to_contain_text(LOST)
    expect(right.panel).to_contain_text(LOST)
    left.say("слева")
    right.say("справа")
    left.expect_texts(GREETING, "начали", "слева", "справа")
    wire.mend()
    left.expect_state("справа", "Отправлено")
    right.expect_state("слева", "Отправлено")
    [ticket] = far_shop.tickets(left.page)
    assert sorted(far_shop.stored(ticket)) == sorted([GREETING, "начали", "слева", "справа"])
    left.expect_texts(*far_shop.stored(ticket))
    right.expect_texts(*far_shop.stored(ticket))


def test_a_quiet_line_is_looked_after_although_the_clock_was_set_back(
    far_shop: Shop, wire: Wire, context: MakeContext
) -> None:
    page, sent = context().new_page(), []
    page.on("websocket", lambda line: line.on("framesent", lambda frame: sent.append(str(frame))))
    page.clock.install()
    started(far_shop, far_shop.visit(page))
    wire.deaf = True  # what is heard now would be heard at the new time
    page.clock.set_system_time(page.evaluate("Date.now() / 1000 - 3600"))
    sent.clear()
    page.clock.run_for(30_000)
    for _ in range(400):
        if any('"ping"' in frame for frame in sent):
            return
        page.wait_for_timeout(50)
    raise AssertionError(sent)


def test_who_is_banned_stays_who_they_are_over_reloads_and_is_back_when_let_in(
    shop: Shop, shop_daemon: Daemon, context: MakeContext
) -> None:
    page = context().new_page()
    widget = shop.visit(page)
    _, ticket = started(shop, widget)
    kept = "JSON.stringify(document.querySelector('chatd-widget').visit.kept.get().token)"
    token = page.evaluate(kept)
    participant = token.strip('"').partition(".")[0]
    assert shop_daemon.admin("ban", participant).returncode == 0
    expect(widget.panel).to_contain_text("Доступ закрыт")
    page.reload()
    widget = shop.visit(page)
    expect(widget.panel).to_contain_text("Доступ закрыт")
    assert page.evaluate(kept) == token
    assert shop_daemon.admin("unban", participant).returncode == 0
    page.reload()
    widget = shop.visit(page)
    widget.say("я вернулся")
    widget.expect_state("я вернулся", "Отправлено")
    assert shop.stored(ticket)[-1] == "я вернулся"
