"""The listener: one socket for HTTP and WebSocket, its upgrades checked before they are granted."""

from __future__ import annotations

import resource
from collections.abc import Callable
from typing import Any

import gevent
from gevent import socket
from gevent.pool import Pool
from gevent.pywsgi import WSGIServer
from loguru import logger

from chatd.delivery.outbox import Flusher
from chatd.delivery.unsent import Unsent
from chatd.dispatch.dispatcher import Dispatcher
from chatd.domain.bans import refusal
from chatd.domain.network import network_of
from chatd.domain.origins import allowed_sites
from chatd.errors import (
    Banned,
    ChatdError,
    ForeignOrigin,
    Full,
    NotFound,
    RateLimited,
    TooMany,
    Unavailable,
)
from chatd.live.connections import CLOSE_BANNED
from chatd.net.access import Access
from chatd.net.address import HERE, client_address, is_trusted, plain
from chatd.net.apart import serve_apart
from chatd.net.codec import JSON_FRAMES
from chatd.net.hosts import check_form, is_ours, name_in, refuse_name
from chatd.net.http.identity import cookie_of, is_own
from chatd.net.limits import deadlines, limits, pinged_by_packets
from chatd.net.listening import address_text, bind
from chatd.net.places import Place, Places
from chatd.net.session import Session
from chatd.net.siblings import Siblings
from chatd.net.socketio.codec import FRAMED, POLLED
from chatd.net.socketio.engine import PATH, Engine, query_of
from chatd.net.socketio.link import EngineSession
from chatd.net.socketio.session import SocketIoSession
from chatd.net.socketio.sids import sids_of
from chatd.net.turnstile import Turnstile
from chatd.net.upgrade import Handler
from chatd.net.websocket import GOING_AWAY, Heart, WebSocket
from chatd.runtime.loop import in_turns
from chatd.service.context import Services

Application = Callable[..., Any]
WEBSOCKET_PATH = "/ws"
LIVENESS_PATH = "/healthz"
LONGEST_PATH = 80
ACCEPTED_PER_TURN = 8  # as many, and as many that make room, are open for a moment in excess
SEND_BUFFER = 131_072
RESERVED_DESCRIPTORS = 64
WATCH_S = 1.0


class Elsewhere(NotFound):
    """A WebSocket was asked for where there is none, as behind a proxy that cuts paths wrongly."""

    reason = "malformed"


class ErrorLog:
    """Where pywsgi writes what it cannot tell anybody else."""

    def write(self, text: str) -> None:
        """One line or several."""
        if text.strip():
            logger.bind(area="http").error(text.rstrip())

    def flush(self) -> None:
        """Nothing is held back."""


