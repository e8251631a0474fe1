"""What an administrator changes in the browser, with every refusal in words."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from tests.client import Client
from tests.daemon import PASSWORD, Daemon
from tests.web.conftest import Complaints, MakeContext, Shoot
from tests.web.office import NOT_YET, Console, Customer, Staffed, opened

CUT = (r"ERR_INTERNET_DISCONNECTED", r"WebSocket connection to")
CONFIG = {
    "roles": {
        "lead": {"may": ["operator", "report:all", "canned:put", "token:list", "operator:passwd"]},
        "auditor": {"may": ["ticket:list", "ticket:get", "dialog:join", "history:get"]},
    },
    "webhooks": {"crm": {"url": "https://crm.invalid/", "secret_env": "NONE"}},
}


def test_operators_tokens_and_webhooks_are_looked_after_in_the_browser(
    tmp_path: Path, context: MakeContext, complaints: Complaints, shoot: Shoot
) -> None:
    complaints.tolerate(NOT_YET, *CUT)
    with opened(tmp_path, **CONFIG) as staffed:
        daemon = staffed.daemon
        daemon.admin("operator", "set", "artem", "--role", "admin")
        page = context().new_page()
        page.goto(f"http://{daemon.address}/console")
        Console(page).log_in("artem")
        page.locator(".bar .me").click()
        page.get_by_role("dialog").get_by_role("button", name="Управление").click()
        window = page.get_by_role("dialog", name="Управление")
        alert, status = window.get_by_role("alert"), window.get_by_role("status")

        window.get_by_role("button", name="Добавить оператора").click()
        form = window.get_by_role("form", name="Добавить оператора")
        form.get_by_label("Имя пользователя").fill("rita")
        form.get_by_label("Пароль", exact=True).fill(PASSWORD)
        form.get_by_label("Имя для клиентов").fill("Рита")
        form.get_by_label("Роль", exact=True).fill("captain")
        form.get_by_role("button", name="Добавить оператора").click()
        expect(alert).to_contain_text("no such role 'captain'; allowed: operator, admin, lead")
        form.get_by_label("Роль", exact=True).fill("lead")
        form.get_by_role("button", name="Добавить оператора").click()
        expect(status).to_have_text("Готово: rita")
        row = window.get_by_role("listitem").filter(has_text="Рита")
        row.get_by_role("button", name="Рита").click()
        row.get_by_label("Тикетов одновременно").fill("3")
        row.get_by_label("Получает тикеты").uncheck()
        row.get_by_role("button", name="Сохранить").click()
        expect(status).to_have_text("Готово: rita")
        row.get_by_label("Новый пароль оператора").fill("another password")
        row.get_by_role("button", name="Сменить пароль").click()
        expect(row.get_by_label("Новый пароль оператора")).to_have_value("")
        row.get_by_role("button", name="Закрыть доступ").click()
        row.get_by_role("button", name="Точно: Закрыть доступ").click()
        expect(row).to_contain_text("отключён")
        (rita,) = [
            one
            for one in daemon.admin_json("operator", "list")["operators"]
            if one["username"] == "rita"
        ]
        told = [rita[key] for key in ("role", "capacity", "takes_tickets", "disabled")]
        assert told == ["lead", 3, False, True]
        own = window.get_by_role("listitem").filter(has_text="artem")
        own.get_by_role("button", name="Артём").click()
        own.get_by_role("button", name="Где выполнен вход").click()
        expect(own.get_by_role("listitem").filter(has_text="здесь")).to_contain_text("Chrome")
        own.get_by_role("button", name="Удалить").click()
        own.get_by_role("button", name="Точно: Удалить").click()
        expect(alert).to_contain_text("nobody removes themselves")

        window.get_by_role("button", name="Токены программ").click()
        window.get_by_label("Название программы").fill("crm")
        window.get_by_role("button", name="Создать токен").click()
        expect(alert).to_contain_text("scopes")
        window.get_by_label("tickets:read").check()
        window.get_by_role("button", name="Создать токен").click()
        token = window.locator(".secret").inner_text()
        assert daemon.http("GET", "/manager/queue", token=token)[0] == 200
        window.get_by_role("button", name="Отозвать").click()
        window.get_by_role("button", name="Точно: Отозвать").click()
        expect(window.get_by_text("Токенов пока нет.")).to_be_visible()
        assert daemon.http("GET", "/manager/queue", token=token)[0] == 401

        window.get_by_role("button", name="Вебхуки").click()
        window.get_by_role("button", name="crm").click()
        window.get_by_role("button", name="Проверить").click()
        expect(alert).to_contain_text("NONE")

        look_after_people(daemon, window)
        keep_somebody_out(window)
        read_roles(window)
        set_a_site(daemon, window)
        make_a_department(daemon, window)
        find_somebody_forgotten(daemon, window)
        forget_somebody(staffed, page, shoot)
        page.close()
        look_as(daemon, context().new_page())
        entries = daemon.admin_json("audit", "--limit", "50")["entries"]
        done = {(one["command"], one["who"]) for one in entries if one["outcome"] == "done"}
        acts = {"operator:create", "operator:set", "operator:passwd", "operator:disable"}
        acts |= {"user:create", "user:passwd", "user:disable", "user:remove", "user:invite"}
        acts |= {"ban:add", "ban:remove", "token:create", "token:revoke", "site:put", "site:reset"}
        acts |= {"department:put", "department:remove", "person:forget"}
        assert {(one, "operator:artem") for one in acts} <= done


def look_after_people(daemon: Daemon, window: Locator) -> None:
    """An account of a person made, shut out, let in, given a password, removed; an invitation."""
    window.get_by_role("button", name="Люди").click()
    expect(window.get_by_text("Учётных записей пока нет.")).to_be_visible()
    window.get_by_role("button", name="Добавить человека").click()
    form = window.get_by_role("form", name="Добавить человека")
    form.get_by_label("Имя пользователя").fill("Anna")
    form.get_by_label("Пароль", exact=True).fill(PASSWORD)
    form.get_by_label("Имя", exact=True).fill("Анна")
    form.get_by_role("button", name="Добавить человека").click()
    expect(window.get_by_role("alert")).to_contain_text("a user name is small letters")
    form.get_by_label("Имя пользователя").fill("anna")
    form.get_by_role("button", name="Добавить человека").click()
    row = window.get_by_role("listitem").filter(has_text="Анна")
    row.get_by_role("button", name="Анна").click()
    row.get_by_label("Новый пароль человека").fill("another password")
    row.get_by_role("button", name="Сменить пароль").click()
    expect(row.get_by_label("Новый пароль человека")).to_have_value("")
    row.get_by_role("button", name="Закрыть доступ").click()
    row.get_by_role("button", name="Точно: Закрыть доступ").click()
    expect(row).to_contain_text("отключён")
    row.get_by_role("button", name="Вернуть доступ").click()
    expect(row).to_contain_text("не в сети")
    login = {"username": "anna", "password": "another password"}
    assert daemon.http("POST", "/api/auth/login", login)[0] == 200
    row.get_by_role("button", name="Удалить").click()
    row.get_by_role("button", name="Точно: Удалить").click()
    expect(window.get_by_text("Учётных записей пока нет.")).to_be_visible()
    window.get_by_role("button", name="Пригласить по ссылке").click()
    window.get_by_role("form").get_by_role("button", name="Пригласить по ссылке").click()
    code = window.locator(".secret").inner_text().partition("/invite/")[2]
    asked = {"username": "vera", "password": PASSWORD, "invite": code}
    assert daemon.http("POST", "/api/auth/register", asked)[0] == 403, "registration is closed"


def keep_somebody_out(window: Locator) -> None:
    """An address, for some hours; many addresses only by who means it."""
    window.get_by_role("button", name="Блокировки").click()
    expect(window.get_by_text("Никто не заблокирован.")).to_be_visible()
    form = window.get_by_role("form", name="Заблокировать")
    form.get_by_label("Кого").fill("10.0.0.0/7")
    form.get_by_role("button", name="Заблокировать").click()
    expect(window.get_by_role("alert")).to_contain_text("33,554,432 addresses")
    form.get_by_label("Кого").fill("192.0.2.9")
    form.get_by_label("Причина").fill("спам")
    form.get_by_label("На сколько часов").fill("2")
    form.get_by_role("button", name="Заблокировать").click()
    row = window.get_by_role("listitem").filter(has_text="192.0.2.9")
    expect(row).to_contain_text("спам · artem")
    expect(form.get_by_label("Кого")).to_have_value("")
    row.get_by_role("button", name="Вернуть доступ").click()
    row.get_by_role("button", name="Точно: Вернуть доступ").click()
    expect(window.get_by_text("Никто не заблокирован.")).to_be_visible()


def read_roles(window: Locator) -> None:
    """What each role may, the configuration's too."""
    window.get_by_role("button", name="Роли", exact=True).click()
    table = window.get_by_role("table", name="Роли")
    expect(table.get_by_role("columnheader")).to_have_text(
        ["Право", "operator", "admin", "lead", "auditor"]
    )
    row = table.get_by_role("row").filter(has_text="canned:put")
    expect(row.get_by_role("cell")).to_have_text(["", "✓", "✓", ""])


