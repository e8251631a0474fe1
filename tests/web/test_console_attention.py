"""What concerns an operator rings, notifies and counts, each kind apart, in one tab of all."""

from __future__ import annotations

from functools import partial

import pytest
from playwright.sync_api import expect

from tests.daemon import eventually
from tests.web.conftest import Axe, Complaints, Shoot
from tests.web.office import CONNECTED, Console, Customer, Office
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
LATE_LOCKS = """
  const locked = new Promise((give) => (window.lock = give)), { request } = LockManager.prototype;
  LockManager.prototype.request = function (name, options, take) {
    return request.call(this, name, options, (given) => locked.then(() => take(given)));
  };"""
WAITING, REPLY, TRANSFER, MENTION = (
    [660, 880],
    [740],
    [523, 659, 784],
    [988, 740, 988, 740],
)
NOTICES = "notices.map(({ title, body }) => [title, body])"
OPEN = "notices.filter((one) => one.open).length"


def listening(office: Office, *more: str) -> Console:
    """Artem's console, whose sounds and notifications are noted."""
    console = entering(office, *more)
    console.wait_for_lists()
    return console


def entering(office: Office, *more: str) -> Console:
    """The same, the lists being on their way yet."""
    console = office.door()
    for script in (f"({LISTENING})()", *more):
        console.page.context.add_init_script(script)
    console.page.reload()
    console.log_in("artem")
    office.wait_for_line("artem")
    return console


def heard(console: Console, *notes: int) -> None:
    """Waits for these notes, and no more, and forgets them."""
    console.page.wait_for_function("(n) => notes.length >= n", arg=len(notes))
    assert console.page.evaluate("notes.splice(0)") == list(notes)


def told(console: Console, title: str, body: str) -> None:
    """Waits for a notification, and forgets it."""
    console.page.wait_for_function("() => notices.length > 0")
    assert console.page.evaluate(NOTICES) == [[title, body]]
    console.page.evaluate("notices.splice(0)")


def taken(office: Office, console: Console, name: str) -> Customer:
    """A customer whose ticket is Artem's and open."""
    customer = office.customer(name, "Здравствуйте")
    heard(console, *WAITING)
    console.accept(name)
    customer.hears(CONNECTED.format("Артём Волков"))
    console.page.evaluate("notices.splice(0)")
    expect(console.page).to_have_title("Рабочее место")
    return customer


def test_a_reply_a_transfer_and_a_mention_ring_notify_and_count(office: Office) -> None:
    console = listening(office)
    anna = taken(office, console, "Анна")
    anna.say("Пока я смотрю")
    expect(console.bubbles.last).to_have_text("Пока я смотрю")
    assert console.page.evaluate("notes.length + notices.length") == 0, "what one sees calls nobody"

    console.page.evaluate("hide(true)")
    anna.say("Вы ещё здесь?")
    heard(console, *REPLY)
    told(console, "Ответ клиента: Анна", "Вы ещё здесь?")
    expect(console.page).to_have_title("(1) Рабочее место")

    oleg = office.customer("Олег", "Помогите")
    heard(console, *WAITING)
    told(console, "Новый клиент ждёт: Олег", "Помогите")
    office.do("accept", oleg.ticket)
    office.do("transfer", oleg.ticket, operator="artem")
    heard(console, *TRANSFER)
    console.page.wait_for_function("() => notices.length > 0")
    assert console.page.evaluate("notices.splice(0)[0].title") == "Вам передали разговор: Олег"
    expect(console.toast).to_contain_text("Вам передали: Олег")
    expect(console.page).to_have_title("(2) Рабочее место")

    boris = office.connected("boris")
    boris.ask("message:send", dialog_id=f"{oleg.ticket}/notes", content="@artem, клиент злой")
    heard(console, *MENTION)
    told(console, "Вас упомянули: Олег", "Борис Ким: @artem, клиент злой")
    expect(console.page).to_have_title("(2) Рабочее место")
    status = console.page.get_by_role("navigation").get_by_role("status").first
    expect(status).to_have_text("Вас упомянули: Олег")

    console.page.evaluate("hide(false)")
    expect(console.page).to_have_title("(1) Рабочее место")
    console.toast.get_by_role("button", name="Открыть").click()
    expect(console.page.get_by_role("main")).to_contain_text("Олег")
    expect(console.page).to_have_title("Рабочее место")
    assert console.page.evaluate("notes.length") == 0
    settled(office)


def settled(office: Office) -> None:
    """Waits until Artem has read whatever names him."""
    artem = office.connected("artem")
    eventually(lambda: artem.ask("mention:list")["mentions"] == [], 20)
    artem.ws.close()


