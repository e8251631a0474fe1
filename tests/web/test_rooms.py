"""Rooms in the browser: people who watch each other type, answer, react, and come back."""

from __future__ import annotations

import contextlib
import re

import pytest
from playwright.sync_api import expect

from tests.client import Client
from tests.conftest import MakeDaemon
from tests.daemon import Daemon
from tests.web.conftest import Axe, Complaints, MakeContext, Shoot
from tests.web.guests import ROOMS, STORED, Enter, Guest
from tests.web.waits import rested, until

CUT = (r"ERR_INTERNET_DISCONNECTED", r"ERR_CONNECTION_REFUSED", r"WebSocket connection to")


def test_two_watch_each_other_type(enter: Enter, house: Daemon) -> None:
    anna, boris = enter("Аня", "tea"), enter("Борис", "tea")
    expect(anna.people).to_contain_text("Борис")
    expect(anna.people.get_by_role("listitem")).to_have_count(2)
    boris.field.type("Привет, Ан")
    expect(anna.draft).to_have_text("Привет, Ан")
    expect(anna.people.get_by_role("listitem").filter(has_text="Борис")).to_contain_text("пишет")
    for _ in range(4):
        boris.field.press("ArrowLeft")
    before = "(draft) => draft.querySelector('.caret').previousSibling.textContent"
    anna.page.wait_for_function(
        f"() => {{ const draft = document.querySelector('.draft .text');"
        f" return draft && ({before})(draft) === 'Привет'; }}"
    )
    boris.field.type(" всем")
    expect(anna.draft).to_have_text("Привет всем, Ан")
    for _ in range(11):
        boris.field.press("Backspace")
    expect(anna.draft).to_have_text(", Ан")
    anna.field.type("А я в это время 😊")
    expect(boris.draft).to_have_text("А я в это время 😊")

    with_client = Client(house.address)
    with with_client:
        with_client.hello(name="Вера")
        told = with_client.join("tea")
        assert {one["text"] for one in told["drafts"]} == {", Ан", "А я в это время 😊"}
    anna.field.press("Enter")
    expect(boris.draft).to_have_count(0)
    expect(boris.bubbles).to_have_text(["А я в это время 😊"])
    boris.field.fill("")
    expect(anna.draft).to_have_count(0)
    boris.page.close()
    expect(anna.people.get_by_role("listitem")).to_have_count(1)


def test_everybody_here_has_a_colour_of_their_own(enter: Enter, house: Daemon) -> None:
    anna = enter("Аня", "tea")
    with contextlib.ExitStack() as others:
        for number in range(7):
            guest = others.enter_context(Client(house.address))
            guest.hello(name=f"Гость {number}")
            guest.join("tea")
        avatars = anna.people.locator("li .avatar")
        expect(avatars).to_have_count(8)
        hues = "(all) => new Set(all.map((one) => one.className)).size"
        until(lambda: avatars.evaluate_all(hues), 8)
        expect(avatars.filter(has_text="Г")).to_have_text(["Г"] * 7)  # numbers are no initials


