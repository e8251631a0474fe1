"""Who is shut out while a conversation is open stands before the door, and is told why."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.daemon import PASSWORD
from tests.web.conftest import Complaints
from tests.web.office import Console, Office

CUT = (r"WebSocket connection to", r"401 ")


def at_work(office: Office) -> Console:
    """A console with an open conversation and something half-written."""
    console = office.console("boris")
    office.customer("Анна", "Первое")
    console.accept("Анна")
    console.field.fill("Недописанн")
    return console


def new_password(office: Office, console: Console) -> None:
    office.daemon.admin("operator", "passwd", "boris", "--password-stdin", stdin=f"{PASSWORD}\n")


def disabled(office: Office, console: Console) -> None:
    office.daemon.admin("operator", "disable", "boris")


def other_tab(office: Office, console: Console) -> None:
    other = console.page.context.new_page()
    other.goto(console.page.url)
    other.get_by_role("button", name="Выйти").click()
    expect(other.get_by_label("Имя пользователя")).to_be_visible()


ENDS = [
    (new_password, "Пароль сменили. Войдите с новым."),
    (disabled, "Доступ закрыт: учётная запись выключена."),
    (other_tab, "Вы вышли в другой вкладке."),
]


@pytest.mark.parametrize(("ends", "said"), ENDS)
def test_who_is_shut_out_stands_before_the_door_and_knows_why(
    office: Office, complaints: Complaints, ends: Callable[[Office, Console], None], said: str
) -> None:
    complaints.tolerate(*CUT)
    console = at_work(office)
    try:
        ends(office, console)
        expect(console.page.get_by_role("alert")).to_have_text(said)
        expect(console.page.locator(".console")).to_have_count(0)
        expect(console.page.get_by_label("Имя пользователя")).to_be_focused()
    finally:
        office.daemon.admin("operator", "enable", "boris")
        office.tokens["boris"] = office.daemon.login("boris")
    console.log_in("boris")
    expect(console.page.locator(".bar")).to_be_visible()


THROWN = """async () => {
  const { Emitter } = await import("./assets/shared/store.js");
  const line = new Emitter(), heard = [];
  line.on("dismissed", () => { throw new Error("on purpose"); });
  line.on("dismissed", () => heard.push("second"));
  line.on("*", () => { throw new Error("on purpose, too"); });
  line.on("*", () => heard.push("last"));
  line.emit("dismissed");
  return heard;
}"""


def test_a_listener_that_throws_stops_no_other(office: Office, complaints: Complaints) -> None:
    complaints.tolerate("on purpose")
    console = office.door()
    assert console.page.evaluate(THROWN) == ["second", "last"]


def test_the_door_is_there_whatever_the_leaving_stumbles_on(
    office: Office, complaints: Complaints
) -> None:
    complaints.tolerate(*CUT, "on purpose")
    console = at_work(office)
    console.page.evaluate(
        "window.clearInterval = () => { throw new Error('on purpose'); }; setTimeout(() => 0)"
    )
    console.page.get_by_role("button", name="Выйти").click()
    expect(console.page.get_by_label("Имя пользователя")).to_be_focused()
