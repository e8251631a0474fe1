"""Rooms with a password in the browser: asked for where the conversation would stand, once; and
rooms that are opened in the page of people."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.client import Client
from tests.daemon import Daemon
from tests.web.conftest import Axe, Complaints, MakeContext, Shoot
from tests.web.guests import Enter, Guest
from tests.web.persons import check_words_apart, inhabit, log_in

CUT = ("ERR_INTERNET_DISCONNECTED", "ERR_CONNECTION_REFUSED", "WebSocket connection to")
PASSWORDS = {"TEA": "open sesame", "MILK": "another one"}
ROOMS = {
    "lobby": {"title": "Лобби", "topic": "Обо всём понемногу"},
    "tea": {"title": "Чайная", "password_env": "TEA"},
    "bar": {"title": "Бар", "password_env": "TEA"},
    "den": {"title": "Нора", "password_env": "TEA"},
    "club": {"title": "Клуб", "members_only": True},
}
AWAY = """Object.defineProperty(document, "hidden", { get: () => window.away });
  window.go = (away) => {
    window.away = away;
    document.dispatchEvent(new Event("visibilitychange"));
  };"""
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    """A daemon with rooms of all kinds, where Anna has an account."""
    with pytest.MonkeyPatch.context() as patch:
        for name, password in PASSWORDS.items():
            patch.setenv(name, password)
        home = tmp_path_factory.mktemp("locked")
        yield from inhabit(home, {"anna": "Анна"}, {"rooms": ROOMS})


def give(page: Page, password: str) -> None:
    """Types it where the room asks for it."""
    field = page.get_by_label("Пароль комнаты")
    expect(field).to_be_focused()
    field.fill(password)
    field.press("Enter")


def expect_in(page: Page) -> None:
    """The field is that of the conversation, and no longer the password's."""
    expect(page.get_by_role("textbox", name="Напишите сообщение")).to_be_focused()


def change(daemon: Daemon, **config: object) -> None:
    """Reloads another configuration."""
    daemon.write_config({"sites": {"home": {"registration": "open"}}, "rooms": ROOMS, **config})
    assert daemon.admin("reload").returncode == 0


def test_a_guest_gives_it_once_over_reloads_cuts_and_restarts(
    house: Daemon, context: MakeContext, shoot: Shoot, axe: Axe, complaints: Complaints
) -> None:
    complaints.tolerate(*CUT)
    change(house)
    page = context().new_page()
    page.goto(f"http://{house.address}/r/club")
    expect(page.get_by_role("heading", name="Такой комнаты нет")).to_be_visible()
    expect(page.get_by_role("link", name="Войти")).to_be_visible()
    check_words_apart(page)
    page.goto(f"http://{house.address}/r/tea")
    page.get_by_label("Ваше имя").fill("Аня")
    page.get_by_label("Ваше имя").press("Enter")
    anna = Guest(page)
    expect(page).to_have_title("Чайная")
    give(page, "open barley")
    expect(page.get_by_role("alert")).to_have_text("Пароль не подходит")
    expect(page.get_by_role("button", name="Войти")).to_be_enabled()
    expect(page.get_by_role("navigation").get_by_role("link", name="Чайная")).to_contain_text(
        "по паролю"
    )
    shoot(page, "rooms-locked")
    axe(page)
    give(page, PASSWORDS["TEA"])
    expect_in(page)
    anna.say("Я тут")
    page.reload()
    expect(anna.bubbles).to_have_text(["Я тут"])

    page.context.set_offline(True)
    expect(page.locator(".status-line")).to_be_visible()
    page.context.set_offline(False)
    expect(page.locator(".status-line")).to_have_count(0)
    anna.say("И снова тут")
    assert house.stop() == 0
    expect(page.locator(".status-line")).to_be_visible()
    house.start()
    expect(page.locator(".status-line")).to_have_count(0)
    anna.say("И после перезапуска")

    # Another password puts everybody out, and is asked for where they are.
    change(house, rooms={**ROOMS, "tea": {"title": "Чайная", "password_env": "MILK"}})
    expect(anna.bubbles).to_have_count(0)
    give(page, PASSWORDS["TEA"])
    expect(page.get_by_role("alert")).to_have_text("Пароль не подходит")
    page.get_by_role("link", name="Лобби").click()
    expect_in(page)
    page.go_back()
    give(page, PASSWORDS["MILK"])
    expect(anna.bubbles).to_have_text(["Я тут", "И снова тут", "И после перезапуска"])
    change(house, rooms={name: ROOMS[name] for name in ("lobby", "club")})
    expect(page.get_by_role("heading", name="Этой комнаты больше нет")).to_be_visible()


def test_who_guesses_is_told_how_long_to_wait(house: Daemon, enter: Enter) -> None:
    change(house, limits={"logins_per_account": "1/hour"})
    page = enter("Ева", "lobby", house).page
    page.get_by_role("link", name="Бар").click()
    give(page, "guess")
    expect(page.get_by_role("alert")).to_have_text("Пароль не подходит")
    give(page, PASSWORDS["TEA"])
    expect(page.get_by_role("alert")).to_have_text("Слишком часто. Подождите 60 минут.")


def test_in_the_page_of_people_a_room_has_its_name_and_asks_for_its_password(
    house: Daemon, context: MakeContext, shoot: Shoot, axe: Axe
) -> None:
    change(house)
    opened = context(**PHONE)
    opened.add_init_script(AWAY)
    anna = log_in(opened.new_page(), house, "anna", "/d/den")
    page = anna.page
    expect(page).to_have_title("Нора")
    expect(anna.talk.get_by_role("heading", name="Нора")).to_be_visible()
    give(page, "guess")
    expect(page.get_by_role("alert")).to_have_text("Пароль не подходит")
    shoot(page, "people-locked-phone")
    axe(page)
    give(page, PASSWORDS["TEA"])
    expect_in(page)
    anna.say("По паролю")
    page.reload()
    expect(anna.bubbles).to_have_text(["По паролю"])
    page.goto(f"http://{house.address}/d/lobby")
    expect(page).to_have_title("Лобби")
    expect(anna.talk.get_by_role("heading", name="Лобби")).to_be_visible()
    expect(anna.talk).to_contain_text("Обо всём понемногу")
    axe(page)
    page.evaluate("go(true)")
    with Client(house.address) as boris:
        boris.hello(name="Борис")
        boris.join("lobby")
        boris.say("lobby", "Есть кто?")
        expect(page).to_have_title("(1) Лобби")
        said = boris.say("lobby", "Ау")
        expect(page).to_have_title("(2) Лобби")
        boris.ask("message:delete", message_id=said["id"])
        expect(page).to_have_title("(1) Лобби")
    page.evaluate("go(false)")
    expect(page).to_have_title("Лобби")
    anna.talk.get_by_role("button", name="Назад к списку").click()
    expect(page).to_have_title("Диалоги")
