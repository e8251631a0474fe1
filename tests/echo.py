"""An echo application over the WebSocket layer, over Engine.IO (``/engine.io/``) and Socket.IO
(``/socket.io/``, namespaces ``/`` and ``/custom``), for conformance suites and hostile clients.

``python -m tests.echo --port N [--LIMIT VALUE …]``; prints ``ready: HOST:PORT``.
"""

from gevent import monkey

monkey.patch_all()

import argparse
import base64
import json
from collections.abc import Callable
from typing import Any

import gevent
import msgspec
from gevent.pywsgi import WSGIServer

from chatd.delivery.mailbox import Mailbox
from chatd.delivery.outbox import Flusher
from chatd.errors import ChatdError, Malformed, TooLarge
from chatd.net.frames import PROTOCOL_ERROR
from chatd.net.limits import pinged_by_packets
from chatd.net.listening import address_text, bind
from chatd.net.places import Place, Places
from chatd.net.socketio.codec import pack_bare
from chatd.net.socketio.contracts import Application, Deadlines
from chatd.net.socketio.engine import Engine, query_of
from chatd.net.socketio.link import EngineSession
from chatd.net.socketio.refused import describe
from chatd.net.upgrade import Handler
from chatd.net.websocket import BINARY, Heart, Limits, WebSocket, encode, encode_text
from chatd.protocol.socketio import (
    ACK,
    CONNECT,
    CONNECT_ERROR,
    DISCONNECT,
    EVENT,
    Packet,
    head,
    read_packet,
)

# The official suite overlooks the second of two packets that arrive in one read.
APART_S = 0.02
EXPECTED = Deadlines(ping_interval=0.3, ping_timeout=0.2, max_message=1_000_000)


class EngineEcho:
    """Sends back whatever comes in a session of Engine.IO."""

    def __init__(self, session: EngineSession) -> None:
        self.session = session

    @property
    def polled(self) -> bool:
        """Whether it is not on a WebSocket (yet)."""
        return self.session.transport == "socketio-polling"

    def send(self, packet: str) -> None:
        """A packet."""
        pack = pack_bare if self.polled else encode_text
        self.session.outbox.append(pack(packet.encode()))

    def take(self, message: str | bytes) -> None:
        """The same again."""
        if isinstance(message, str):
            self.send(f"4{message}")
        elif self.polled:
            self.send(f"b{base64.b64encode(message).decode()}")
        else:
            self.session.outbox.append(encode(BINARY, message))

    def move(self, mailbox: Mailbox) -> None:
        """Where it goes is asked each time."""

    def farewell(self, code: int, reason: str) -> bytes:
        """Without a word."""
        return b""

    def finish(self) -> None:
        """Nothing is kept."""


class NamespacesEcho(EngineEcho):
    """Sends back what comes in a namespace, and acknowledges it."""

    def __init__(self, session: EngineSession) -> None:
        super().__init__(session)
        self.entered: set[str] = set()
        self.patience = gevent.spawn_later(1, self.hurry)

    def hurry(self) -> None:
        """Who entered none in time is let go."""
        if not self.entered:
            self.session.close()

    def take(self, message: str | bytes) -> None:
        """A packet of Socket.IO."""
        try:
            self.answer(read_packet(str(message)))
        except (Malformed, ValueError) as wrong:
            self.session.close(PROTOCOL_ERROR, str(wrong))

    def answer(self, packet: Packet) -> None:
        """What its kind wants; ValueError for what is none."""
        where = packet.namespace
        if packet.kind == CONNECT:
            self.enter(where, packet.data or "{}")
        elif where not in self.entered:
            raise Malformed(f"{where} is not entered")
        elif packet.kind not in (DISCONNECT, EVENT):
            raise Malformed("binary packets, and what only a server sends, are refused")
        elif packet.kind == DISCONNECT:
            self.entered.discard(where)
        else:
            arguments = json.loads(packet.data)
            if not isinstance(arguments, list):
                raise ValueError("an event is a list")
            name = arguments.pop(0)
            if name == "message-with-ack":
                self.say(head(ACK, where, packet.id), arguments)
            else:
                self.say(head(EVENT, where), ["message-back", *arguments])

    def enter(self, namespace: str, auth: str) -> None:
        """One of two; it tells what it was entered with."""
        if namespace not in ("/", "/custom"):
            self.say(head(CONNECT_ERROR, namespace), {"message": "Invalid namespace"})
            return
        self.entered.add(namespace)
        self.say(head(CONNECT, namespace), {"sid": self.session.sid})
        told = ["auth", json.loads(auth)]
        gevent.spawn_later(APART_S, self.say, head(EVENT, namespace), told)

    def say(self, beginning: str, data: Any) -> None:
        """A packet with data."""
        self.send(f"4{beginning}{json.dumps(data, separators=(',', ':'))}")


