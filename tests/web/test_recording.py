"""A call that is recorded: asked, agreed to, seen to run on both sides, stopped by the one and lost
by the other; what was recorded plays, up to the last part."""

from __future__ import annotations

import json
import subprocess
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Error, Page, expect

from tests.daemon import Daemon, eventually
from tests.web import test_calls
from tests.web.conftest import Axe, Complaints, Shoot
from tests.web.office import Console, Office
from tests.web.shop import Widget
from tests.web.test_calls import TALKING, Side

CONFIG = {
    "sites": {"default": {"origins": ["*"], "recording": True}},
    "calls": {"lost_seconds": 3},
}
# Plays a film, and goes to its midst once it is known how long it is; how often it was sought
# before that: what is merely played to its end has a length then, too.
SEEK = """async film => {
  const until = (event, fits) => new Promise((done) => {
    const look = () => fits() && done(film.removeEventListener(event, look));
    film.addEventListener(event, look);
    look();
  });
  let sought = 0;
  film.addEventListener("seeking", () => void (sought += 1));
  film.muted = true;
  film.play();
  await until("timeupdate", () => Number.isFinite(film.duration) && !film.seeking && !film.paused);
  film.pause();
  const before = sought;
  film.currentTime = film.duration / 2;
  await until("seeked", () => !film.seeking);
  return [film.duration, film.currentTime, before];
}"""
RUNNING, STOP = "Идёт запись", "Остановить запись"
widget, console = test_calls.widget, test_calls.console
customer, operator = test_calls.customer, test_calls.operator


def row_of(daemon: Daemon) -> dict[str, Any]:
    """The newest call, as it is listed."""
    row: dict[str, Any] = daemon.admin_json("calls")["calls"][0]
    return row


def wait_for_parts(daemon: Daemon, token: str, parts: int) -> str:
    """Until so many parts of its recording are durable; the file."""
    file, seen = str(row_of(daemon)["file_id"]), set[int]()

    def came() -> bool:
        data = daemon.http("GET", f"/api/files/{file}", token=token)[1]["data"]
        seen.add(data.get("offset", 0))
        return len(seen - {0}) >= parts

    eventually(came, 60)
    return file


def facts_of(directory: Path, data: bytes) -> tuple[set[str], int]:
    """The codecs that ffprobe finds, and how many packets it can read."""
    path = directory / "recording"
    path.write_bytes(data)
    asked = ["ffprobe", "-v", "error", "-of", "json", "-show_streams", "-count_packets", str(path)]
    told = json.loads(subprocess.run(asked, check=True, capture_output=True, timeout=60).stdout)
    counts = [int(one["nb_read_packets"]) for one in told["streams"]]
    return {one["codec_name"] for one in told["streams"]}, min(counts)


def brightness_of(path: Path) -> list[int]:
    """How bright the left half of its pictures ever is, and the right one: of 255, as a mean."""
    halves = ["-vf", "scale=2:1:flags=area", "-f", "rawvideo", "-pix_fmt", "gray", "pipe:1"]
    command = ["ffmpeg", "-nostdin", "-v", "error", "-i", str(path), *halves]
    pixels = subprocess.run(command, check=True, capture_output=True, timeout=60).stdout
    return [max(pixels[half::2]) for half in (0, 1)]


def content_of(daemon: Daemon, token: str, file: str) -> tuple[dict[str, Any], bytes]:
    """A recording that is in its ticket."""

    def ready() -> bool:
        return bool(
            daemon.http("GET", f"/api/files/{file}", token=token)[1]["data"]["file"].get("url")
        )

    eventually(ready, 60)
    shown: dict[str, Any] = daemon.http("GET", f"/api/files/{file}", token=token)[1]["data"]["file"]
    return shown, daemon.http_full("GET", shown["url"])[2]


def leaves_unasked(page: Page) -> bool:
    """Whether nothing holds it back when it is closed."""
    leave = "dispatchEvent(new Event('beforeunload', { cancelable: true }))"
    return bool(page.evaluate(leave))


def crash(page: Page) -> None:
    """Its process ends without a word."""
    with suppress(Error):
        page.goto("chrome://crash", timeout=5_000)


