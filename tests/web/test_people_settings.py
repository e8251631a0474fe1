"""What people set on their page: their picture, who may come into a group, what they hear of it,
where they are logged in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Locator, expect

from tests.daemon import PASSWORD, Daemon
from tests.web.conftest import Axe, Complaints, MakeContext, Shoot
from tests.web.guests import Guest
from tests.web.persons import LogIn, PersonsPage, inhabit, log_in

NAMES = {"anna": "Анна", "boris": "Борис", "vera": "Вера", "grisha": "Гриша"}
# Whether what is drawn over the initials has come.
DRAWN = """one => new Promise((done) => {
  const picture = new Image();
  picture.onload = () => done(picture.naturalWidth);
  picture.onerror = () => done(0);
  picture.src = getComputedStyle(one, "::after").backgroundImage.slice(5, -2);
})"""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    """A daemon whose people have made accounts."""
    rooms = {"lobby": {"title": "Лобби"}, "club": {"title": "Клуб", "members_only": True}}
    yield from inhabit(tmp_path_factory.mktemp("settings"), NAMES, {"rooms": rooms})


@pytest.fixture
def enter_home(home: Daemon, context: MakeContext) -> LogIn:
    """Somebody logs in, in a browser of their own."""

    def go(username: str, path: str = "/", **options: object) -> PersonsPage:
        return log_in(context(**options).new_page(), home, username, path)

    return go


def make_group(one: PersonsPage, title: str) -> None:
    """A group of one's own, of whom it shows what can be set."""
    one.list.get_by_role("button", name="Новый диалог").click()
    one.modal.get_by_role("button", name="Новая группа").click()
    one.modal.get_by_label("Название").fill(title)
    one.modal.get_by_role("button", name="Создать группу").click()
    expect(one.field).to_be_focused()


def about(one: PersonsPage) -> Locator:
    """What can be set of the dialog that is open."""
    one.talk.get_by_role("button", name="О диалоге").click()
    return one.modal


def face(place: Locator) -> Locator:
    """Where somebody has a picture, and not their initials alone."""
    return place.locator(".avatar[style*=face]").first


def test_a_picture_of_oneself_is_put_on_seen_and_taken_off(
    enter_home: LogIn, tmp_path: Path, shoot: Shoot, axe: Axe, complaints: Complaints
) -> None:
    complaints.tolerate("422", "404")
    anna, boris = enter_home("anna"), enter_home("boris")
    boris.begin("anna")
    boris.say("Привет")
    anna.open("Борис")
    anna.say("И тебе")
    expect(boris.row("Анна").locator(".avatar")).to_have_text("А")
    drawn, notes = tmp_path / "me.png", tmp_path / "notes.txt"
    Image.new("RGB", (500, 300), "teal").save(drawn)
    notes.write_text("only words")
    anna.list.get_by_role("button", name="Аккаунт").click()
    shoot(anna.page, "people-account")
    anna.modal.locator("input[type=file]").set_input_files(notes)
    expect(anna.modal.get_by_role("alert")).to_contain_text("Подойдёт PNG")
    expect(anna.page.locator(".toast")).to_have_count(0)
    anna.modal.locator("input[type=file]").set_input_files(drawn)
    expect(anna.modal.get_by_role("button", name="Сменить фото")).to_be_visible()
    for place in (boris.row("Анна"), boris.talk.locator(".head"), anna.modal):
        expect(face(place)).to_be_attached()
        assert face(place).evaluate(DRAWN) == 256
    shoot(anna.page, "people-picture")
    axe(anna.page)
    boris.page.reload()
    expect(face(boris.said("И тебе"))).to_be_attached()
    expect(face(boris.row("Анна"))).to_be_attached()
    shoot(boris.page, "people-pictures")
    anna.modal.locator(".picture").get_by_role("button", name="Убрать").click()
    expect(boris.row("Анна").locator(".avatar[style*=face]")).to_have_count(0)
    expect(anna.modal.get_by_role("button", name="Выбрать фото")).to_be_visible()


def test_the_owner_ends_invitations_and_says_what_newcomers_see(
    enter_home: LogIn, home: Daemon, complaints: Complaints
) -> None:
    vera, grisha = enter_home("vera"), enter_home("grisha")
    make_group(vera, "Чай")
    vera.say("До вас")
    modal = about(vera)
    modal.get_by_label("Новые участники видят").select_option("none")
    for uses in ("1", "10"):
        modal.get_by_label("На сколько человек").select_option(uses)
        modal.get_by_role("button", name="Создать ссылку").click()
        link = modal.get_by_label("Ссылка", exact=True).input_value()
        vera.page.keyboard.press("Escape")
        modal = about(vera)
    expect(modal).to_contain_text("Открыто 2 ссылки")
    grisha.page.goto(link)
    grisha.wait_for_list()
    grisha.modal.get_by_role("button", name="Вступить").click()
    expect(grisha.talk.get_by_role("heading", name="Чай")).to_be_visible()
    expect(grisha.bubbles).to_have_count(0)
    expect(modal.locator(".members")).to_contain_text("Гриша")
    modal.get_by_role("button", name="Закрыть все").click()
    expect(modal.get_by_text("Открыт")).to_have_count(0)
    stranger = enter_home("boris", link.removeprefix(f"http://{home.address}"))
    stranger.modal.get_by_role("button", name="Вступить").click()
    expect(stranger.page.locator(".toast")).to_contain_text("Приглашение неизвестно")


