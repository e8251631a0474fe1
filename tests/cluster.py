"""Several daemons on one database that look like one: each who connects comes to the next one."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import cycle
from pathlib import Path
from typing import Any

from tests.client import Client
from tests.daemon import Daemon
from tests.postgres import Server

SETTLED_S = 20.0
LATE_S = 0.2  # what a node delivers at the latest of what it holds, to wait for what comes before


def shared(dsn: str, files: Path | None = None, redis: str = "") -> dict[str, Any]:
    """What makes a daemon one of several; ``files``: the directory where they keep these."""
    store = {"backend": "postgres", "dsn": dsn, "shared": True, "connections": 4, "redis": redis}
    return {
        "store": store,
        "files": {"directory": str(files)} if files else {"enabled": False},
    }


class Cluster(Daemon):
    """Each client, request and admin command goes to the next node."""

    def __init__(
        self, home: Path, dsn: str, config: dict[str, Any] | None = None, *, count: int = 2
    ) -> None:
        self.dsn = dsn
        self.redis = ""
        self.files = home / "files"
        self.nodes: list[Daemon] = []
        for number in range(count):
            (home / f"n{number}").mkdir()
            self.nodes.append(Daemon(home / f"n{number}", self._add_shared(config or {})))
        self._turns = cycle(self.nodes)
        super().__init__(home, config)
        self.socket = self.nodes[0].socket

    @property
    def address(self) -> str:  # type: ignore[override]
        """Of the next node."""
        return next(self._turns).address

    @address.setter
    def address(self, given: str) -> None:
        """Each node has its own."""

    def write_config(self, config: dict[str, Any]) -> None:
        """Of each node."""
        for node in self.nodes:
            node.write_config(self._add_shared(config))

    def _add_shared(self, config: dict[str, Any]) -> dict[str, Any]:
        both = shared(self.dsn, self.files, self.redis)
        return {**config, **both, "files": {**config.get("files", {}), **both["files"]}}

    def start(self, descriptors: int | None = None, fault: str | None = None) -> Cluster:
        for node in self.nodes:
            node.start(descriptors, fault)
        self.process = self.nodes[0].process
        self.settle()
        return self

    def stop(self, number: int = 15) -> int:
        """The worst of their statuses."""
        return max(node.stop(number) for node in self.nodes)

    def admin(self, *words: str, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
        self.settle()
        done = next(self._turns).admin(*words, stdin=stdin)
        self.settle()
        return done

    def http_full(
        self,
        method: str,
        path: str,
        body: Any = None,
        token: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> tuple[int, dict[str, str], bytes]:
        if path == "/metrics":  # each node has its own
            told = [node.http_full(method, path) for node in self.nodes]
            return *told[0][:2], b"".join(text for _, _, text in told)
        found = super().http_full(method, path, body, token, headers)
        self.settle()
        return found

    def logged(self) -> str:
        return "".join(node.logged() for node in self.nodes)

    def settle(self) -> None:
        """Until each has heard all that the others have said so far."""
        if any(node.process is None or node.process.poll() is not None for node in self.nodes):
            return
        deadline = time.monotonic() + SETTLED_S
        while True:
            figures = [figures_of(node) for node in self.nodes]
            sent = sum(one["nodes_sent"] for one in figures)
            if all(one["nodes_heard"] + one["nodes_sent"] >= sent for one in figures):
                return
            assert time.monotonic() < deadline, figures
            time.sleep(0.002)


@contextmanager
def settled(clusters: Sequence[Cluster], kind: type[Client]) -> Iterator[None]:
    """What a client was answered is known to all nodes before it does the next thing; and what
    has settled has been waited for by those who follow a conversation since a moment."""
    answer, settle = kind.answer, kind.settle

    def answer_and_settle(client: Client, number: Any, seconds: float = 20.0) -> dict[str, Any]:
        try:
            return answer(client, number, seconds)
        finally:
            for cluster in clusters:
                cluster.settle()

    def wait_and_settle(client: Client) -> list[dict[str, Any]]:
        time.sleep(LATE_S)
        return settle(client)

    kind.answer = answer_and_settle  # type: ignore[method-assign]
    kind.settle = wait_and_settle  # type: ignore[method-assign]
    try:
        yield
    finally:
        kind.answer = answer  # type: ignore[method-assign]
        kind.settle = settle  # type: ignore[method-assign]


class Clusters:
    """Starts as many as are asked for, each on a database and in a directory of its own."""

    def __init__(self, postgres: Server, home: Path) -> None:
        self._postgres = postgres
        self._home = home
        self.made: list[Cluster] = []

    def make(
        self,
        config: dict[str, Any] | None = None,
        *,
        start: bool = True,
        count: int = 2,
        fault: str | None = None,
    ) -> Cluster:
        """One more."""
        home = self._home / f"cluster{len(self.made)}"
        home.mkdir()
        self.made.append(Cluster(home, self._postgres.database(), config, count=count))
        return self.made[-1].start(fault=fault) if start else self.made[-1]

    def end(self) -> None:
        """All of them, in order unless they were killed."""
        for cluster in self.made:
            if any(node.process for node in cluster.nodes):
                assert cluster.stop() in (0, -9), cluster.logged()
            assert "incident" not in cluster.logged(), cluster.logged()
            self._postgres.drop(cluster.dsn)


def figures_of(node: Daemon) -> dict[str, float]:
    """What it tells of itself."""
    _, _, text = node.http_full("GET", "/metrics")
    found = {}
    for line in text.decode().splitlines():
        if line.startswith("chatd_nodes_"):
            name, value = line.removeprefix("chatd_").split()
            found[name.removesuffix("_total")] = float(value)
    return found


def leads(node: Daemon) -> bool:
    """What it last said of that since it was started."""
    if node.process is None or node.process.poll() is not None:
        return False
    lines = node.logged(this_life=True).splitlines()
    said = ["leads" in one for one in lines if "this node leads" in one or "not lead" in one]
    return bool(said) and said[-1]