def test_reactions_replies_changes_of_mind(enter: Enter, axe: Axe) -> None:
    anna, boris = enter("Аня"), enter("Борис")
    boris.say("Кто дежурит сегодня?")
    anna.tool("Кто дежурит", "Реакция")
    anna.page.get_by_role("button", name="Поставить 👍").click()
    reaction = boris.said("Кто дежурит").get_by_role("button", name="👍, 1")
    expect(reaction).to_have_attribute("aria-pressed", "false")
    reaction.click()
    expect(anna.said("Кто дежурит").get_by_role("button", name="👍, 2")).to_be_visible()
    anna.said("Кто дежурит").get_by_role("button", name="👍, 2").click()
    expect(reaction).to_have_attribute("aria-pressed", "true")
    reaction.click()
    expect(anna.said("Кто дежурит").locator(".reactions")).to_have_count(0)

    anna.tool("Кто дежурит", "Реакция")
    anna.page.get_by_role("button", name="Все эмодзи").click()
    axe(anna.page)
    anna.page.get_by_role("dialog").get_by_role("searchbox").fill("единорог")
    anna.page.get_by_role("dialog").get_by_role("button", name="единорог").click()
    expect(boris.said("Кто дежурит").get_by_role("button", name="🦄, 1")).to_be_visible()

    anna.tool("Кто дежурит", "Ответить")
    expect(anna.field).to_be_focused()
    expect(anna.page.get_by_text("Ответ: Борис")).to_be_visible()
    anna.say("Игорь, с пяти")
    quote = boris.said("Игорь, с пяти").locator(".quote")
    expect(quote).to_have_text("Борис Кто дежурит сегодня?")
    quote.click()
    expect(boris.page.locator(".marked")).to_contain_text("Кто дежурит")
    axe(boris.page)

    anna.field.press("ArrowUp")
    expect(anna.field).to_have_value("Игорь, с пяти")
    anna.field.press("End")
    anna.field.type(" до семи")
    expect(boris.draft).to_have_count(0)
    anna.field.press("Enter")
    expect(boris.said("Игорь, с пяти до семи")).to_contain_text("изменено")
    anna.tool("Игорь", "Удалить")
    anna.page.get_by_role("alertdialog").get_by_role("button", name="Отмена").click()
    expect(boris.said("Игорь")).to_have_count(1)
    anna.tool("Игорь", "Удалить")
    anna.page.get_by_role("alertdialog").get_by_role("button", name="Удалить").click()
    expect(boris.said("Сообщение удалено")).to_have_count(1)
    axe(boris.page)
    expect(boris.said("Игорь")).to_have_count(0)
    expect(boris.said("Кто дежурит").get_by_role("button", name="Изменить")).to_have_count(1)
    expect(anna.said("Кто дежурит").get_by_role("button", name="Изменить")).to_have_count(0)


@pytest.mark.parametrize(
    ("locale", "name", "react", "thumb", "why"),
    [
        ("ru-RU", "Ваше имя", "Реакция", "Поставить 👍", r"Слишком часто\. Подождите \d+ минут"),
        ("en-GB", "Your name", "React", "React with 👍", r"Too often\. Wait \d+ minute"),
    ],
    ids=["ru", "en"],
)
def test_what_is_refused_is_told_in_the_readers_language(
    make_daemon: MakeDaemon,
    context: MakeContext,
    locale: str,
    name: str,
    react: str,
    thumb: str,
    why: str,
) -> None:
    daemon = make_daemon({"rooms": ROOMS, "limits": {"commands_per_connection": "10/hour"}})
    guest = Guest(context(locale=locale).new_page())
    guest.page.goto(f"http://{daemon.address}/r/tea")
    guest.page.get_by_label(name).fill("Anna")
    guest.page.keyboard.press("Enter")
    guest.field.fill("nice")
    guest.field.press("Enter")
    for _ in range(10):
        guest.tool("nice", react)
        guest.page.get_by_role("button", name=thumb, exact=True).click()
        expect(guest.page.locator(".quick")).to_have_count(0)
    expect(guest.page.locator(".toast").last).to_have_text(re.compile(why))


def test_a_name_is_kept_and_changed(
    enter: Enter, context: MakeContext, house: Daemon, axe: Axe
) -> None:
    anna = enter("Анна К.", "news")
    expect(anna.page.get_by_text("Писать здесь могут только операторы")).to_be_visible()
    anna.page.get_by_role("link", name=re.compile("Тихая")).click()
    expect(anna.page.get_by_role("heading", name="Тихая")).to_be_visible()
    anna.page.reload()
    expect(anna.page.get_by_role("heading", name="Тихая")).to_be_visible()
    expect(anna.people).to_contain_text("Анна К.")
    boris = enter("Борис", "quiet")
    boris.field.type("тсс")
    expect(anna.log.get_by_text("Борис печатает…")).to_be_visible()
    expect(anna.draft).to_have_count(0)
    anna.page.get_by_role("button", name="Сменить имя").click()
    axe(anna.page)
    anna.page.get_by_role("dialog").get_by_label("Ваше имя").fill("Анна Великая")
    anna.page.get_by_role("button", name="Сохранить").click()
    expect(boris.people).to_contain_text("Анна Великая")
    expect(boris.people).not_to_contain_text("Анна К.")
    anna.page.go_back()
    expect(anna.page.get_by_role("heading", name="Новости")).to_be_visible()
    page = context().new_page()
    page.goto(f"http://{house.address}/r/nowhere")
    expect(page.get_by_role("heading", name="Такой комнаты нет")).to_be_visible()
    axe(page)
    page.get_by_role("link", name="Чайная").click()
    expect(page.get_by_role("heading", name="Чайная")).to_be_visible()


