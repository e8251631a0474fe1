"""A session of Engine.IO in the test's own process: what is said in it is noted, and the clock is
turned by the test."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import gevent
from gevent import socket

from chatd.delivery.mailbox import Mailbox
from chatd.delivery.outbox import Flusher
from chatd.delivery.unsent import Unsent
from chatd.net.frames import Limits
from chatd.net.socketio.contracts import Deadlines
from chatd.net.socketio.engine import Engine
from chatd.net.socketio.link import EngineSession
from chatd.net.websocket import Heart, WebSocket

EVERY, PATIENCE, GRACE = 10.0, 4.0, 3.0
BYE = b"4bye\x1e"
DEADLINES = Deadlines(
    ping_interval=EVERY, ping_timeout=PATIENCE, close_timeout=GRACE, max_message=1_000
)


class Talk:
    """What is said in a session."""

    def __init__(self, session: EngineSession) -> None:
        self.session = session
        self.heard: list[str | bytes] = []
        self.more: list[bool] = []
        self.over = 0
        self.last = b""
        self.moved: Mailbox | None = None
        self.act: Callable[[], None] = list

    def take(self, message: str | bytes) -> None:
        self.heard.append(message)
        self.more.append(self.session.more)
        self.act()

    def move(self, mailbox: Mailbox) -> None:
        self.moved = mailbox

    def farewell(self, code: int, reason: str) -> bytes:
        return self.last

    def finish(self) -> None:
        self.over += 1


class Line:
    """An engine, one session of it that is polled, and what is said in it."""

    def __init__(self, deadlines: Deadlines = DEADLINES) -> None:
        self.heart = Heart()
        self.began = self.heart.now = time.monotonic() + 1_000  # nothing is late by the real one
        self.talks: list[Talk] = []
        self.engine = Engine(deadlines, self.heart, Unsent(), 5, self._begin)
        self.session = self.engine.open({}, "192.0.2.1")
        self.talk = self.talks[0]

    def _begin(self, session: EngineSession, environ: dict[str, Any]) -> Talk:
        self.talks.append(Talk(session))
        return self.talks[-1]

    def beat(self, after: float) -> None:
        """So many seconds after the beginning."""
        self.heart.now = self.began + after
        self.session.beat(self.heart.now)

    def due(self) -> float:
        return round(self.session.due - self.began, 6)

    def ask(self, sid: str = "", body: bytes | None = None) -> bytes:
        """A request over HTTP."""
        query = f"EIO=4&transport=polling&sid={sid or self.session.sid}"
        method = "GET" if body is None else "POST"
        return self.engine.respond(method, {"QUERY_STRING": query}, "", lambda _: body or b"")

    def wait(self) -> Any:
        """A poll that waits."""
        poll = gevent.spawn(self.session.poll)
        gevent.sleep(0)
        return poll

    @property
    def known(self) -> bool:
        return self.session.sid in self.engine._sessions


class Wire:
    """A WebSocket and its peer."""

    def __init__(self, line: Line) -> None:
        near, self.peer = socket.socketpair()
        self.flusher = Flusher()
        self.ws = WebSocket(near, Limits(), line.heart, self.flusher)
        self.peer.settimeout(30)

    def say(self, text: str) -> None:
        """As a client does, masked with zeros."""
        self.peer.sendall(b"\x81" + bytes([0x80 | len(text)]) + bytes(4) + text.encode())

    def hear(self) -> str:
        """One short text."""
        kind, size = self.peer.recv(1), self.peer.recv(1)
        said = self.peer.recv(size[0]) if size[0] else b""
        return said.decode() if kind == b"\x81" else f"closed {int.from_bytes(said[:2])}"
