"""How the console looks, light and dark, and is used without a mouse; axe finds nothing."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.daemon import PASSWORD
from tests.web.conftest import Axe, Shoot
from tests.web.office import CANNED, Console, Office
from tests.web.waits import until

VIEWPORTS = {"tablet": (900, 1000), "phone": (390, 780)}


class Gallery:
    """Takes a picture of each state in the light and in the dark, and lets axe look at both."""

    def __init__(self, shoot: Shoot, axe: Axe) -> None:
        self._shoot = shoot
        self._axe = axe

    def add(self, page: Page, name: str) -> None:
        """The page as it is now."""
        schemes: tuple[Any, ...] = ("dark", "light")
        for scheme in schemes:
            page.emulate_media(color_scheme=scheme)
            self._axe(page)
            self._shoot(page, f"console-{name}-{scheme}")


@pytest.fixture
def gallery(shoot: Shoot, axe: Axe) -> Gallery:
    return Gallery(shoot, axe)


def test_every_state_looks_right(office: Office, gallery: Gallery) -> None:
    console = office.door()
    console.log_in("artem", "wrong")
    expect(console.page.get_by_role("alert")).to_have_text("Имя или пароль не подходят")
    gallery.add(console.page, "login")
    console.log_in("artem")
    expect(console.page.get_by_text("Никто не ждёт")).to_be_visible()
    gallery.add(console.page, "empty")

    anna = office.customer("Анна Петрова", "Здравствуйте! Где мой заказ 4812?")
    office.customer("Сергей", "Не приходит код подтверждения на почту, что делать?")
    oleg = office.customer("Олег", "Вопрос по гарантии")
    expect(console.rows).to_have_count(3)
    gallery.add(console.page, "queue")
    console.open("Анна Петрова")
    expect(console.bubbles).to_have_count(2)
    gallery.add(console.page, "looking")
    console.accept("Олег")
    console.tab("Очередь")
    console.accept("Анна Петрова")
    console.write("Здравствуйте, Анна! Сейчас посмотрю.")
    console.page.get_by_role("button", name="Заметка", exact=True).click()
    console.write("Заказ застрял на складе, звонила Вера")
    gallery.add(console.page, "note")
    console.page.get_by_role("button", name="Ответ", exact=True).click()
    oleg.say("Вы ещё здесь?")
    anna.say("Спасибо, жду")
    anna.types("И ещё хочу спросить про дост")
    expect(console.draft).to_be_visible()
    expect(console.row("Олег").locator(".badge")).to_be_visible()
    gallery.add(console.page, "conversation")
    console.field.type("/")
    expect(console.page.get_by_role("listbox").get_by_role("option")).to_have_count(len(CANNED))
    gallery.add(console.page, "canned")
    console.field.press("Escape")
    console.act("Передать")
    expect(console.page.get_by_role("dialog")).to_be_visible()
    gallery.add(console.page, "transfer")
    console.page.keyboard.press("Escape")
    expect(console.page.get_by_role("dialog")).to_have_count(0)
    console.page.keyboard.press("Alt+/")
    expect(console.page.get_by_role("dialog")).to_be_visible()
    gallery.add(console.page, "keys")
    console.page.keyboard.press("Escape")
    expect(console.page.get_by_role("dialog")).to_have_count(0)
    for name, (width, height) in VIEWPORTS.items():
        console.page.set_viewport_size({"width": width, "height": height})
        gallery.add(console.page, name)
        console.page.get_by_role("button", name="Клиент", exact=True).click()
        expect(console.page.get_by_role("complementary")).to_be_visible()
        gallery.add(console.page, f"{name}-details")
        console.page.get_by_role("button", name="Закрыть окно").click()
    console.page.get_by_role("button", name="Назад к списку").click()
    expect(console.row("Анна Петрова").locator(".ticket")).to_be_focused()
    gallery.add(console.page, "phone-list")
    console.page.set_viewport_size({"width": 1280, "height": 800})
    console.open("Анна Петрова")
    console.act("Закрыть")
    expect(console.page.get_by_text("Разговор закрыт.")).to_be_visible()
    gallery.add(console.page, "closed")


def test_it_speaks_english(office: Office, gallery: Gallery) -> None:
    console = office.door(locale="en-GB")
    page = console.page
    page.get_by_label("User name").fill("artem")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    office.customer("Ann", "Where is my order?")
    page.get_by_role("button", name="Accept: Ann").click()
    expect(console.field).to_be_focused()
    gallery.add(page, "english")
    russian = re.compile("[а-яё]", re.IGNORECASE)
    said = ".counters, .switch, .tabs, .find, .find-all, .actions, .facts, .reply"
    said += ", .details dt, .details h3, .details .sub, .next, .ticket .last"
    shown = [one.replace("Артём Волков", "") for one in page.locator(said).all_inner_texts()]
    assert not [text for text in shown if russian.search(text)]
    named = "(all) => all.map((one) => one.getAttribute('aria-label') + one.title)"
    names = page.locator(".console [aria-label]").evaluate_all(named)
    assert names and not [name for name in names if russian.search(name)]


def focused(page: Page) -> str:
    """What has the focus, by its name."""
    name: str = page.evaluate(
        "() => { const own = document.activeElement;"
        " return own.getAttribute('aria-label') ?? own.labels?.[0]?.innerText ?? own.innerText; }"
    )
    return " ".join(name.split())


# Keys can be faster than the screen: what has the focus before anything more is drawn.
AT_ONCE = """async () => {
  const asked = { code: "KeyN", altKey: true, bubbles: true, cancelable: true };
  document.activeElement.dispatchEvent(new KeyboardEvent("keydown", asked));
  for (let turn = 0; turn < 20; turn++) await null;
  return document.activeElement.getAttribute("aria-label");
}"""


def test_the_note_field_has_the_focus_before_the_next_key(office: Office) -> None:
    console = office.console()
    office.customer("Анна", "Первый")
    expect(console.row("Анна")).to_be_visible()
    console.page.keyboard.press("Alt+a")
    expect(console.field).to_be_focused()
    assert console.page.evaluate(AT_ONCE) == "Заметка для коллег"


def test_all_of_it_at_the_keys(office: Office) -> None:
    """From login to logout without a mouse; the focus is always somewhere and to be seen."""
    console = office.door()
    keys = console.page.keyboard
    expect(console.page.get_by_label("Имя пользователя")).to_be_focused()
    keys.type("artem")
    keys.press("Tab")
    keys.type(PASSWORD)
    keys.press("Enter")
    console.wait_for_lists()
    anna = office.customer("Анна", "Первый")
    oleg = office.customer("Олег", "Второй")
    expect(console.rows).to_have_count(2)

    keys.press("Alt+a")
    anna.hears("👨‍💼 Оператор Артём Волков подключился к диалогу")
    expect(console.field).to_be_focused()
    keys.type("Слушаю вас")
    keys.press("Shift+Enter")
    keys.type("внимательно")
    keys.press("Enter")
    anna.hears("Слушаю вас\nвнимательно")
    keys.press("Alt+n")
    expect(console.field).to_be_focused()
    keys.type("Для коллег")
    keys.press("Enter")
    expect(console.log.locator(".said.note")).to_be_visible()
    keys.press("Alt+n")
    expect(console.field).to_be_focused()
    keys.type("/refund")
    keys.press("Enter")
    keys.press("Enter")
    anna.hears(CANNED["refund"])

    keys.press("Alt+1")
    expect(console.page.get_by_role("tab", name=re.compile("^Очередь"))).to_be_focused()
    keys.press("ArrowRight")
    expect(console.page.get_by_role("tab", name=re.compile("^Мои"))).to_be_focused()
    expect(console.row("Анна")).to_be_visible()
    keys.press("Alt+s")
    expect(console.page.get_by_role("searchbox")).to_be_focused()
    keys.type("анна")
    keys.press("ArrowDown")
    expect(console.row("Анна").locator(".ticket")).to_be_focused()
    keys.press("Alt+s")
    keys.press("Escape")
    keys.press("Alt+a")
    expect(console.page.get_by_role("heading", name="Олег", level=1)).to_be_visible()
    expect(console.field).to_be_focused()
    keys.press("Alt+ArrowDown")
    expect(console.page.get_by_role("main")).to_contain_text("Слушаю вас")
    expect(console.field).to_be_focused()

    for opens in ("Alt+t", "Alt+/"):
        keys.press(opens)
        expect(console.page.get_by_role("dialog")).to_be_visible()
        expect(console.page.locator("dialog :focus, dialog:focus")).to_have_count(1)
        keys.press("Escape")
        expect(console.page.get_by_role("dialog")).to_have_count(0)
        expect(console.field).to_be_focused()
    keys.press("Alt+t")
    expect(console.page.get_by_role("button", name=re.compile("^(БК )?Борис Ким"))).to_be_focused()
    keys.press("Enter")
    console.count("Мои", 1)
    keys.press("Escape")
    keys.press("Alt+2")
    keys.press("Tab")
    expect(console.row("Олег").locator(".ticket")).to_be_focused()
    keys.press("Enter")
    expect(console.field).to_be_focused()
    keys.press("Alt+r")
    console.count("Ждут", 1)
    keys.press("Alt+a")
    expect(console.field).to_be_focused()
    keys.press("Alt+c")
    oleg.hears("✅ Тикет закрыт. Спасибо за обращение!")
    expect(console.page.get_by_text("Разговор закрыт.")).to_be_visible()
    keys.press("Alt+o")
    oleg.hears("Тикет открыт повторно")
    expect(console.field).to_be_focused()
    keys.press("Alt+p")
    expect(console.page.get_by_role("switch")).to_have_attribute("aria-checked", "false")
    keys.press("Alt+p")
    every_stop_is_seen(console)
    console.page.get_by_role("button", name="Выйти").focus()
    keys.press("Enter")
    expect(console.page.get_by_label("Имя пользователя")).to_be_focused()


def every_stop_is_seen(console: Console) -> None:
    """Around the page by Tab: each stop has a name and shows that it has the focus."""
    shown = """() => { const own = getComputedStyle(document.activeElement);
      const around = getComputedStyle(document.activeElement.parentElement);
      return own.outlineStyle !== 'none' || own.boxShadow !== 'none'
        || around.boxShadow !== 'none'; }"""
    console.field.focus()
    seen = []
    for _ in range(60):
        console.page.keyboard.press("Tab")
        if console.page.evaluate("document.activeElement === document.body"):
            continue
        seen.append(focused(console.page))
        assert seen[-1], f"a stop without a name after {seen}"
        until(lambda: (seen[-1], console.page.evaluate(shown)), (seen[-1], True))
        if "Ответ клиенту" in seen[-1]:
            break
    assert {"Поиск по разговорам", "Выйти", "Передать", "Сообщения"} <= set(seen), seen
