"""People in the browser: two of them in two tabs each, groups and invitations, a phone, keys."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.daemon import PASSWORD, Daemon
from tests.web.conftest import Axe, Complaints, MakeContext, Shoot
from tests.web.persons import LogIn, PersonsPage, check_words_apart, inhabit, log_in
from tests.web.waits import end_composition

LATIN = ("anna", "boris", "vera", "grisha", "dina", "egor", "zoya", "kira", "lev", "masha", "nina")
RUSSIAN = ("Анна", "Борис", "Вера", "Гриша", "Дина", "Егор", "Зоя", "Кира", "Лев", "Маша", "Нина")
LATER = {"oleg": "Олег", "pasha": "Паша", "rita": "Рита"}
NAMES = {**dict(zip(LATIN, RUSSIAN, strict=True)), **LATER}
CUT = (r"ERR_INTERNET_DISCONNECTED", r"ERR_CONNECTION_REFUSED", r"WebSocket connection to")
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True}
# Names of which one does not see all.
CUT_OFF = """(names) => names.filter((one) => one.scrollWidth > one.clientWidth
  || one.scrollHeight > one.clientHeight).map((one) => one.innerText)"""
FITS = "document.documentElement.scrollWidth <= innerWidth"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    """A daemon whose people have made accounts."""
    yield from inhabit(tmp_path_factory.mktemp("home"), NAMES)


@pytest.fixture
def enter_home(home: Daemon, context: MakeContext) -> LogIn:
    """Somebody logs in, in a browser of their own."""

    def go(username: str, path: str = "/", **options: object) -> PersonsPage:
        return log_in(context(**options).new_page(), home, username, path)

    return go


def test_two_people_in_two_tabs_each_see_every_message_once_and_in_order(
    enter_home: LogIn, complaints: Complaints
) -> None:
    """Both ways, in bursts, while one of them is cut off; nobody reloads anything."""
    complaints.tolerate(*CUT)
    tall = {"viewport": {"width": 900, "height": 2600}}  # so that all of it is drawn
    anna, boris = enter_home("anna", **tall), enter_home("boris", **tall)
    anna.begin("boris")
    boris.open("Анна")
    tabs = [anna, boris]
    for one in (anna, boris):
        page = one.page.context.new_page()
        page.goto(one.page.url)
        tabs.append(PersonsPage(page))
        expect(tabs[-1].field).to_be_focused()
    for one in tabs:
        one.page.evaluate("window.same = true")
    anna.say("Раз")
    boris.say("Два")
    send_bursts(tabs)
    for one in tabs:
        expect(one.bubbles).to_have_count(22)
    boris.page.context.set_offline(True)
    for one in (tabs[1], tabs[3]):
        expect(one.page.locator(".status-line")).to_be_visible()
    for number in range(5):
        anna.say(f"Пока тебя нет {number}")
    tabs[3].field.fill("Из метро")
    tabs[3].field.press("Enter")
    expect(tabs[3].said("Из метро").locator(".state")).to_have_text("Ждёт отправки")
    boris.page.context.set_offline(False)
    for one in tabs:
        expect(one.bubbles).to_have_count(28)
    told = [one.bubbles.all_inner_texts() for one in tabs]
    assert told[0] == told[1] == told[2] == told[3]
    check_order(told[0])
    for one in tabs:
        assert one.page.evaluate("window.same")
        expect(one.list.get_by_role("link").locator(".badge")).to_have_count(0)


def send_bursts(tabs: list[PersonsPage]) -> None:
    """All of them five times, without waiting for each other."""
    for one in tabs:
        expect(one.bubbles).to_have_text(["Раз", "Два"])
    for number in range(5):
        for letter, one in zip("абвг", tabs, strict=True):
            one.field.fill(f"{letter}{number}")
            one.field.press("Enter")


def check_order(told: list[str]) -> None:
    """Everything once, and what each tab has sent in the order in which it was."""
    sent = {f"{letter}{number}" for letter in "абвг" for number in range(5)}
    sent |= {f"Пока тебя нет {number}" for number in range(5)}
    assert sorted(told) == sorted({"Раз", "Два", "Из метро"} | sent)
    for letter in "абвг":
        ours = [one for one in told if re.fullmatch(f"{letter}[0-9]", one)]
        assert ours == sorted(ours)


def test_the_list_tells_what_happens_in_dialogs_that_are_not_open(
    enter_home: LogIn, shoot: Shoot, axe: Axe
) -> None:
    vera, grisha = enter_home("vera"), enter_home("grisha")
    shoot(vera.page, "people-empty")
    vera.begin("grisha")
    grisha.list.get_by_role("button", name="Новый диалог").click()
    shoot(grisha.page, "people-begin")
    grisha.modal.get_by_role("button", name="Новая группа").click()
    grisha.modal.get_by_label("Название").fill("Поход")
    grisha.modal.locator("#past").select_option("none")
    grisha.modal.get_by_role("searchbox").fill("ver")
    grisha.modal.get_by_role("button", name="@vera").click()
    expect(grisha.modal.locator("#past")).to_have_value("none")
    shoot(grisha.page, "people-group")
    axe(grisha.page)
    make = grisha.modal.get_by_role("button", name="Создать группу")
    make.evaluate("one => { one.click(); one.click(); }")
    expect(vera.row("Поход")).to_contain_text("Сообщений пока нет")
    grisha.field.type("Кто")
    expect(vera.row("Поход")).to_contain_text("Гриша: пишет…")
    grisha.field.fill("Кто возьмёт палатку, @vera")
    grisha.field.press("Enter")
    expect(vera.row("Поход")).to_contain_text("Гриша: Кто возьмёт палатку, @vera")
    expect(vera.row("Поход")).to_contain_text("1 непрочитанное")
    expect(vera.row("Поход")).to_contain_text("Вас упомянули")
    expect(vera.page).to_have_title("(1) Гриша")
    # What is deleted before it is read was never there to be read.
    grisha.say("Ой")
    expect(vera.row("Поход")).to_contain_text("2 непрочитанных")
    grisha.tool("Ой", "Удалить")
    grisha.page.get_by_role("alertdialog").get_by_role("button", name="Удалить").click()
    expect(vera.row("Поход")).to_contain_text("1 непрочитанное")
    expect(vera.row("Поход")).to_contain_text("Сообщение удалено")
    expect(vera.page).to_have_title("(1) Гриша")
    expect(vera.row("Поход")).to_have_count(1)
    shoot(vera.page, "people-news")
    check_words_apart(vera.page)
    axe(vera.page)
    again = PersonsPage(vera.page.context.new_page())
    again.page.goto(vera.page.url)
    expect(again.row("Поход")).to_contain_text("1 непрочитанное")
    vera.open("Поход")
    for one in (vera, again):
        expect(one.row("Поход").locator(".badge")).to_have_count(0)
    expect(again.page).to_have_title("Гриша")
    again.page.close()
    vera.tool("палатку", "Ответить")
    vera.say("Я")
    grisha.tool("Я", "Реакция")
    grisha.page.get_by_role("button", name="Поставить 👍").click()
    expect(vera.said("Я").last.get_by_role("button", name="👍, 1")).to_be_visible()
    vera.tool("Я", "Изменить")
    vera.field.fill("Я возьму")
    vera.field.press("Enter")
    expect(grisha.said("Я возьму")).to_contain_text("изменено")
    expect(grisha.row("Поход")).to_contain_text("Вера: Я возьму")
    grisha.tool("Я возьму", "Удалить")
    grisha.page.get_by_role("alertdialog").get_by_role("button", name="Удалить").click()
    expect(vera.said("Сообщение удалено")).to_have_count(2)


def test_a_group_is_entered_by_a_link_handed_over_and_left(
    enter_home: LogIn, home: Daemon, shoot: Shoot, axe: Axe, complaints: Complaints
) -> None:
    complaints.tolerate(*CUT)
    dina, egor = enter_home("dina"), enter_home("egor")
    dina.list.get_by_role("button", name="Новый диалог").click()
    dina.modal.get_by_role("button", name="Новая группа").click()
    dina.modal.get_by_label("Название").fill("Книги")
    dina.modal.get_by_role("button", name="Создать группу").click()
    dina.say("Что читаем?")
    dina.talk.get_by_role("button", name="О диалоге").click()
    dina.modal.get_by_label("На сколько человек").select_option("10")
    dina.modal.get_by_role("button", name="Создать ссылку").click()
    link = dina.modal.get_by_label("Ссылка", exact=True).input_value()
    expect(dina.modal).to_contain_text("Открыта 1 ссылка")
    shoot(dina.page, "people-about")
    check_words_apart(dina.page)
    axe(dina.page)
    dina.modal.get_by_label("Название").fill("Книжный клуб")
    dina.modal.get_by_label("Название").press("Enter")
    expect(dina.talk.get_by_role("heading", name="Книжный клуб")).to_be_attached()

    zoya = enter_home("zoya", link.removeprefix(f"http://{home.address}"))
    expect(zoya.modal).to_contain_text("Участники увидят ваше имя")
    axe(zoya.page)
    zoya.page.context.set_offline(True)
    expect(zoya.page.locator(".status-line")).to_be_visible()
    zoya.modal.get_by_role("button", name="Вступить").click()
    expect(zoya.modal.locator(".toast")).to_contain_text("Нет связи")
    zoya.page.context.set_offline(False)
    expect(zoya.page.locator(".status-line")).to_have_count(0)
    zoya.modal.get_by_role("button", name="Вступить").click()
    expect(zoya.bubbles).to_have_text(["Что читаем?"])
    expect(dina.modal.locator(".members")).to_contain_text("Зоя")
    dina.modal.get_by_role("searchbox").fill("egor")
    dina.modal.get_by_role("button", name="@egor").click()
    egor.open("Книжный клуб")
    for width in (390, 768, 1280):
        dina.page.set_viewport_size({"width": width, "height": 844})
        names = dina.modal.locator(".members .name")
        expect(names).to_have_count(3)
        assert names.evaluate_all(CUT_OFF) == []
    member = dina.modal.locator(".members li").filter(has_text="Егор")
    member.get_by_role("button", name="Исключить").click()
    shoot(dina.page, "people-sure")
    member.get_by_role("button", name="Исключить").click()
    expect(egor.talk.get_by_role("alert")).to_have_text(
        "Вас исключили из группы «Книжный клуб». Это сделал владелец: Дина."
    )
    expect(egor.row("Книжный клуб")).to_have_count(0)
    expect(egor.field).to_have_count(0)
    axe(egor.page)
    dina.modal.get_by_role("searchbox").fill("egor")
    dina.modal.get_by_role("button", name="@egor").click()
    expect(egor.row("Книжный клуб")).to_be_visible()
    member.get_by_role("button", name="Исключить").click()
    member.get_by_role("button", name="Исключить").click()
    expect(egor.row("Книжный клуб")).to_have_count(0)
    expect(egor.page.locator(".toast")).to_contain_text("Это сделал владелец: Дина.")
    expect(dina.modal.get_by_text("Открыта 1 ссылка")).to_have_count(0)
    member = dina.modal.locator(".members li").filter(has_text="Зоя")
    member.get_by_role("button", name="Сделать владельцем").click()
    member.get_by_role("button", name="Сделать владельцем").click()
    expect(dina.modal.locator(".members li").first).to_contain_text("владелец")
    expect(dina.modal.locator(".members li").first).to_contain_text("Зоя")
    dina.modal.get_by_role("button", name="Выйти из группы").click()
    dina.modal.get_by_role("button", name="Выйти из группы").click()
    expect(dina.row("Книжный клуб")).to_have_count(0)
    expect(dina.page.locator(".toast").last).to_have_text("Вы вышли из группы «Книжный клуб»")
    expect(zoya.talk).to_contain_text("1 участник")
    egor.page.goto(zoya.page.url)
    expect(egor.page.locator(".toast")).to_contain_text("Такого диалога нет")
    egor.page.goto(link)
    egor.wait_for_list()
    egor.modal.get_by_role("button", name="Вступить").click()
    expect(egor.page.locator(".toast")).to_contain_text("Приглашение неизвестно")
    expect(egor.modal).to_have_count(0)


def test_by_keys_alone(enter_home: LogIn, axe: Axe) -> None:
    kira = enter_home("kira")
    press = kira.page.keyboard.press
    press("Control+k")
    expect(kira.list.get_by_role("searchbox")).to_be_focused()
    kira.page.keyboard.type("lev")
    expect(kira.list.get_by_role("button", name="@lev")).to_be_visible()
    axe(kira.page)
    end_composition(kira.list.get_by_role("searchbox"), "Enter", "Escape", "ArrowDown")
    kira.page.keyboard.type("x")
    press("Enter")
    expect(kira.list.get_by_role("status")).to_have_text("Ничего не нашлось")
    expect(kira.list.get_by_role("link")).to_have_count(0)
    press("Backspace")
    expect(kira.list.get_by_role("button", name="@lev")).to_be_visible()
    press("Enter")
    expect(kira.field).to_be_focused()
    kira.page.keyboard.type("Привет, Лев")
    press("Enter")
    expect(kira.bubbles).to_have_text(["Привет, Лев"])
    press("Control+k")
    kira.page.keyboard.type("masha")
    expect(kira.list.get_by_role("button", name="@masha")).to_be_visible()
    press("ArrowDown")
    expect(kira.list.get_by_role("button", name="@masha")).to_be_focused()
    press("Enter")
    expect(kira.field).to_be_focused()
    kira.page.keyboard.type("Привет, Маша")
    press("Enter")
    expect(kira.list.get_by_role("link")).to_have_count(2)
    expect(kira.bubbles).to_have_text(["Привет, Маша"])
    press("Escape")
    expect(kira.row("Маша")).to_be_focused()
    press("ArrowDown")
    expect(kira.row("Лев")).to_be_focused()
    press("Enter")
    expect(kira.bubbles).to_have_text(["Привет, Лев"])
    expect(kira.field).to_be_focused()
    press("Alt+ArrowUp")
    expect(kira.bubbles).to_have_text(["Привет, Маша"])
    expect(kira.field).to_be_focused()


def test_who_logs_in_next_sends_nothing_that_somebody_else_has_written(
    enter_home: LogIn, home: Daemon, complaints: Complaints
) -> None:
    """What waits, waits for whoever wrote it, and goes when they are back: from the list, too."""
    complaints.tolerate(*CUT)
    pasha = enter_home("pasha")
    pasha.begin("rita")
    pasha.page.context.set_offline(True)
    expect(pasha.page.locator(".status-line")).to_be_visible()
    pasha.field.fill("Только я")
    pasha.field.press("Enter")
    expect(pasha.said("Только я").locator(".state")).to_have_text("Ждёт отправки")
    pasha.field.fill("Черновик")
    new = f"{PASSWORD}!"
    done = home.admin("user", "passwd", "pasha", "--password-stdin", stdin=new)
    assert done.returncode == 0, done.stderr
    pasha.page.context.set_offline(False)
    expect(pasha.page.get_by_role("heading", name="Вход")).to_be_visible()
    rita = log_in(pasha.page, home, "rita")
    rita.open("Паша")
    expect(rita.field).to_have_value("")
    rita.say("Есть кто?")
    expect(rita.bubbles).to_have_text(["Есть кто?"])
    rita.page.goto(f"http://{home.address}/")
    rita.wait_for_list()
    rita.list.get_by_role("button", name="Аккаунт").click()
    rita.modal.get_by_role("button", name="Выйти", exact=True).click()
    expect(rita.page.get_by_role("heading", name="Вход")).to_be_visible()
    back = log_in(rita.page, home, "pasha", password=new)
    expect(back.row("Рита")).to_contain_text("Только я")
    back.open("Рита")
    expect(back.bubbles).to_have_text(["Есть кто?", "Только я"])
    expect(back.field).to_have_value("Черновик")


def test_on_a_phone_the_list_and_the_dialog_are_one_after_the_other(
    enter_home: LogIn, home: Daemon, shoot: Shoot, axe: Axe
) -> None:
    nina, oleg = enter_home("nina", **PHONE), enter_home("oleg")
    oleg.begin("nina")
    oleg.say("Слышно?")
    expect(nina.row("Олег")).to_contain_text("1 непрочитанное")
    assert nina.page.evaluate(FITS)
    shoot(nina.page, "people-phone-list")
    axe(nina.page)
    nina.row("Олег").click()
    expect(nina.list).to_be_hidden()
    nina.say("Да")
    assert nina.page.evaluate(FITS)
    shoot(nina.page, "people-phone")
    axe(nina.page)
    nina.talk.get_by_role("button", name="Назад к списку").click()
    expect(nina.row("Олег")).to_contain_text("Да")
    expect(nina.talk).to_be_hidden()
    nina.page.go_back()
    expect(nina.bubbles).to_have_text(["Слышно?", "Да"])
    nina.page.keyboard.press("Escape")
    expect(nina.row("Олег")).to_be_focused()
    nina.open("Олег")
    nina.talk.get_by_role("button", name="О диалоге").click()
    expect(nina.modal).to_be_visible()
    nina.page.go_back()
    expect(nina.modal).to_have_count(0)
    nina.open("Олег")
    expect(nina.modal).to_have_count(0)
    nina.page.keyboard.press("Control+k")
    expect(nina.list.get_by_role("searchbox")).to_be_focused()
    nina.page.goto(f"http://{home.address}/d/%E0%A4")
    expect(nina.row("Олег")).to_be_visible()