def set_a_site(daemon: Daemon, window: Locator) -> None:
    """A title and hours in place of the file's, with a refusal beside the field, a colleague who
    was faster, and the way back."""
    shown = lambda: daemon.http("GET", "/api/site")[1]["data"]  # noqa: E731
    window.get_by_role("button", name="Сайты").click()
    window.get_by_role("button", name="default").click()
    window.get_by_role("button", name=re.compile("^Название")).click()
    title = window.get_by_role("form", name="Название")
    title.get_by_label("Название").fill("Лавка")
    title.get_by_label("Название").press("Enter")
    expect(title.get_by_role("status")).to_have_text("Сохранено")
    assert shown()["title"] == "Лавка"
    window.get_by_role("button", name=re.compile("^Часы работы")).click()
    hours = window.get_by_role("form", name="Часы работы")
    hours.get_by_label("понедельник").fill("09:00-13:00, 14-18")
    hours.get_by_role("button", name="Сохранить").click()
    expect(hours.get_by_role("alert")).to_contain_text("hours are like '09:00-18:00'")
    hours.get_by_label("понедельник").fill("09:00-13:00, 14:00-18:00")
    hours.get_by_label("Часовой пояс").fill("Europe/Moscow")
    hours.get_by_label("Праздники").fill("2030-01-01")
    assert daemon.admin("site", "set", "default", "rating = false").returncode == 0
    hours.get_by_role("button", name="Сохранить").click()
    expect(hours.get_by_role("alert")).to_contain_text("Пока вы писали, это изменил")
    hours.get_by_role("button", name="Сохранить").click()
    expect(hours.get_by_role("status")).to_have_text("Сохранено")
    listed = daemon.admin_json("site", "show", "default")["settings"]
    told = {one["key"]: one["value"] for one in listed if one["source"] == "here"}
    assert told["hours"]["monday"] == ["09:00-13:00", "14:00-18:00"]
    assert told["hours"]["holidays"] == {"2030-01-01": []} and told["rating"] is False
    hours.get_by_role("button", name="Вернуть как в файле").click()
    expect(hours.get_by_label("понедельник")).to_have_value("")
    expect(hours.get_by_role("button", name="Вернуть как в файле")).to_have_count(0)


