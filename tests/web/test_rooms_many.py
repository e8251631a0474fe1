"""Rooms in the browser where there is much: messages, rooms, markup, and reading."""

from __future__ import annotations

import re
import subprocess
import sys

from playwright.sync_api import expect

from tests.client import Client
from tests.conftest import MakeDaemon
from tests.daemon import RELAXED, Daemon
from tests.web.conftest import Axe, Complaints, MakeContext, Shoot
from tests.web.guests import ROOMS, Enter, Guest
from tests.web.test_rooms import CUT
from tests.web.wire import Wire

BURST = 400

COUNT_DRAWINGS = """() => {
  window.drawings = 0;
  const log = document.querySelector("[role=log]");
  new MutationObserver(() => (drawings += 1)).observe(log, { childList: true, subtree: true });
}"""

SCRIPT = "<script>window.broken=1</script><img src=x onerror=window.broken=1>"


def test_a_burst_is_drawn_once_a_frame(
    house: Daemon, context: MakeContext, complaints: Complaints
) -> None:
    complaints.tolerate(*CUT)
    with Wire(house.address) as wire, Client(house.address) as boris:
        page = context().new_page()
        page.goto(f"http://{wire.address}/r/burst")
        page.get_by_label("Ваше имя").fill("Аня")
        page.get_by_role("button", name="Войти").click()
        anna = Guest(page)
        boris.hello(name="Борис")
        boris.say("burst", "начали")
        expect(anna.bubbles).to_have_text(["начали"])
        wire.hold()
        for number in range(BURST):
            boris.give("message:send", dialog_id="burst", content=f"строка {number}.")
        boris.settle()
        page.evaluate(COUNT_DRAWINGS)
        wire.release()
        expect(anna.bubbles.last).to_have_text(f"строка {BURST - 1}.")
        assert page.evaluate("drawings") < BURST / 4


def test_a_history_of_fifty_thousand(
    make_daemon: MakeDaemon, enter: Enter, shoot: Shoot, axe: Axe
) -> None:
    daemon = make_daemon({"rooms": ROOMS})
    with Client(daemon.address) as client:
        token = client.hello(name="Летописец")["token"]
        first = client.say("lobby", "С этого всё началось")
    assert daemon.stop() == 0
    past = [sys.executable, "-m", "tests.web.history", str(daemon.data), "lobby"]
    subprocess.run([*past, "2", "49999"], check=True, timeout=240)
    daemon.start()
    with Client(daemon.address) as client:
        client.hello(token=token)
        client.say("lobby", "Помните?", reply_to=first["seq"])
        guest = enter("Читатель", daemon=daemon)
        expect(guest.bubbles.last).to_have_text("Помните?")

        seen = guest.page.evaluate(UPWARDS, 1_700)
        assert seen["jumps"] == 0, "what is read stays where it is while earlier pages come in"
        assert seen["oldest"] < 50_000 - 1_700
        assert seen["rows"] < 200, "only what is near the eye is in the page"
        client.say("lobby", "Тем временем")
        expect(guest.page.locator(".to-end")).to_have_text("1 новое")
        guest.page.locator(".to-end").click()
        expect(guest.bubbles.last).to_have_text("Тем временем")
        expect(guest.bubbles.last).to_be_in_viewport()

        quote = guest.said("Помните?").locator(".quote")
        client.ask("message:edit", message_id=first["id"], content="С этого всё и началось")
        expect(quote).to_contain_text("всё и началось")
        client.ask("message:edit", message_id=first["id"], content="С этого всё началось")
        expect(quote).to_contain_text("Летописец С этого всё началось")
        quote.click()
        expect(guest.page.locator(".marked")).to_contain_text("С этого всё началось")
        expect(guest.page.locator(".marked")).to_be_in_viewport()
        shoot(guest.page, "rooms-original")
        axe(guest.page)
        client.say("lobby", "А теперь вернитесь")
        expect(guest.page.locator(".to-end")).to_have_text("1 новое")
        guest.say("Я из прошлого")
        expect(guest.bubbles.last).to_be_in_viewport()
        expect(guest.said("А теперь вернитесь")).to_have_count(1)


