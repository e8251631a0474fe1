"""The admin socket: lines of JSON in, lines of JSON out, one greenlet per client.

The server greets with ``{"chatd": VERSION, "protocol": 1, "role": …}``. After ``watch``
come events, a line each, until the client goes. Who does not ask to stay is let go when nothing
comes.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

import gevent
from gevent.pool import Pool
from gevent.server import StreamServer
from loguru import logger

from chatd import __version__
from chatd.admin.guests import Client, Guests
from chatd.admin.lines import LINES
from chatd.admin.listening import bind, identity
from chatd.admin.peers import Peer, peer_of, role_of
from chatd.config.settings import AdminSettings
from chatd.delivery.outbox import Flusher, Outbox
from chatd.dispatch import auditing
from chatd.dispatch.dispatcher import Dispatcher
from chatd.domain import topics
from chatd.domain.ids import new_id
from chatd.domain.principal import Principal
from chatd.domain.times import to_text
from chatd.domain.topics import Topic
from chatd.errors import ChatdError, Forbidden, Unavailable
from chatd.live.connections import Connection
from chatd.protocol.commands import Command, GetHistory
from chatd.protocol.envelope import BadCommand, encode_json
from chatd.service import presence
from chatd.service.context import Caller, Services

PROTOCOL = 1
LATE_S = WATCH_S = 1.0
STREAM_BYTES = 4_194_304
WATCHED: dict[str, tuple[Topic, ...]] = {"queue": (topics.QUEUE,), "events": (topics.EVENTS,)}


class AdminServer:
    """Listens on a Unix socket in a private directory; the kernel says who calls."""

    def __init__(self, dispatcher: Dispatcher, services: Services, *, path: Path) -> None:
        self._dispatcher = dispatcher
        self._services = services
        self._path = path
        self._flusher = Flusher()
        self._server: StreamServer | None = None
        self._name: tuple[int, int] | None = None
        self._in_the_way = ""
        self._guests = Guests()
        self._pool = Pool()

    def start(self) -> None:
        """Begins to listen; Unavailable when another daemon does already."""
        before, listener = self._server, bind(self._path, self._settings)
        self._server = StreamServer(listener, self._serve, spawn=self._pool)
        self._server.start()
        self._name = identity(self._path)
        if before is not None:
            before.close()  # who came by it goes on

    def watch(self, error: OSError | None) -> None:
        """Begins to listen when it could not yet, for ``error``; makes the socket's name again when
        it is gone; raises when the socket is lost, which nothing here can mend."""
        if error is not None:
            self._start_late(error)
        while self._server is not None:
            if self._server.closed or self._server.socket.fileno() < 0:
                raise OSError("the admin socket is lost")
            self._keep_name()
            gevent.sleep(WATCH_S)

    def _keep_name(self) -> None:
        """Whoever removes the name shuts everybody out for as long as it is gone; what is in the
        way of a new one is said once."""
        if identity(self._path) == self._name:
            return
        log = logger.bind(area="admin")
        try:
            self.start()
        except (OSError, Unavailable) as error:
            if str(error) != self._in_the_way:
                log.error("{} is not the admin socket any more: {}", self._path, error)
            self._in_the_way = str(error)
        else:
            self._in_the_way = ""
            log.warning("somebody has removed the admin socket {}: it is made again", self._path)

    def _start_late(self, error: OSError) -> None:
        """Begins to listen as soon as there is space for the socket's name."""
        log = logger.bind(area="admin")
        log.error("no admin socket until there is space: {}", error)
        while self._server is None:
            gevent.sleep(LATE_S)
            with suppress(OSError):
                self.start()
        log.warning("the admin socket is there")

    def stop(self) -> None:
        """No more; the socket's name goes too."""
        if self._server is not None:
            self._server.stop(timeout=0)
            if identity(self._path) == self._name:
                self._path.unlink(missing_ok=True)

    @property
    def _settings(self) -> AdminSettings:
        return self._services.config.admin

    def _serve(self, sock: Any, address: Any) -> None:
        client = Client(sock, self._settings.timeout_seconds)
        try:
            peer = peer_of(sock)
            gevent.getcurrent().name = f"admin-{peer.user}-{peer.pid}"
            if self._guests.has_room(peer.uid):
                self._guests[peer.uid] += 1
                try:
                    self._talk(client, peer)
                finally:
                    self._guests[peer.uid] -= 1
            else:
                client.refuse(Unavailable(f"too many admin clients of {peer.user}, or at all"))
        except OSError as error:
            logger.bind(area="admin").debug("a client went away: {}", error)
        except Exception:
            logger.bind(area="admin").exception("an admin client's greenlet failed")
        finally:
            sock.close()

    def _talk(self, client: Client, peer: Peer) -> None:
        role = role_of(peer, self._settings)
        client.send(encode_json({"chatd": __version__, "protocol": PROTOCOL, "role": role}) + b"\n")
        while (line := client.read_line()) is not None:
            self._answer(client, peer, line)
            if role is None:
                return

    def _answer(self, client: Client, peer: Peer, line: bytes) -> None:
        codec = client.codec
        try:
            longest = self._services.config.longest_text
            caller_id, command = codec.decode(line, longest, known=True)
            if codec.verb.stream:
                self._stream(client, self._principal(peer), codec.asked.fields)
            else:
                result = self._dispatcher.carry_out(self._caller(peer, command), command)
                client.send(codec.answer(caller_id, result))
        except BadCommand as bad:
            client.refuse(bad.error)
        except ChatdError as error:
            client.refuse(error)

    def _principal(self, peer: Peer) -> Principal:
        role = role_of(peer, self._settings)
        if role is None:
            raise Forbidden(f"{peer.user} may neither act nor read here: see [admin] in the file")
        return Principal(kind="shell", id=f"shell:{peer.user}", name=peer.user, role=role)

    def _caller(self, peer: Peer, command: Command) -> Caller:
        """Who asks; who may do nothing here is refused, which the audit log is told as well."""
        process = {"uid": peer.uid, "gid": peer.gid, "pid": peer.pid}
        try:
            return Caller(self._principal(peer), "unix", process=process)
        except Forbidden as refused:
            stranger = Principal(kind="shell", id=f"shell:{peer.user}", role="read")
            caller = Caller(stranger, "unix", process=process)
            auditing.record(self._services, caller, command, refused.code, refused.message)
            raise

    def _stream(self, client: Client, principal: Principal, fields: dict[str, Any]) -> None:
        """Events until the client goes, through an outbox as bounded as any."""
        services, what = self._services, fields.get("what") or "queue"
        if what not in WATCHED:
            asked = GetHistory(dialog_id=what, limit=1)
            self._dispatcher.carry_out(Caller(principal, "unix"), asked)
        connection = self._connection(client, principal)
        services.connections.add(connection)
        services.connections.identify(connection, principal, connection.id)
        try:
            client.send(client.codec.answer(None, {"watching": what}))
            for topic in WATCHED.get(what) or sides(what):
                services.hub.follow(topic, connection)
            client.wait_for_end()
        finally:
            presence.disconnect(services, connection)
            connection.close(0, "")

    def _connection(self, client: Client, principal: Principal) -> Connection:
        outbox = Outbox(client.sock, self._flusher, limit=STREAM_BYTES)
        outbox.on_overflow = outbox.on_broken = client.hang_up

        def close(code: int, reason: str) -> None:
            outbox.close()
            client.hang_up()

        return Connection(
            id=new_id("c", self._services.now()),
            transport="admin",
            address="unix",
            since=to_text(self._services.now()),
            codec=LINES,
            mailbox=outbox,
            close=close,
            agent=principal.name,
        )


def sides(dialog_id: str) -> tuple[Topic, ...]:
    """Everything of a dialog, the operators' side included."""
    return topics.dialog(dialog_id), topics.staff(dialog_id)
