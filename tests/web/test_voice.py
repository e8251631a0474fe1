"""Voice messages: recorded, listened to, sent, played; and where there is no microphone."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, expect

from tests.web.conftest import Axe, Complaints, Shoot
from tests.web.guests import Enter
from tests.web.office import Console, Office

MICROPHONE = {"permissions": ["microphone"]}
OLD = "HTMLMediaElement.prototype.canPlayType = () => ''"
RECORD = "Записать голосовое сообщение"


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


def test_where_a_recording_does_not_play_its_m4a_does(enter: Enter, complaints: Complaints) -> None:
    """Whether the browser says so or finds out."""
    complaints.tolerate("ERR_FAILED")
    speaker = enter("Говорит Мила", "studio", **MICROPHONE)
    mine = speaker.page.locator(".composer").get_by_role("group", name="Голосовое сообщение")
    speaker.page.get_by_role("button", name=RECORD).click()
    expect(mine).to_contain_text(re.compile(r"0:0[2-9]|0:[1-9]\d"), timeout=60_000)
    mine.get_by_role("button", name="Остановить запись").click()
    mine.get_by_role("button", name="Отправить голосовое сообщение").click()
    for name, way in (("Старый Лев", OLD), ("Упрямый Лев", "")):
        listener = enter(name, "studio")
        page = listener.page
        page.add_init_script(way)
        if not way:
            page.route(re.compile(r"/api/files/[^/]+/content/"), lambda route: route.abort())
        page.reload()
        heard = page.get_by_role("log").locator(".voice")
        heard.get_by_role("button", name="Слушать").click()
        audio = heard.locator("audio")
        expect(audio).to_have_attribute("src", re.compile(r"/m4a/.+\.webm\.m4a$"))
        heard.get_by_role("button", name=re.compile("Слушать|Пауза")).wait_for()
        page.wait_for_function("() => document.querySelector('.voice audio').readyState >= 2")
        assert audio.evaluate("(one) => one.duration") >= 1


def test_where_no_microphone_may_be_used_the_page_says_so_and_one_writes(
    office: Office, axe: Axe
) -> None:
    anna = office.customer("Анна Тихая", "здравствуйте")
    console: Console = office.console()
    console.accept("Анна Тихая")
    console.page.get_by_role("button", name=RECORD).click()
    said = console.page.get_by_role("alert").filter(has_text="Браузер не даёт странице микрофон")
    expect(said).to_be_visible()
    axe(console.page)
    console.write("тогда напишу")
    anna.hears("тогда напишу")
    expect(said).to_have_count(0)
