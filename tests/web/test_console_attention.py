"""What concerns an operator rings, notifies and counts, each kind apart, in one tab of all."""

from __future__ import annotations

from functools import partial

import pytest
from playwright.sync_api import expect

from tests.daemon import eventually
from tests.web.conftest import Axe, Complaints, Shoot
from tests.web.office import CONNECTED, Customer, Desk, Office
from tests.web.waits import until

CUT = (r"ERR_INTERNET_DISCONNECTED", r"WebSocket connection to")
# What is heard, by pitch, and what is notified of; `hide` hides the tab.
LISTENING = """() => {
  window.notices = []; window.notes = []; window.away = false;
  Object.defineProperty(document, "hidden", { get: () => window.away });
  window.hide = (away) => {
    window.away = away;
    document.dispatchEvent(new Event("visibilitychange"));
  };
  window.Notification = class {
    static permission = "granted";
    constructor(title, options) {
      Object.assign(this, { title, ...options, open: true });
      notices.push(this);
    }
    close() { this.open = false; }
  };
  const { createOscillator } = AudioContext.prototype;
  AudioContext.prototype.createOscillator = function () {
    const tone = createOscillator.call(this);
    queueMicrotask(() => notes.push(Math.round(tone.frequency.value)));
    return tone;
  };
}"""
# What comes over the line and has one of these words in it waits until it is let go.
HOLDING = """() => {
  Object.assign(window, { holding: [], held: [] });
  const own = Object.getOwnPropertyDescriptor(WebSocket.prototype, "onmessage");
  const set = function (take) {
    own.set.call(this, (frame) => {
      const waits = holding.some((word) => frame.data.includes(word));
      if (waits) held.push(() => take(frame));
      else take(frame);
    });
  };
  Object.defineProperty(WebSocket.prototype, "onmessage", { ...own, set });
  window.letGo = () => {
    holding = [];
    for (const take of held.splice(0)) take();
  };
}"""
WAITING, REPLY, TRANSFER, MENTION = (
    [660, 880],
    [740],
    [523, 659, 784],
    [988, 740, 988, 740],
)
NOTICES = "notices.map(({ title, body }) => [title, body])"
OPEN = "notices.filter((one) => one.open).length"


def listening(office: Office, *more: str) -> Desk:
    """Artem's console, whose sounds and notifications are noted."""
    desk = office.door()
    for script in (f"({LISTENING})()", *more):
        desk.page.context.add_init_script(script)
    desk.page.reload()
    desk.log_in("artem")
    expect(desk.page.locator(".bar")).to_be_visible()
    office.wait_for_line("artem")
    expect(desk.page.locator("#tickets")).to_have_attribute("aria-busy", "false")
    return desk


def heard(desk: Desk, *notes: int) -> None:
    """Waits for these notes, and no more, and forgets them."""
    desk.page.wait_for_function("(n) => notes.length >= n", arg=len(notes))
    assert desk.page.evaluate("notes.splice(0)") == list(notes)


def told(desk: Desk, title: str, body: str) -> None:
    """Waits for a notification, and forgets it."""
    desk.page.wait_for_function("() => notices.length > 0")
    assert desk.page.evaluate(NOTICES) == [[title, body]]
    desk.page.evaluate("notices.splice(0)")


def taken(office: Office, desk: Desk, name: str) -> Customer:
    """A customer whose ticket is Artem's and open."""
    customer = office.customer(name, "Здравствуйте")
    heard(desk, *WAITING)
    desk.accept(name)
    customer.hears(CONNECTED.format("Артём Волков"))
    desk.page.evaluate("notices.splice(0)")
    expect(desk.page).to_have_title("Рабочее место")
    return customer


