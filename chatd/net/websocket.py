"""The WebSocket layer (RFC 6455) that hostile peers cannot hurt: caps, deadlines, fair turns.

It stands on gevent-websocket's handler; reading is done here on an own buffer, and writing by the
outbox alone, so that frames of two greenlets never mix. Sizes are judged before a payload is read.
permessage-deflate is not offered: small JSON gains little, and inflating is a way to be hurt.
"""

from __future__ import annotations

import codecs
import struct
import time
from typing import Any

import gevent
from gevent import socket
from msgspec import Struct

from chatd.outbox import Flusher, Outbox

try:
    from websockets.speedups import apply_mask
except ImportError:
    from websockets.utils import apply_mask

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
GOING_AWAY, PROTOCOL_ERROR, NO_CODE, ABNORMAL = 1001, 1002, 1005, 1006
BAD_DATA, TOO_BIG, TOO_SLOW = 1007, 1009, 4008
RECV_BYTES = 65_536
SENDABLE = frozenset(range(1000, 1015)) - {1004, 1005, 1006}


class Limits(Struct, frozen=True, kw_only=True):
    """Caps and deadlines of one connection; bytes and seconds."""

    max_message: int = 262_144
    max_fragments: int = 1_024
    outbox_bytes: int = 4_194_304
    header_timeout: float = 10.0
    ping_interval: float = 25.0
    idle_timeout: float = 75.0
    close_timeout: float = 5.0
    frames_per_turn: int = 32


