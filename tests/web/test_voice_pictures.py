"""What people show in a voice channel: cameras, as many as there may be, and one screen; they join
without their offers ever meeting."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from tests.client import Client, Refused
from tests.daemon import Daemon
from tests.web.conftest import Axe, MakeContext, Shoot
from tests.web.guests import Guest
from tests.web.persons import inhabit
from tests.web.test_calls import COUNTED, DEVICES
from tests.web.test_voice_channels import ROOMS, Ear
from tests.web.waits import true_in

MESH = int(os.environ.get("CHATD_MESH", "3"))
# A screen as any other picture that moves, and how often an offer came while there was another.
WATCHED = """() => {
  window.met = 0;
  const take = RTCPeerConnection.prototype.setRemoteDescription;
  RTCPeerConnection.prototype.setRemoteDescription = function (told) {
    if (told.type === "offer" && this.signalingState !== "stable") window.met += 1;
    return take.call(this, told);
  };
  navigator.mediaDevices.getDisplayMedia = async () => {
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [640, 360];
    const paint = canvas.getContext("2d");
    const draw = () => {
      paint.fillStyle = "#fff";
      paint.fillRect(0, 0, 640, 360);
      paint.fillStyle = "#234";
      paint.font = "48px sans-serif";
      paint.fillText(`Отчёт ${Math.round(performance.now())}`, 60, 190);
      if (window.screens[0].getTracks()[0].readyState === "live") setTimeout(draw, 100);
    };
    window.screens = [canvas.captureStream(10), ...(window.screens ?? [])];
    draw();
    return window.screens[0];
  };
}"""
# What comes in over each line that is open, of a kind.
EACH = """async (kind) => {
  const found = [];
  for (const line of window.lines.filter((one) => one.connectionState !== "closed"))
    for (const [, one] of await line.getStats())
      if (one.type === "inbound-rtp" && one.kind === kind) found.push(one.bytesReceived);
  return found;
}"""
MORE = f"""async ([kind, before, streams]) => {{
  const now = await ({EACH})(kind);
  return now.length === streams && now.every((bytes, at) => bytes > (before[at] ?? 0));
}}"""


class Face(Ear):
    """A page with a voice channel and what is shown in it."""

    def __init__(self, ear: Ear) -> None:
        super().__init__(ear.page)
        self.stage = self.bar.get_by_role("list", name="Изображения голосового канала")

    def picture(self, label: str) -> Locator:
        """What somebody shows."""
        return self.stage.locator(f"video[aria-label='{label}']")

    def expect_from_all(self, kind: str, streams: int) -> None:
        """So many streams come in, each of which grows."""
        before = self.page.evaluate(EACH, kind)
        true_in(self.page, MORE, [kind, before, streams])


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Daemon]:
    """A room with a voice channel."""
    yield from inhabit(tmp_path, {}, {"rooms": ROOMS})


@pytest.fixture
def visit(home: Daemon, context: MakeContext) -> Callable[..., Face]:
    """Somebody goes into a room by its door."""

    def go(name: str, **options: Any) -> Face:
        page = context(**DEVICES, **options).new_page()
        page.add_init_script(f"({COUNTED})(); ({WATCHED})()")
        page.goto(f"http://{home.address}/r/hall")
        page.get_by_label("Ваше имя").fill(name)
        page.get_by_role("button", name="Войти").click()
        expect(Guest(page).field).to_be_visible()
        return Face(Ear(page))

    return go


def fill(crowd: ExitStack, home: Daemon, *names: str, **shown: bool) -> list[Client]:
    """People without a browser, who are in the channel and say that they show something."""
    found = [crowd.enter_context(Client(home.address)) for _ in names]
    for one, name in zip(found, names, strict=True):
        one.hello(name=name)
        one.ask("dialog:join", dialog_id="hall")
        one.ask("voice:join", dialog_id="hall")
        one.ask("voice:set", **shown)
    return found


def test_of_many_each_hears_all_others_and_no_offers_meet(visit: Callable[..., Face]) -> None:
    people = [visit(f"N{number}") for number in range(MESH)]
    for one in people:
        one.join()
    for one in people:
        one.expect_from_all("audio", MESH - 1)
        assert one.page.evaluate("[lines.length, met]") == [MESH - 1, 0]


def test_cameras_and_one_screen_are_seen_by_all_and_who_is_one_too_many_is_told(
    home: Daemon, visit: Callable[..., Face], axe: Axe, shoot: Shoot
) -> None:
    """Also by who comes later, and until who shows something ends it, or is gone."""
    anna = visit("Анна")
    anna.join()
    anna.button("Камера").press("Space")
    expect(anna.picture("Камера: Анна")).to_be_visible()
    boris = visit("Борис", viewport={"width": 390, "height": 844}, color_scheme="dark")
    expect(boris.there).to_contain_text(["камера включена"])
    expect(boris.stage).to_have_count(0)
    boris.join()
    boris.expect_from_all("video", 1)
    boris.button("Камера").click()
    expect(anna.picture("Камера: Борис")).to_be_visible()
    with ExitStack() as crowd:
        vera, gleb = fill(crowd, home, "Вера", "Глеб", video=True)
        expect(boris.stage.get_by_role("listitem")).to_have_count(4)
        boris.button("Камера").click()
        expect(boris.stage.get_by_role("listitem")).to_have_count(3)
        fill(crowd, home, "Дина", video=True)
        boris.button("Экран").click()
        expect(boris.page.get_by_text("Уже показано 4 изображения")).to_be_visible()
        for one, name in ((anna, "1280"), (boris, "390-dark")):
            axe(one.page)
            shoot(one.page, f"voice-pictures-{name}")
        vera.ask("voice:set", video=False)
        expect(boris.stage.get_by_role("listitem")).to_have_count(3)
        boris.button("Экран").click()
        expect(anna.picture("Экран: Борис")).to_be_visible()
        for one in (vera, gleb):
            with pytest.raises(Refused, match="Борис shows a screen"):
                one.ask("voice:set", screen=True)
        anna.button("Экран").click()
        expect(anna.page.get_by_text("Экран показывает Борис")).to_be_visible()
        for one, name in ((anna, "1280"), (boris, "390-dark")):
            axe(one.page)
            shoot(one.page, f"voice-screen-{name}")
    anna.stage.get_by_role("button", name="На весь экран: Экран: Борис").press("Enter")
    anna.page.wait_for_function("document.fullscreenElement !== null")
    axe(anna.page)
    anna.stage.get_by_role("button", name="На весь экран: Экран: Борис").press("Enter")
    boris.page.evaluate("screens[0].getTracks()[0].dispatchEvent(new Event('ended'))")
    expect(anna.stage.get_by_role("listitem")).to_have_count(1)
    expect(boris.button("Экран")).to_have_attribute("aria-pressed", "false")
    anna.button("Выйти").click()
    expect(boris.stage).to_have_count(0)
    assert anna.page.evaluate("lines.every((one) => one.connectionState === 'closed')")