def test_a_reply_a_transfer_and_a_mention_ring_notify_and_count(office: Office) -> None:
    desk = listening(office)
    anna = taken(office, desk, "Анна")
    anna.say("Пока я смотрю")
    expect(desk.bubbles.last).to_have_text("Пока я смотрю")
    assert desk.page.evaluate("notes.length + notices.length") == 0, "what one sees calls nobody"

    desk.page.evaluate("hide(true)")
    anna.say("Вы ещё здесь?")
    heard(desk, *REPLY)
    told(desk, "Ответ клиента: Анна", "Вы ещё здесь?")
    expect(desk.page).to_have_title("(1) Рабочее место")

    oleg = office.customer("Олег", "Помогите")
    heard(desk, *WAITING)
    told(desk, "Новый клиент ждёт: Олег", "Помогите")
    office.do("accept", oleg.ticket)
    office.do("transfer", oleg.ticket, operator="artem")
    heard(desk, *TRANSFER)
    desk.page.wait_for_function("() => notices.length > 0")
    assert desk.page.evaluate("notices.splice(0)[0].title") == "Вам передали разговор: Олег"
    expect(desk.toast).to_contain_text("Вам передали: Олег")
    expect(desk.page).to_have_title("(2) Рабочее место")

    boris = office.connected("boris")
    boris.ask("message:send", dialog_id=f"{oleg.ticket}/notes", content="@artem, клиент злой")
    heard(desk, *MENTION)
    told(desk, "Вас упомянули: Олег", "Борис Ким: @artem, клиент злой")
    expect(desk.page).to_have_title("(2) Рабочее место")
    status = desk.page.get_by_role("navigation").get_by_role("status").first
    expect(status).to_have_text("Вас упомянули: Олег")

    desk.page.evaluate("hide(false)")
    expect(desk.page).to_have_title("(1) Рабочее место")
    desk.toast.get_by_role("button", name="Открыть").click()
    expect(desk.page.get_by_role("main")).to_contain_text("Олег")
    expect(desk.page).to_have_title("Рабочее место")
    assert desk.page.evaluate("notes.length") == 0
    settled(office)


def settled(office: Office) -> None:
    """Waits until Artem has read whatever names him."""
    artem = office.connected("artem")
    eventually(lambda: artem.ask("mention:list")["mentions"] == [], 20)
    artem.ws.close()


def test_what_is_news_is_told_once_whichever_way_it_comes(office: Office) -> None:
    desk = listening(office, f"({HOLDING})()")
    anna = taken(office, desk, "Анна")
    oleg = office.customer("Олег", "Помогите")
    heard(desk, *WAITING)
    told(desk, "Новый клиент ждёт: Олег", "Помогите")
    office.do("accept", oleg.ticket)
    expect(desk.page).to_have_title("Рабочее место")
    boris = office.connected("boris")
    desk.page.evaluate("""hide(true); holding = ['"dialog:update"', '"transferred"']""")
    anna.say("Вы ещё **здесь**?")
    boris.ask("presence:set", status="away")  # whereupon the lists are asked for anew
    heard(desk, *REPLY)
    told(desk, "Ответ клиента: Анна", "Вы ещё здесь?")
    office.do("transfer", oleg.ticket, operator="artem")
    boris.ask("presence:set", status="online")
    heard(desk, *TRANSFER)
    desk.page.wait_for_function("() => notices.length > 0")
    assert desk.page.evaluate("notices.splice(0)[0].title") == "Вам передали разговор: Олег"
    desk.page.wait_for_function("() => held.length >= 2")
    desk.page.evaluate("letGo()")
    vera = office.customer("Вера", "Ау")
    heard(desk, *WAITING)
    told(desk, "Новый клиент ждёт: Вера", "Ау")
    expect(desk.page).to_have_title("(3) Рабочее место")
    desk.page.evaluate("""holding = ['"tickets"']""")
    anna.say("Ау?")
    heard(desk, *REPLY)
    told(desk, "Ответ клиента: Анна", "Ау?")
    boris.ask("presence:set", status="away")
    desk.page.wait_for_function("() => held.length > 0")
    desk.page.evaluate("letGo()")
    office.do("close", vera.ticket)
    expect(desk.page).to_have_title("(2) Рабочее место")
    assert desk.page.evaluate("notes.length + notices.length") == 0, "the lists tell nothing new"


