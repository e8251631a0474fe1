"""HTTP until a connection becomes a WebSocket: handshake, deadlines, errors without traces."""

from __future__ import annotations

import base64
import binascii
import hashlib
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Protocol

import gevent
from gevent.pywsgi import WSGIHandler
from geventwebsocket.handler import WebSocketHandler
from loguru import logger

from chatd.errors import ChatdError
from chatd.net.head import Fields
from chatd.net.websocket import WebSocket

Refusal = tuple[str, str]
LINGER_SECONDS = 2.0
LINGER_BYTES = 4_194_304
LINGER_PIECE = 65_536
GRANTED = (
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Accept: %b\r\n\r\n"
)
PLAIN = [("Content-Type", "text/plain; charset=utf-8"), ("Connection", "close")]


class Gateway(Protocol):
    """What the handler needs of its server."""

    header_timeout: float
    idle_timeout: float
    answering: int
    refusing: bool

    def admit(self, environ: dict[str, Any]) -> ChatdError | None:
        """Why an upgrade is refused before it is granted, or ``None``."""

    def websocket(self, sock: Any, received: bytes) -> WebSocket:
        """The WebSocket on a socket; ``received`` came behind the handshake already."""

    def session(self, ws: WebSocket, environ: dict[str, Any]) -> Callable[[], None]:
        """What serves the connection until it ends."""

    def served(self, environ: dict[str, Any], status: int, length: int, seconds: float) -> None:
        """A plain request is answered."""


class Handler(WebSocketHandler):  # type: ignore[misc]
    """gevent-websocket's handler with everything checked that it takes on trust."""

    environ: dict[str, Any]
    headers: Any
    rfile: Any
    wsgi_input: Any
    _patience: gevent.Timeout

    @property
    def gateway(self) -> Gateway:
        """The server's part."""
        gateway: Gateway = self.server.gateway
        return gateway

    def handle_one_request(self) -> Any:
        """A request that is not all here in time is not waited for."""
        self._patience = gevent.Timeout.start_new(self.gateway.header_timeout)
        try:
            return super().handle_one_request()
        except gevent.Timeout as late:
            if late is not self._patience:
                raise
            return None
        finally:
            self._patience.close()

    def MessageClass(self, rfile: Any, seekable: int) -> Fields:  # noqa: N802
        """The header fields, as many bytes as they may have."""
        return Fields(rfile)

    def _headers(self) -> Any:
        return self.headers.environ()

    def get_environ(self) -> Any:
        """The headers are complete."""
        self._patience.close()
        return super().get_environ()

    def run_application(self) -> None:
        """An upgrade is granted or refused here; everything else goes to the application."""
        if self.environ.get("HTTP_UPGRADE", "").lower() != "websocket":
            self._answer()
            return
        self.close_connection = True
        if fault := handshake_fault(self.environ, self.request_version):
            self._refuse(*fault)
        elif refused := self.gateway.admit(self.environ):
            self._refuse(f"{refused.status} {type(refused).__name__}", refused.message)
        else:
            self._upgrade()

    def _answer(self) -> None:
        """A plain request. Who does not read the answer is not waited for, and what the
        application left of the body is read within bounds: pywsgi would read on for ever."""
        self.socket.settimeout(self.gateway.idle_timeout)
        self.close_connection |= self.gateway.refusing
        self.gateway.answering += 1
        try:
            WSGIHandler.run_application(self)
        finally:
            self.gateway.answering -= 1
            self._answered()
            self.close_connection |= not self._body_is_over()
            self.wsgi_input = Unread()

    def _answered(self) -> None:
        seconds = time.time() - self.time_start
        self.gateway.served(self.environ, abs(self.code or 0), self.response_length, seconds)

    def _body_is_over(self) -> bool:
        body = self.wsgi_input
        if not body.chunked_input and body.position >= (body.content_length or 0):
            return True
        if "HTTP_EXPECT" in self.environ or body._chunked_input_error:
            return False
        with gevent.Timeout(LINGER_SECONDS, False), suppress(OSError):
            return any(not body.read(LINGER_PIECE) for _ in range(LINGER_BYTES // LINGER_PIECE))
        return False

    def _refuse(self, status: str, text: str) -> None:
        version = [("Sec-WebSocket-Version", "13")] if status.startswith("426") else []
        self.start_response(status, PLAIN + version)
        self.result = [f"{text}\n".encode()]
        self.process_result()
        self._answered()

    def _upgrade(self) -> None:
        """The answer is the first thing in the outbox, so that nothing leaves before it."""
        ws = self.gateway.websocket(self.socket, self._received())
        ws.outbox.append(GRANTED % accept_key(self.environ["HTTP_SEC_WEBSOCKET_KEY"]), 0)
        self.headers_sent = True  # nothing of HTTP may follow, not even an error
        run = self.gateway.session(ws, self.environ)
        self._forget_request()
        try:
            run()
            ws.end()
        finally:
            ws.release()

    def _received(self) -> bytes:
        """What was read behind the request already."""
        self.socket.settimeout(0.0)
        try:
            return bytes(self.rfile.peek() or b"")
        except OSError:
            return b""
        finally:
            self.socket.settimeout(None)

    def _forget_request(self) -> None:
        """An idle connection keeps nothing of its handshake."""
        self.rfile.close()
        self.rfile = self.headers = None
        self.wsgi_input = Unread()
        self.environ = {}
        self.requestline = self.response_headers = None

    def _handle_client_error(self, ex: Exception) -> tuple[str, bytes]:
        logger.bind(area="http").debug("malformed request from {}", self.client_address)
        return "400", b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"

    def handle_error(self, t: Any, v: Any, tb: Any) -> None:
        """A fault of ours: logged with its trace, told without it. A peer whose goodbye the
        stopping daemon does not wait for is none."""
        if not issubclass(t, (OSError, gevent.GreenletExit)):
            logger.bind(area="http").opt(exception=(t, v, tb)).error("request failed")
        if self.headers_sent:
            self.close_connection = True
        else:
            self._send_error_response_if_possible(500)

    def log_request(self) -> None:
        """The access log has what was answered; see :meth:`_answered`."""


class Unread:
    """The body of an upgraded request: there is none for pywsgi to throw away."""

    __slots__ = ()

    def _discard(self) -> None:
        """Nothing."""


def accept_key(key: str) -> bytes:
    """RFC 6455, 4.2.2."""
    digest = hashlib.sha1((key + WebSocketHandler.GUID).encode("latin-1")).digest()
    return base64.b64encode(digest)


def handshake_fault(environ: dict[str, Any], http_version: str) -> Refusal | None:
    """What is wrong with an opening handshake."""
    tokens = {token.strip() for token in environ.get("HTTP_CONNECTION", "").lower().split(",")}
    if environ["REQUEST_METHOD"] != "GET" or http_version != "HTTP/1.1" or "upgrade" not in tokens:
        return "400 Bad Request", "a WebSocket opens with GET, HTTP/1.1 and Connection: Upgrade"
    if environ.get("HTTP_SEC_WEBSOCKET_VERSION") != "13":
        return "426 Upgrade Required", "Sec-WebSocket-Version is 13"
    try:
        key = base64.b64decode(environ.get("HTTP_SEC_WEBSOCKET_KEY", ""), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != 16:
        return "400 Bad Request", "Sec-WebSocket-Key is 16 bytes in base64"
    return None