def test_unread_while_reading_above(enter: Enter, house: Daemon, axe: Axe) -> None:
    anna, boris = enter("Аня"), enter("Борис")
    with Client(house.address) as client:
        client.hello(name="Вера")
        for n in range(30):
            client.say("lobby", f"строка {n}")
    expect(anna.bubbles.last).to_have_text("строка 29")
    anna.log.hover()
    anna.page.mouse.wheel(0, -500)
    to_end = anna.page.locator(".to-end")
    expect(to_end).to_have_text("К последним сообщениям")
    place = rested(anna.log)
    boris.say("ещё одна")
    boris.say("и ещё")
    expect(to_end).to_have_text("2 новых")
    boris.field.type("а тут длинный черновик, который всё растёт и растёт")
    expect(anna.draft).to_contain_text("растёт и растёт")
    assert abs(rested(anna.log) - place) < 2, "the reader stays put"
    axe(anna.page)
    to_end.click()
    expect(anna.bubbles.last).to_be_in_viewport()
    expect(to_end).to_have_count(0)
    boris.field.press("Enter")
    expect(anna.bubbles.last).to_contain_text("растёт и растёт")
    expect(anna.bubbles.last).to_be_in_viewport()


def test_a_cut_and_a_restart(
    make_daemon: MakeDaemon, enter: Enter, complaints: Complaints, shoot: Shoot, axe: Axe
) -> None:
    complaints.tolerate(*CUT, "503")
    daemon = make_daemon({"rooms": ROOMS})
    anna, boris = enter("Аня", daemon=daemon), enter("Борис", daemon=daemon)
    boris.say("до обрыва")
    anna.page.context.set_offline(True)
    expect(anna.page.locator(".status-line")).to_contain_text("Нет связи")
    anna.field.fill("без связи")
    anna.field.press("Enter")
    expect(anna.said("без связи").locator(".state")).to_have_text("Ждёт отправки")
    with Client(daemon.address) as client:
        client.hello(name="Вера")
        for n in range(80):
            client.say("lobby", f"пропущено {n}")
    shoot(anna.page, "rooms-no-connection")
    axe(anna.page)
    anna.page.context.set_offline(False)
    expect(boris.bubbles.last).to_have_text("без связи")
    expect(anna.said("пропущено 79")).to_have_count(1)
    daemon.stop()
    expect(boris.page.locator(".status-line")).to_be_visible()
    boris.field.fill("при упавшем")
    boris.field.press("Enter")
    daemon.start()
    expect(anna.bubbles.last).to_have_text("при упавшем")
    expect(boris.said("при упавшем").locator(".state")).to_have_text(STORED)
    expect(boris.people.get_by_role("listitem")).to_have_count(2)
    with Client(daemon.address) as client:
        client.hello(name="Счёт")
        told = [one["content"] for one in client.join("lobby", limit=200)["messages"]]
    skipped = [f"пропущено {n}" for n in range(80)]
    assert told == ["до обрыва", *skipped, "без связи", "при упавшем"]


