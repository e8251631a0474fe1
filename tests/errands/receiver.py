"""A webhook's receiver: verifies with the library of the specification, and answers as told."""

from __future__ import annotations

import base64
import ssl
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from standardwebhooks.webhooks import Webhook

SECRET = "whsec_" + base64.b64encode(b"0123456789abcdef0123456789abcdef").decode()
OTHER = "whsec_" + base64.b64encode(b"another one, that comes after it").decode()
VARIABLE = "CHATD_TEST_WEBHOOK"


class Receiver(ThreadingHTTPServer):
    """``events``: what was verified and taken, in order; ``tries``: the ids of all that came.
    ``answers``: the statuses of the next ones, then ``status``; behind the ``gate``."""

    daemon_threads = True

    def __init__(self, certificate: Path | None = None) -> None:
        super().__init__(("127.0.0.1", 0), Deliveries)
        self.scheme = "https" if certificate else "http"
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(f"{certificate}.pem", f"{certificate}.key")
            self.socket = context.wrap_socket(self.socket, server_side=True)
        self.gate = threading.Event()
        self.gate.set()
        self.came = threading.Condition()
        self.events: list[dict[str, Any]] = []
        self.tries: list[str] = []
        self.headers: list[dict[str, str]] = []
        self.answers: list[int] = []
        self.status = 204
        self.more: dict[str, str] = {}
        self.at_once = self.most_at_once = 0
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()

    def url(self, host: str = "127.0.0.1") -> str:
        """Where it listens."""
        return f"{self.scheme}://{host}:{self.server_address[1]}/hooks/chatd?from=chatd"

    def wait_until(self, true: Callable[[], Any], seconds: float = 30.0) -> None:
        """For something that deliveries make true."""
        with self.came:
            assert self.came.wait_for(true, seconds), (self.tries, self.events)

    def of(self, event: str) -> list[dict[str, Any]]:
        """The taken events of a type."""
        return [one for one in self.events if one["type"] == event]

    def close(self) -> None:
        """Listens no more."""
        self.gate.set()
        self.shutdown()
        self.server_close()


class Deliveries(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        receiver = self.server
        with receiver.came:
            receiver.at_once += 1
            receiver.most_at_once = max(receiver.most_at_once, receiver.at_once)
            receiver.tries.append(self.headers["webhook-id"])
            receiver.headers.append(dict(self.headers.items()))
            receiver.came.notify_all()
        receiver.gate.wait(30)
        event = Webhook(SECRET).verify(body.decode(), dict(self.headers.items()))
        with receiver.came:
            receiver.at_once -= 1
            status = receiver.answers.pop(0) if receiver.answers else receiver.status
            if status < 300:
                receiver.events.append({"id": self.headers["webhook-id"], **event})
        self.send_response(status)
        for name, value in receiver.more.items():
            self.send_header(name, value)
        self.send_header("Content-Length", "0")
        self.end_headers()
        with receiver.came:
            receiver.came.notify_all()

    def log_message(self, format: str, *args: Any) -> None:
        """Says nothing."""
