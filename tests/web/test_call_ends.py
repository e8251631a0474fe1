"""What else becomes of a call: busy, unanswered, lost, switched off; and what does not end one: the
end of the daemon, another network."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.client import Client
from tests.daemon import PASSWORD, Daemon
from tests.web.conftest import Complaints, MakeContext, Shoot
from tests.web.persons import PersonsPage, inhabit, log_in
from tests.web.test_calls import CALL, COUNTED, DEVICES, TALKING, Side

# So many sounds are made, and not over.
LISTENED = """() => {
  const sounds = (window.sounds = []);
  const Sound = AudioContext;
  window.AudioContext = class extends Sound {
    constructor(...given) { super(...given); sounds.push(this); }
  };
}"""
SOUNDING = "sounds.filter((one) => one.state !== 'closed').length"
# Looked for in each frame, and closed there: it is said for some seconds alone.
SAID = f"""(words) => {{
  const place = document.querySelector(".call-window");
  const close = [...(place?.querySelectorAll("button") ?? [])].find((one) =>
    one.textContent.includes("Закрыть"));
  if (!place?.innerText.includes(words) || {SOUNDING} || !close) return false;
  close.click();
  return true;
}}"""
# By which name the line was found, which is another one once it is looked for anew.
UFRAG = r"lines.at(-1).localDescription.sdp.match(/ice-ufrag:(\S+)/)[1]"
OTHER = r"(before) => lines.at(-1).localDescription?.sdp.match(/ice-ufrag:(\S+)/)[1] !== before"
NAMES = {"anna": "Анна", "boris": "Борис", "vera": "Вера"}
Enter = Callable[..., PersonsPage]


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Daemon]:
    """Three people with accounts, of whom nobody is waited for."""
    yield from inhabit(tmp_path, NAMES, {"calls": {"lost_seconds": 1}})


@pytest.fixture
def enter(home: Daemon, context: MakeContext) -> Enter:
    """Somebody comes by a browser."""

    def go(username: str, **options: Any) -> PersonsPage:
        page = context(**DEVICES, **options).new_page()
        for script in (COUNTED, LISTENED):
            page.add_init_script(f"({script})()")
        return log_in(page, home, username)

    return go


def settings(home: Daemon, **given: Any) -> None:
    """Another configuration."""
    sites = {"home": {"registration": "open", "calls": given.pop("enabled", True)}}
    home.write_config({"sites": sites, "calls": {"lost_seconds": 1, **given}})
    assert home.admin("reload").returncode == 0


def test_every_end_is_said_in_words_and_nothing_rings_behind_it(
    home: Daemon,
    enter: Enter,
    clients: Callable[..., Client],
    complaints: Complaints,
    shoot: Shoot,
) -> None:
    """Busy, lost, not answered, switched off: then there is no button."""

    def come(username: str) -> Client:
        form = {"username": username, "password": PASSWORD}
        client = clients(home.address)
        client.hello(token=home.http("POST", "/api/auth/login", form)[1]["data"]["token"])
        return client

    def expect_end(words: str) -> None:
        anna.page.wait_for_function(SAID, arg=words)
        anna.expect_gone()
        assert anna.page.evaluate("navigator.locks.query()")["held"] == []

    page = enter("anna")
    anna = Side(page.page, page.talk)
    page.begin("boris")
    anna.start.get_by_role("button", name=CALL, exact=True).click()
    expect(anna.window.get_by_role("alert")).to_contain_text("Сейчас собеседника нет на связи")
    boris, vera = come("boris"), come("vera")
    talk = vera.ask("dialog:create", **{"kind": "direct", "with": ["boris"]})["dialog"]["id"]
    other = vera.ask("call:start", dialog_id=talk, media=["audio"])["call"]["id"]
    boris.ask("call:accept", call_id=other)
    anna.press("Попробовать снова")
    expect_end("Занято")
    vera.ask("call:end", call_id=other)
    boris.settle()
    anna.call()
    anna.page.wait_for_function(f"{SOUNDING} === 1")
    boris.ask("call:accept", call_id=boris.expect("call:update")["call"]["id"])
    expect(anna.window).to_contain_text("Соединяем…")
    anna.page.wait_for_function(f"{SOUNDING} === 0")
    boris.close()
    expect_end("связь потеряна")
    boris = come("boris")
    settings(home, ring_seconds=1)
    anna.call()
    expect_end("Никто не ответил")
    settings(home, enabled=False)
    complaints.tolerate("403")
    anna.start.get_by_role("button", name=CALL, exact=True).click()
    expect(anna.window.get_by_role("alert")).to_contain_text("Звонки здесь выключены")
    shoot(anna.page, "call-off-1280")
    anna.press("Закрыть")
    anna.page.reload()
    expect(page.field).to_be_visible()
    expect(anna.start.get_by_role("button", name=CALL, exact=True)).to_have_count(0)


def test_a_call_outlives_the_daemon_and_a_change_of_networks(
    home: Daemon, enter: Enter, complaints: Complaints
) -> None:
    """Sound goes on all the while; afterwards the two agree on a picture over the new line."""
    complaints.tolerate("WebSocket", "ERR_CONNECTION_REFUSED", "Failed to load resource")
    settings(home, lost_seconds=600)
    pages = enter("anna"), enter("boris")
    pages[0].begin("boris")
    caller, called = (Side(one.page, one.talk) for one in pages)
    caller.call()
    called.press("Ответить")
    for side in (caller, called):
        expect(side.window).to_contain_text(TALKING)
        side.expect_more("audio")
    home.stop(signal.SIGKILL)
    for side in (caller, called):
        side.expect_more("audio")
        expect(side.window).to_contain_text(TALKING)
    home.start()
    called.press("Камера")
    expect(caller.picture).to_be_visible()
    caller.expect_more("video")
    before = caller.page.evaluate(UFRAG)
    caller.page.evaluate("for (const one of ['offline', 'online']) dispatchEvent(new Event(one))")
    caller.page.wait_for_function(OTHER, arg=before)
    for side in (caller, called):
        expect(side.window).to_contain_text(TALKING)
        side.expect_more("audio")
    called.press("Завершить звонок")
    expect(caller.window).to_contain_text("Звонок завершён")
    assert caller.page.evaluate("lines.length") == called.page.evaluate("lines.length") == 1
