"""Rooms and people: messages found by their words, opened where they were said."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.client import Client
from tests.daemon import Daemon
from tests.web.conftest import Axe, MakeContext, Shoot
from tests.web.guests import Enter
from tests.web.persons import inhabit, log_in

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    """A daemon with two people who have accounts."""
    yield from inhabit(tmp_path_factory.mktemp("home"), {"anna": "Анна", "boris": "Борис"})


def find(page: Page, words: str) -> None:
    """Types into the window of what is found."""
    page.get_by_role("dialog", name="Поиск по сообщениям").get_by_role("searchbox").fill(words)


def test_in_rooms(enter: Enter, house: Daemon, axe: Axe, shoot: Shoot) -> None:
    with Client(house.address) as boris:
        boris.hello(name="Борис")
        for room in ("studio", "booth"):
            boris.join(room)
            boris.say(room, f"Синяя посылка пришла: {room}")
        more = [{"dialog_id": "studio", "content": f"строка {n}"} for n in range(150)]
        boris.ask_all("message:send", more)
    page = enter("Читатель", room="studio").page
    expect(page.get_by_text("строка 149", exact=True)).to_be_in_viewport()
    page.get_by_role("button", name="Поиск по сообщениям").click()
    window = page.get_by_role("dialog", name="Поиск по сообщениям")
    hits = window.locator(".choose button")
    find(page, "посылки")
    expect(hits).to_have_count(2)
    expect(hits.first).to_contain_text("Будка")
    expect(hits.first.locator("mark")).to_have_text("посылка")
    axe(page)
    shoot(page, "rooms-found")
    window.get_by_label("Только в этом разговоре").check()
    expect(hits).to_have_count(1)
    hits.click()
    expect(window).not_to_be_visible()
    expect(page.get_by_role("log").get_by_text("Синяя посылка пришла: studio")).to_be_in_viewport()
    page.keyboard.press("Alt+f")
    find(page, "посылка booth")
    expect(hits).to_have_count(1)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Будка")).to_be_visible()
    expect(page.get_by_role("log").get_by_text("Синяя посылка пришла: booth")).to_be_in_viewport()


def test_among_people(home: Daemon, context: MakeContext, axe: Axe, shoot: Shoot) -> None:
    anna = log_in(context().new_page(), home, "anna")
    anna.begin("boris")
    anna.say("Билеты в театр у меня")
    for number in range(3):
        anna.say(f"строка {number}")
    phone = log_in(context(**PHONE).new_page(), home, "boris")
    page = phone.page
    phone.list.get_by_role("searchbox").fill("билет")
    phone.list.get_by_role("button", name="Искать в сообщениях: билет").click()
    window = page.get_by_role("dialog", name="Поиск по сообщениям")
    hits = window.locator(".choose button")
    expect(hits).to_have_count(1)
    expect(hits).to_contain_text("Анна")
    axe(page)
    shoot(page, "people-found")
    hits.click()
    expect(phone.log.get_by_text("Билеты в театр у меня")).to_be_in_viewport()
    phone.talk.get_by_role("button", name="Поиск по сообщениям").click()
    expect(window.get_by_label("Только в этом разговоре")).to_be_checked()
    find(page, "театры -билет")
    expect(window.get_by_role("status")).to_have_text("Ничего не нашлось")