class Server:
    """Accepts connections; each is served in a greenlet of its own."""

    def __init__(
        self,
        dispatcher: Dispatcher,
        services: Services,
        http: Application,
        heart: Heart,
        siblings: Siblings | None = None,
    ) -> None:
        settings, server = services.config.websocket, services.config.server
        self._dispatcher = dispatcher
        self._services = services
        self.unsent = Unsent(server.unsent_bytes)
        self.places = Places(
            sockets_to_spare(server.max_connections), server.max_connections_per_address
        )
        self._turnstile = Turnstile()
        self._flusher = Flusher(self.unsent)
        self._heart = heart
        self._limits = limits(settings)
        pace = deadlines(settings)
        self._socketio_limits = pinged_by_packets(self._limits, pace)
        self._siblings = siblings
        self.socketio = Engine(
            pace,
            heart,
            self.unsent,
            server.max_connections_per_address,
            self._begin_socketio,
            sids_of(services.config, siblings),
        )
        self.header_timeout = settings.header_seconds
        self.idle_timeout = settings.idle_seconds
        self._http = http
        self._servers: list[WSGIServer] = []
        self._pool = Pool()
        self.access = Access(services)
        self.on_answer = self.access.on_answer
        self.answering = 0
        self.refusing = False

    def listen(self, inherited: list[socket.socket]) -> list[str]:
        """Begins to serve, on sockets that are listening already or else on the configured address;
        returns where, each as ``HOST:PORT`` or ``unix:PATH``, those with a port first."""
        settings = self._services.config.server
        listeners = inherited or [bind(settings.listen)]
        for listener in listeners:
            self._serve(listener)
        if self._siblings:
            self._siblings.listen(self._take_over)
        if settings.metrics_listen:
            self._servers.append(serve_apart(bind(settings.metrics_listen), self._http, self))
        listeners.sort(key=lambda one: one.family == socket.AF_UNIX)
        return [address_text(listener) for listener in listeners]

    def _serve(self, listener: socket.socket) -> None:
        if listener.family != socket.AF_UNIX:
            # Inherited by what is accepted: an answer's head and body leave apart, and Nagle's
            # algorithm would hold the body until the head is acknowledged, for up to 40 ms.
            listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        # So is this: the system would take several megabytes for each reader that does not read.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
        server = WSGIServer(
            listener,
            self._http,
            handler_class=Handler,
            log=None,
            error_log=ErrorLog(),
            spawn=self._pool,
        )
        server.gateway = self
        server.max_accept = ACCEPTED_PER_TURN
        server.environ["SERVER_NAME"] = "chatd"
        server.start()
        self._servers.append(server)

    def _take_over(self, sock: socket.socket, said: bytes) -> None:
        """Serves a connection that another process has accepted."""
        try:
            peer = sock.getpeername()
        except OSError:  # hung up meanwhile
            sock.close()
            return
        self._pool.spawn(Handler(sock, peer, self._servers[0], said).handle)

    def watch(self) -> None:
        """Raises when a listener is lost before newcomers are refused on purpose, which nothing
        here can mend."""
        while True:
            lost = any(one.closed or one.socket.fileno() < 0 for one in self._servers)
            if lost and not self.refusing:
                raise OSError("the listener has lost its socket")
            if self._siblings and not self.refusing:
                self._siblings.keep_name()
            gevent.sleep(WATCH_S)

    def refuse_newcomers(self) -> None:
        """Stops accepting; who is connected stays."""
        self.refusing = True
        for server in self._servers:
            server.close()

    def dismiss(self) -> None:
        """Says 1001 to everybody: come back later."""
        for connection in in_turns(self._services.connections):
            connection.close(GOING_AWAY, "the daemon is restarting: come back and resume")

    def stop(self) -> None:
        """Ends every connection that is still there."""
        if self._siblings:
            self._siblings.close()
        for server in self._servers:
            server.stop(timeout=0)

    def network(self, peer: str) -> str:
        """What a connection counts for; nothing when it is a proxy's, who will say for whom."""
        address = plain(peer or HERE)
        trusted = self._services.config.server.trusted_proxies
        return "" if is_trusted(address, trusted) else network_of(address)

    def on_refusal(self, reason: str, what: str, peer: str) -> None:
        """Notes what was refused before it was a request."""
        self._services.refusals.count(reason, what, plain(peer or HERE))

    def on_malformed(self, environ: dict[str, Any], what: str) -> None:
        """Notes a request that opens no WebSocket, though it wants one."""
        address = client_address(environ, self._services.config.server.trusted_proxies)
        self._services.refusals.count("malformed", what, address)

    def receive(self, environ: dict[str, Any], place: Place) -> ChatdError | None:
        """Lets a plain request wait for its turn; why it is refused before anybody reads it."""
        address = client_address(environ, self._services.config.server.trusted_proxies)
        self.places.belongs(place, network_of(address))
        self._turnstile.wait(network_of(address))
        refused = self._check_host(environ) or self._in_excess(environ, address)
        if refused:
            self._services.refusals.note(refused, address)
        return refused

    def _check_host(self, environ: dict[str, Any]) -> ChatdError | None:
        """A name that is none of ours, unless our proxy let it pass; what is no name at all."""
        if refused := check_form(environ):
            return refused
        host = environ.get("HTTP_HOST")
        if host is None or not self.network(environ.get("REMOTE_ADDR", "")):
            return None
        name = name_in(host)
        return None if is_ours(name, self._services.config) else refuse_name(name)

    def _in_excess(self, environ: dict[str, Any], address: str) -> ChatdError | None:
        """More connections or requests than there may be; whether the daemon lives may be asked
        all the same, and has a rate of its own."""
        alive = environ["PATH_INFO"] == LIVENESS_PATH
        if not alive and (refused := self._check_room(address)):
            return refused
        rate = "liveness_per_address" if alive else "requests_per_address"
        try:
            self._services.limiter.hit(rate, address)
        except RateLimited as limited:
            return limited
        return None

    def _check_room(self, address: str, full: bool = False) -> ChatdError | None:
        if full or self.places.full:
            return Full("the daemon has as many connections as it may")
        if self.places.too_many(network_of(address)):
            return TooMany("this address has as many connections as it may", retry_after=60)
        return None

    def hand_on(self, environ: dict[str, Any], sock: Any, said: Callable[[], bytes]) -> bool:
        """Whether another process on this socket has the session that a request is of, and the
        connection from now on."""
        if self._siblings is None or environ["PATH_INFO"].rstrip("/") != PATH.rstrip("/"):
            return False
        number = self.socketio.sids.sibling(query_of(environ).get("sid", ""))
        return number is not None and self._siblings.give(number, sock, said())

    def admit(self, environ: dict[str, Any], place: Place) -> ChatdError | None:
        """Why an upgrade is refused."""
        self.access.on_request(environ)
        address = client_address(environ, self._services.config.server.trusted_proxies)
        self.places.belongs(place, network_of(address))
        refused = self._check_host(environ) or self._refusal(environ, address)
        if refused:
            self._services.refusals.note(refused, address)
        return refused

    def _refusal(self, environ: dict[str, Any], address: str) -> ChatdError | None:
        if environ["PATH_INFO"] == PATH:
            try:
                if self.socketio.check(query_of(environ), over="websocket"):
                    return None
            except ChatdError as refused:
                return refused
        elif environ["PATH_INFO"] != WEBSOCKET_PATH:
            asked = environ["PATH_INFO"][:LONGEST_PATH]
            return Elsewhere(f"the WebSocket is at {WEBSOCKET_PATH}, not at {asked}")
        return self._refusal_of_newcomer(environ, address)

    def _refusal_of_newcomer(self, environ: dict[str, Any], address: str) -> ChatdError | None:
        """Why there may not be another connection for this page, from this address."""
        services, settings = self._services, self._services.config.server
        if self.refusing:
            return Unavailable("the daemon is restarting: come back")
        if sites_of(services, environ) == () and not is_own(environ):
            return ForeignOrigin("this page's origin may not connect", environ.get("HTTP_ORIGIN"))
        full = len(services.connections) >= settings.max_connections
        if refused := self._check_room(address, full):
            return refused
        try:
            services.limiter.hit("connections_per_address", address)
        except RateLimited as limited:
            return limited
        return None

    def websocket(self, sock: Any, received: bytes, environ: dict[str, Any]) -> WebSocket:
        """The WebSocket on an upgraded socket."""
        regular = environ["PATH_INFO"] == PATH
        limits = self._socketio_limits if regular else self._limits
        return WebSocket(sock, limits, self._heart, self._flusher, received)

    def session(self, ws: WebSocket, environ: dict[str, Any]) -> Callable[[], None]:
        """What serves an upgraded connection. Who is banned is told so by a close code: of a
        refused handshake a browser tells its page nothing."""
        if environ["PATH_INFO"] == PATH:
            address = client_address(environ, self._services.config.server.trusted_proxies)
            return self.socketio.accept(ws, environ, address)
        try:
            self._check_ban(environ)
        except Banned as banned:
            refused = banned.message
            return lambda: ws.close(CLOSE_BANNED, refused)
        session = Session(ws, JSON_FRAMES, transport="websocket", **self._session_fields(environ))
        return lambda: session.run(ws.receive)

    def _check_ban(self, environ: dict[str, Any]) -> None:
        """Banned for an address that is."""
        services = self._services
        address = client_address(environ, services.config.server.trusted_proxies)
        if ban := services.bans.against(address, "", services.now()):
            banned = refusal(ban)
            services.refusals.note(banned, address)
            raise banned

    def _begin_socketio(self, link: EngineSession, environ: dict[str, Any]) -> SocketIoSession:
        """What is said in a new session of Engine.IO."""
        polled = link.transport == "socketio-polling"
        address = client_address(environ, self._services.config.server.trusted_proxies)
        if polled and (refused := self._refusal_of_newcomer(environ, address)):
            raise refused
        self._check_ban(environ)
        session = SocketIoSession(
            link,
            POLLED if polled else FRAMED,
            transport=link.transport,
            **self._session_fields(environ),
        )
        session.begin()
        return session

    def _session_fields(self, environ: dict[str, Any]) -> dict[str, Any]:
        """What is known of who opens a connection, and what it is served with."""
        return {
            "dispatcher": self._dispatcher,
            "services": self._services,
            "address": client_address(environ, self._services.config.server.trusted_proxies),
            "agent": environ.get("HTTP_USER_AGENT", "")[:200],
            "origin": environ.get("HTTP_ORIGIN"),
            "sites": sites_of(self._services, environ),
            "cookie": cookie_of(environ) if is_own(environ) else None,
            "own": is_own(environ),
            "turnstile": self._turnstile,
        }


def sockets_to_spare(wanted: int) -> int:
    """How many sockets may be open at once, so that the store never lacks a descriptor; as many
    as wanted, where the system allows it. Who comes in excess waits in the listener's backlog."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    possible = hard - RESERVED_DESCRIPTORS
    if possible < wanted:
        logger.warning("only {} descriptors: at most {} connections", hard, possible)
    return max(1, min(wanted, possible))


def sites_of(services: Services, environ: dict[str, Any]) -> tuple[str, ...] | None:
    """The sites that the page behind a request may speak for; ``None`` (all) for no browser."""
    origin = environ.get("HTTP_ORIGIN")
    if origin is None:
        return None
    return tuple(allowed_sites(services.config.sites, origin, environ.get("HTTP_HOST", "")))
