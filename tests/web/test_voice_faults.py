"""What goes wrong while somebody speaks: files that are dropped, two presses, devices that refuse,
a reload; and the picture of what was said."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import Locator, Page, expect

from tests.client import Client
from tests.daemon import Daemon
from tests.web.guests import Enter, Guest
from tests.web.papers import hand_over, paper
from tests.web.test_voice import MICROPHONE, RECORD, wait_for_level
from tests.web.waits import until

AUDIO = "document.querySelector('[role=log] .voice audio')"
STOP, SEND = "Остановить запись", "Отправить голосовое сообщение"
# What was asked for is given, or refused, when the test says so.
ASKED = """() => {
  const asked = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  Object.assign(window, { asks: [], streams: [] });
  navigator.mediaDevices.getUserMedia = (what) => new Promise((give, refuse) => window.asks.push({
    give: async () => give(window.streams[window.streams.push(await asked(what)) - 1]),
    refuse: (name) => refuse(new DOMException("no", name)),
  }));
}"""
# What the browser has yet to send.
KEPT = """() => new Promise((done) => {
  indexedDB.open("chatd").onsuccess = ({ target }) => {
    const all = target.result.transaction("bytes").objectStore("bytes").getAllKeys();
    all.onsuccess = () => done(all.result);
  };
})"""
SILENT = (
    "() => window.streams.length > 0 && window.streams.every((one) =>"
    " one.getTracks().every(({ readyState }) => readyState === 'ended'))"
)


def recorder_of(page: Page) -> Locator:
    """Where one speaks."""
    return page.locator(".composer").get_by_role("group", name="Голосовое сообщение")


def press(page: Page, asked: int) -> None:
    """Begins, until so many times a microphone was asked for."""
    page.get_by_role("button", name=RECORD).click()
    page.wait_for_function(f"() => window.asks.length === {asked}")


def test_what_is_dropped_while_one_speaks_stays_and_two_presses_are_one(
    enter: Enter, house: Daemon, clients: Any
) -> None:
    line: Client = clients(house.address)
    line.hello(name="Слушает Петя")
    line.join("tea")
    guest: Guest = enter("Роняет Яна", "tea", **MICROPHONE)
    page, mine = guest.page, recorder_of(guest.page)
    page.evaluate(ASKED)
    button = page.get_by_role("button", name=RECORD)
    button.evaluate(
        "(one) => { for (let at = 0; at < 2; at += 1) one.dispatchEvent("
        "new PointerEvent('pointerdown', { bubbles: true, button: 0 })); }"
    )
    page.wait_for_function("() => window.asks.length > 0")
    page.evaluate("window.asks[0].give()")
    wait_for_level(mine)
    hand_over(guest.log, "drop", paper("список.txt", b"tea"))
    tray = page.get_by_role("list", name="Прикреплённые файлы")
    expect(tray).to_contain_text("список.txt")
    expect(mine).to_contain_text(re.compile(r"0:0[2-9]|0:[1-9]\d"), timeout=20_000)
    mine.get_by_role("button", name=STOP).click()
    mine.get_by_role("button", name=SEND).click()
    voice = line.expect("message:new", 30, type="voice")
    [file] = voice["files"]
    assert 1 < len(file["peaks"]) <= 64 and max(file["peaks"]) == 100 and min(file["peaks"]) >= 0
    expect(guest.log.locator(".voice .wave")).to_have_count(1)
    expect(tray).to_contain_text("список.txt")
    guest.field.press("Enter")
    told = line.expect("message:new", 30, type="file")
    assert [one["name"] for one in told["files"]] == ["список.txt"]
    expect(tray).to_have_count(0)
    assert page.evaluate("window.asks.length") == 1
    page.wait_for_function(SILENT)
    seek = guest.log.locator(".voice").get_by_role("slider", name="Место")
    seek.focus()
    seek.press("ArrowRight")
    page.wait_for_function(f"{AUDIO}.currentTime >= 1")
    expect(seek).to_have_attribute("aria-valuetext", re.compile("0:01"))
    seek.press("ArrowLeft")
    page.wait_for_function(f"{AUDIO}.currentTime < 0.5")


def test_devices_that_refuse_late_or_halfway_are_let_go_of_and_it_is_said(enter: Enter) -> None:
    """Of two questions the first answer is not the second's; what fails behind an open microphone
    closes it."""
    guest = enter("Шумит Ира", "tea", **MICROPHONE)
    page, mine = guest.page, recorder_of(guest.page)
    alert = page.locator(".composer").get_by_role("alert")
    page.evaluate(ASKED)
    press(page, 1)
    mine.get_by_role("button", name="Удалить запись").click()
    expect(mine).to_have_count(0)
    press(page, 2)
    page.evaluate("window.asks[0].refuse('NotAllowedError')")
    page.evaluate("window.asks[1].give()")
    wait_for_level(mine)
    page.keyboard.press("Escape")
    page.wait_for_function(SILENT)
    for number, (refusal, words) in enumerate(
        (
            ("NotAllowedError", "не даёт странице микрофон"),
            ("NotFoundError", "Микрофон не найден"),
            ("NotReadableError", "Микрофон сейчас недоступен"),
        ),
        3,
    ):
        press(page, number)
        page.evaluate(f"window.asks[{number - 1}].refuse('{refusal}')")
        expect(alert.filter(has_text=words)).to_be_visible()
        expect(mine).to_have_count(0)
    for number, broken in enumerate(("MediaRecorder.prototype.start", "AudioContext"), 6):
        page.evaluate(f"() => {{ window.{broken} = () => {{ throw new Error('broken') }}; }}")
        press(page, number)
        page.evaluate(f"window.asks[{number - 1}].give()")
        expect(alert.filter(has_text="Микрофон сейчас недоступен")).to_be_visible()
        expect(mine).to_have_count(0)
        page.wait_for_function(SILENT)
    guest.say("тогда словами")


def test_what_was_spoken_survives_a_reload_and_is_sent_or_discarded(
    enter: Enter, house: Daemon, clients: Any
) -> None:
    """Whether the reload comes while one speaks or before it is sent; in that tab only."""
    line: Client = clients(house.address)
    line.hello(name="Слушает Федя")
    line.join("booth")
    guest = enter("Обновляет Рита", "booth", **MICROPHONE)
    page, mine = guest.page, recorder_of(guest.page)
    page.get_by_role("button", name=RECORD).click()
    expect(mine).to_contain_text(re.compile(r"0:0[3-9]|0:[1-9]\d"), timeout=60_000)
    page.reload()
    send = mine.get_by_role("button", name=SEND)
    expect(send).to_be_visible(timeout=60_000)
    expect(send).not_to_be_focused()
    expect(mine.locator(".wave")).to_be_visible()
    mine.get_by_role("button", name="Слушать").click()
    page.wait_for_function("() => document.querySelector('.composer audio').currentTime > 0.1")
    other = page.context.new_page()
    other.goto(page.url)
    expect(other.locator(".composer textarea")).to_be_visible()
    expect(recorder_of(other)).to_have_count(0)
    other.close()
    page.reload()
    send.click(timeout=60_000)
    [file] = line.expect("message:new", 60, type="voice")["files"]
    assert file["duration_s"] >= 1 and len(file["peaks"]) > 1
    expect(mine).to_have_count(0)
    page.get_by_role("button", name=RECORD).click()
    wait_for_level(mine)
    mine.get_by_role("button", name=STOP).click()
    expect(send).to_be_visible()
    page.reload()
    mine.get_by_role("button", name="Удалить запись").click(timeout=60_000)
    expect(mine).to_have_count(0)
    until(lambda: page.evaluate(KEPT), [])
    page.reload()
    Guest(page).say("всё по-прежнему")
    expect(mine).to_have_count(0)