def test_of_a_dialog_that_is_muted_one_hears_in_the_list_only(enter_home: LogIn) -> None:
    anna, grisha = enter_home("anna"), enter_home("grisha")
    anna.begin("grisha")
    anna.say("Раз")
    grisha.open("Анна")
    expect(grisha.bubbles).to_have_text(["Раз"])
    switch = about(grisha).get_by_role("switch")
    switch.click()
    expect(switch).to_be_checked()
    grisha.page.keyboard.press("Escape")
    expect(grisha.row("Анна")).to_contain_text("Без звука")
    grisha.page.goto(grisha.page.url.partition("/d/")[0])
    anna.say("Два")
    expect(grisha.row("Анна")).to_contain_text("1 непрочитанное")
    expect(grisha.page).to_have_title("Диалоги")
    grisha.open("Анна")
    switch = about(grisha).get_by_role("switch")
    switch.click()
    expect(switch).not_to_be_checked()


def test_one_signs_out_everywhere(enter_home: LogIn, home: Daemon) -> None:
    here, there = enter_home("boris"), enter_home("boris")
    here.list.get_by_role("button", name="Аккаунт").click()
    here.modal.get_by_role("button", name="Выйти везде").click()
    for one in (here, there):
        expect(one.page.get_by_role("heading", name="Вход")).to_be_visible()
    log_in(there.page, home, "boris")


def test_the_owner_keeps_somebody_from_writing_and_they_are_told_why(
    enter_home: LogIn, shoot: Shoot, axe: Axe
) -> None:
    boris, vera = enter_home("boris"), enter_home("vera")
    make_group(boris, "Шахматы")
    modal = about(boris)
    modal.get_by_role("searchbox").fill("vera")
    modal.get_by_role("button", name="@vera").click()
    vera.open("Шахматы")
    vera.field.fill("Пишу")
    member = modal.locator(".members li").filter(has_text="Вера")
    member.get_by_role("button", name="Запретить писать").click()
    wide = boris.page.viewport_size
    boris.page.set_viewport_size({"width": 390, "height": 844})
    box = member.get_by_label("На сколько").bounding_box()
    assert box and box["width"] > 200, "on a phone for how long is read in full"
    assert wide
    boris.page.set_viewport_size(wide)
    member.get_by_label("На сколько").select_option("на час")
    member.get_by_label("Причина").fill("Реклама")
    shoot(boris.page, "people-silence")
    axe(boris.page)
    member.get_by_role("button", name="Запретить писать").click()
    expect(member).to_contain_text("не может писать до")
    expect(vera.talk).to_contain_text("Вам здесь запретили писать. Снова можно: Сегодня")
    expect(vera.talk).to_contain_text("Реклама")
    expect(vera.field).to_have_count(0)
    shoot(vera.page, "people-muted")
    member.get_by_role("button", name="Разрешить писать").click()
    vera.say("Спасибо")


def test_a_dialog_of_two_is_out_of_the_list_until_the_other_writes(enter_home: LogIn) -> None:
    grisha, vera = enter_home("grisha"), enter_home("vera")
    grisha.begin("vera")
    grisha.say("Раз")
    vera.open("Гриша")
    modal = about(vera)
    modal.get_by_role("button", name="Убрать из списка").click()
    modal.get_by_role("button", name="Убрать из списка").click()
    expect(vera.row("Гриша")).to_have_count(0)
    expect(vera.page.locator(".toast")).to_have_text("Гриша: диалог убран из списка")
    grisha.say("Два")
    vera.open("Гриша")
    expect(vera.bubbles).to_have_text(["Раз", "Два"])


def test_a_guest_makes_an_account_keeps_what_they_wrote_and_comes_into_the_room_of_members(
    home: Daemon, context: MakeContext, shoot: Shoot, axe: Axe, complaints: Complaints
) -> None:
    complaints.tolerate("40[134] ")
    page = context().new_page()
    page.goto(f"http://{home.address}/r/lobby")
    page.get_by_label("Ваше имя").fill("Инна")
    page.get_by_role("button", name="Войти").click()
    guest = Guest(page)
    guest.say("Это я")
    page.goto(f"http://{home.address}/r/club")
    expect(page.get_by_role("heading", name="Такой комнаты нет")).to_be_visible()
    page.get_by_role("link", name="Войти").click()
    page.get_by_role("button", name="Создать аккаунт").click()
    keep = page.get_by_label("Сохранить за мной то, что я писал как «Инна»")
    expect(keep).to_be_checked()
    expect(keep).to_have_css("accent-color", "rgb(20, 102, 79)")
    shoot(page, "people-take-over")
    axe(page)
    page.get_by_label("Имя пользователя").fill("inna")
    page.get_by_label("Пароль").fill(PASSWORD)
    page.get_by_role("button", name="Создать аккаунт").click()
    expect(guest.field).to_be_visible()
    expect(page.get_by_role("heading", name="Клуб")).to_be_visible()
    guest.say("Я в клубе")
    page.goto(f"http://{home.address}/r/lobby")
    expect(guest.said("Это я").locator(".own")).to_be_visible()
    page.goto(f"http://{home.address}/")
    expect(page.locator(".dialogs footer")).to_contain_text("@inna")
