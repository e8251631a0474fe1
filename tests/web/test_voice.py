"""Voice messages: recorded, listened to, sent, played; and where there is no microphone."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, expect

from tests.web.conftest import Axe, Shoot
from tests.web.guests import Enter
from tests.web.office import Desk, Office

MICROPHONE = {"permissions": ["microphone"]}
RECORD = "Записать голосовое сообщение"
# What was asked for is given, or refused, when the test says so.
ASKED = """() => {
  const asked = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  Object.assign(window, { asks: [], streams: [] });
  navigator.mediaDevices.getUserMedia = (what) => new Promise((give, refuse) => window.asks.push({
    give: async () => give(window.streams[window.streams.push(await asked(what)) - 1]),
    refuse: () => refuse(new DOMException("no", "NotAllowedError")),
  }));
}"""
SILENT = (
    "() => window.streams.length > 0 && window.streams.every((one) =>"
    " one.getTracks().every(({ readyState }) => readyState === 'ended'))"
)


def wait_for_level(where: Locator) -> None:
    """Something is heard, and shown."""
    level = where.get_by_role("meter", name="Громкость")
    expect(level).to_be_visible()
    expect(level).not_to_have_attribute("aria-valuenow", "0")


def test_a_voice_message_is_recorded_listened_to_sent_and_played(
    enter: Enter, axe: Axe, shoot: Shoot
) -> None:
    """A tap begins and ends it, and so does who holds the button and lets it go."""
    speaker = enter("Говорит Гоша", "tea", **MICROPHONE)
    listener = enter("Слушает Лена", "tea")
    page, composer = speaker.page, speaker.page.locator(".composer")
    mine = composer.get_by_role("group", name="Голосовое сообщение")
    page.get_by_role("button", name=RECORD).click()
    wait_for_level(mine)
    axe(page)
    shoot(page, "voice-recording-1280")
    page.keyboard.press("Escape")
    expect(mine).to_have_count(0)
    expect(speaker.field).to_be_focused()
    page.get_by_role("button", name=RECORD).focus()
    page.keyboard.press("Enter")
    wait_for_level(mine)
    mine.get_by_role("button", name="Остановить запись").click()
    expect(mine.get_by_role("button", name="Отправить голосовое сообщение")).to_be_focused()
    mine.get_by_role("button", name="Слушать").click()
    expect(mine.get_by_role("button", name="Пауза")).to_be_visible()
    axe(page)
    shoot(page, "voice-review-1280")
    mine.get_by_role("button", name="Удалить запись").click()
    expect(mine).to_have_count(0)
    button = page.get_by_role("button", name=RECORD)
    button.hover()
    page.mouse.down()
    wait_for_level(mine)
    expect(mine).to_contain_text(re.compile(r"0:(0[1-9]|[1-9]\d)"))
    page.mouse.up()
    mine.get_by_role("button", name="Отправить голосовое сообщение").click()
    expect(mine).to_have_count(0)
    expect(speaker.log.locator(".voice")).to_have_count(1)
    heard = listener.log.locator(".voice")
    expect(heard).to_have_count(1)
    expect(heard.get_by_role("slider", name="Место")).to_be_enabled()
    heard.get_by_role("button", name="Скорость: 1×").click()
    heard.get_by_role("button", name="Слушать").click()
    listener.page.wait_for_function(
        "() => { const audio = document.querySelector('.voice audio');"
        " return audio.currentTime > 0.1 && audio.playbackRate === 1.5; }"
    )
    place = heard.get_by_role("slider", name="Место")
    place.evaluate(
        "(one) => { one.value = 0.5; one.dispatchEvent(new Event('input', { bubbles: true })); }"
    )
    listener.page.wait_for_function("document.querySelector('.voice audio').currentTime >= 0.5")
    expect(heard.get_by_role("button", name="Слушать")).to_be_visible()
    axe(listener.page)
    shoot(listener.page, "voice-heard-1280")


def test_where_no_microphone_may_be_used_the_page_says_so_and_one_writes(office: Office) -> None:
    anna = office.customer("Анна Тихая", "здравствуйте")
    desk: Desk = office.desk()
    desk.accept("Анна Тихая")
    desk.page.get_by_role("button", name=RECORD).click()
    said = desk.page.get_by_role("alert").filter(has_text="Браузер не даёт странице микрофон")
    expect(said).to_be_visible()
    desk.write("тогда напишу")
    anna.hears("тогда напишу")
    expect(said).to_have_count(0)


def test_a_microphone_that_nothing_is_recorded_from_is_let_go_of(enter: Enter) -> None:
    """What refuses may do so after it is on; and of two questions the first answer is not the
    second's."""
    page = enter("Шумит Ира", "tea", **MICROPHONE).page
    mine = page.locator(".composer").get_by_role("group", name="Голосовое сообщение")
    page.evaluate(ASKED)
    page.get_by_role("button", name=RECORD).click()
    mine.get_by_role("button", name="Удалить запись").click()
    page.get_by_role("button", name=RECORD).click()
    page.wait_for_function("() => window.asks.length === 2")
    page.evaluate("window.asks[0].refuse()")
    page.evaluate("window.asks[1].give()")
    wait_for_level(mine)
    page.keyboard.press("Escape")
    page.wait_for_function(SILENT)
    page.evaluate("() => { window.AudioContext = null; }")
    page.get_by_role("button", name=RECORD).click()
    page.wait_for_function("() => window.asks.length === 3")
    page.evaluate("window.asks[2].give()")
    expect(mine).to_have_count(0)
    page.wait_for_function(SILENT)


def test_who_leaves_before_the_microphone_is_given_is_not_recorded(office: Office) -> None:
    office.customer("Анна Дальняя", "здравствуйте")
    office.customer("Борис Ближний", "здравствуйте")
    desk: Desk = office.desk(permissions=["microphone"])
    desk.accept("Борис Ближний")
    desk.tab("Очередь")
    desk.accept("Анна Дальняя")
    desk.page.evaluate(ASKED)
    desk.page.get_by_role("button", name=RECORD).click()
    desk.page.wait_for_function("() => window.asks.length === 1")
    desk.open("Борис Ближний")
    expect(desk.page.get_by_role("group", name="Голосовое сообщение")).to_have_count(0)
    desk.page.evaluate("window.asks[0].give()")
    desk.page.wait_for_function(SILENT)
