"""An echo application over the WebSocket layer, for conformance suites and hostile clients.

``python -m tests.echo --port N [--LIMIT VALUE …]``; prints ``ready: HOST:PORT``.
"""

from gevent import monkey

monkey.patch_all()

import argparse
from collections.abc import Callable
from typing import Any

import gevent
import msgspec
from gevent.pywsgi import WSGIServer

from chatd.delivery.outbox import Flusher
from chatd.errors import ChatdError
from chatd.net.places import Place, Places
from chatd.net.server import address_text, bind
from chatd.net.upgrade import Handler
from chatd.net.websocket import BINARY, Heart, Limits, WebSocket, encode, encode_text


class Echo:
    """Sends back whatever comes."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.header_timeout = limits.header_timeout
        self.idle_timeout = limits.idle_timeout
        self.heart = Heart()
        self.flusher = Flusher()
        self.places = Places(100_000, 100_000)
        self.unsent = self.flusher.unsent
        self.answering, self.refusing = 0, False

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

    def admit(self, environ: dict[str, Any], place: Place) -> ChatdError | None:
        """Everybody."""
        return None

    def websocket(self, sock: Any, received: bytes) -> WebSocket:
        """The connection."""
        return WebSocket(sock, self.limits, self.heart, self.flusher, received)

    def session(self, ws: WebSocket, environ: dict[str, Any]) -> Callable[[], None]:
        """Echoes until the end; ``close CODE REASON`` and ``flood N`` are done, not echoed."""

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
    """Serves until killed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=9001)
    for field in msgspec.structs.fields(Limits):
        parser.add_argument(f"--{field.name}", type=type(field.default), default=field.default)
    given = vars(parser.parse_args())
    port = given.pop("port")
    listener = bind(f"127.0.0.1:{port}")
    echo = Echo(Limits(**given))
    gevent.spawn(echo.heart.run)
    server = WSGIServer(listener, nothing, handler_class=Handler, log=None)
    server.gateway = echo
    server.start()
    print(f"ready: {address_text(listener)}", flush=True)
    gevent.wait()


if __name__ == "__main__":
    main()