def test_a_call_is_recorded_with_both_consents_and_a_lost_tab_loses_seconds(
    customer: Side,
    operator: Side,
    widget: Widget,
    console: Console,
    office: Office,
    complaints: Complaints,
    axe: Axe,
    shoot: Shoot,
    tmp_path: Path,
) -> None:
    complaints.tolerate("WebSocket", "crash")
    daemon, token = office.daemon, office.tokens["artem"]
    operator.call("Видеозвонок")
    customer.press("Ответить с видео")
    for side in (customer, operator):
        expect(side.window).to_contain_text(TALKING)
        side.expect_more("video")
    expect(customer.button("Записать разговор")).to_have_count(0)
    customer.press("Свернуть окно звонка")
    operator.press("Записать разговор")
    expect(operator.window).to_contain_text("Ждём разрешения собеседника…")
    question = customer.window.get_by_role("alertdialog")
    expect(question).to_contain_text("Артём Волков просит разрешения записать разговор")
    axe(customer.page)
    shoot(customer.page, "recording-asked-1280")
    customer.press("Не разрешать")
    expect(operator.window).to_contain_text("Записывать не разрешили")
    assert not row_of(daemon)["file_id"]
    operator.press("Записать разговор")
    customer.button("Разрешить запись").press("Enter")
    for side in (customer, operator):
        expect(side.window).to_contain_text(RUNNING)
        expect(side.window.locator("button:focus")).to_be_visible()
        axe(side.page)
    file = wait_for_parts(daemon, token, 2)
    customer.page.evaluate("document.querySelector('chatd-widget').visit.connection.restart()")
    customer.page.set_viewport_size({"width": 390, "height": 800})
    shoot(customer.page, "recording-runs-390")
    customer.press("Свернуть окно звонка")
    for side, name in ((customer, "small-390"), (operator, "1280")):
        expect(side.window.locator(".recording b")).to_be_visible()
        axe(side.page)
        shoot(side.page, f"recording-runs-{name}")
    with operator.page.expect_event("dialog") as question:
        operator.page.close(run_before_unload=True)
    assert question.value.type == "beforeunload"
    question.value.dismiss()
    expect(operator.window).to_contain_text(RUNNING)
    customer.press(STOP)
    for side in (customer, operator):
        expect(side.window).to_contain_text("Запись остановлена")
        assert leaves_unasked(side.page)
    film = widget.log.locator("video")
    expect(film).to_have_count(1)
    widget.page.wait_for_function(
        "() => document.querySelector('chatd-widget').shadowRoot"
        ".querySelector('.film video')?.readyState >= 2"
    )
    shown, data = content_of(daemon, token, file)
    codecs, packets = facts_of(tmp_path, data)
    assert codecs == {"opus", "vp8"} and packets > 1 and shown["duration_s"] >= 1
    assert min(brightness_of(tmp_path / "recording")) > 40, "both are seen"
    length, at, sought = film.evaluate(SEEK)
    assert sought > 1, "to its end, and back"
    assert length == pytest.approx(shown["duration_s"], rel=0.5, abs=2)
    assert at == pytest.approx(length / 2, abs=0.1)
    lasts = int(shown["duration_s"] + 0.5)
    expect(widget.log.locator(".film small")).to_contain_text(f"{lasts // 60}:{lasts % 60:02d}, ")
    told = daemon.admin_json("audit", "--limit", "20")["entries"]
    who = [one["who"] for one in told if one["command"] == "call:consent"]
    assert who.count(who[-1]) == 3 and who[-1].startswith("p-"), "the customer's words"
    for log in (widget.log, console.log):
        expect(log.locator(".notice.kind-recording_began")).to_have_count(1)
        expect(log.locator(".notice.kind-recording_ended")).to_have_count(1)
    shoot(console.page, "recording-in-ticket-1280")
    operator.press("Записать разговор")
    customer.press("Разрешить запись")
    file = wait_for_parts(daemon, token, 2)
    crash(operator.page)
    expect(customer.window).to_contain_text("Звонок прервался", timeout=60_000)
    expect(customer.window.locator(".recording")).to_have_count(0)
    expect(film).to_have_count(2, timeout=60_000)
    told = daemon.admin_json("calls", row_of(daemon)["id"])["recordings"]
    assert [one["reason"] for one in told] == ["refused", "stopped", "over"]
    assert [len(one["consents"]) for one in told] == [1, 2, 2]
    _, data = content_of(daemon, token, file)
    codecs, packets = facts_of(tmp_path, data)
    assert codecs == {"opus", "vp8"} and packets > 1


def test_who_was_asked_three_times_is_not_asked_again(
    customer: Side, operator: Side, office: Office
) -> None:
    operator.call()
    customer.press("Ответить")
    enough = "в этом звонке больше нельзя"
    for _ in range(3):
        expect(operator.window).not_to_contain_text(enough)
        operator.press("Записать разговор")
        customer.press("Не разрешать")
    expect(operator.window).to_contain_text(enough)
    expect(operator.button("Записать разговор")).to_have_count(0)
    expect(customer.window).to_contain_text("Записывать не разрешили")
    expect(customer.window).not_to_contain_text(enough)
    assert row_of(office.daemon)["recorded"] == "refused, refused, refused"
