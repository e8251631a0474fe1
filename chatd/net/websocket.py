"""A WebSocket connection that hostile peers cannot hurt: caps, deadlines, fair turns, one writer.

It stands on gevent-websocket's handler (see :mod:`chatd.net.upgrade`); frames are read by
:mod:`chatd.net.frames` and written by the outbox alone, so that those of two greenlets never mix.
"""

from __future__ import annotations

import time
from typing import Any, Protocol

import gevent
from gevent import socket
from gevent.event import Event
from gevent.hub import Waiter

from chatd.delivery.outbox import Flusher, Outbox
from chatd.net.frames import (
    ABNORMAL,
    BINARY,
    CLOSE,
    GOING_AWAY,
    NORMAL,
    PING,
    PONG,
    TEXT,
    TOO_SLOW,
    Assembler,
    Limits,
    Violation,
    encode,
    encode_close,
    encode_text,
    read_close,
)

__all__ = [
    "BINARY",
    "GOING_AWAY",
    "TEXT",
    "TOO_SLOW",
    "Heart",
    "Limits",
    "WebSocket",
    "encode",
    "encode_text",
]

RECV_BYTES = 65_536
READ = 1
A_MOMENT_S = 0.000_001
PONGS = 16


class Hangup(Exception):
    """Nothing more will be read from the peer."""


class Beating(Protocol):
    """What the heart watches over. ``due``: when :meth:`beat` is wanted next, by its clock."""

    due: float

    def beat(self, now: float) -> None:
        """Ping, or give up, or see when to look again."""


class Heart:
    """One greenlet for all connections: pings the quiet, ends the dead, the late and the idle."""

    PER_TURN = 500

    def __init__(self, tick_s: float = 0.5) -> None:
        self.now = time.monotonic()
        self._tick_s = tick_s
        self._beating: set[Beating] = set()

    def __len__(self) -> int:
        return len(self._beating)

    def add(self, one: Beating) -> None:
        """Watches over a connection."""
        self._beating.add(one)

    def remove(self, one: Beating) -> None:
        self._beating.discard(one)

    def run(self) -> None:
        while True:
            gevent.sleep(self._tick_s)
            self.now = time.monotonic()
            self._beat()

    def _beat(self) -> None:
        now, beats = self.now, 0
        for one in tuple(self._beating):
            if one.due > now:
                continue
            one.beat(now)
            beats += 1
            if beats % self.PER_TURN == 0:
                gevent.sleep(A_MOMENT_S)