def test_a_mention_made_while_one_is_away_is_there_when_they_are_back(office: Office) -> None:
    semyon = office.customer("Семён", "Помогите")
    boris = office.connected("boris")
    boris.ask("ticket:accept", ticket_id=semyon.ticket)
    boris.ask("message:send", dialog_id=f"{semyon.ticket}/notes", content="@artem, **злой**")
    desk = listening(office)
    expect(desk.page).to_have_title("(1) Рабочее место")
    expect(desk.toast).to_contain_text("Пока вас не было, вас упомянули: Семён")
    desk.tab("Все")
    expect(desk.row("Семён").locator(".badge")).to_contain_text("@")
    assert desk.page.evaluate("notes.length + notices.length") == 0, "they look at it"
    desk.toast.get_by_role("button", name="Открыть").click()
    expect(desk.log.locator(".said.note .text")).to_have_text("@artem, злой")
    expect(desk.page).to_have_title("Рабочее место")
    expect(desk.row("Семён").locator(".badge")).to_have_count(0)
    settled(office)
    desk.page.goto(f"http://{office.daemon.address}/console")
    desk.tab("Все")
    expect(desk.row("Семён")).to_be_visible()
    expect(desk.toast).to_have_count(0)
    expect(desk.page).to_have_title("Рабочее место")


def test_what_came_while_the_line_was_lost_rings_when_it_is_back(
    office: Office, complaints: Complaints
) -> None:
    complaints.tolerate(*CUT)
    desk = listening(office)
    anna = taken(office, desk, "Анна")
    desk.tab("Очередь")
    vera = taken(office, desk, "Вера")
    vera.say("Прочитано ещё до того")
    expect(desk.bubbles.last).to_have_text("Прочитано ещё до того")
    desk.page.evaluate("hide(true)")
    desk.page.context.set_offline(True)
    expect(desk.page.locator(".status-line")).to_be_visible()
    oleg = office.customer("Олег", "Помогите")
    office.do("accept", oleg.ticket)
    office.do("transfer", oleg.ticket, operator="artem")
    anna.say("Вы пропали?")
    assert desk.page.evaluate("notes.length + notices.length") == 0
    desk.page.context.set_offline(False)
    desk.page.wait_for_function("() => notices.length >= 2", timeout=30_000)
    assert sorted(desk.page.evaluate("notices.splice(0).map((one) => one.title)")) == [
        "Вам передали разговор: Олег",
        "Ответ клиента: Анна",
    ], "and nothing of what was known before"
    assert sorted(desk.page.evaluate("notes.splice(0)")) == sorted([*TRANSFER, *REPLY])
    expect(desk.toast).to_contain_text("Вам передали: Олег")
    expect(desk.page).to_have_title("(2) Рабочее место")


def test_what_one_does_oneself_calls_nobody(office: Office) -> None:
    desk = listening(office)
    zoya = office.customer("Зоя", "Здравствуйте")
    heard(desk, *WAITING)
    office.do("accept", zoya.ticket)
    desk.tab("Все")
    desk.open("Зоя")
    desk.page.evaluate("hide(true); notices.splice(0)")
    desk.act("Взять себе")
    desk.count("Мои", 1)
    office.connected("boris").ask(
        "message:send", dialog_id=f"{zoya.ticket}/notes", content="почта artem@shop.example"
    )
    expect(desk.log.locator(".said.note")).to_have_count(1)
    assert desk.page.evaluate("notes.length + notices.length") == 0
    expect(desk.toast).to_have_count(0)
    pyotr = office.customer("Пётр", "Есть кто?")
    heard(desk, *WAITING)
    desk.page.evaluate("notices.splice(0)")
    office.do("accept", pyotr.ticket, "artem")
    desk.count("Мои", 2)
    mila = office.customer("Мила", "А я?")
    heard(desk, *WAITING)
    desk.page.evaluate("notices.splice(0)")
    office.do("accept", mila.ticket)
    office.do("transfer", mila.ticket, "artem", operator="artem")
    desk.count("Мои", 3)
    desk.tab("Мои")
    for name in ("Пётр", "Мила"):
        badge = desk.row(name).locator(".badge [aria-hidden]")
        expect(badge).to_have_text("1")  # what the house and its bot say is not counted
    assert desk.page.evaluate("notes.length + notices.length") == 0, "done on another device"
    expect(desk.toast).to_have_count(0)


