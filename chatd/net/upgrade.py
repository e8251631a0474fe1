"""HTTP until a connection becomes a WebSocket: handshake, deadlines, errors without traces."""

from __future__ import annotations

import binascii
import errno
import hashlib
import time
from collections.abc import Callable
from contextlib import suppress
from http import HTTPStatus
from typing import Any, Protocol
from urllib.parse import unquote

import gevent
from gevent import socket
from gevent.pywsgi import WSGIHandler
from geventwebsocket.handler import WebSocketHandler
from loguru import logger

from chatd.delivery.unsent import Unsent
from chatd.errors import ChatdError
from chatd.net.body import Body
from chatd.net.head import (
    NotImplementedHere,
    check_host,
    environ_of,
    first_line,
    framing,
    lines_of,
    read_fields,
    target_of,
)
from chatd.net.places import Place, Places
from chatd.net.reader import Reader
from chatd.net.websocket import WebSocket
from chatd.protocol.envelope import encode_json

Refusal = tuple[str, str]
LINGER_SECONDS = 2.0
LINGER_BYTES = 4_194_304
LINGER_PIECE = 65_536
GRANTED = (
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Accept: %b\r\n\r\n"
)
PLAIN = [("Content-Type", "text/plain; charset=utf-8"), ("Connection", "close")]
JSON = [
    ("Content-Type", "application/json"),
    ("Connection", "close"),
    ("Cache-Control", "no-store"),
]
# What pywsgi's handler needs until a connection that was upgraded is closed.
LASTING = frozenset(
    {
        *("socket", "client_address", "server", "gateway", "_place"),
        *("close_connection", "headers_sent", "response_length"),
    }
)
BARE = b"HTTP/1.1 %d %b\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"


class Gateway(Protocol):
    """What the handler needs of its server."""

    header_timeout: float
    idle_timeout: float
    answering: int
    refusing: bool
    places: Places
    unsent: Unsent

    def network(self, peer: str) -> str:
        """What a connection counts for; nothing when it is a proxy's, who will say for whom."""

    def receive(self, environ: dict[str, Any], place: Place) -> ChatdError | None:
        """Lets a plain request wait for its turn; why it is refused before anybody reads it."""

    def on_refusal(self, reason: str, what: str, peer: str) -> None:
        """Notes what was refused before it was a request."""

    def on_malformed(self, environ: dict[str, Any], what: str) -> None:
        """Notes a request that opens no WebSocket, though it wants one."""

    def hand_on(self, environ: dict[str, Any], sock: Any, said: Callable[[], bytes]) -> bool:
        """Whether a request is for another process, which has the connection from now on; ``said``:
        all that came over it from the beginning of that request."""

    def admit(self, environ: dict[str, Any], place: Place) -> ChatdError | None:
        """Why an upgrade is refused before it is granted, or ``None``."""

    def websocket(self, sock: Any, received: bytes, environ: dict[str, Any]) -> WebSocket:
        """The WebSocket on a socket; ``received`` came behind the handshake already."""

    def session(self, ws: WebSocket, environ: dict[str, Any]) -> Callable[[], None]:
        """What serves the connection until it ends."""

    def on_answer(self, environ: dict[str, Any], status: int, length: int, seconds: float) -> None:
        """A plain request is answered."""