def make_a_department(daemon: Daemon, window: Locator) -> None:
    """One is made, changed and removed."""
    window.get_by_role("button", name="Отделы").click()
    form = window.get_by_role("form", name="Добавить отдел")
    form.get_by_label("Короткое имя отдела").fill("Billing")
    form.get_by_label("Операторы").fill("artem, boris")
    form.get_by_role("button", name="Добавить отдел").click()
    expect(window.get_by_role("alert").first).to_contain_text("a name is small letters")
    form.get_by_label("Короткое имя отдела").fill("billing")
    form.get_by_role("button", name="Добавить отдел").click()
    window.get_by_role("button", name=re.compile("^Название")).click()
    title = window.get_by_role("form", name="Название")
    title.get_by_label("ru").fill("Счета")
    title.get_by_role("button", name="Сохранить").click()
    expect(title.get_by_role("status")).to_have_text("Сохранено")
    (made,) = daemon.admin_json("queue")["departments"]
    assert made["title"] == {"ru": "Счета"} and made["members"] == ["artem", "boris"]
    window.get_by_role("button", name="Удалить").click()
    window.get_by_role("button", name="Точно: Удалить").click()
    expect(window.get_by_text("Отделов пока нет.")).to_be_visible()


def find_somebody_forgotten(daemon: Daemon, window: Locator) -> None:
    """Who had an account, and whom a colleague forgets while it is asked for the name."""
    words = ("user", "add", "lena", "--name", "Лена", "--password-stdin")
    assert daemon.admin(*words, stdin=f"{PASSWORD}\n").returncode == 0
    window.get_by_role("button", name="Люди").click()
    row = window.get_by_role("listitem").filter(has_text="Лена")
    row.get_by_role("button", name="Лена").click()
    row.get_by_role("button", name="Забыть человека…").click()
    asked = window.page.get_by_role("dialog", name="Забыть: Лена")
    form = asked.get_by_role("form", name="Забыть человека…")
    form.get_by_label("Кого забыть").fill("Лена")
    (lena,) = daemon.admin_json("user", "list")["people"]
    assert daemon.admin("forget", lena["id"], "--yes").returncode == 0
    form.get_by_label("Кого забыть").press("Enter")
    expect(asked.get_by_role("alert")).to_contain_text("возможно, его уже забыли")
    expect(form).to_have_count(0)
    asked.press("Escape")
    expect(asked).to_have_count(0)


