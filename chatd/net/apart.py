"""A listener of its own for those who watch the daemon: figures, liveness, readiness, no more."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from gevent import socket
from gevent.pool import Pool
from gevent.pywsgi import WSGIServer
from loguru import logger

from chatd.delivery.unsent import Unsent
from chatd.errors import ChatdError, NotFound
from chatd.net.hosts import check_form
from chatd.net.http.health import APART
from chatd.net.places import Place, Places
from chatd.net.turnstile import Turnstile
from chatd.net.upgrade import Handler

PATHS = frozenset({"/metrics", "/healthz", "/readyz"})
PLACES, EACH = 64, 32


class Settings(Protocol):
    """What it has in common with the main listener."""

    header_timeout: float
    idle_timeout: float
    unsent: Unsent

    def on_refusal(self, reason: str, what: str, peer: str) -> None:
        """Notes what was refused."""


class Apart:
    """The gateway of that listener: no WebSockets, no names to judge, places of its own."""

    def __init__(self, main: Settings) -> None:
        self.header_timeout, self.idle_timeout = main.header_timeout, main.idle_timeout
        self.unsent, self.on_refusal = main.unsent, main.on_refusal
        self.places = Places(PLACES, EACH)
        self.answering = 0
        self.refusing = False
        self._turnstile = Turnstile()

    def network(self, peer: str) -> str:
        """Everybody counts for themselves."""
        return peer

    def receive(self, environ: dict[str, Any], place: Place) -> ChatdError | None:
        """NotFound for what is the main listener's."""
        self._turnstile.wait(environ.get("REMOTE_ADDR", ""))
        if environ["PATH_INFO"] not in PATHS:
            return NotFound("no such path here")
        return check_form(environ)

    def hand_on(self, environ: dict[str, Any], sock: Any, said: Callable[[], bytes]) -> bool:
        """Each process has figures of its own."""
        return False

    def admit(self, environ: dict[str, Any], place: Place) -> ChatdError | None:
        return NotFound("there is no WebSocket here")

    def on_answer(self, environ: dict[str, Any], status: int, length: int, seconds: float) -> None:
        """Not in the access log: they ask all the time."""


def serve_apart(listener: socket.socket, http: Callable[..., Any], main: Settings) -> WSGIServer:
    server = WSGIServer(listener, http, handler_class=Handler, log=None, error_log=None)
    server.set_spawn(Pool())
    server.gateway = Apart(main)
    server.environ[APART] = True
    server.start()
    logger.bind(area="http").info("metrics on {}:{}", *listener.getsockname()[:2])
    return server
