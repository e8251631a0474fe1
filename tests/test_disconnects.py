"""Disconnects, ten thousand of them in `make soak`, lose nothing and double nothing."""

from __future__ import annotations

import os
import random
import threading
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from tests.client import Client, Refused
from tests.conftest import MakeDaemon
from tests.net.raw import RawClient
from tests.socketio import SocketIoLine
from tests.test_faults import everything

DISCONNECTS = int(os.environ.get("CHATD_DISCONNECTS", "3000"))

READERS = 4

Dial = Callable[[str], Any]
# To dial by HTTP takes a client so much longer, that of these there are fewer.
LINES: dict[str, tuple[Dial, int]] = {
    "websocket": (RawClient, DISCONNECTS),
    "socketio-websocket": (SocketIoLine, DISCONNECTS // 12),
    "socketio-polling": (partial(SocketIoLine, mode="polling"), DISCONNECTS // 12),
    "socketio-upgrade": (partial(SocketIoLine, mode="upgrade"), DISCONNECTS // 12),
}

SIGNS = [chr(0x1F600 + number) for number in range(5)]


class Reader:
    """Follows a room, loses its connection at random moments, resumes where it was, and shows what
    it was told."""

    def __init__(self, dial: Dial, address: str, token: str, seed: int) -> None:
        self.dial = dial
        self.address = address
        self.token = token
        self.chance = random.Random(seed)
        self.shown: dict[int, dict[str, Any]] = {}
        self.seq = self.rev = self.caught_up = 0

    def run(self, times: int, upto: threading.Event, last: list[int]) -> None:
        """So many disconnects; then until everything is there."""
        for _ in range(times):
            self._connected(self.chance.randint(0, 6))
        upto.wait()
        while self.rev < last[1] or self.seq < last[0]:
            self._connected(1)

    def _connected(self, events: int) -> None:
        client = self.dial(self.address)
        at = {"dialog_id": "lobby", "after_seq": self.seq, "after_rev": self.rev, "limit": 200}
        client.send("hello", token=self.token, join=[at])
        while (frame := client.next())["event"] != "ack":
            assert not frame["event"].startswith("message:"), "nothing comes before the page"
        (page,) = frame["data"]["joined"]
        self._resume(page)
        while events > 0 and not page["more"] and (event := client.next(0.05)):
            if event["event"].startswith("message:"):
                self._hear(event["event"], event["data"])
                events -= 1
        client.close()

    def _resume(self, page: dict[str, Any]) -> None:
        if page["resync"]:
            self.shown.clear()
            self.seq = page["messages"][0]["seq"] - 1
        for message in page["changed"]:
            assert message["seq"] <= self.seq and message["rev"] > self.rev
            if message["seq"] in self.shown:
                self.shown[message["seq"]] = message
                self.caught_up += 1
        for message in page["messages"]:
            self._take(message)
        assert page["rev"] >= self.rev
        self.rev = page["rev"]

    def _hear(self, event: str, told: dict[str, Any]) -> None:
        if event == "message:new":
            self._take(told)
        elif told["seq"] in self.shown and told["rev"] > self.rev:
            self.shown[told["seq"]] |= told
        self.rev = max(self.rev, told["rev"])

    def _take(self, message: dict[str, Any]) -> None:
        assert message["seq"] == self.seq + 1, (message["seq"], self.seq)
        self.seq = message["seq"]
        self.shown[self.seq] = message


def change_something(writer: Client, chance: random.Random, seq: int) -> int:
    """An edit, a deletion or a reaction of an older message; its rev."""
    id = f"lobby:{chance.randint(max(1, seq - 60), seq)}"
    event, more = chance.choice(
        [
            ("message:edit", {"content": f"edited at {seq}"}),
            ("message:react", {"emoji": chance.choice(SIGNS), "remove": chance.random() < 0.3}),
            ("message:delete", {}),
        ]
    )
    try:
        rev: int = writer.ask(event, message_id=id, **more)["message"]["rev"]
    except Refused as refused:
        assert refused.code == "conflict", "it is deleted already"
        return 0
    return rev


@pytest.mark.parametrize("line", LINES)
def test_disconnects_lose_and_double_nothing(make_daemon: MakeDaemon, line: str) -> None:
    dial, disconnects = LINES[line]
    daemon = make_daemon()
    last, done, chance = [0, 0], threading.Event(), random.Random(9)
    with Client(daemon.address) as writer:
        writer.hello(name="w")
        readers = []
        for seed in range(READERS):
            with Client(daemon.address) as newcomer:
                newcomer.hello(name=f"r{seed}")
                readers.append(Reader(dial, daemon.address, newcomer.token, seed))
        threads = [
            threading.Thread(target=one.run, args=(disconnects // READERS, done, last))
            for one in readers
        ]
        for thread in threads:
            thread.start()
        while any(thread.is_alive() for thread in threads) and not done.is_set():
            said = writer.say("lobby", "x")
            last[:] = said["seq"], max(said["rev"], change_something(writer, chance, said["seq"]))
            opened = daemon.admin_json("stats")["connections_opened"] if last[0] % 50 == 0 else 0
            if opened > disconnects or last[0] > DISCONNECTS:
                done.set()
        done.set()
        for thread in threads:
            thread.join(120)
        stored = everything(writer, "lobby")
    check_shown(readers, last, stored)
    for one in readers:
        assert one.caught_up > 0, "there was something to catch up with"


def check_shown(readers: list[Reader], last: list[int], stored: dict[int, dict[str, Any]]) -> None:
    """Each shows what is stored, as it is now; ``last``: the last seq and rev of the room."""
    assert len(stored) == last[0] and any("deleted_at" in one for one in stored.values())
    for one in readers:
        assert one.seq == last[0] and one.rev == last[1]
        assert [*one.shown] == list(range(last[0] - len(one.shown) + 1, last[0] + 1))
        assert {seq: without_nothing(shown) for seq, shown in one.shown.items()} == {
            seq: without_nothing(stored[seq]) for seq in one.shown
        }


def without_nothing(message: dict[str, Any]) -> dict[str, Any]:
    """A message without what a change may have left empty."""
    return {name: value for name, value in message.items() if value not in ({}, [])}
