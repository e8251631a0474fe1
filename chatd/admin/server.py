"""The admin socket: lines of JSON in, lines of JSON out, one greenlet per client.

The server greets with ``{"chatd": VERSION, "protocol": 1, "role": …}``. A request is
``{"verb", "fields"}``, its answer ``{"ok": true, "result", "said"}`` or ``{"ok": false, "error",
"exit"}``. After ``watch`` come events, a line each, until the client goes.
"""

from __future__ import annotations

import errno
import grp
import os
from pathlib import Path
from typing import Any

import gevent
import msgspec
from gevent import socket
from gevent.pool import Pool
from gevent.server import StreamServer
from loguru import logger

from chatd import __version__
from chatd.admin.audit import AuditLog
from chatd.admin.peers import Peer, peer_of, role_of
from chatd.admin.verbs import TABLE, Verb
from chatd.config import AdminSettings
from chatd.context import Caller, Services
from chatd.dispatch import Dispatcher
from chatd.domain.principal import Principal
from chatd.domain.times import to_text
from chatd.errors import ChatdError, Forbidden, Malformed, Unavailable
from chatd.handlers import announce, identity, presence
from chatd.live.connections import Connection
from chatd.outbox import Flusher, Outbox
from chatd.protocol.commands import GetHistory
from chatd.protocol.envelope import convert, encode_json

PROTOCOL = 1
MAX_CLIENTS = 64
MAX_LINE = 1_048_576
STREAM_BYTES = 4_194_304


class Asked(msgspec.Struct):
    """A request as it comes."""

    verb: str
    fields: dict[str, Any] = {}


class AdminServer:
    """Listens on a Unix socket in a private directory; the kernel says who calls."""

    def __init__(
        self, dispatcher: Dispatcher, services: Services, *, path: Path, audit_path: Path
    ) -> None:
        self._dispatcher = dispatcher
        self._services = services
        self._path = path
        self._flusher = Flusher()
        self._server: StreamServer | None = None
        self.audit = AuditLog(audit_path)

    def start(self) -> None:
        """Begins to listen; Unavailable when another daemon does already."""
        listener = bound(self._path, self._settings)
        self._server = StreamServer(listener, self._serve, spawn=Pool(MAX_CLIENTS))
        self._server.start()

    def stop(self) -> None:
        """No more; the socket's name goes too."""
        if self._server is not None:
            self._server.stop(timeout=0)
            self._path.unlink(missing_ok=True)
        self.audit.close()

    @property
    def _settings(self) -> AdminSettings:
        return self._services.config.admin

    def _serve(self, sock: Any, address: Any) -> None:
        client = Client(sock, self._settings.timeout_seconds)
        try:
            peer = peer_of(sock)
            self._greet(client, peer)
            while (line := client.read_line()) is not None:
                self._answer(client, peer, line)
        except OSError as error:
            logger.bind(area="admin").debug("a client went away: {}", error)
        except Exception:
            logger.bind(area="admin").exception("an admin client's greenlet failed")
        finally:
            sock.close()

    def _greet(self, client: Client, peer: Peer) -> None:
        role = role_of(peer, self._settings)
        client.send({"chatd": __version__, "protocol": PROTOCOL, "role": role})

    def _answer(self, client: Client, peer: Peer, line: bytes) -> None:
        verb_name = "?"
        try:
            asked = read_request(line)
            verb_name = asked.verb
            verb, principal = TABLE[asked.verb], self._principal(peer)
            if verb.stream:
                self._stream(client, principal, asked.fields)
                return
            client.send(self._carry_out(peer, principal, verb, asked.fields))
        except ChatdError as error:
            client.send({"ok": False, "error": error.as_dict(), "exit": error.exit_code})
        logger.bind(area="admin").debug("{} by {}", verb_name, peer.user)

    def _principal(self, peer: Peer) -> Principal:
        role = role_of(peer, self._settings)
        if role is None:
            raise Forbidden(f"{peer.user} may neither act nor read here: see [admin] in the file")
        return Principal(kind="shell", id=f"shell:{peer.user}", name=peer.user, role=role)

    def _carry_out(
        self, peer: Peer, principal: Principal, verb: Verb, fields: dict[str, Any]
    ) -> dict[str, Any]:
        outcome = "internal"
        try:
            command = convert(verb.command, fields, strict=False)
            result = self._dispatcher.carry_out(Caller(principal, "unix"), command)
            outcome = "done"
        except ChatdError as error:
            outcome = error.code
            raise
        finally:
            if verb.acts:
                self._record(peer, verb, fields, outcome)
        plain = msgspec.to_builtins(result)
        said = verb.done(fields, plain) if verb.done else ""
        return {"ok": True, "result": plain, "said": said}

    def _record(self, peer: Peer, verb: Verb, fields: dict[str, Any], outcome: str) -> None:
        named = next((fields[param.name] for param in verb.params if param.name in fields), None)
        self.audit.write(
            {
                "at": to_text(self._services.now()),
                "user": peer.user,
                "uid": peer.uid,
                "gid": peer.gid,
                "pid": peer.pid,
                "verb": verb.name,
                "target": named,
                "as": fields.get("operator"),
                "outcome": outcome,
            }
        )

    def _stream(self, client: Client, principal: Principal, fields: dict[str, Any]) -> None:
        """Events until the client goes, through an outbox as bounded as any."""
        services, what = self._services, fields.get("what") or "queue"
        if what not in ("queue", "events"):
            asked = GetHistory(dialog_id=what, limit=1)
            self._dispatcher.carry_out(Caller(principal, "unix"), asked)
        connection = self._connection(client, principal)
        services.connections.add(connection)
        services.connections.identify(connection, principal, connection.id)
        try:
            client.send({"ok": True, "result": {"watching": what}, "said": f"watching {what}"})
            for topic in (what,) if what in ("queue", "events") else sides(what):
                services.hub.follow(topic, connection)
            client.wait_for_end()
        finally:
            presence.gone(services, connection)
            connection.close(0, "")

    def _connection(self, client: Client, principal: Principal) -> Connection:
        outbox = Outbox(client.sock, self._flusher, limit=STREAM_BYTES)
        outbox.on_overflow = outbox.on_broken = client.hang_up

        def close(code: int, reason: str) -> None:
            outbox.close()
            client.hang_up()

        return Connection(
            id=identity.new_id("c", self._services.now()),
            transport="admin",
            address="unix",
            since=to_text(self._services.now()),
            codec=event_line,
            outbox=outbox,
            close=close,
            agent=principal.name,
        )


