"""Pages that read too much for a moment: what they asked for comes a little later, unseen."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import expect

import chatd
from chatd.dispatch import auditing
from chatd.protocol.envelope import COMMANDS
from tests.client import Client, Refused
from tests.conftest import MakeDaemon
from tests.daemon import RELAXED, Daemon, eventually
from tests.web.guests import Enter

WEB = Path(chatd.__file__).parent / "web"
LIMITS = RELAXED["limits"] | {"read_bytes_per_address": "60000/5 seconds"}


def read_until_refused(daemon: Daemon, token: str) -> None:
    """Uses up what the address may read."""
    with Client(daemon.address) as client:
        client.hello(token=token, device="greedy")
        try:
            while True:
                client.ask("history:get", dialog_id="lobby")
        except Refused as refused:
            assert refused.error["limit"] == "read_bytes_per_address"


def test_a_room_that_may_not_be_read_yet_is_there_a_moment_later(
    make_daemon: MakeDaemon, enter: Enter
) -> None:
    daemon = make_daemon({"limits": LIMITS})
    with Client(daemon.address) as ann:
        ann.hello(name="Ann")
        for number in range(120):
            ann.say("lobby", f"{number} " + "x" * 1_000, client_id=f"m{number}")
        guest = enter("Борис", daemon=daemon)
        read_until_refused(daemon, ann.token)
        guest.page.reload()
        expect(guest.bubbles.last).to_contain_text("119 x", timeout=20_000)
        read_until_refused(daemon, ann.token)

        scroller = guest.page.locator(".scroller")

        def above() -> int:
            scroller.evaluate("it => (it.scrollTop = 0)")
            return guest.log.get_by_text(re.compile("^0 x")).count()

        eventually(above, 20)
        expect(guest.page.get_by_role("alert")).to_have_text("")


def test_the_pages_ask_again_for_every_page_that_they_read() -> None:
    text = "".join(path.read_text("utf-8") for path in WEB.rglob("*.js"))
    (listed,) = re.findall(r"const READS = new RegExp\((.*?)\n?\);", text, re.DOTALL)
    expression = "".join(re.findall(r'"(.*?)"', listed))
    reads = {name for name in COMMANDS if re.search(expression, name)}
    assert reads.isdisjoint(auditing.ACTS | auditing.MANY), "asked again they do nothing"
    named = set(re.findall(r'"([a-z]+:[a-z]+)"', text)) & COMMANDS.keys()
    assert {name for name in named if COMMANDS[name].gets_page} <= reads
