"""Stories of delivery where every read of the store waits: no repeats, no gaps, nothing undone."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from tests.client import Client
from tests.conftest import MakeDaemon
from tests.daemon import Daemon

JOINS = 40


@pytest.fixture
def distant(make_daemon: MakeDaemon) -> Iterator[Daemon]:
    """A daemon whose store is a millisecond away."""
    daemon = make_daemon(start=False).start(fault="distant")
    yield daemon
    daemon.stop()


class Traffic:
    """Somebody who writes, edits and reacts without a pause until told to stop."""

    def __init__(self, daemon: Daemon, dialog_id: str) -> None:
        self._client = Client(daemon.address)
        self._client.hello(name="talker")
        self._dialog_id = dialog_id
        self._over = threading.Event()
        self.last: dict[str, Any] = {}
        self._thread = threading.Thread(target=self._talk, daemon=True)

    def __enter__(self) -> Traffic:
        self._thread.start()
        return self

    def __exit__(self, *fault: object) -> None:
        self._over.set()
        self._thread.join(30)
        self._client.ws.close()

    def _talk(self) -> None:
        number = 0
        while not self._over.is_set():
            asked = []
            for _ in range(5):
                number += 1
                asked.append(
                    self._client.give(
                        "message:send", dialog_id=self._dialog_id, content=f"m{number}"
                    )
                )
            said = [self._client.answer(one)["message"] for one in asked]
            self._client.ask("message:edit", message_id=said[0]["id"], content="edited")
            self._client.ask("message:react", message_id=said[1]["id"], emoji="👍")
            self._client.ask("message:delete", message_id=said[2]["id"])
            self.last = said[-1]


def test_joins_under_traffic_bring_no_repeat_and_no_gap(distant: Daemon) -> None:
    with ExitStack() as stack:
        people = [stack.enter_context(Client(distant.address)) for _ in range(JOINS)]
        for number, one in enumerate(people):
            one.hello(name=f"p{number}")
        with Traffic(distant, "lobby"):
            asked = [(one, one.give("dialog:join", dialog_id="lobby")) for one in people]
            pages = [(one, one.answer(number)) for one, number in asked]
        last = people[0].ask("history:get", dialog_id="lobby", limit=1)["messages"][-1]["seq"]
        for one, page in pages:
            told = [event for event in one.settle() if event["event"].startswith("message:")]
            on_page = [message["seq"] for message in page["messages"]]
            new = [event["data"]["seq"] for event in told if event["event"] == "message:new"]
            seen = on_page + new
            assert seen == list(range(seen[0], last + 1)), (page["rev"], on_page[-3:], new[:5])
            revs = [event["data"]["rev"] for event in told]
            assert revs == sorted(revs) and all(rev > page["rev"] for rev in revs)
        distant.stop(9)  # so that nobody waits for a farewell