class Client:
    """One client's socket: whole lines, a bound on their length, a deadline for a begun one."""

    def __init__(self, sock: Any, timeout: float) -> None:
        self.sock = sock
        self._timeout = timeout
        self._buffer = bytearray()

    def read_line(self) -> bytes | None:
        """The next line; ``None`` at the end. A line that was begun is not waited for for ever."""
        while (end := self._buffer.find(b"\n")) < 0:
            if len(self._buffer) > MAX_LINE:
                self.send({"ok": False, "error": {"code": "too_large"}, "exit": 2})
                return None
            data = b""
            with gevent.Timeout(self._timeout if self._buffer else None, False):
                data = self.sock.recv(65_536)
            if not data:
                return None
            self._buffer += data
        line = bytes(self._buffer[:end])
        del self._buffer[: end + 1]
        return line

    def send(self, answer: dict[str, Any]) -> None:
        """One line; a client that does not read is not waited for for ever."""
        with gevent.Timeout(self._timeout, TimeoutError("an admin client does not read")):
            self.sock.sendall(encode_json(answer) + b"\n")

    def wait_for_end(self) -> None:
        """Until the client goes."""
        while self.sock.recv(65_536):
            continue

    def hang_up(self) -> None:
        """Wakes whoever reads."""
        try:
            self.sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            return


def sides(dialog_id: str) -> tuple[str, str]:
    """Everything of a dialog, the operators' side included."""
    return dialog_id, announce.staff_topic(dialog_id)


def event_line(event: str, data: bytes) -> bytes:
    """An event as a line: the codec of these connections."""
    return b'{"event":"' + event.encode() + b'","data":' + data + b"}\n"


def read_request(line: bytes) -> Asked:
    """A line as a request, or Malformed."""
    try:
        asked = msgspec.json.decode(line, type=Asked)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise Malformed(f"not a request: {str(error)[:200]}") from None
    if asked.verb not in TABLE:
        raise Malformed(f"no such verb {asked.verb[:40]!r}")
    return asked


def bound(path: Path, settings: AdminSettings) -> Any:
    """A socket that listens under a tight umask; a stale name is taken over, a live one is not."""
    if not path.parent.is_dir():
        path.parent.mkdir(mode=0o750, parents=True)
    if path.is_socket():
        if answers(path):
            raise Unavailable(f"another chatd answers on {path}")
        path.unlink()
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    mask = os.umask(0o177)
    try:
        listener.bind(str(path))
    except OSError as error:
        listener.close()
        reason = "the path is too long" if error.errno is None else error.strerror
        raise OSError(error.errno or errno.ENAMETOOLONG, f"{path}: {reason}") from None
    finally:
        os.umask(mask)
    if settings.group:
        os.chown(path, -1, grp.getgrnam(settings.group).gr_gid)
    path.chmod(int(settings.mode, 8))
    listener.listen(MAX_CLIENTS)
    return listener


def answers(path: Path) -> bool:
    """Whether somebody listens there."""
    probe = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    probe.settimeout(1.0)
    try:
        probe.connect(str(path))
    except OSError:
        return False
    finally:
        probe.close()
    return True
