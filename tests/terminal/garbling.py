"""Stands between one client and the daemon and mixes garbage into what the daemon says."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect
from websockets.sync.server import Server, ServerConnection, serve


def event(name: str, data: Any) -> str:
    """A frame of an event."""
    return json.dumps({"event": name, "data": data})


WRONG: list[Any] = [None, 7, -1, "x", [], {}, True, 10**30, {"dialog_id": "lobby"}, "\x1b[2J\u202e"]
EVENTS = (
    *("message:new", "message:update", "draft:edit", "typing:start", "typing:stop"),
    *("presence:update", "dialog:update", "receipt:update", "queue:update", "nonsense", "ack"),
)
DRAFT = {"dialog_id": "lobby", "participant_id": "p-x", "name": "\x1b[2JМусор\u202e", "seq": 5}
GARBAGE: list[str | bytes] = [
    "",
    "null",
    "{",
    "[" * 5000,
    "\x1b[2J\x1b[H",
    b"\x00\xff\xfe",
    "x" * 200_000,
    *(event(name, data) for name in EVENTS for data in WRONG),
    *(event("draft:edit", {**DRAFT, "ops": [["i", data, data]]}) for data in WRONG),
    *(event("draft:edit", {**DRAFT, "reset": data}) for data in WRONG),
    *(event("presence:update", {"dialog_id": "lobby", "participant": data}) for data in WRONG),
    *(json.dumps({"event": "error", "id": data, "data": data}) for data in WRONG),
]


class Garbler:
    """Passes every frame on, and behind each of the daemon's all of the garbage, once."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.sent = 0

    def handle(self, client: ServerConnection) -> None:
        """One connection of the client's, and the one to the daemon that it stands for."""
        with connect(f"ws://{self.address}/ws", compression=None) as daemon:
            threading.Thread(target=self.pass_on, args=(client, daemon), daemon=True).start()
            garbage = iter(GARBAGE)
            try:
                for frame in daemon:
                    client.send(frame)
                    for piece in [*zip(range(8), garbage, strict=False)]:
                        client.send(piece[1])
                        self.sent += 1
            except ConnectionClosed:
                client.close()

    def pass_on(self, client: ServerConnection, daemon: Any) -> None:
        """What the client says."""
        try:
            for frame in client:
                daemon.send(frame)
        except ConnectionClosed:
            pass
        daemon.close()


@contextmanager
def garbled(address: str) -> Iterator[tuple[Garbler, str]]:
    """The garbler, and where it listens."""
    garbler = Garbler(address)
    server: Server
    with serve(garbler.handle, "127.0.0.1", 0, compression=None) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        host, port = server.socket.getsockname()
        yield garbler, f"{host}:{port}"
        server.shutdown()
