"""Voice channels in the pages of rooms and people: who is in one, heard, muted, full, and gone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.client import Client
from tests.daemon import Daemon
from tests.web.conftest import Axe, Complaints, MakeContext, Shoot
from tests.web.guests import Guest
from tests.web.persons import inhabit, log_in
from tests.web.test_calls import COUNTED, DEVICES, RECEIVED
from tests.web.waits import true_in

ROOMS = {"hall": {"title": "Зал", "voice": True}, "lobby": {"title": "Лобби"}}
FULL = 8
# The line was made anew, and the one before is closed.
AGAIN = "() => lines.length === 2 && lines[0].connectionState === 'closed'"


class Ear:
    """A page with a voice channel on it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.bar = page.get_by_role("region", name="Голосовой канал")
        self.there = self.bar.get_by_role("listitem")
        self.names = self.there.locator(".name")

    def button(self, name: str) -> Locator:
        """One of the bar."""
        return self.bar.get_by_role("button", name=name, exact=True)

    def join(self) -> None:
        """Comes in, until there is something to leave."""
        self.button("Войти").click()
        expect(self.button("Выйти")).to_be_visible()
        # What is said for a while stands below its switches.
        bar, toasts = (one.bounding_box() for one in (self.bar, self.page.locator(".toasts")))
        assert bar and toasts and toasts["y"] >= bar["y"] + bar["height"]

    def expect_more(self) -> None:
        """Sound keeps coming in."""
        before = self.page.evaluate(RECEIVED, "audio")
        more = f"async (n) => (await ({RECEIVED})('audio')) > n"
        true_in(self.page, more, before)


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Daemon]:
    """Rooms, one with a voice channel, and two people with accounts."""
    people = {"anna": "Анна", "boris": "Борис"}
    yield from inhabit(tmp_path, people, {"rooms": ROOMS})


@pytest.fixture
def visit(home: Daemon, context: MakeContext) -> Callable[..., Ear]:
    """Somebody goes into a room by its door."""

    def go(name: str, room: str = "hall", **options: Any) -> Ear:
        page = context(**DEVICES, **options).new_page()
        page.add_init_script(f"({COUNTED})()")
        page.goto(f"http://{home.address}/r/{room}")
        page.get_by_label("Ваше имя").fill(name)
        page.get_by_role("button", name="Войти").click()
        expect(Guest(page).field).to_be_visible()
        return Ear(page)

    return go


def test_people_of_a_room_hear_each_other(
    home: Daemon, visit: Callable[..., Ear], axe: Axe, shoot: Shoot, complaints: Complaints
) -> None:
    """Who is in it is seen before; muted, speaking, after the line was cut, and full it is said."""
    complaints.tolerate("WebSocket")
    anna = visit("Анна")
    expect(anna.bar).to_contain_text("никого нет")
    anna.join()
    boris = visit("Борис", viewport={"width": 390, "height": 844}, color_scheme="dark")
    expect(boris.names).to_have_text(["Анна"])
    assert boris.page.evaluate("lines.length") == 0
    boris.join()
    for one in (anna, boris):
        expect(one.there).to_have_count(2)
        one.expect_more()
        assert one.page.evaluate("lines.length") == 1
    expect(anna.there.filter(has_text="Борис")).to_contain_text("говорит")
    boris.button("Микрофон").press("Space")
    expect(anna.there.filter(has_text="Борис")).to_contain_text("микрофон выключен")
    expect(anna.there.filter(has_text="Борис")).not_to_contain_text("говорит")
    for one, name in ((anna, "1280"), (boris, "390-dark")):
        axe(one.page)
        shoot(one.page, f"voice-room-{name}")
    with ExitStack() as crowd:
        for number in range(FULL - 2):
            client = crowd.enter_context(Client(home.address))
            client.hello(name=f"N{number}")
            client.ask("dialog:join", dialog_id="hall")
            client.ask("voice:join", dialog_id="hall")
        expect(anna.there).to_have_count(FULL)
        vera = visit("Вера")
        vera.button("Войти").click()
        expect(vera.page.get_by_text("Голосовой канал полон")).to_be_visible()
        expect(vera.button("Войти")).to_be_visible()
        axe(vera.page)
        shoot(vera.page, "voice-room-full")
    expect(anna.there).to_have_count(2)
    boris.button("Микрофон").press("Space")
    for offline in (True, False):
        anna.page.context.set_offline(offline)
    for one in (anna, boris):
        one.page.wait_for_function(AGAIN, polling=200)
        one.expect_more()
        expect(one.there).to_have_count(2)
    anna.page.get_by_role("link", name="Лобби").click()
    expect(boris.names).to_have_text(["Борис"])
    expect(anna.bar).to_have_count(0)
    hall = anna.page.get_by_role("link", name="Зал")
    expect(hall.locator(".in-voice")).to_have_text("Голосовой канал: Борис")
    anna.page.reload()  # read anew, and not only told
    expect(hall.locator(".in-voice")).to_have_text("Голосовой канал: Борис")
    axe(anna.page)
    shoot(anna.page, "voice-rooms-list-1280")
    boris.button("Выйти").click()
    expect(hall.locator(".in-voice")).to_have_count(0)
    expect(boris.bar).to_contain_text("никого нет")
    closed = "lines.every((one) => one.connectionState === 'closed')"
    for one in (anna, boris):
        assert one.page.evaluate(closed)


def test_people_of_a_group_hear_each_other(
    home: Daemon, context: MakeContext, axe: Axe, shoot: Shoot
) -> None:
    """A dialog between two has no channel; a browser that gives no microphone is told of."""
    pages = []
    for username in ("anna", "boris"):
        page = context(**DEVICES).new_page()
        page.add_init_script(f"({COUNTED})()")
        pages.append(log_in(page, home, username))
    anna, boris = pages
    anna.begin("boris")
    expect(Ear(anna.page).bar).to_have_count(0)
    anna.list.get_by_role("button", name="Новый диалог").click()
    anna.modal.get_by_role("button", name="Новая группа").click()
    anna.modal.get_by_label("Название").fill("Поход")
    anna.modal.get_by_role("searchbox").fill("bor")
    anna.modal.get_by_role("button", name="@boris").click()
    anna.modal.get_by_role("button", name="Создать группу").click()
    boris.open("Поход")
    first, second = Ear(anna.page), Ear(boris.page)
    anna.page.context.clear_permissions()
    first.button("Войти").click()
    expect(anna.page.get_by_text("Браузер не дал доступ")).to_be_visible()
    expect(second.bar).to_contain_text("никого нет")
    anna.page.context.grant_permissions(["microphone"])
    for one in (first, second):
        one.join()
    for one in (first, second):
        expect(one.names).to_have_text(["Анна", "Борис"])
        one.expect_more()
    axe(anna.page)
    shoot(anna.page, "voice-group-1280")
    anna.list.get_by_role("link", name="Борис Сообщений").click()
    expect(second.names).to_have_text(["Борис"])
    expect(anna.row("Поход").locator(".in-voice")).to_have_text("Голосовой канал: Борис")
    anna.page.reload()
    expect(anna.row("Поход").locator(".in-voice")).to_have_text("Голосовой канал: Борис")
    axe(anna.page)
    shoot(anna.page, "voice-dialogs-list-1280")
    second.button("Выйти").click()
    expect(anna.row("Поход").locator(".in-voice")).to_have_count(0)