class Violation(Exception):
    """The peer broke the protocol or a cap; the connection is closed with this code."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


class Hangup(Exception):
    """The peer is gone."""


def encode(opcode: int, payload: bytes) -> bytes:
    """A whole unmasked frame, ready to be sent to any number of peers."""
    size = len(payload)
    if size < 126:
        return bytes((0x80 | opcode, size)) + payload
    if size < 65_536:
        return struct.pack("!BBH", 0x80 | opcode, 126, size) + payload
    return struct.pack("!BBQ", 0x80 | opcode, 127, size) + payload


def encode_text(payload: bytes) -> bytes:
    """A text frame; ``payload`` is UTF-8."""
    return encode(TEXT, payload)


def encode_close(code: int, reason: str) -> bytes:
    """A close frame; a reason that is too long is cut."""
    text = reason.encode()[:123].decode("utf-8", "ignore").encode()
    return encode(CLOSE, struct.pack("!H", code) + text)


class Heart:
    """One greenlet for all connections: pings the quiet, ends the dead, the late and the idle."""

    TICK_S = 0.5

    def __init__(self) -> None:
        self.now = time.monotonic()
        self._beating: set[WebSocket] = set()

    def add(self, ws: WebSocket) -> None:
        """Watches over a connection."""
        self._beating.add(ws)

    def remove(self, ws: WebSocket) -> None:
        """No longer."""
        self._beating.discard(ws)

    def run(self) -> None:
        """Beats until killed."""
        while True:
            gevent.sleep(self.TICK_S)
            self.now = time.monotonic()
            for ws in tuple(self._beating):
                ws.beat(self.now)


class WebSocket:
    """One connection. :meth:`receive` belongs to one greenlet; everything else to anybody.

    ``close_code``: the one that ended it, the peer's or ours; 1006 when it just broke.
    """

    __slots__ = (
        "_buffer",
        "_closing_since",
        "_decoder",
        "_fragments",
        "_heart",
        "_in_turn",
        "_limits",
        "_opcode",
        "_parts",
        "_pinged",
        "_seen",
        "_size",
        "_socket",
        "close_code",
        "close_reason",
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
        self._limits = limits
        self._heart = heart
        self._buffer = bytearray(received)
        self._opcode = CONTINUATION
        self._parts: list[str | bytes] = []
        self._decoder: codecs.IncrementalDecoder | None = None
        self._fragments = self._size = self._in_turn = 0
        self._seen = self._pinged = heart.now
        self._closing_since: float | None = None
        self.close_code: int | None = None
        self.close_reason = ""
        self.in_bytes = len(received)
        self.in_messages = 0
        self.outbox = Outbox(sock, flusher, limit=limits.outbox_bytes)
        self.outbox.on_overflow = self._overflow
        self.outbox.on_broken = self._break
        heart.add(self)

    @property
    def closed(self) -> bool:
        """Whether the connection is closed or closing."""
        return self.close_code is not None

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
            while True:
                message = self._take_frame()
                if message is not None and not self.closed:
                    self.in_messages += 1
                    return message
        except Violation as violation:
            self.close(violation.code, violation.reason)
            self._linger()
        except (Hangup, OSError):
            self.close_code = self.close_code or ABNORMAL
        self._release()
        return None

    def close(self, code: int = 1000, reason: str = "") -> None:
        """Says goodbye after everything that is queued; the reader ends when the peer answers, or
        at the deadline."""
        self._say_goodbye(code, reason, discard=False)

    def beat(self, now: float) -> None:
        """Called every half second: ping, or give up."""
        quiet = now - self._seen
        if self._closing_since is not None:
            if now - self._closing_since > self._limits.close_timeout:
                self._break()
        elif quiet > self._limits.idle_timeout:
            self.close_code = ABNORMAL
            self._break()
        elif quiet > self._limits.ping_interval and now - self._pinged > self._limits.ping_interval:
            self._pinged = now
            self.outbox.append_droppable(encode(PING, b""), "ping")

    def _say_goodbye(self, code: int, reason: str, *, discard: bool) -> None:
        if self.closed:
            return
        self.close_code, self.close_reason = code, reason
        self._closing_since = self._heart.now
        self.outbox.finish(encode_close(code, reason), lambda: None, discard=discard)

    def _overflow(self) -> None:
        self._say_goodbye(TOO_SLOW, "too slow: come back and resume", discard=True)

    def _break(self) -> None:
        self.close_code = self.close_code or ABNORMAL
        try:
            self._socket._sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            return

    def _release(self) -> None:
        self._heart.remove(self)
        self._buffer.clear()
        self._parts.clear()
        if self.outbox.queued:
            self.outbox.flush()
        self.outbox.close()

    def _linger(self) -> None:
        """After our close frame nothing is read any more, but thrown away until the peer closes:
        to close a socket with unread bytes would take our close frame back."""
        self._buffer.clear()
        self.outbox.flush()
        try:
            self._socket._sock.shutdown(socket.SHUT_WR)
            while self._socket.recv(RECV_BYTES):
                self._breathe()
        except OSError:
            return

    def _breathe(self) -> None:
        """Lets everybody else have their turn after a bounded amount of work."""
        self._in_turn += 1
        if self._in_turn >= self._limits.frames_per_turn:
            self._in_turn = 0
            gevent.sleep(0.000001)

    def _fill(self, size: int) -> None:
        while len(self._buffer) < size:
            data = self._socket.recv(RECV_BYTES)
            if not data:
                raise Hangup
            self._seen = self._heart.now
            self.in_bytes += len(data)
            self._buffer += data
            self._breathe()

    def _take_frame(self) -> str | bytes | None:
        """Reads one frame; the message that it completes, if it does."""
        self._breathe()
        self._fill(2)
        first, second = self._buffer[0], self._buffer[1]
        fin, opcode, length = first & 0x80, first & 0x0F, second & 0x7F
        if first & 0x70:
            raise Violation(PROTOCOL_ERROR, "reserved bits are set")
        if not second & 0x80:
            raise Violation(PROTOCOL_ERROR, "a client's frames are masked")
        if opcode >= CLOSE and (length > 125 or not fin):
            raise Violation(PROTOCOL_ERROR, "a control frame is short and whole")
        header = 2
        if length == 126:
            self._fill(4)
            (length,), header = struct.unpack_from("!H", self._buffer, 2), 4
        elif length == 127:
            self._fill(10)
            (length,), header = struct.unpack_from("!Q", self._buffer, 2), 10
        self._judge(opcode, length)
        self._fill(header + 4 + length)
        mask = bytes(self._buffer[header : header + 4])
        payload = apply_mask(bytes(self._buffer[header + 4 : header + 4 + length]), mask)
        del self._buffer[: header + 4 + length]
        if opcode >= CLOSE:
            self._control(opcode, payload)
            return None
        return self._data(opcode, payload, bool(fin))

    def _judge(self, opcode: int, length: int) -> None:
        """Before any of the payload is read."""
        if opcode in (CLOSE, PING, PONG):
            return
        if opcode not in (CONTINUATION, TEXT, BINARY):
            raise Violation(PROTOCOL_ERROR, f"unknown opcode {opcode}")
        if (opcode == CONTINUATION) != (self._opcode != CONTINUATION):
            raise Violation(PROTOCOL_ERROR, "fragments out of order")
        if self._size + length > self._limits.max_message:
            raise Violation(TOO_BIG, f"a message has at most {self._limits.max_message} bytes")
        if self._fragments >= self._limits.max_fragments:
            raise Violation(
                TOO_BIG, f"a message has at most {self._limits.max_fragments} fragments"
            )

    def _control(self, opcode: int, payload: bytes) -> None:
        if opcode == PING:
            self.outbox.append_droppable(encode(PONG, payload), "pong")
        elif opcode == CLOSE:
            code, reason = read_close(payload)
            if not self.closed:
                self.close_code, self.close_reason = code, reason
                echo = encode(CLOSE, payload[:2]) if payload else encode(CLOSE, b"")
                self.outbox.finish(echo, lambda: None, discard=False)
            raise Hangup

    def _data(self, opcode: int, payload: bytes, fin: bool) -> str | bytes | None:
        if fin and not self._fragments:
            return decoded(payload) if opcode == TEXT else payload
        if not self._fragments:
            self._opcode = opcode
            self._decoder = codecs.getincrementaldecoder("utf-8")() if opcode == TEXT else None
        self._fragments += 1
        self._size += len(payload)
        self._parts.append(self._decode_part(payload, fin))
        if not fin:
            return None
        parts: Any = self._parts
        whole: str | bytes = ("" if self._opcode == TEXT else b"").join(parts)
        self._parts, self._decoder, self._opcode = [], None, CONTINUATION
        self._fragments = self._size = 0
        return whole

    def _decode_part(self, payload: bytes, fin: bool) -> str | bytes:
        if self._decoder is None:
            return payload
        try:
            return self._decoder.decode(payload, final=fin)
        except UnicodeDecodeError:
            raise Violation(BAD_DATA, "text that is not UTF-8") from None


def decoded(payload: bytes) -> str:
    """Text, or a violation."""
    try:
        return payload.decode()
    except UnicodeDecodeError:
        raise Violation(BAD_DATA, "text that is not UTF-8") from None


def read_close(payload: bytes) -> tuple[int, str]:
    """The code and reason of a close frame."""
    if not payload:
        return NO_CODE, ""
    if len(payload) == 1:
        raise Violation(PROTOCOL_ERROR, "half a close code")
    code = struct.unpack_from("!H", payload)[0]
    if not (code in SENDABLE or 3000 <= code <= 4999):
        raise Violation(PROTOCOL_ERROR, f"close code {code} is not to be sent")
    return code, decoded(payload[2:])