def test_nobody_is_called_when_nobody_has_room(office: Office) -> None:
    office.daemon.admin("operator", "set", "artem", "--capacity", "1")
    try:
        desk = listening(office)
        taken(office, desk, "Анна")
        desk.tab("Очередь")
        office.customer("Павел", "А я?")
        expect(desk.row("Павел")).to_be_visible()
        expect(desk.page).to_have_title("(1) Рабочее место")
        assert desk.page.evaluate("notes.length + notices.length") == 0
        desk.act("Закрыть")
        heard(desk, *WAITING)
        told(desk, "Новый клиент ждёт: Павел", "А я?")
    finally:
        office.daemon.admin("operator", "set", "artem", "--capacity", "5")


def test_an_alarm_ends_when_it_is_taken_or_gone(office: Office) -> None:
    desk = listening(office)
    for ends in ("accept", "close"):
        customer = office.customer("Дарья", "Кто-нибудь есть?")
        heard(desk, *WAITING)
        assert desk.page.evaluate(OPEN) == 1
        office.do(ends, customer.ticket)
        expect(desk.rows).to_have_count(0)
        assert desk.page.evaluate(OPEN) == 0
        expect(desk.page).to_have_title("Рабочее место")


# Whether this tab is the one that rings, as the browser counts.
RINGS = """() => !navigator.locks || navigator.locks.request(`${Math.random()}`, async (own) => {
  const { held } = await navigator.locks.query();
  const { clientId } = held.find((one) => one.name === own.name);
  return held.some((one) => one.name.endsWith(":bell") && one.clientId === clientId);
})"""
NO_LOCKS = "Object.defineProperty(Navigator.prototype, 'locks', { get: () => undefined })"


@pytest.mark.parametrize("browser_has", ["locks", "none"])
def test_one_tab_of_several_rings_and_it_is_the_one_used_last(
    office: Office, browser_has: str
) -> None:
    first = listening(office, *([NO_LOCKS] if browser_has == "none" else []))
    second = Desk(first.page.context.new_page())
    second.page.goto(first.page.url)
    expect(second.page.locator(".bar")).to_be_visible()
    for used, other in ((first, second), (second, first)):
        used.page.locator(".counters").click()
        until(partial(used.page.evaluate, RINGS), True)
        customer = office.customer("Дарья", "Кто-нибудь есть?")
        expect(other.row("Дарья")).to_be_visible()
        heard(used, *WAITING)
        assert (used.page.evaluate(OPEN), other.page.evaluate(OPEN)) == (1, 0)
        assert other.page.evaluate("notes") == []
        office.do("close", customer.ticket)
        expect(used.rows).to_have_count(0)
    second.page.close()
    customer = office.customer("Вера", "И теперь?")
    heard(first, *WAITING)


def test_each_kind_has_its_own_volume_which_is_kept(office: Office, shoot: Shoot, axe: Axe) -> None:
    desk = listening(office)
    desk.page.get_by_role("button", name="Звуки и уведомления").click()
    dialog = desk.page.get_by_role("dialog")
    for kind, notes in {
        "Новый клиент ждёт": WAITING,
        "Клиент ответил в вашем разговоре": REPLY,
        "Вам передали разговор": TRANSFER,
        "Вас упомянули в заметке": MENTION,
    }.items():
        dialog.get_by_role("button", name=f"Послушать: {kind}").click()
        heard(desk, *notes)
    axe(desk.page)
    shoot(desk.page, "console-sounds")
    slider = dialog.get_by_role("slider", name="Новый клиент ждёт")
    slider.focus()
    slider.press("Home")
    desk.page.keyboard.press("Escape")
    customer = office.customer("Дарья", "Тихо?")
    expect(desk.row("Дарья")).to_be_visible()
    assert desk.page.evaluate(OPEN) == 1
    assert desk.page.evaluate("notes") == []
    desk.accept("Дарья")
    desk.page.evaluate("hide(true)")
    customer.say("А так?")
    heard(desk, *REPLY)
    desk.page.reload()
    desk.page.get_by_role("button", name="Звуки и уведомления").click()
    expect(slider).to_have_value("0")
    dialog.get_by_role("switch", name="Звук").click()
    desk.page.keyboard.press("Escape")
    desk.page.evaluate("hide(true)")
    customer.say("И так?")
    desk.page.wait_for_function("() => notices.length > 0")
    assert desk.page.evaluate("notes") == []