def test_what_is_news_is_told_once_whichever_way_it_comes(office: Office) -> None:
    console = listening(office, f"({HOLDING})()")
    anna = taken(office, console, "Анна")
    oleg = office.customer("Олег", "Помогите")
    heard(console, *WAITING)
    told(console, "Новый клиент ждёт: Олег", "Помогите")
    office.do("accept", oleg.ticket)
    expect(console.page).to_have_title("Рабочее место")
    boris = office.connected("boris")
    console.page.evaluate("""hide(true); holding = ['"dialog:update"', '"transferred"']""")
    anna.say("Вы ещё **здесь**?")
    boris.ask("presence:set", status="away")  # whereupon the lists are asked for anew
    heard(console, *REPLY)
    told(console, "Ответ клиента: Анна", "Вы ещё здесь?")
    office.do("transfer", oleg.ticket, operator="artem")
    boris.ask("presence:set", status="online")
    heard(console, *TRANSFER)
    console.page.wait_for_function("() => notices.length > 0")
    assert console.page.evaluate("notices.splice(0)[0].title") == "Вам передали разговор: Олег"
    console.page.wait_for_function("() => held.length >= 2")
    console.page.evaluate("letGo()")
    vera = office.customer("Вера", "Ау")
    heard(console, *WAITING)
    told(console, "Новый клиент ждёт: Вера", "Ау")
    expect(console.page).to_have_title("(3) Рабочее место")
    console.page.evaluate("""holding = ['"tickets"']""")
    anna.say("Ау?")
    heard(console, *REPLY)
    told(console, "Ответ клиента: Анна", "Ау?")
    boris.ask("presence:set", status="away")
    console.page.wait_for_function("() => held.length > 0")
    console.page.evaluate("letGo()")
    office.do("close", vera.ticket)
    expect(console.page).to_have_title("(2) Рабочее место")
    assert console.page.evaluate("notes.length + notices.length") == 0, "the lists tell nothing new"


def test_a_mention_made_while_one_is_away_is_there_when_they_are_back(office: Office) -> None:
    semyon = office.customer("Семён", "Помогите")
    boris = office.connected("boris")
    boris.ask("ticket:accept", ticket_id=semyon.ticket)
    boris.ask("message:send", dialog_id=f"{semyon.ticket}/notes", content="@artem, **злой**")
    console = listening(office)
    expect(console.page).to_have_title("(1) Рабочее место")
    expect(console.toast).to_contain_text("Пока вас не было, вас упомянули: Семён")
    console.tab("Все")
    expect(console.row("Семён").locator(".badge")).to_contain_text("@")
    assert console.page.evaluate("notes.length + notices.length") == 0, "they look at it"
    console.toast.get_by_role("button", name="Открыть").click()
    expect(console.log.locator(".said.note .text")).to_have_text("@artem, злой")
    expect(console.page).to_have_title("Рабочее место")
    expect(console.row("Семён").locator(".badge")).to_have_count(0)
    settled(office)
    console.page.goto(f"http://{office.daemon.address}/console")
    console.tab("Все")
    expect(console.row("Семён")).to_be_visible()
    expect(console.toast).to_have_count(0)
    expect(console.page).to_have_title("Рабочее место")


def test_what_came_while_the_line_was_lost_rings_when_it_is_back(
    office: Office, complaints: Complaints
) -> None:
    complaints.tolerate(*CUT)
    console = listening(office)
    anna = taken(office, console, "Анна")
    console.tab("Очередь")
    vera = taken(office, console, "Вера")
    vera.say("Прочитано ещё до того")
    expect(console.bubbles.last).to_have_text("Прочитано ещё до того")
    console.page.evaluate("hide(true)")
    console.page.context.set_offline(True)
    expect(console.page.locator(".status-line")).to_be_visible()
    oleg = office.customer("Олег", "Помогите")
    office.do("accept", oleg.ticket)
    office.do("transfer", oleg.ticket, operator="artem")
    anna.say("Вы пропали?")
    assert console.page.evaluate("notes.length + notices.length") == 0
    console.page.context.set_offline(False)
    console.page.wait_for_function("() => notices.length >= 2", timeout=30_000)
    assert sorted(console.page.evaluate("notices.splice(0).map((one) => one.title)")) == [
        "Вам передали разговор: Олег",
        "Ответ клиента: Анна",
    ], "and nothing of what was known before"
    assert sorted(console.page.evaluate("notes.splice(0)")) == sorted([*TRANSFER, *REPLY])
    expect(console.toast).to_contain_text("Вам передали: Олег")
    expect(console.page).to_have_title("(2) Рабочее место")


def test_who_comes_while_the_lists_are_on_their_way_is_new(office: Office) -> None:
    office.customer("Глеб", "Я давно жду")
    nina = office.customer("Нина", "И я")
    console = entering(office, f"({HOLDING})()", """holding = ['"tickets"']""", LATE_LOCKS)
    console.page.wait_for_function("() => held.length > 1")  # the queue as it was, among others
    office.do("accept", nina.ticket)
    office.customer("Инна", "А я только что")
    expect(console.row("Инна")).to_be_visible()
    assert console.page.evaluate("notices.length") == 0, "another tab may be the one that rings"
    console.page.evaluate("lock()")
    told(console, "Новый клиент ждёт: Инна", "А я только что")
    console.page.evaluate("letGo()")
    console.wait_for_lists()
    expect(console.row("Глеб")).to_be_visible()
    expect(console.row("Нина")).to_have_count(0)
    expect(console.page).to_have_title("(2) Рабочее место")
    assert console.page.evaluate("notices.length") == 0, "whom one finds waiting"


