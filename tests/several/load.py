"""People on every node who write as fast as they are answered, and others who follow: whoever is
cut off goes on with another node."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count, cycle
from typing import Any

from websockets.exceptions import ConnectionClosed, InvalidHandshake

from tests.client import Client, Refused
from tests.cluster import Cluster
from tests.daemon import Daemon, eventually
from tests.test_crash import check, everything
from tests.test_postgres import PatientWriter

BROKEN = (ConnectionClosed, InvalidHandshake, OSError, TimeoutError, EOFError)
AGAIN_S = 0.05
LONG_S = 120.0
ROOM = "lobby"
NUMBERS = count(1)  # so that no two have one name


class Mover:
    """Somebody who begins at one node, and goes on with the next one when that fails."""

    def __init__(self, cluster: Cluster, first: int) -> None:
        self._cluster = cluster
        self._turns = cycle([*cluster.nodes[first:], *cluster.nodes[:first]])
        self.stopping = False
        self.failed: BaseException | None = None

    def nodes(self) -> Iterator[Daemon]:
        """Where to go, until nobody is wanted any more."""
        while not self.stopping:
            yield next(self._turns)
            time.sleep(AGAIN_S)

    def run(self) -> None:
        """What goes wrong is kept for who waits."""
        try:
            for node in self.nodes():
                self.visit(node)
        except BaseException as error:
            self.failed = error
            raise

    def visit(self, node: Daemon) -> None:
        """Until the connection breaks."""
        raise NotImplementedError


class Writing(PatientWriter, Mover):
    """Retries what was not answered under the same client id, wherever it is by then."""

    def __init__(self, cluster: Cluster, number: int) -> None:
        PatientWriter.__init__(self, number)
        Mover.__init__(self, cluster, number % len(cluster.nodes))

    run = Mover.run  # type: ignore[assignment]

    def visit(self, node: Daemon) -> None:
        PatientWriter.run(self, node)

    def _send(self, client: Client, key: str) -> None:
        if self.stopping:
            raise EOFError
        super()._send(client, key)


class Following(Mover):
    """Has the room before its eyes: each message is told once, in its order, and whoever was cut
    off is told by ``rev`` what became of the room meanwhile."""

    def __init__(self, cluster: Cluster, first: int) -> None:
        super().__init__(cluster, first)
        self.shown: list[dict[str, Any]] = []
        self.rev = 0
        self.token = ""
        self.moved = -1
        self._told = set[int]()

    def visit(self, node: Daemon) -> None:
        try:
            with Client(node.address) as client:
                self.moved += 1
                self._told.clear()
                self._take_up(client)
                while not self.stopping:
                    for event in client.listen(0.1):
                        self._take(event)
        except BROKEN:
            return
        except Refused as refused:
            assert refused.code == "unavailable"  # and asks again, as whoever is told so

    def _take_up(self, client: Client) -> None:
        client.hello(**({"token": self.token} if self.token else {"name": "follower"}))
        self.token = client.token
        known = {"after_seq": len(self.shown), "after_rev": self.rev} if self.shown else {}
        page = client.join(ROOM, **known)
        if page.get("resync") or not known:
            self.shown = everything(client, ROOM)
            self.rev = max((one["rev"] for one in self.shown), default=0)
            return
        for message in page.get("changed", ()):
            self._change(message)
        self._add(page["messages"])
        while page["more"]:
            page = client.ask("history:get", dialog_id=ROOM, after_seq=len(self.shown), limit=200)
            self._add(page["messages"])

    def _add(self, messages: list[dict[str, Any]]) -> None:
        for message in messages:
            if message["seq"] > len(self.shown):
                assert message["seq"] == len(self.shown) + 1
                self.shown.append(message)
            self._change(message)

    def _take(self, event: dict[str, Any]) -> None:
        if event["event"] == "message:new":
            message = event["data"]
            seq = message["seq"]
            assert seq <= len(self.shown) + 1, "none is left out"
            assert seq not in self._told, "none is told twice"
            assert seq > len(self.shown) or self.shown[seq - 1]["id"] == message["id"]
            self._told.add(seq)
            self._add([message])
        elif event["event"] == "message:update":
            self._change(event["data"])

    def _change(self, message: dict[str, Any]) -> None:
        if message["rev"] >= self.shown[message["seq"] - 1]["rev"]:
            self.shown[message["seq"] - 1] = message
        self.rev = max(self.rev, message["rev"])


class Load:
    """Two writers on each node, and one who follows."""

    def __init__(self, cluster: Cluster) -> None:
        many = len(cluster.nodes)
        self._cluster = cluster
        self.writers = [Writing(cluster, next(NUMBERS)) for _ in range(2 * many)]
        self.followers = [Following(cluster, first) for first in range(many)]
        self._movers: list[Mover] = [*self.writers, *self.followers]
        self._threads = [threading.Thread(target=one.run, daemon=True) for one in self._movers]

    def start(self) -> None:
        """All of them."""
        for thread in self._threads:
            thread.start()

    def count(self) -> int:
        """How many messages were acknowledged."""
        return sum(len(one.acknowledged) for one in self.writers)

    def wait_for_some(self) -> None:
        """Until anybody was answered once more."""
        before = self.count()
        eventually(lambda: self.count() > before, LONG_S)

    def wait_for_more(self, number: int = 5) -> None:
        """Until each writer has been answered so many times more."""
        goals = [(one, len(one.acknowledged) + number) for one in self.writers]
        eventually(lambda: all(len(one.acknowledged) >= goal for one, goal in goals), LONG_S)
        self.raise_failures()

    def raise_failures(self) -> None:
        """What went wrong for one of them."""
        for one in self._movers:
            if one.failed:
                raise one.failed

    def stop(self) -> None:
        """Nobody writes or follows any more."""
        for one in self._movers:
            one.stopping = True
        for thread in self._threads:
            thread.join(LONG_S)
            assert not thread.is_alive()

    def check(self) -> None:
        """What was acknowledged is there once, and who follows has all of it as it is stored."""
        for writer in self.writers:
            writer.stopping = True
        for thread, _ in zip(self._threads, self.writers, strict=False):
            thread.join(LONG_S)
            assert not thread.is_alive()
        with Client(self._cluster.nodes[0].address) as client:
            client.hello(name="auditor")
            stored = everything(client, ROOM)
        for one in self.followers:
            eventually(lambda one=one: one.failed or one.shown == stored, LONG_S)  # type: ignore[misc]
        self.stop()
        self.raise_failures()
        for writer in self.writers:
            for node in self._cluster.nodes:
                with Client(node.address) as client:
                    client.hello(token=writer.token)
                    for dialog_id in {ROOM, writer.ticket or ROOM}:
                        check(client, writer, dialog_id)


@contextmanager
def load(cluster: Cluster) -> Iterator[Load]:
    """As long as something is done to the nodes or their database; then all is there, once."""
    made = Load(cluster)
    made.start()
    try:
        made.wait_for_more()
        yield made
        made.wait_for_more()
        made.check()
    finally:
        made.stop()
