"""A session of Engine.IO 4: opened by a poll or a WebSocket, moved from one to the other, watched
over by the heart; what is said in it is somebody else's."""

from __future__ import annotations

import base64
import binascii
import time
from typing import Any

import gevent
from gevent.event import Event

from chatd.delivery.mailbox import Mailbox
from chatd.domain.network import network_of
from chatd.net.frames import (
    ABNORMAL,
    NORMAL,
    PROTOCOL_ERROR,
    TOO_SLOW,
    encode_text,
)
from chatd.net.socketio.contracts import Application, Owner
from chatd.net.socketio.polling import PollQueue, watching
from chatd.net.socketio.refused import BAD_REQUEST, UNKNOWN_SID, Refused
from chatd.net.turnstile import A_MOMENT_S
from chatd.net.websocket import WebSocket
from chatd.protocol.envelope import encode_json
from chatd.protocol.socketio import (
    CLOSE,
    MESSAGE,
    NOOP,
    OPEN,
    PING,
    PONG,
    SEPARATOR,
    UPGRADE,
    split,
)
from chatd.protocol.views import Transport

# A stock client posts at once whatever was said while it was away.
MOST_PACKETS = 1_000
PER_TURN = 64
PROBE = "probe"
NO_PACKET = "no packet of Engine.IO 4 that a client sends"
BINARY_MARK = "b"
END = SEPARATOR.encode()


