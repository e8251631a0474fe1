"""The console's session and its line: cookie, passwords, cut networks, restarts, hostile text."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import expect

from tests.client import Client
from tests.conftest import MakeDaemon
from tests.web.conftest import Axe, Complaints, MakeContext, Shoot
from tests.web.host import Host
from tests.web.office import CONNECTED, Office, Staffed

CONFIG = {"tickets": {"max_message_chars": 64_000}}
CUT = (r"ERR_INTERNET_DISCONNECTED", r"ERR_CONNECTION_REFUSED", r"WebSocket connection to")
SCRIPT = "<script>window.broken=1</script><img src=x onerror=window.broken=1>"
BIDI = "\u202eпереворот\u2066 и \u200fещё"
ZALGO = "З" + "\u0335\u0321\u0353\u0316" * 40 + "ло"
WORD = "Ы" * 30_000  # 60 kB
ATTACKS = """async (url) => {
  const send = (options) =>
    fetch(url, { method: "POST", credentials: "include", ...options }).catch(() => 0);
  await send({ mode: "no-cors" });
  await send({ mode: "no-cors", body: "{}", headers: { "Content-Type": "text/plain" } });
  await send({ headers: { "X-Chatd-Csrf": "1" } });
}"""


def test_a_session_is_a_cookie_that_no_script_reads(office: Office) -> None:
    console = office.door()
    console.log_in("artem", "not the password")
    expect(console.page.get_by_role("alert")).to_have_text("Имя или пароль не подходят")
    expect(console.page.get_by_label("Пароль")).to_be_focused()
    console.log_in("artem")
    expect(console.page.locator(".bar")).to_be_visible()

    cookies = console.page.context.cookies()
    assert {cookie["name"] for cookie in cookies} == {"chatd_session", "chatd_device"}
    for cookie in cookies:
        assert (cookie["httpOnly"], cookie["sameSite"]) == (True, "Strict")
        assert cookie["value"] not in console.page.evaluate(
            "document.cookie + JSON.stringify(localStorage)"
        )
    console.page.reload()
    expect(console.page.locator(".me")).to_have_text(re.compile("Артём Волков"))
    second = console.page.context.new_page()
    second.goto(console.page.url)
    expect(second.locator(".bar")).to_be_visible()
    expect(console.page.locator(".status-line")).to_have_count(0)

    console.page.get_by_role("button", name="Выйти").click()
    expect(console.page.get_by_label("Имя пользователя")).to_be_visible()
    [device] = console.page.context.cookies()
    assert device["name"] == "chatd_device", "the browser stays known, nobody is logged in"
    console.page.reload()
    expect(console.page.get_by_label("Имя пользователя")).to_be_visible()


def test_a_foreign_page_changes_nothing_by_the_cookie(
    office: Office, host: Host, complaints: Complaints
) -> None:
    complaints.tolerate("403", "415", "CORS", "ERR_FAILED")
    console = office.console()
    anna = office.customer("Анна", "Помогите")
    close = f"http://{office.daemon.address}/api/admin/support/close/{anna.ticket}"
    host.put("/trap", "<!doctype html><title>Приз</title>")
    # One of another site, which gets no cookie along, and one of this very host's other port.
    for name in ("other.test", "127.0.0.1"):
        foreign = console.page.context.new_page()
        foreign.goto(f"{host.origin(name)}/trap")
        foreign.evaluate(ATTACKS, close)
    answer = console.page.evaluate(
        "(url) => fetch(url, { method: 'POST' }).then((one) => one.status)", close
    )
    assert answer == 403, "our own page, too, only with the header"
    ticket = office.get(f"/api/support/messages/{anna.ticket}")["ticket"]
    assert ticket["status"] == "waiting"


def test_too_many_tries_are_told_with_the_time(
    make_daemon: MakeDaemon, context: MakeContext, complaints: Complaints
) -> None:
    complaints.tolerate("401", "429")
    daemon = make_daemon({"limits": {"logins_per_account": "2/minute"}})
    daemon.add_operator("vera", "Вера")
    page = context().new_page()
    page.goto(f"http://{daemon.address}/console")
    for _ in range(3):
        page.get_by_label("Имя пользователя").fill("artem")
        page.get_by_label("Пароль").fill("guess")
        with page.expect_response("**/manager/auth"):
            page.get_by_role("button", name="Войти").click()
    expect(page.get_by_role("alert")).to_have_text(
        re.compile(r"Слишком часто. Подождите \d+ секунд")
    )


def test_a_cut_network_loses_nothing(
    office: Office, shoot: Shoot, axe: Axe, complaints: Complaints
) -> None:
    complaints.tolerate(*CUT)
    console = office.console()
    anna = office.customer("Анна", "Первое")
    console.accept("Анна")
    console.page.context.set_offline(True)
    expect(console.page.locator(".status-line")).to_contain_text("Нет связи")
    console.field.fill("Написано без связи")
    console.field.press("Enter")
    expect(console.log.locator(".own .state")).to_have_text("Ждёт отправки")
    console.act("Закрыть")
    expect(console.toast).to_have_text("Нет связи, действие не выполнено")
    shoot(console.page, "console-no-connection")
    axe(console.page)
    for n in range(120):
        anna.say(f"Сообщение {n}")
    oleg = office.customer("Олег", "Новый")
    console.page.context.set_offline(False)
    expect(console.page.locator(".status-line")).to_have_count(0)
    anna.hears("Написано без связи")
    expect(console.bubbles.last).to_have_text("Написано без связи")
    console.count("Ждут", 1)
    assert anna.heard().count("Написано без связи") == 1
    assert [text for text in anna.heard() if text.startswith("Сообщение")] == [
        f"Сообщение {n}" for n in range(120)
    ]
    oleg.say("Жду")


def test_a_restarted_daemon_is_survived(
    make_daemon: MakeDaemon,
    clients: Callable[..., Client],
    context: MakeContext,
    complaints: Complaints,
) -> None:
    complaints.tolerate(*CUT, "503")
    daemon = make_daemon({"sites": {"default": {"origins": ["self"]}}})
    office = Office(Staffed(daemon), clients, context, complaints)
    console = office.console()
    anna = office.customer("Анна", "До перезапуска")
    console.accept("Анна")
    console.write("Отвечаю")
    console.page.get_by_role("switch").click()
    office.wait_for_line("artem", "away")
    daemon.stop()
    expect(console.page.locator(".status-line")).to_contain_text("Нет связи")
    console.field.fill("Пока вас не было")
    console.field.press("Enter")
    daemon.start()
    expect(console.page.locator(".status-line")).to_have_count(0)
    expect(console.bubbles.last).to_have_text("Пока вас не было")
    expect(console.log.locator(".own .state").last).to_have_text("Отправлено")
    again = clients(daemon.address)
    again.hello(token=anna.client.token)
    told = [one["content"] for one in again.join(anna.ticket)["messages"]]
    assert told[-2:] == ["Отвечаю", "Пока вас не было"]
    assert told.count(CONNECTED.format("Артём Волков")) == 1
    office.wait_for_line("artem", "away")


def test_hostile_text_stays_text(office: Office, shoot: Shoot, axe: Axe) -> None:
    console = office.console()
    mallory = office.customer(f"{SCRIPT[:40]} Мэллори", SCRIPT)
    console.page.locator(".take").click()
    for text in (
        BIDI,
        ZALGO,
        WORD,
        "javascript:alert(1) https://a.example/?q=<b>&x='\"",
        f"/{SCRIPT}",
    ):
        mallory.say(text)
    mallory.types(WORD[:8_000])
    expect(console.draft).to_have_text(WORD[:8_000])
    expect(console.bubbles.last).to_have_text(f"/{SCRIPT}")
    mallory.types("Ещё " + BIDI)
    expect(console.draft).to_contain_text("Ещё")
    console.field.fill(WORD)
    expect(console.page.get_by_text("Слишком длинно: знаков 30000, а можно 8000")).to_be_visible()
    expect(console.page.get_by_role("button", name="Отправить")).to_be_disabled()
    assert console.page.evaluate("window.broken") is None
    assert console.log.locator("img, script").count() == 0
    assert console.log.locator("a").evaluate_all("(all) => all.map((a) => [a.href, a.rel])") == [
        ["https://a.example/?q=", "noopener noreferrer nofollow"]
    ]
    for width in (1280, 390):
        console.page.set_viewport_size({"width": width, "height": 800})
        inside = "() => document.documentElement.scrollWidth <= innerWidth"
        assert console.page.evaluate(inside)
        wide = "(log) => log.scrollWidth <= log.clientWidth"
        assert console.log.evaluate(wide)
        shoot(console.page, f"console-hostile-{width}")
        axe(console.page)


def test_an_offer_is_shown_to_whom_it_is_made(
    make_daemon: MakeDaemon,
    clients: Callable[..., Client],
    context: MakeContext,
    complaints: Complaints,
    shoot: Shoot,
    axe: Axe,
) -> None:
    automatic = {"assignment": "auto", "answer_seconds": 300.0}
    office = Office(Staffed(make_daemon({"tickets": automatic})), clients, context, complaints)
    artem = office.console("artem")
    anna = office.customer("Анна", "Кто-нибудь?")
    offered = {one["id"]: one["offered_to"] for one in office.get("/manager/queue")["tickets"]}
    row = artem.row("Анна")
    expect(row).to_be_visible()
    if offered[anna.ticket] == "boris":  # He has asked over HTTP, and counts as on line.
        expect(row).not_to_contain_text("Предложен вам")
        row = office.console("boris").row("Анна")
    expect(row).to_contain_text("Предложен вам")
    shoot(row.page, "console-offered")
    axe(row.page)
    row.get_by_role("button", name="Принять: Анна").click()
    anna.client.expect("dialog:update", 20, change="accepted")