def test_of_a_crowd_the_page_shows_how_many_and_afterwards_who(enter: Enter, house: Daemon) -> None:
    guest = enter("Аня", "square")
    rows, count = guest.people.get_by_role("listitem"), guest.people.locator(".count")
    with contextlib.ExitStack() as others:
        came = [others.enter_context(Client(house.address)) for _ in range(7)]
        for number, one in enumerate(came):
            one.hello(name=f"Прохожий {number}"), one.join("square")
            if number == 4:
                expect(rows).to_have_count(6)
        expect(count).to_have_text("8")
        expect(rows).to_have_count(0)
        expect(guest.people).to_contain_text("Сейчас здесь 8 человек")
        expect(guest.page.locator("button.crowd")).to_have_text("8")
        guest.page.reload()
        expect(count).to_have_text("8")
        expect(rows).to_have_count(0)
        came[0].say("square", "ну и толпа")
        expect(guest.said("ну и толпа")).to_be_visible()
        for one in came[4:]:
            one.ask("dialog:leave", dialog_id="square")
        expect(rows).to_have_count(5)
        expect(count).to_have_text("5")
        expect(rows.filter(has_text="Прохожий")).to_have_count(4)
        came[0].ask("dialog:leave", dialog_id="square")
        expect(rows).to_have_count(4)


def test_a_room_that_a_reload_changes_and_takes_away(make_daemon: MakeDaemon, enter: Enter) -> None:
    daemon = make_daemon({"rooms": ROOMS})
    guest = enter("Аня", "tea", daemon)
    daemon.write_config({"rooms": {**ROOMS, "tea": {"title": "Кофейня"}}})
    assert daemon.admin("reload").returncode == 0
    expect(guest.page.get_by_role("heading", name="Кофейня")).to_be_visible()
    expect(guest.page.get_by_role("link", name=re.compile("Кофейня"))).to_be_visible()
    daemon.write_config({"rooms": {"lobby": ROOMS["lobby"]}})
    assert daemon.admin("reload").returncode == 0
    expect(guest.page.get_by_role("heading", name="Этой комнаты больше нет")).to_be_visible()
    guest.page.get_by_role("link", name=re.compile("Лобби")).click()
    expect(guest.people).to_contain_text("Аня")


def test_at_the_keys(enter: Enter, house: Daemon) -> None:
    guest = enter("Аня", "hush")
    keys = guest.page.keyboard
    with Client(house.address) as boris:
        boris.hello(name="Борис")
        boris.say("hush", "первое")
        boris.say("hush", "второе")
        expect(guest.said("второе")).to_be_visible()
        guest.field.focus()
        keys.press("Shift+Tab")
        expect(guest.page.get_by_role("button", name="Прикрепить файл")).to_be_focused()
        keys.press("Shift+Tab")
        last = guest.said("второе").get_by_role("button", name="Ответить", exact=True)
        expect(guest.said("второе").get_by_role("toolbar")).to_be_visible()
        expect(last).to_be_focused()
        keys.press("ArrowUp")
        keys.press("ArrowRight")
        expect(guest.said("первое").get_by_role("button", name="Ответить")).to_be_focused()
        keys.press("Enter")
        expect(guest.field).to_be_focused()
        keys.type("на первое")
        keys.press("Enter")
        expect(guest.said("на первое").locator(".quote")).to_contain_text("первое")
        guest.said("второе").get_by_role("button", name="Реакция").focus()
        keys.press("Enter")
        expect(guest.page.get_by_role("button", name="Поставить 👍")).to_be_focused()
        keys.press("ArrowRight")
        keys.press("Enter")
        expect(guest.said("второе").get_by_role("button", name="❤️, 1")).to_be_visible()
        expect(guest.said("второе").get_by_role("button", name="Реакция")).to_be_focused()


def test_where_colours_are_forced_one_still_sees_who_is_here_and_where_one_is(
    enter: Enter, house: Daemon, axe: Axe
) -> None:
    guest = enter("Аня", "quiet", forced_colors="active")
    with Client(house.address) as boris:
        boris.hello(name="Борис")
        boris.join("quiet")
        boris.ask("presence:set", status="away")
        away = guest.people.locator(".mark-away")
        expect(away).to_have_count(1)
        ink: str = guest.page.locator("h1").evaluate("(one) => getComputedStyle(one).color")
        expect(guest.people.locator(".mark-online")).to_have_css("background-color", ink)
        expect(away).not_to_have_css("background-color", ink)
        edge = "(one) => getComputedStyle(one).outlineStyle"
        places = guest.page.get_by_role("navigation").get_by_role("link")
        until(lambda: [one.evaluate(edge) for one in places.all()].count("solid"), 1)
        axe(guest.page)
