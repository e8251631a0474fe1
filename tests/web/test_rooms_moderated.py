"""An operator who is logged in at the console moderates the rooms in the browser."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.daemon import PASSWORD
from tests.web.conftest import Axe, Complaints, Shoot
from tests.web.guests import ROOMS, Enter, Guest
from tests.web.office import Office

CONFIG = {"rooms": {**ROOMS, "crew": {"title": "Смена", "operators_only": True}}}
BESIDE = """(toast) => toast.getBoundingClientRect().right
  <= document.querySelector(".right").getBoundingClientRect().left"""
AS_ARTEM = "Войти как оператор: Артём Волков"


def in_room(page: Page, office: Office, room: str) -> Guest:
    """The page of a room."""
    page.goto(f"http://{office.daemon.address}/r/{room}")
    return Guest(page)


def test_an_operator_mutes_lets_write_and_deletes_in_a_room(
    office: Office, enter: Enter, complaints: Complaints, shoot: Shoot, axe: Axe
) -> None:
    complaints.tolerate("WebSocket connection to")
    anna = enter("Аня", "tea", office.daemon)
    anna.say("Купите у меня")
    console = office.console()
    other = in_room(console.page.context.new_page(), office, "tea")
    page = other.page
    expect(page.get_by_label("Ваше имя")).to_be_focused()
    shoot(page, "rooms-as-operator")
    axe(page)
    page.get_by_role("button", name=AS_ARTEM).click()
    expect(other.people).to_contain_text("Артём Волков")
    expect(anna.people.get_by_role("listitem").filter(has_text="Артём")).to_contain_text("оператор")
    expect(anna.page.get_by_role("button", name="Модерация")).to_have_count(0)

    mine = other.people.get_by_role("listitem").filter(has_text="Артём")
    expect(mine.get_by_role("button")).to_have_count(0)
    row = other.people.get_by_role("listitem").filter(has_text="Аня")
    row.get_by_role("button", name="Модерация: Аня").click()
    modal = page.get_by_role("dialog")
    expect(modal.get_by_role("button", name="Не впускать")).to_have_count(0)
    modal.get_by_role("button", name="Запретить писать").click()
    modal.get_by_label("На сколько").select_option("на час")
    modal.get_by_label("Причина").fill("Реклама")
    shoot(page, "rooms-moderate")
    axe(page)
    modal.get_by_role("button", name="Запретить писать").click()
    expect(modal).to_have_count(0)
    toast = page.locator(".toast")
    expect(toast).to_contain_text("Аня: теперь не может писать")
    assert toast.evaluate(BESIDE), "what is said covers nobody in the list of people"
    expect(row).to_contain_text("не может писать")
    talk = anna.page.get_by_role("main")
    expect(talk).to_contain_text("Вам здесь запретили писать. Снова можно: Сегодня")
    expect(talk).to_contain_text("Реклама")
    expect(anna.field).to_have_count(0)

    other.tool("Купите у меня", "Модерация: Аня")
    expect(modal).to_contain_text("не может писать до")
    modal.get_by_role("button", name="Разрешить писать").click()
    expect(anna.field).to_be_visible()
    anna.say("Больше не буду")
    told = other.said("Купите у меня").get_by_role("button", name="Удалить")
    expect(told).to_have_count(0)  # that is for administrators

    page.reload()
    expect(other.people).to_contain_text("Артём Волков")
    expect(console.page.locator(".status-line")).to_have_count(0)  # neither tab ends the other
    page.get_by_role("button", name="Выйти из роли оператора").click()
    expect(page.get_by_label("Ваше имя")).to_be_focused()
    expect(anna.people).not_to_contain_text("Артём Волков")


def test_an_administrator_deletes_and_keeps_out_and_is_a_guest_until_they_say_otherwise(
    office: Office, enter: Enter, complaints: Complaints, shoot: Shoot
) -> None:
    complaints.tolerate("WebSocket connection to", "40[13] ")
    office.daemon.add_operator("olga", "Ольга", "admin")
    vera = enter("Вера", "booth", office.daemon)
    vera.say("Гадость")
    guest = enter("Мышь", "booth", office.daemon)
    page = guest.page
    page.goto(f"http://{office.daemon.address}/console")
    page.get_by_label("Имя пользователя").fill("olga")
    page.get_by_label("Пароль").fill(PASSWORD)
    page.get_by_role("button", name="Войти").click()
    expect(page.locator(".bar")).to_be_visible()
    in_room(page, office, "crew")
    expect(page.get_by_role("heading", name="Такой комнаты нет")).to_be_visible()
    in_room(page, office, "booth")
    expect(guest.people).to_contain_text("Мышь")
    expect(guest.people).not_to_contain_text("Ольга")
    page.get_by_role("button", name="Войти как оператор: Ольга").click()
    expect(guest.people).to_contain_text("Ольга")
    guest.tool("Гадость", "Удалить")
    page.get_by_role("alertdialog").get_by_role("button", name="Удалить").click()
    expect(vera.log).to_contain_text("Сообщение удалено")
    guest.people.get_by_role("button", name="Модерация: Вера").click()
    modal = page.get_by_role("dialog")
    modal.get_by_role("button", name="Не впускать").click()
    modal.get_by_label("На сколько").select_option("насовсем")
    shoot(page, "rooms-ban")
    modal.get_by_role("button", name="Не впускать").click()
    expect(page.locator(".toast")).to_contain_text("Вера: больше не войдёт")
    expect(guest.people).not_to_contain_text("Вера")
    expect(vera.page.get_by_role("main")).to_contain_text("Доступ закрыт")
    assert len(office.daemon.admin_json("bans")["bans"]) == 1

    in_room(page, office, "crew")
    guest.say("Только для своих")
    # The session ends at the console: here nobody is that operator any more.
    page.goto(f"http://{office.daemon.address}/console")
    page.get_by_role("button", name="Выйти").click()
    expect(page.get_by_label("Имя пользователя")).to_be_visible()
    in_room(page, office, "booth")
    expect(guest.people).to_contain_text("Мышь")
    expect(page.get_by_role("button", name="Войти как оператор")).to_have_count(0)
