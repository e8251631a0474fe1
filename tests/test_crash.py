"""kill -9 at random moments under load: nothing acknowledged is lost or doubled, and no number of
a change is given twice; more of it in `make soak`."""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from tests.client import Client, Refused
from tests.conftest import MakeDaemon
from tests.daemon import Daemon

ROUNDS = int(os.environ.get("CHATD_CRASH_ROUNDS", "20"))
WRITERS = 4


class Writer:
    """A client that writes and edits as fast as it is answered, retries what was not answered after
    each crash under the same client id, and remembers what was acknowledged."""

    client: type[Client] = Client

    def __init__(self, number: int) -> None:
        self.name = f"w{number}"
        self.token: str | None = None
        self.ticket: str | None = None
        self.next = 0
        self.unanswered: list[str] = []
        self.acknowledged: dict[str, dict[str, Any]] = {}
        self.edited: set[str] = set()
        self.given: set[tuple[str, int, str, int]] = set()
        self.read: dict[str, int] = {}
        self.closed = 0

    def run(self, daemon: Daemon) -> None:
        """Until the connection breaks."""
        try:
            with self.client(daemon.address) as client:
                self._work(client)
        except (ConnectionClosed, InvalidHandshake, OSError, TimeoutError, EOFError):
            return

    def _work(self, client: Client) -> None:
        client.hello(**({"token": self.token} if self.token else {"name": self.name}))
        self.token = client.token
        if self.ticket is None:
            opened = client.ask("ticket:open", content="start", client_id=f"{self.name}-open")
            self.ticket = opened["ticket"]["id"]
        while True:
            for key in list(self.unanswered):
                self._send(client, key)
            key = f"{self.name}-{self.next}"
            self.next += 1
            self.unanswered.append(key)
            self._send(client, key)

    def _send(self, client: Client, key: str) -> None:
        dialog_id = self.ticket if int(key.rpartition("-")[2]) % 3 == 0 else "lobby"
        assert dialog_id
        message = client.say(dialog_id, key, client_id=key)
        self._told(key, message)
        self.unanswered.remove(key)
        if message["seq"] % 2 == 0:
            self.edited.add(key)
            edit = {"message_id": message["id"], "content": f"{key} edited"}
            self._told(key, client.ask("message:edit", **edit)["message"])
        seq = message["seq"]
        client.ask("receipt:read", dialog_id=dialog_id, seq=seq)
        self.read[dialog_id] = seq

    def _told(self, key: str, message: dict[str, Any]) -> None:
        self.acknowledged[key] = message
        version = message.get("version", 0)
        self.given.add((message["dialog_id"], message["rev"], message["id"], version))


def everything(client: Client, dialog_id: str) -> list[dict[str, Any]]:
    """The whole history of a dialog."""
    found: list[dict[str, Any]] = []
    while True:
        after = found[-1]["seq"] if found else 0
        page = client.ask("history:get", dialog_id=dialog_id, after_seq=after, limit=200)
        found += page["messages"]
        if not page["more"]:
            return found


def kill_under_load(
    daemon: Daemon, writers: Sequence[Writer], times: int, chance: random.Random
) -> None:
    """So often, sometime after none or some more was acknowledged; how fast that goes is the
    machine's."""

    def acknowledged() -> int:
        return sum(len(one.acknowledged) for one in writers)

    for _ in range(times):
        goal = acknowledged() + chance.randrange(20)
        daemon.start()
        threads = [threading.Thread(target=one.run, args=(daemon,)) for one in writers]
        for thread in threads:
            thread.start()
        while acknowledged() < goal and any(thread.is_alive() for thread in threads):
            time.sleep(0.01)
        time.sleep(chance.uniform(0, 0.1))
        daemon.stop(signal.SIGKILL)
        for thread in threads:
            thread.join(30)


@pytest.mark.parametrize("checkpoint_bytes", [20_000, 100_000_000])
def test_kill_9_loses_and_doubles_nothing(make_daemon: MakeDaemon, checkpoint_bytes: int) -> None:
    daemon = make_daemon({"store": {"checkpoint_bytes": checkpoint_bytes}}, start=False)
    writers = [Writer(number) for number in range(WRITERS)]
    kill_under_load(daemon, writers, ROUNDS // 2, random.Random(checkpoint_bytes))
    daemon.start()
    assert sum(len(one.acknowledged) for one in writers) > ROUNDS, "there was load"
    given = set[tuple[str, int, str, int]]().union(*(one.given for one in writers))
    assert len({one[:2] for one in given}) == len(given), "no two changes have one number"
    for writer in writers:
        with Client(daemon.address) as client:
            client.hello(token=writer.token)
            for dialog_id in {"lobby", writer.ticket or "lobby"}:
                check(client, writer, dialog_id)


def check(client: Client, writer: Writer, dialog_id: str) -> None:
    """What one writer was told is there: once, in its place; receipts have not gone back."""
    stored = everything(client, dialog_id)
    assert [one["seq"] for one in stored] == list(range(1, len(stored) + 1))
    keys = Counter((one["sender_id"], one["client_id"]) for one in stored if "client_id" in one)
    assert max(keys.values(), default=1) == 1, "nothing is doubled"
    by_seq = {one["seq"]: one for one in stored}
    for key, message in writer.acknowledged.items():
        if message["dialog_id"] == dialog_id:
            found = by_seq[message["seq"]]
            assert found == message or (key in writer.edited and found["rev"] > message["rev"])
    revs = [one["rev"] for one in stored]
    assert len(set(revs)) == len(revs)
    last, since = len(stored), max(0, max(revs) - 50)
    try:
        joined = client.join(dialog_id, after_seq=last, after_rev=since)
        told = [rev for about, rev, _, _ in writer.given if about == dialog_id]
        assert joined["rev"] >= max(*revs, *told)
        assert joined["changed"] == [one for one in stored if one["rev"] > since]
        receipts = joined["receipts"]
    except Refused:
        pytest.fail(f"{dialog_id} is gone")
    assert receipts[client.id]["read"] >= writer.read.get(dialog_id, 0)


def test_a_second_daemon_on_the_same_data_refuses(make_daemon: MakeDaemon) -> None:
    first = make_daemon()
    second = Daemon(first.home)
    second.socket = first.home / "other.sock"
    with pytest.raises(AssertionError, match="in use by another chatd"):
        second.start()
    assert second.stop() == 1
    assert first.admin("ping").returncode == 0