class Echo:
    """Sends back whatever comes."""

    def __init__(self, limits: Limits, deadlines: Deadlines = EXPECTED) -> None:
        self.limits = limits
        self.deadlines = deadlines
        self.header_timeout = limits.header_timeout
        self.idle_timeout = limits.idle_timeout
        self.heart = Heart(0.02)
        self.flusher = Flusher()
        self.places = Places(100_000, 100_000)
        self.unsent = self.flusher.unsent
        self.answering, self.refusing = 0, False
        self.engines = {
            "/engine.io/": self.engine(EngineEcho),
            "/socket.io/": self.engine(NamespacesEcho),
        }

    def engine(self, application: Callable[[EngineSession], Application]) -> Engine:
        """Sessions of one path."""
        return Engine(
            self.deadlines, self.heart, self.unsent, 10_000, lambda session, _: application(session)
        )

    def answer(self, environ: dict[str, Any], start_response: Any) -> list[bytes]:
        """Polls, and what is posted."""
        engine = self.engines.get(environ["PATH_INFO"])
        if engine is None:
            return nothing(environ, start_response)
        method = environ["REQUEST_METHOD"]

        def read(limit: int) -> bytes:
            body: bytes = environ["wsgi.input"].read(limit + 1)
            if len(body) > limit:
                raise TooLarge(f"at most {limit} bytes", limit=limit)
            return body

        try:
            found, status = engine.respond(method, environ, "127.0.0.1", read), "200 OK"
        except ChatdError as error:
            found, status = json.dumps(describe(error)).encode(), f"{error.status} Refused"
        start_response(status, [("Content-Type", "text/plain"), ("Connection", "close")])
        return [found]

    def network(self, peer: str) -> str:
        """Whoever it is."""
        return peer

    def receive(self, environ: dict[str, Any], place: Place) -> ChatdError | None:
        """Everybody."""
        return None

    def on_refusal(self, reason: str, what: str, peer: str) -> None:
        """Nobody counts."""

    def on_malformed(self, environ: dict[str, Any], what: str) -> None:
        """Nobody counts."""

    def hand_on(self, environ: dict[str, Any], sock: Any, said: Callable[[], bytes]) -> bool:
        """There is nobody else."""
        return False

    def admit(self, environ: dict[str, Any], place: Place) -> ChatdError | None:
        """Everybody who asks as it must be."""
        try:
            if engine := self.engines.get(environ["PATH_INFO"]):
                engine.check(query_of(environ), over="websocket")
        except ChatdError as refused:
            return refused
        return None

    def websocket(self, sock: Any, received: bytes, environ: dict[str, Any]) -> WebSocket:
        """The connection."""
        packets = environ["PATH_INFO"] in self.engines
        limits = pinged_by_packets(self.limits, self.deadlines) if packets else self.limits
        return WebSocket(sock, limits, self.heart, self.flusher, received)

    def session(self, ws: WebSocket, environ: dict[str, Any]) -> Callable[[], None]:
        """Echoes until the end; ``close CODE REASON`` and ``flood N`` are done, not echoed."""
        if engine := self.engines.get(environ["PATH_INFO"]):
            return engine.accept(ws, environ, "127.0.0.1")

        def run() -> None:
            while (message := ws.receive()) is not None:
                if isinstance(message, bytes):
                    ws.outbox.append(encode(BINARY, message))
                elif message.startswith("close "):
                    _, code, reason = message.split(" ", 2)
                    ws.close(int(code), reason)
                elif message.startswith("flood "):
                    frame = encode_text(b"x" * 10_000)
                    for _ in range(int(message.split()[1])):
                        ws.outbox.append(frame)
                elif message == "both":
                    self.both(ws)
                else:
                    ws.outbox.append(encode_text(message.encode()))

        return run

    def on_answer(self, environ: dict[str, Any], status: int, length: int, seconds: float) -> None:
        """Nobody reads it."""

    def both(self, ws: WebSocket) -> None:
        """Two greenlets send at once."""

        def send(letter: bytes) -> None:
            for size in range(1, 200):
                ws.outbox.append(encode_text(letter * size * 50))
                gevent.sleep(0)

        gevent.joinall([gevent.spawn(send, letter) for letter in (b"a", b"b")])
        ws.outbox.append(encode_text(b"done"))


def nothing(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    """There is nothing but the WebSocket."""
    start_response("404 Not Found", [("Content-Type", "text/plain")])
    return [b"nothing here\n"]


def main() -> None:
    """Serves until killed, with the settings that the official suites of Engine.IO and Socket.IO
    expect unless others are given."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=9001)
    parser.add_argument("--session_ping", type=float, default=EXPECTED.ping_interval)
    parser.add_argument("--session_timeout", type=float, default=EXPECTED.ping_timeout)
    for field in msgspec.structs.fields(Limits):
        parser.add_argument(f"--{field.name}", type=type(field.default), default=field.default)
    given = vars(parser.parse_args())
    port = given.pop("port")
    listener = bind(f"127.0.0.1:{port}")
    ping, timeout = given.pop("session_ping"), given.pop("session_timeout")
    deadlines = msgspec.structs.replace(EXPECTED, ping_interval=ping, ping_timeout=timeout)
    echo = Echo(Limits(**given), deadlines)
    gevent.spawn(echo.heart.run)
    server = WSGIServer(listener, echo.answer, handler_class=Handler, log=None)
    server.gateway = echo
    server.start()
    print(f"ready: {address_text(listener)}", flush=True)
    gevent.wait()


if __name__ == "__main__":
    main()
