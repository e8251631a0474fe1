"""A call of a site whose people never learn each other's addresses: all of it goes through a real
coturn, configured as documented."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.admin.test_turn import SECRET, Coturn
from tests.daemon import Daemon
from tests.web.conftest import MakeContext
from tests.web.persons import inhabit, log_in
from tests.web.test_calls import COUNTED, DEVICES, TALKING, Side

# Of the ways that were looked for, and of the one that is gone, which kinds there are.
KINDS = """async () => {
  const [line] = window.lines, told = [...(await line.getStats()).values()];
  const by = Object.fromEntries(told.map((one) => [one.id, one]));
  const pair = told.find(({ type, nominated, state }) =>
    type === "candidate-pair" && nominated && state === "succeeded");
  const offered = line.localDescription.sdp.matchAll(/a=candidate.* typ (\\S+)/g);
  return [
    [...new Set([...offered].map(([, kind]) => kind))],
    [by[pair.localCandidateId].candidateType, by[pair.remoteCandidateId].candidateType],
  ];
}"""


@pytest.fixture
def relay(tmp_path: Path) -> Iterator[Coturn]:
    """What relays, on the loopback alone."""
    (tmp_path / "coturn").mkdir()
    server = Coturn(tmp_path / "coturn", "allow-loopback-peers")
    yield server
    server.end()


@pytest.fixture
def home(tmp_path: Path, relay: Coturn, monkeypatch: pytest.MonkeyPatch) -> Iterator[Daemon]:
    """Two people of a site that only relays."""
    monkeypatch.setenv("TURN_SECRET", SECRET)
    yield from inhabit(
        tmp_path,
        {"anna": "Анна", "boris": "Борис"},
        {
            "sites": {"home": {"registration": "open", "relay_only": True}},
            "turn": {"urls": [relay.url], "secret_env": "TURN_SECRET"},
        },
    )


def test_two_hear_each_other_through_the_relay_alone(home: Daemon, context: MakeContext) -> None:
    pages = []
    for username in ("anna", "boris"):
        page = context(**DEVICES).new_page()
        page.add_init_script(f"({COUNTED})()")
        pages.append(log_in(page, home, username))
    pages[0].begin("boris")
    caller, called = (Side(one.page, one.talk) for one in pages)
    caller.call()
    called.press("Ответить")
    for side in (caller, called):
        expect(side.window).to_contain_text(TALKING)
        side.expect_more("audio")
        assert side.page.evaluate(KINDS) == [["relay"], ["relay", "relay"]]
    caller.press("Завершить звонок")
    expect(called.window).to_contain_text("Звонок завершён")
