"""A push service and the browsers behind it: it checks who signed, they read what was written."""

from __future__ import annotations

import base64
import json
import os
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import http_ece
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat


def unpack(text: str) -> bytes:
    """Base64url without its end."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def pack(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


class Browser:
    """One with keys of its own. ``shown``: what it was told and could read, in order."""

    def __init__(self, service: PushService, name: str) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.auth = os.urandom(16)
        self.endpoint = f"{service.url}/push/{name}"
        self.shown: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []

    def subscription(self, **more: Any) -> dict[str, Any]:
        """As ``PushSubscription.toJSON()`` gives it."""
        point = self.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        keys = {"p256dh": pack(point), "auth": pack(self.auth)}
        return {"endpoint": self.endpoint, "keys": keys, **more}

    def read(self, body: bytes) -> dict[str, Any]:
        """What only this one can."""
        plain = http_ece.decrypt(
            body, private_key=self.key, auth_secret=self.auth, version="aes128gcm"
        )
        told: dict[str, Any] = json.loads(plain)
        return told


class PushService(ThreadingHTTPServer):
    """``answers``: the statuses of the next ones, then 201. ``signers``: the keys that signed.
    ``longest``: of what it takes, 413 says no to more."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Pushed)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        self.browsers: dict[str, Browser] = {}
        self.answers: list[int] = []
        self.signers: set[str] = set()
        self.tries = 0
        self.longest = 4_096
        self.more: dict[str, str] = {}
        self.came = threading.Condition()
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()

    def browser(self, name: str) -> Browser:
        """A new one."""
        made = self.browsers[f"/push/{name}"] = Browser(self, name)
        return made

    def wait_until(self, true: Callable[[], Any], seconds: float = 30.0) -> None:
        """For something that what comes makes true."""
        with self.came:
            assert self.came.wait_for(true, seconds), self.tries

    def close(self) -> None:
        """Listens no more."""
        self.shutdown()
        self.server_close()

    def check(self, authorization: str) -> None:
        """Whoever signed is who they say, and means this service, for a while (RFC 8292)."""
        scheme, _, rest = authorization.partition(" ")
        assert scheme == "vapid"
        parts = dict(one.strip().split("=", 1) for one in rest.split(","))
        head, claims, signature = parts["t"].split(".")
        point = unpack(parts["k"])
        key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
        raw = unpack(signature)
        r, s = (int.from_bytes(one, "big") for one in (raw[:32], raw[32:]))
        signed = utils.encode_dss_signature(r, s)
        key.verify(signed, f"{head}.{claims}".encode(), ec.ECDSA(hashes.SHA256()))
        assert json.loads(unpack(head))["alg"] == "ES256"
        said = json.loads(unpack(claims))
        assert said["aud"] == self.url and said["sub"] == "mailto:help@shop.example"
        assert 0 < said["exp"] - time.time() <= 86_400
        self.signers.add(parts["k"])


class Pushed(BaseHTTPRequestHandler):
    server: PushService

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        service = self.server
        try:
            service.check(self.headers["Authorization"])
            assert self.headers["Content-Encoding"] == "aes128gcm"
            status = self.take(body)
        except (AssertionError, InvalidSignature, KeyError, ValueError):
            status = 403
        with service.came:  # before it is answered: who has the answer may look at once
            service.tries += 1
            service.came.notify_all()
        self.send_response(status)
        for name, value in service.more.items():
            self.send_header(name, value)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def take(self, body: bytes) -> int:
        """The status; what is taken is shown at once."""
        service = self.server
        browser = service.browsers.get(self.path)
        if browser is None:
            return 404
        if len(body) > service.longest:
            return 413
        status = service.answers.pop(0) if service.answers else 201
        if status == 201:
            browser.headers.append(dict(self.headers.items()))
            browser.shown.append(browser.read(body))
        return status

    def log_message(self, format: str, *args: Any) -> None:
        """Says nothing."""