def forget_somebody(staffed: Staffed, page: Page, shoot: Shoot) -> None:
    """From the card beside the conversation: with it open, by another name, with no line, and
    then for good."""
    daemon, name = staffed.daemon, "Забыть человека…"
    with Client(daemon.address) as client:
        gleb = Customer(client, "Глеб", "Мой пароль — хвощ")
    console = Console(page)
    console.open("Глеб")
    page.get_by_role("complementary", name="Клиент").get_by_role("button", name=name).click()
    asked = page.get_by_role("dialog", name="Забыть: Глеб")
    alert, again = asked.get_by_role("alert"), asked.get_by_role("button", name="Посмотреть снова")
    expect(alert).to_contain_text(f"Сначала закройте разговоры: {gleb.ticket}")
    path = f"/api/admin/support/close/{gleb.ticket}"
    assert daemon.http("POST", path, {}, staffed.tokens["boris"])[0] == 200
    again.click()
    found = asked.get_by_role("status")
    expect(found).to_contain_text("Это исчезнет насовсем")
    form = asked.get_by_role("form", name=name)
    form.get_by_label("Кого забыть").fill("Олег")
    form.get_by_label("Кого забыть").press("Enter")
    expect(form.get_by_role("alert")).to_contain_text("Это кто-то другой")
    shoot(page, "console-forget")
    page.context.set_offline(True)
    expect(page.locator(".status-line")).to_contain_text("Нет связи")
    form.get_by_label("Кого забыть").fill("Глеб")
    form.get_by_label("Кого забыть").press("Enter")
    expect(alert).to_have_text("Нет связи, действие не выполнено")
    page.context.set_offline(False)
    expect(page.locator(".status-line")).to_have_count(0)
    again.click()
    form.get_by_label("Кого забыть").fill(" Глеб ")
    form.get_by_label("Кого забыть").press("Enter")
    expect(found).to_contain_text("Забыто")
    expect(found).to_contain_text("0 · 0 байт")
    expect(form).to_have_count(0)
    asked.press("Escape")
    expect(asked).to_have_count(0)
    expect(page.get_by_role("complementary", name="Клиент")).to_have_count(0)
    expect(console.row("Глеб")).to_have_count(0)
    assert daemon.admin("show", gleb.ticket).returncode != 0


def look_as(daemon: Daemon, page: Page) -> None:
    """Who has a role of the configuration is offered what it lists, and nothing else; also once it
    is another."""
    daemon.admin("operator", "set", "boris", "--role", "auditor")
    with Client(daemon.address) as client:
        Customer(client, "Вера", "Где мой заказ?")
    page.goto(f"http://{daemon.address}/console")
    console = Console(page).log_in("boris")
    console.tab("Все")
    console.open("Вера")
    expect(console.bubbles.last).to_have_text("Где мой заказ?")
    conversation = page.get_by_role("main")
    expect(conversation.locator(".barred")).to_have_text("Вам это не разрешено")
    beside = page.get_by_role("complementary", name="Клиент")
    expect(beside.get_by_role("button", name="Скачать")).to_be_visible()
    expect(beside.get_by_role("button", name="Забыть человека…")).to_have_count(0)
    for name in ("Принять", "Передать", "Закрыть"):
        expect(conversation.get_by_role("button", name=name, exact=True)).to_have_count(0)
    expect(page.locator(".toast")).to_have_count(0)
    page.keyboard.press("Control+k")
    palette = page.get_by_role("dialog", name="Поиск и действия")
    palette.get_by_role("combobox").fill("управление")
    expect(palette.get_by_text("Управление", exact=True)).to_have_count(0)
    page.keyboard.press("Escape")

    daemon.admin("operator", "set", "boris", "--role", "lead")
    page.reload()
    expect(conversation.get_by_role("button", name="Принять", exact=True).first).to_be_visible()
    page.locator(".bar .me").click()
    page.get_by_role("dialog").get_by_role("button", name="Управление").click()
    window = page.get_by_role("dialog", name="Управление")
    expect(window.get_by_role("navigation").get_by_role("button")).to_have_text(
        ["Операторы", "Токены программ"]
    )
    own = window.get_by_role("listitem").filter(has_text="artem")
    own.get_by_role("button", name="Артём").click()
    expect(own.get_by_role("button", name="Сменить пароль")).to_be_visible()
    expect(own.get_by_role("button", name="Где выполнен вход")).to_have_count(0)
    page.close()