class WebSocket:
    """One connection. :meth:`receive` and :meth:`end` belong to one greenlet, the rest to anybody.

    ``close_code``, ``close_reason``, ``closed_by``: what ended it, and whether the "peer" or "we";
    1006 when it just broke. ``due``: when :meth:`beat` is wanted next, by the heart's clock.
    """

    __slots__ = (
        "_assembler",
        "_behind",
        "_closing_since",
        "_dead",
        "_heart",
        "_limits",
        "_pinged",
        "_pings",
        "_readable",
        "_reader",
        "_released",
        "_seen",
        "_socket",
        "close_code",
        "close_reason",
        "closed_by",
        "due",
        "in_bytes",
        "in_messages",
        "outbox",
    )

    def __init__(
        self,
        sock: socket.socket,
        limits: Limits,
        heart: Heart,
        flusher: Flusher,
        received: bytes = b"",
    ) -> None:
        self._socket: Any = sock
        self._readable = gevent.get_hub().loop.io(sock.fileno(), READ)
        self._reader: Any = None
        self._limits = limits
        self._heart = heart
        self._assembler = Assembler(limits)
        self._assembler.feed(received)
        self._dead = self._released = False
        self._pings = 0
        self._seen = self._pinged = heart.now
        self._closing_since: float | None = None
        self._behind: tuple[int, float] | None = None
        self.due = heart.now + limits.ping_interval
        self.close_code: int | None = None
        self.close_reason = self.closed_by = ""
        self.in_bytes = len(received)
        self.in_messages = 0
        self.outbox = Outbox(sock, flusher, limit=limits.outbox_bytes)
        self.outbox.on_waiting = self._fall_behind
        self.outbox.on_overflow = self._overflow
        self.outbox.on_broken = self._break
        heart.add(self)

    @property
    def closed(self) -> bool:
        """Whether the connection is closed or closing."""
        return self.close_code is not None

    @property
    def more(self) -> bool:
        """Whether more has been received than what :meth:`receive` gave out."""
        return self._assembler.more

    def traffic(self) -> dict[str, int]:
        """What has passed so far, and what waits."""
        outbox = self.outbox
        return {
            "in_bytes": self.in_bytes,
            "in_messages": self.in_messages,
            "out_bytes": outbox.out_bytes,
            "out_frames": outbox.frames_out,
            "queued_bytes": outbox.queued,
            "dropped": outbox.dropped,
        }

    def receive(self) -> str | bytes | None:
        """The next message; ``None`` when the connection has ended, whoever ended it."""
        try:
            while not self._dead:
                if self._assembler.work >= self._limits.frames_per_turn:
                    self._breathe()
                item = self._assembler.take()
                if item is None:
                    self._read()
                elif item[0] >= CLOSE:
                    self._control(*item)
                elif not self.closed:
                    self.in_messages += 1
                    return item[1]
        except Violation as violation:
            self.close(violation.code, violation.reason)
            self._linger()
        except (Hangup, OSError):
            self._drain()
        self.release()
        return None

    def close(self, code: int = NORMAL, reason: str = "") -> None:
        """Says goodbye after everything that is queued; the reader ends when the peer answers, or
        at the deadline."""
        self._say_goodbye(code, reason, discard=False)

    def end(self) -> None:
        """Closes, if nobody did, and waits for the peer's answer or the deadline."""
        self.close()
        while self.receive() is not None:
            pass

    def release(self) -> None:
        """Lets go of everything at once; what had not left by now does not leave any more.
        Harmless twice."""
        if self._released:
            return
        self._dead = self._released = True
        if self.close_code is None:
            self.close_code = ABNORMAL
        self._heart.remove(self)
        self._readable.close()
        self._assembler.clear()
        self.outbox.close()

    def beat(self, now: float) -> None:
        """Ping, or give up, or see when to look again."""
        limits, quiet = self._limits, now - self._seen
        since = self._pinged if limits.pings_regularly else self._seen
        if self._closing_since is not None:
            self.due = self._closing_since + limits.close_timeout
            if now >= self.due:
                self._break()
        elif quiet >= limits.idle_timeout:
            self._break("not a sign of life for too long")
        elif self._reads_too_slowly(now):
            self._overflow()
        elif now - since >= limits.ping_interval:
            self._pinged = now
            self.due = min(now + limits.ping_interval, self._seen + limits.idle_timeout)
            self.outbox.append_droppable(limits.ping, "ping")
        else:
            self.due = since + limits.ping_interval
        if self._behind and not self.closed:
            self.due = min(self.due, self._behind[1] + limits.idle_timeout)

    def _fall_behind(self) -> None:
        """Something waits for the peer to read: it has to have left when a connection would be
        idle for too long."""
        if self._behind is None and not self.closed:
            outbox, now = self.outbox, self._heart.now
            self._behind = (outbox.bytes_gone + outbox.queued, now)
            self.due = min(self.due, now + self._limits.idle_timeout)

    def _reads_too_slowly(self, now: float) -> bool:
        """Whether something still waits that has waited for too long: to answer pings is not to
        read."""
        outbox = self.outbox
        if self._behind and outbox.bytes_gone < self._behind[0]:
            return now - self._behind[1] >= self._limits.idle_timeout
        self._behind = (outbox.bytes_gone + outbox.queued, now) if outbox.queued else None
        return False

    def _say_goodbye(self, code: int, reason: str, *, discard: bool) -> None:
        if not self.closed:
            self._note_close(code, reason, "we")
            self.outbox.finish(encode_close(code, reason), discard=discard)

    def _note_close(self, code: int, reason: str, by: str) -> None:
        self.close_code, self.close_reason, self.closed_by = code, reason, by
        self._closing_since = self._heart.now
        self.due = self._heart.now + self._limits.close_timeout

    def _overflow(self) -> None:
        self._say_goodbye(TOO_SLOW, "too slow: come back and resume", discard=True)

    def _break(self, reason: str = "") -> None:
        """Ends the reader, wherever it waits; the kernel alone would go on receiving."""
        if self.close_code is None:
            self.close_code, self.close_reason = ABNORMAL, reason
        self._dead = True
        try:
            self._socket._sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            return

    def _breathe(self) -> None:
        """Lets everybody else have their turn after a bounded amount of work. sleep(0) would not:
        up to 50 callbacks run before the loop looks at sockets."""
        self._assembler.work = 0
        gevent.sleep(A_MOMENT_S)

    def _read(self) -> None:
        """Waits first: to be told by the system that there is nothing yet costs more."""
        self._reader = Waiter()
        if not self._readable.active:
            self._readable.start(self._on_readable)
        self._reader.get()
        data = self._socket.recv(RECV_BYTES)
        if not data or self._dead:
            raise Hangup
        self._seen = self._heart.now
        self.in_bytes += len(data)
        self._assembler.feed(data)

    def _on_readable(self) -> None:
        """Looked for on, after each read: to tell the system so every time costs more. Where more
        comes than is read yet, no longer, until it is."""
        reader, self._reader = self._reader, None
        if reader is None:
            self._readable.stop()
        else:
            reader.switch(None)

    def _control(self, opcode: int, payload: Any) -> None:
        """Of the pings of a flood only the newest are answered; RFC 6455, 5.5.3, allows that."""
        if opcode == PING:
            self._pings += 1
            self.outbox.append_droppable(encode(PONG, payload), self._pings % PONGS)
        elif opcode == CLOSE:
            code, reason = read_close(payload)
            if not self.closed:
                self._note_close(code, reason, "peer")
                self.outbox.finish(encode_close(code, ""), discard=False)
            raise Hangup

    def _drain(self) -> None:
        """Waits until the outbox is empty, as long as it may take to close."""
        outbox = self.outbox
        if self._dead or not outbox.queued:
            return
        empty = Event()
        outbox.on_drained = outbox.on_broken = empty.set
        outbox.flush()
        empty.wait(self._limits.close_timeout)

    def _linger(self) -> None:
        """After our close frame nothing is read any more, but thrown away until the peer closes:
        to close a socket with unread bytes would take our close frame back."""
        self._assembler.clear()
        self._drain()
        try:
            self._socket._sock.shutdown(socket.SHUT_WR)
            while not self._dead and self._socket.recv(RECV_BYTES):
                self._breathe()
        except OSError:
            return
