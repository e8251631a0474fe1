"""The end of a conversation as its customer sees it: how it was, and who gets to know that."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.web.conftest import Axe, MakeContext, OpenShop, Shoot
from tests.web.shop import Widget


def test_a_customer_says_how_it_was_and_may_think_better_of_it(
    open_shop: OpenShop, context: MakeContext, axe: Axe, shoot: Shoot
) -> None:
    shop = open_shop()
    page = context().new_page()
    widget: Widget = shop.visit(page).open()
    widget.say("Где мой заказ?")
    widget.expect_state("Где мой заказ?", "Отправлено")
    (ticket,) = shop.tickets(page)
    artem = shop.operator()
    artem.accept(ticket)
    panel = widget.panel
    stars = panel.get_by_role("radio")
    assert shop.daemon.admin("close", ticket).returncode == 0
    expect(stars).to_have_count(5)
    axe(page)
    send = panel.get_by_role("button", name="Отправить оценку")
    expect(send).to_have_count(0)
    stars.first.focus()
    for key in ("Space", "ArrowRight", "ArrowRight", "ArrowRight"):
        page.keyboard.press(key)
    expect(panel.get_by_role("radio", name="4 из 5")).to_be_checked()
    panel.get_by_label("Несколько слов").fill("Быстро")
    axe(page)
    shoot(page, "rating-asked")
    send.click()
    thanks = panel.get_by_text("Спасибо за оценку")
    expect(thanks).to_be_focused()
    expect(stars).to_have_count(0)
    told = artem.client.expect("dialog:update", change="rated")
    assert (told["dialog"]["rating"]["score"], told["dialog"]["rating"]["comment"]) == (4, "Быстро")
    axe(page)
    shoot(page, "rating-thanked")

    page.reload()
    widget.stay_open()
    panel.get_by_role("button", name="Изменить").click()
    expect(panel.get_by_role("radio", name="4 из 5")).to_be_focused()
    panel.get_by_text("☆").first.click()
    expect(panel.get_by_label("Несколько слов")).to_have_value("Быстро")
    send.click()
    expect(panel.get_by_role("img", name="5 из 5")).to_be_visible()
    shown = shop.daemon.admin_json("show", ticket)
    assert shown["ticket"]["rating"]["score"] == 5


def test_a_customer_leaves_the_queue_and_ends_a_conversation(
    open_shop: OpenShop, context: MakeContext, axe: Axe, shoot: Shoot
) -> None:
    shop = open_shop()
    page = context().new_page()
    widget: Widget = shop.visit(page).open()
    widget.say("Где мой заказ?")
    panel = widget.panel
    panel.get_by_role("button", name="Отменить", exact=True).click()
    sure = panel.get_by_role("button", name="Да, отменить")
    expect(sure).to_be_focused()
    axe(page)
    shoot(page, "ending-cancel")
    panel.get_by_role("button", name="Нет").click()
    expect(sure).to_have_count(0)
    expect(widget.field).to_be_focused()
    panel.get_by_role("button", name="Отменить", exact=True).click()
    expect(sure).to_be_focused()
    page.keyboard.press("Enter")
    expect(panel.get_by_text("Обращение отменено клиентом")).to_be_visible()
    expect(panel.get_by_role("radio")).to_have_count(0)
    (ticket,) = shop.tickets(page)
    assert shop.daemon.admin_json("show", ticket)["ticket"]["outcome"] == "cancelled"

    widget.say("Нет, подождите")
    expect(panel.get_by_role("button", name="Отменить", exact=True)).to_be_visible()
    shop.operator().accept(ticket)
    panel.get_by_role("button", name="Завершить разговор").click()
    axe(page)
    shoot(page, "ending-active")
    panel.get_by_role("button", name="Да, завершить").click()
    expect(panel.get_by_text("Разговор завершён клиентом")).to_be_visible()
    expect(widget.field).to_be_focused()
    expect(panel.get_by_role("radio")).to_have_count(5)
    assert shop.daemon.admin_json("show", ticket)["ticket"]["outcome"] == "closed"