# Scrolls up in steps as a wheel does. Before and after each drawing the row that was in the middle
# of the view must be where the step has put it, whatever has come in above.
UPWARDS = """async (distance) => {
  const log = document.querySelector('[role=log]');
  const frame = () => new Promise(requestAnimationFrame);
  const seqs = () => [...log.querySelectorAll('[data-seq]')].map((row) => +row.dataset.seq);
  const oldest = () => Math.min(...seqs().filter(Boolean));
  const top = (row) => row.getBoundingClientRect().top;
  let jumps = 0, rows = 0;
  const start = oldest();
  for (let turn = 0; turn < 4000 && start - oldest() < distance; turn += 1) {
    const box = log.getBoundingClientRect();
    const [x, y] = [box.left + box.width / 2, box.top + box.height / 2];
    const middle = document.elementFromPoint(x, y)?.closest('[data-key]');
    const before = middle && top(middle);
    const step = Math.min(300, log.scrollTop);
    log.scrollTop -= step;
    await frame();
    await frame();
    if (middle?.isConnected && Math.abs(top(middle) - before - step) > 4) jumps += 1;
    rows = Math.max(rows, seqs().length);
  }
  return { jumps, rows, oldest: oldest() };
}"""


def test_hostile_text_and_looks(
    enter: Enter, house: Daemon, shoot: Shoot, axe: Axe, context: MakeContext
) -> None:
    page = context().new_page()
    page.goto(f"http://{house.address}/r/bazaar")
    expect(page.get_by_role("heading", name="Базар")).to_be_visible()
    shoot(page, "rooms-door")
    axe(page)
    guest = enter("Аня", "bazaar")
    with Client(house.address) as mallory, Client(house.address) as boris:
        mallory.hello(name=SCRIPT[:60])
        mallory.join("bazaar")
        boris.hello(name="Борис")
        boris.join("bazaar")
        zalgo = "З" + "\u0335\u0321\u0353\u0316" * 40 + "ло"
        for text in (SCRIPT, "\u202eпереворот", zalgo, "Ы" * 7_900):
            said = mallory.say("bazaar", text)
            mallory.say("bazaar", "и ещё раз", reply_to=said["seq"])
        guest.say("Это что за шум?")
        last = boris.say("bazaar", "Не обращай внимания: https://example.com/a?b=c")
        boris.ask("message:react", message_id=last["id"], emoji="👍")
        boris.ask("draft:edit", dialog_id="bazaar", seq=0, reset="И вообще, пора")
        mallory.ask("draft:edit", dialog_id="bazaar", seq=0, reset=f"{SCRIPT} {zalgo}")
        expect(guest.draft).to_have_count(2)
        assert guest.page.evaluate("window.broken") is None
        assert guest.log.locator("img, script").count() == 0
        guest.tool("Не обращай", "Реакция")
        for scheme in ("dark", "light"):
            guest.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            for width in (1280, 900, 390):
                guest.page.set_viewport_size({"width": width, "height": 800})
                axe(guest.page)
                shoot(guest.page, f"rooms-{width}-{scheme}")
                assert guest.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
                assert guest.log.evaluate("(log) => log.scrollWidth <= log.clientWidth")
        guest.page.keyboard.press("Escape")
        guest.page.get_by_role("button", name=re.compile("Сейчас здесь")).click()
        expect(guest.people).to_be_visible()
        axe(guest.page)
        shoot(guest.page, "rooms-people-390")
        guest.page.keyboard.press("Escape")
        expect(guest.people).not_to_be_visible()


def test_how_far_one_has_read_is_told_seldom_and_again_until_it_is_taken(
    make_daemon: MakeDaemon, enter: Enter
) -> None:
    daemon = make_daemon(
        {"limits": RELAXED["limits"] | {"receipts_per_participant": "1/4 seconds"}}
    )
    guest = enter("Анна", daemon=daemon)
    with Client(daemon.address) as boris:
        boris.hello(name="Борис")
        me = next(one["id"] for one in boris.join("lobby")["participants"] if one["id"] != boris.id)
        for number in range(1, 101):
            boris.say("lobby", f"m{number}")
        boris.expect("receipt:update", 20, participant_id=me)
        for number in range(101, 121):
            boris.say("lobby", f"m{number}")
        expect(guest.said("m120")).to_be_visible()
        boris.expect("receipt:update", 40, participant_id=me, read=120)
    assert "refused (limit): receipts_per_participant" in daemon.logged()
    refused = re.search(
        r'chatd_refusals_total{reason="limit"} (\d+)',
        daemon.http_full("GET", "/metrics")[2].decode(),
    )
    assert refused and int(refused[1]) < 20


def test_a_list_of_rooms_is_whole_however_many_pages_it_has(
    make_daemon: MakeDaemon, enter: Enter
) -> None:
    rooms = {"lobby": {}} | {f"room-{number}": {"topic": "т" * 100} for number in range(230)}
    daemon = make_daemon({"rooms": rooms, "websocket": {"outbox_bytes": 65_536}})
    guest = enter("Аня", daemon=daemon)
    expect(guest.page.get_by_text("room-229", exact=True)).to_have_count(1)
