"""Stands between a client and the daemon: hears what is asked, can be cut, changes what is told."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect
from websockets.sync.server import Server, ServerConnection, serve

YOUNGER = frozenset({"rev", "changed", "resync", "join", "joined", "after_rev"})
PATIENCE = 20.0
Change = Callable[[Any], Any]


class Relay:
    """Passes every frame on. ``old``: without what daemons did not know before they counted
    changes. ``change``: what becomes of the data of each frame of the daemon's. ``cut`` ends what
    goes over it, and what tries to, until ``mend``. ``source``: the address it comes from."""

    def __init__(self, address: str, change: Change | None = None) -> None:
        self.daemon = address
        self.change = change
        self.address = ""
        self.old = False
        self.source = "127.0.0.1"
        self.asked: list[dict[str, Any]] = []
        self._broken = False
        self._clients: set[ServerConnection] = set()

    def cut(self) -> None:
        """Nothing goes through."""
        self._broken = True
        for client in list(self._clients):
            with contextlib.suppress(OSError):
                client.socket.shutdown(socket.SHUT_RDWR)

    def mend(self) -> None:
        """It does again; what is asked from now on is kept."""
        self.asked.clear()
        self._broken = False

    def commands(self) -> list[str]:
        """What was asked, in order, by name."""
        return [one["event"] for one in self.asked]

    def handle(self, client: ServerConnection) -> None:
        """One connection of a client's, and the one to the daemon that it stands for."""
        if self._broken:
            return
        self._clients.add(client)
        source = (self.source, 0)
        url = f"ws://{self.daemon}/ws"
        with connect(url, compression=None, open_timeout=PATIENCE, source_address=source) as daemon:
            threading.Thread(target=self.up, args=(client, daemon), daemon=True).start()
            try:
                for frame in daemon:
                    client.send(self.told(frame))
            except (ConnectionClosed, OSError):
                client.close()
        self._clients.discard(client)

    def told(self, frame: str | bytes) -> str | bytes:
        """A frame of the daemon's as the client gets it."""
        if self.change:
            told = json.loads(frame)
            return json.dumps({**told, "data": self.change(told.get("data"))})
        return aged(frame) if self.old else frame

    def up(self, client: ServerConnection, daemon: Any) -> None:
        """What the client says."""
        try:
            for frame in client:
                self.asked.append(json.loads(frame))
                daemon.send(aged(frame) if self.old else frame)
        except (ConnectionClosed, OSError):
            pass
        daemon.close()


def aged(frame: str | bytes) -> str:
    """A frame without what is younger than some daemons."""
    return json.dumps(without(json.loads(frame)))


def without(told: Any) -> Any:
    """The same at any depth."""
    if isinstance(told, dict):
        return {name: without(one) for name, one in told.items() if name not in YOUNGER}
    return [without(one) for one in told] if isinstance(told, list) else told


@contextmanager
def relayed(address: str, change: Change | None = None) -> Iterator[Relay]:
    """A relay in front of a daemon."""
    relay = Relay(address, change)
    server: Server
    with serve(relay.handle, "127.0.0.1", 0, compression=None) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        host, port = server.socket.getsockname()
        relay.address = f"{host}:{port}"
        yield relay
        relay.cut()
        server.shutdown()