class Handler(WebSocketHandler):  # type: ignore[misc]
    """gevent-websocket's handler with everything checked that it takes on trust."""

    environ: dict[str, Any]
    headers: dict[str, str]
    socket: Any
    rfile: Any
    wsgi_input: Any
    _patience: Any
    _hung_up = False
    _place: Place
    _chunked: bool
    _began: float

    def __init__(self, sock: Any, address: Any, server: Any, received: bytes = b"") -> None:
        super().__init__(sock, address, server, Reader(sock, received))
        self.gateway: Gateway = server.gateway

    def handle(self) -> None:
        """All requests of a connection, if there is a place for it."""
        places = self.gateway.places
        place = places.come(self.gateway.network(self._peer), self._hang_up)
        if place is None:
            self.gateway.on_refusal("cap", "no place for another connection", self._peer)
            self.socket.close()
            return
        self._place = place
        try:
            super().handle()
        finally:
            places.leave(place)

    @property
    def _peer(self) -> str:
        """Who is at the other end; nothing for a Unix socket."""
        address = self.client_address
        return str(address[0]) if isinstance(address, tuple) and address else ""

    def _hang_up(self) -> None:
        """Ends whoever reads or writes here, without another word."""
        self._hung_up = True
        sock = getattr(self.__dict__.get("socket"), "_sock", None)
        if sock is not None:
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)

    def handle_one_request(self) -> Any:
        """A request that is not all here in time is not waited for."""
        self.gateway.places.waits(self._place)
        self._patience = gevent.get_hub().loop.timer(self.gateway.header_timeout)
        self._patience.start(self._hang_up)
        try:
            return super().handle_one_request()
        finally:
            if patience := self.__dict__.get("_patience"):
                patience.close()

    def read_requestline(self) -> str:
        """The first line; an empty one before it is let pass (RFC 9112, 2.2)."""
        line: str = super().read_requestline()
        return super().read_requestline() if line == "\r\n" else line

    def read_request(self, raw_requestline: str) -> bool:
        """The head, taken to the letter; ValueError for any that is not good."""
        self.command, target, version = first_line(raw_requestline)
        self.request_version = f"HTTP/{version}"
        self.headers = fields = read_fields(self.rfile)
        check_host(fields, version)
        self.path = target_of(target, fields)
        self.content_length, self._chunked = framing(fields, version)
        connection = fields.get("connection", "").lower()
        options = {option.strip() for option in connection.split(",")}
        kept = version == "1.1" or "keep-alive" in options
        self.close_connection = "close" in options or not kept
        return True

    def get_environ(self) -> dict[str, Any]:
        """The headers are complete."""
        self._patience.close()
        self._began = time.monotonic()
        self.gateway.places.asks(self._place)
        path, _, query = self.path.partition("?")
        environ: dict[str, Any] = self.server.get_environ()
        environ |= {
            "REQUEST_METHOD": self.command,
            "SCRIPT_NAME": "",
            "PATH_INFO": unquote(path, "latin-1") if "%" in path else path,
            "QUERY_STRING": query,
            "SERVER_PROTOCOL": self.request_version,
            **environ_of(self.headers),
        }
        if isinstance(self.client_address, tuple):
            environ["REMOTE_ADDR"] = str(self.client_address[0])
            environ["REMOTE_PORT"] = str(self.client_address[1])
        waiting = self.socket if environ.get("HTTP_EXPECT", "").lower() == "100-continue" else None
        self.wsgi_input = Body(self.rfile, self.content_length, self._chunked, waiting)
        environ["wsgi.input"] = self.wsgi_input
        environ["wsgi.input_terminated"] = True
        environ["chatd.socket"] = self.socket
        return environ

    def run_application(self) -> None:
        """An upgrade is granted or refused here; everything else goes to the application."""
        if self.environ.get("HTTP_UPGRADE", "").lower() != "websocket":
            self._answer()
            return
        self.close_connection = True
        if fault := handshake_fault(self.environ, self.request_version, self.wsgi_input):
            self.gateway.on_malformed(self.environ, fault[1])
            self._refuse(*fault)
        elif self._hand_on():
            return
        elif refused := self.gateway.admit(self.environ, self._place):
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
            if self._hand_on():  # it counts where it is answered
                return
            if refused := self.gateway.receive(self.environ, self._place):
                self._refuse_plain(refused)
            else:
                WSGIHandler.run_application(self)
        finally:
            self.gateway.answering -= 1
            if self.socket is not None:
                self._note_answer()
                self.close_connection |= not self._body_is_over()
            self.wsgi_input = Unread()

    def _hand_on(self) -> bool:
        """Whether the connection is another process's: then nothing is read or written here any
        more, nor is it hung up."""
        if not self.gateway.hand_on(self.environ, self.socket, self._request_so_far):
            return False
        self.socket.close()
        self.socket = None
        self.wsgi_input = Unread()
        self.close_connection = True
        return True

    def _request_so_far(self) -> bytes:
        """The request, as far as it is here, and what has come behind it."""
        head = "".join((self.requestline, *lines_of(self.headers), "\r\n"))
        return head.encode("latin-1") + bytes(self.rfile.rest)

    def _note_answer(self) -> None:
        seconds = time.monotonic() - self._began
        self.gateway.on_answer(self.environ, abs(self.code or 0), self.response_length, seconds)

    def _body_is_over(self) -> bool:
        body = self.wsgi_input
        if body.over or body.broken or not body.wanted:
            return body.over and not body.broken
        with gevent.Timeout(LINGER_SECONDS, False), suppress(OSError):
            for _ in range(LINGER_BYTES // LINGER_PIECE):
                body.read(LINGER_PIECE)
                if body.over:
                    return not body.broken
        return False

    def _sendall(self, data: bytes | bytearray) -> None:
        """An answer, as fast as it is read: what does not leave at once counts as unsent, and has
        to have left when a connection would be idle for too long."""
        rest = memoryview(data)[self._send(data) :]
        self.response_length += len(data) - len(rest)
        if not rest:
            return
        self.gateway.unsent.waits(self, len(rest), self._too_much_unsent)
        self.socket.settimeout(self.gateway.idle_timeout)
        try:
            self.socket.sendall(rest)
        except TimeoutError:
            self.gateway.on_refusal("slow_reader", "an answer was not read in time", self._peer)
            raise BrokenPipeError(errno.EPIPE, "not read in time") from None
        finally:
            self.gateway.unsent.remove(self)
        self.response_length += len(rest)

    def _send(self, data: bytes | bytearray) -> int:
        try:
            sent: int = self.socket._sock.send(data)
        except BlockingIOError:
            return 0
        return sent

    def _too_much_unsent(self) -> None:
        self.gateway.on_refusal("slow_reader", "of all unsent answers the largest", self._peer)
        self._hang_up()

    def _refuse_plain(self, error: ChatdError) -> None:
        """A request that is refused before anybody reads it; the connection ends with it."""
        self.close_connection = True
        head = list(JSON)
        if wait := error.details.get("retry_after"):
            head.append(("Retry-After", str(wait)))
        self.start_response(f"{error.status} {HTTPStatus(error.status).phrase}", head)
        self.result = [encode_json({"success": False, "error": error.as_dict()})]
        self.process_result()

    def _refuse(self, status: str, text: str) -> None:
        version = [("Sec-WebSocket-Version", "13")] if status.startswith("426") else []
        self.start_response(status, PLAIN + version)
        self.result = [f"{text}\n".encode()]
        self.process_result()
        self._note_answer()

    def _upgrade(self) -> None:
        """The answer is the first thing in the outbox, so that nothing leaves before it."""
        self.socket.settimeout(None)  # of requests before this one
        ws = self.gateway.websocket(self.socket, self.rfile.take_rest(), self.environ)
        ws.outbox.append(GRANTED % accept_key(self.environ["HTTP_SEC_WEBSOCKET_KEY"]), 0)
        self.headers_sent = True  # nothing of HTTP may follow, not even an error
        run = self.gateway.session(ws, self.environ)
        self._forget_request()
        try:
            run()
            ws.end()
        finally:
            ws.release()

    def _forget_request(self) -> None:
        """An idle connection keeps nothing of its handshake, not even room for it."""
        lasting = {name: value for name, value in vars(self).items() if name in LASTING}
        self.__dict__ = lasting | {"environ": {}, "wsgi_input": Unread()}

    def _handle_client_error(self, ex: Exception) -> tuple[str, bytes] | None:
        """The answer to what is no request; nobody knows where the next one would begin. None to
        who has gone in its midst."""
        if isinstance(ex, OSError) or self._hung_up:
            return None
        status = 501 if isinstance(ex, NotImplementedHere) else 400
        if isinstance(ex, ValueError):
            self.gateway.on_refusal("malformed", str(ex), self._peer)
        return str(status), BARE % (status, HTTPStatus(status).phrase.encode())

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
        """The access log has what was answered; see :meth:`_note_answer`."""


class Unread:
    """The body of an upgraded request: there is none for pywsgi to throw away."""

    __slots__ = ()

    def _discard(self) -> None: ...


def accept_key(key: str) -> bytes:
    """RFC 6455, 4.2.2."""
    digest = hashlib.sha1((key + WebSocketHandler.GUID).encode("latin-1")).digest()
    return binascii.b2a_base64(digest, newline=False)


def handshake_fault(environ: dict[str, Any], http_version: str, body: Body) -> Refusal | None:
    """What is wrong with an opening handshake."""
    tokens = {token.strip() for token in environ.get("HTTP_CONNECTION", "").lower().split(",")}
    if environ["REQUEST_METHOD"] != "GET" or http_version != "HTTP/1.1" or "upgrade" not in tokens:
        return "400 Bad Request", "a WebSocket opens with GET, HTTP/1.1 and Connection: Upgrade"
    if not body.over:
        return "400 Bad Request", "a WebSocket opens without a body"
    if environ.get("HTTP_SEC_WEBSOCKET_VERSION") != "13":
        return "426 Upgrade Required", "Sec-WebSocket-Version is 13"
    try:
        key = binascii.a2b_base64(environ.get("HTTP_SEC_WEBSOCKET_KEY", ""), strict_mode=True)
    except ValueError:
        key = b""
    if len(key) != 16:
        return "400 Bad Request", "Sec-WebSocket-Key is 16 bytes in base64"
    return None