class EngineSession:
    """One session. ``outbox``: where its packets go, ready made for what carries it by now;
    ``close_code``, ``closed_by`` tell afterwards what ended it; ``due``: when the heart is wanted.
    """

    __slots__ = (
        "_engine",
        "_finished",
        "_parting",
        "_pinged",
        "_polled",
        "_posting",
        "_probing",
        "_queue",
        "_seen",
        "_ws",
        "application",
        "close_code",
        "close_reason",
        "closed_by",
        "due",
        "in_bytes",
        "in_messages",
        "more",
        "network",
        "out_bytes",
        "sid",
    )

    def __init__(self, engine: Owner, address: str, ws: WebSocket | None) -> None:
        self.sid = engine.sids.make()
        self.network = network_of(address)
        self.close_code: int | None = None
        self.close_reason = self.closed_by = ""
        self.more = False
        self.in_bytes = self.in_messages = self.out_bytes = 0
        self.application: Application | None = None
        self._engine = engine
        self._ws = ws
        self._queue = engine.no_queue
        if ws is None:
            self._queue = PollQueue(engine.deadlines.queue_bytes, engine.unsent)
            self._queue.on_overflow = self._overflow
        self._posting = self._probing = self._parting = self._finished = False
        now = engine.heart.now
        self._seen = self._pinged = self._polled = now
        self.due = now + engine.deadlines.ping_interval

    @property
    def outbox(self) -> Mailbox:
        return self._ws.outbox if self._ws else self._queue

    @property
    def transport(self) -> Transport:
        return "socketio-websocket" if self._ws else "socketio-polling"

    def traffic(self) -> dict[str, int]:
        """What has passed so far, and what waits."""
        if self._ws:
            return self._ws.traffic()
        queue = self._queue
        return {
            "in_bytes": self.in_bytes,
            "in_messages": self.in_messages,
            "out_bytes": self.out_bytes,
            "out_frames": queue.frames_out,
            "queued_bytes": queue.queued,
            "dropped": queue.dropped,
        }

    def open_packet(self) -> bytes:
        """What a session begins with: its id, its intervals in ms, its bound in bytes."""
        deadlines = self._engine.deadlines
        told = {
            "sid": self.sid,
            "upgrades": [] if self._ws else ["websocket"],
            "pingInterval": round(deadlines.ping_interval * 1000),
            "pingTimeout": round(deadlines.ping_timeout * 1000),
            "maxPayload": deadlines.max_message,
        }
        return OPEN.encode() + encode_json(told)

    def poll(self, sock: Any = None) -> bytes:
        """What waits, as soon as something does; NOOP where the session has moved on. Who hangs up
        the ``sock`` that waits ends the session: nobody knows what of it had arrived."""
        queue = self._queue
        self._check_polled()
        if queue.ready is not None:
            raise self._break("two polls at once")
        if self._parting:
            self.finish()
            raise Refused(*UNKNOWN_SID)
        if not queue.queued and not self._probing:
            queue.ready = Event()
            try:
                with watching(sock, self._hung_up):
                    queue.ready.wait()
            finally:
                queue.ready = None
        self._polled = self._engine.heart.now
        packets = queue.take_all() or NOOP.encode() + END
        self.out_bytes += len(packets)
        if self.close_code is not None and not queue.queued:
            packets = self._take_leave(packets)
        return packets.removesuffix(END)

    def _take_leave(self, packets: bytes) -> bytes:
        """Stock clients that are told CLOSE forget what came in the same answer, and that of
        python-socketio does not come back: what stands before it is said without it, and the next
        poll is one of an unknown session, after which all come back."""
        said = packets.removesuffix(CLOSE.encode() + END)
        if said in (b"", packets):
            self.finish()
            return packets
        self._parting = True
        self._let_go()
        return said

    def post(self, payload: bytes) -> None:
        """What came in one request."""
        self._check_polled()
        if self._posting or self.close_code is not None:
            raise self._break("two requests at once")
        self._posting = True
        try:
            self.in_bytes += len(payload)
            packets = split(read_text(payload))
            if len(packets) > MOST_PACKETS:
                raise ValueError(f"at most {MOST_PACKETS} packets in a request")
            for index, packet in enumerate(packets, 1):
                self.more = index < len(packets)
                self._take_polled(packet)
                if self.close_code == PROTOCOL_ERROR:
                    raise ValueError(self.close_reason)
                if index % PER_TURN == 0:
                    gevent.sleep(A_MOMENT_S)
        except ValueError as error:
            raise self._break(str(error)) from None
        finally:
            self._posting = self.more = False

    def _hung_up(self) -> None:
        self._end(ABNORMAL, "a poll was hung up", "peer")

    def _break(self, reason: str) -> Refused:
        """Ends the session of who does not keep to the protocol; the poll that waits, if one does,
        is told so."""
        self.close(PROTOCOL_ERROR, reason)
        if self._queue.ready is None:
            self.finish()
        return Refused(BAD_REQUEST[0], f"{BAD_REQUEST[1]}: {reason}")

    def _check_polled(self) -> None:
        """Refused where it is carried otherwise, or over: at its time, not with the next tick."""
        if not self._ws and time.monotonic() >= self._dead_at:
            self._die()
        if self._ws or self._finished:
            raise Refused(*BAD_REQUEST)

    def _take_polled(self, packet: str) -> None:
        if packet.startswith(BINARY_MARK):
            try:
                self._take(base64.b64decode(packet[1:], validate=True))
            except binascii.Error:
                raise ValueError("a binary packet is not base64") from None
        elif not self._handle(packet):
            raise ValueError(NO_PACKET)

    def _handle(self, packet: str) -> bool:
        """False for what no client sends."""
        kind = packet[:1]
        self._seen = self._engine.heart.now
        if kind == MESSAGE:
            self._take(packet[1:])
        elif kind == CLOSE:
            self._end(NORMAL, "", "peer")
        elif kind != PONG:
            return False
        return True

    def _take(self, message: str | bytes) -> None:
        self.in_messages += 1
        if self.application and self.close_code is None:
            self.application.take(message)

    def run(self, ws: WebSocket) -> None:
        """Reads a WebSocket that carries the session, until either ends."""
        while (message := ws.receive()) is not None:
            self.more = ws.more
            if isinstance(message, bytes):
                self._take(message)
            elif not self._handle(message):
                ws.close(PROTOCOL_ERROR, NO_PACKET)
            if self.close_code is not None:
                ws.close(NORMAL)
        if self.close_code is None:
            self.close_code, self.close_reason = ws.close_code, ws.close_reason
            self.closed_by = ws.closed_by
        self.finish()

    def upgrade(self, ws: WebSocket) -> None:
        """A WebSocket that shall carry the session from now on: first it proves that it can."""
        if self._ws or self._probing or self._is_closing():
            ws.close(NORMAL, "the session is elsewhere")
            return
        self._probing = True
        proven = False
        try:
            with gevent.Timeout(self._engine.deadlines.upgrade_timeout, False):
                proven = self._probe(ws)
        finally:
            self._probing = False
        if not proven or self._finished:
            ws.close(NORMAL, "no upgrade")
            return
        self._move(ws)
        if self._is_closing():  # by now nobody polls for the last words
            ws.close(self.close_code or NORMAL, self.close_reason)
        self.run(ws)

    def _is_closing(self) -> bool:
        return self.close_code is not None

    def _probe(self, ws: WebSocket) -> bool:
        if ws.receive() != PING + PROBE:
            return False
        ws.outbox.append(encode_text((PONG + PROBE).encode()))
        ws.outbox.flush()  # before any poll is answered that comes behind the upgrade
        self._end_poll()
        return ws.receive() == UPGRADE

    def _end_poll(self) -> None:
        if self._queue.ready:
            self._queue.ready.set()

    def _move(self, ws: WebSocket) -> None:
        """What waits for a poll goes before everything that comes from now on."""
        self._ws = ws
        self._end_poll()
        if self.application:
            self.application.move(ws.outbox)
        while waiting := self._queue.take_all():
            for packet in waiting.split(END)[:-1]:
                if packet != CLOSE.encode():
                    ws.outbox.append(encode_text(packet))
        self._queue.close()
        self._queue = self._engine.no_queue
        self._engine.heart.remove(self)

    def _overflow(self) -> None:
        self.close(TOO_SLOW, "too slow: come back and resume")

    def close(self, code: int = NORMAL, reason: str = "") -> None:
        """Says goodbye after everything that is queued."""
        if self.close_code is not None:
            return
        last = self.application.farewell(code, reason) if self.application else b""
        self._end(code, reason, "we", last)

    def _end(self, code: int, reason: str, by: str, last: bytes = b"") -> None:
        if self.close_code is not None:
            return
        self.close_code, self.close_reason, self.closed_by = code, reason, by
        if self._ws:
            if last:
                self._ws.outbox.append(last)
            self._ws.close(code, reason)
        elif by == "peer":
            if self._queue.ready is None:
                self._engine.part(self)
            self._queue.append(NOOP.encode() + END)
            self.finish()
        else:
            self._queue.finish(last + CLOSE.encode() + END, discard=code == TOO_SLOW)
            self.due = self._engine.heart.now + self._engine.deadlines.close_timeout

    def beat(self, now: float) -> None:
        """A ping, or the end of who did not answer the last one; for as long as it is polled."""
        deadlines = self._engine.deadlines
        if self.close_code is not None:
            self.finish()
            return
        if now >= self._dead_at:
            self._die()
            return
        if now - self._pinged >= deadlines.ping_interval and not self._probing:
            self._pinged = now
            self._queue.append_droppable(PING.encode() + END, "ping")
        self.due = min(self._pinged + deadlines.ping_interval, self._dead_at)

    @property
    def _dead_at(self) -> float:
        """Who posts but does not poll reads nothing: no sign of life."""
        deadlines = self._engine.deadlines
        alive = self._seen if self._queue.ready else min(self._seen, self._polled)
        return alive + deadlines.ping_interval + deadlines.ping_timeout

    def _die(self) -> None:
        self._end(ABNORMAL, "not a sign of life for too long", "we")
        self.finish()

    def finish(self) -> None:
        """It is over, whoever ended it."""
        if self._finished:
            return
        self._finished = True
        self._engine.forget(self)
        ready = self._queue.ready
        if self._queue.queued and ready:
            ready.set()
        else:
            self._queue.close()
        self._let_go()

    def _let_go(self) -> None:
        application, self.application = self.application, None
        if application:
            application.finish()


def read_text(payload: bytes) -> str:
    """What was posted, as the text that it has to be; ValueError where it is none."""
    try:
        return payload.decode()
    except UnicodeDecodeError as error:
        raise ValueError(f"the packets are not UTF-8 text (byte {error.start})") from None