def test_what_one_does_oneself_calls_nobody(office: Office) -> None:
    console = listening(office)
    zoya = office.customer("Зоя", "Здравствуйте")
    heard(console, *WAITING)
    office.do("accept", zoya.ticket)
    console.tab("Все")
    console.open("Зоя")
    console.page.evaluate("hide(true); notices.splice(0)")
    console.act("Взять себе")
    console.count("Мои", 1)
    office.connected("boris").ask(
        "message:send", dialog_id=f"{zoya.ticket}/notes", content="почта artem@shop.example"
    )
    expect(console.log.locator(".said.note")).to_have_count(1)
    assert console.page.evaluate("notes.length + notices.length") == 0
    expect(console.toast).to_have_count(0)
    pyotr = office.customer("Пётр", "Есть кто?")
    heard(console, *WAITING)
    console.page.evaluate("notices.splice(0)")
    office.do("accept", pyotr.ticket, "artem")
    console.count("Мои", 2)
    mila = office.customer("Мила", "А я?")
    heard(console, *WAITING)
    console.page.evaluate("notices.splice(0)")
    office.do("accept", mila.ticket)
    office.do("transfer", mila.ticket, "artem", operator="artem")
    console.count("Мои", 3)
    console.tab("Мои")
    for name in ("Пётр", "Мила"):
        badge = console.row(name).locator(".badge [aria-hidden]")
        expect(badge).to_have_text("1")  # what the house and its bot say is not counted
    assert console.page.evaluate("notes.length + notices.length") == 0, "done on another device"
    expect(console.toast).to_have_count(0)


def test_nobody_is_called_when_nobody_has_room(office: Office) -> None:
    office.daemon.admin("operator", "set", "artem", "--capacity", "1")
    try:
        console = listening(office)
        taken(office, console, "Анна")
        console.tab("Очередь")
        office.customer("Павел", "А я?")
        expect(console.row("Павел")).to_be_visible()
        expect(console.page).to_have_title("(1) Рабочее место")
        assert console.page.evaluate("notes.length + notices.length") == 0
        console.act("Закрыть")
        heard(console, *WAITING)
        told(console, "Новый клиент ждёт: Павел", "А я?")
    finally:
        office.daemon.admin("operator", "set", "artem", "--capacity", "5")


def test_an_alarm_ends_when_it_is_taken_or_gone(office: Office) -> None:
    console = listening(office)
    for ends in ("accept", "close"):
        customer = office.customer("Дарья", "Кто-нибудь есть?")
        heard(console, *WAITING)
        assert console.page.evaluate(OPEN) == 1
        office.do(ends, customer.ticket)
        expect(console.rows).to_have_count(0)
        assert console.page.evaluate(OPEN) == 0
        expect(console.page).to_have_title("Рабочее место")


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
    second = Console(first.page.context.new_page())
    second.page.goto(first.page.url)
    second.wait_for_lists()
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
    console = listening(office)
    console.page.get_by_role("button", name="Звуки и уведомления").click()
    dialog = console.page.get_by_role("dialog")
    for kind, notes in {
        "Новый клиент ждёт": WAITING,
        "Клиент ответил в вашем разговоре": REPLY,
        "Вам передали разговор": TRANSFER,
        "Вас упомянули в заметке": MENTION,
    }.items():
        dialog.get_by_role("button", name=f"Послушать: {kind}").click()
        heard(console, *notes)
    axe(console.page)
    shoot(console.page, "console-sounds")
    slider = dialog.get_by_role("slider", name="Новый клиент ждёт")
    slider.focus()
    slider.press("Home")
    console.page.keyboard.press("Escape")
    customer = office.customer("Дарья", "Тихо?")
    expect(console.row("Дарья")).to_be_visible()
    assert console.page.evaluate(OPEN) == 1
    assert console.page.evaluate("notes") == []
    console.accept("Дарья")
    console.page.evaluate("hide(true)")
    customer.say("А так?")
    heard(console, *REPLY)
    console.page.reload()
    console.wait_for_lists()
    console.page.get_by_role("button", name="Звуки и уведомления").click()
    expect(slider).to_have_value("0")
    dialog.get_by_role("switch", name="Звук").click()
    console.page.keyboard.press("Escape")
    console.page.evaluate("hide(true)")
    customer.say("И так?")
    console.page.wait_for_function("() => notices.length > 0")
    assert console.page.evaluate("notes") == []
