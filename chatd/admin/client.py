"""The client's end of the admin socket. Light: what it imports decides how fast a verb answers."""

from __future__ import annotations

import select
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from chatd.runtime.unix_sockets import address

if TYPE_CHECKING:
    from chatd.config.settings import Config

PROTOCOL = 1
EXIT_FAILED, EXIT_USAGE, EXIT_UNREACHABLE, EXIT_FORBIDDEN, EXIT_TIMEOUT = 1, 2, 3, 4, 7


class Failure(Exception):
    """A verb that was not done: what to say, and the exit status. ``error`` is the daemon's."""

    def __init__(self, text: str, exit_status: int, error: dict[str, Any] | None = None) -> None:
        super().__init__(text)
        self.exit_status = exit_status
        self.error = error or {"code": "failed", "message": text}


class AdminClient:
    """A connection to the daemon; made at the first request, made again when it was lost.

    ``stay``: more is to come, perhaps much later; else the daemon lets a quiet client go.
    ``named_by``: what said where the socket is; ``config``: the configuration, if that was it.
    """

    def __init__(
        self,
        path: Path,
        timeout: float,
        *,
        stay: bool = False,
        named_by: str = "--socket",
        config: Config | None = None,
    ) -> None:
        self.path = path
        self.named_by = named_by
        self.config = config
        self._timeout = timeout
        self._stay = stay
        self._socket: socket.socket | None = None
        self._lines: Iterator[bytes] = iter(())
        self.greeting: dict[str, Any] = {}

    def ask(self, verb: str, fields: dict[str, Any]) -> dict[str, Any]:
        """The daemon's answer; Failure when it is a refusal or none comes."""
        try:
            request = msgspec.json.encode({"verb": verb, "fields": fields, "stay": self._stay})
        except UnicodeEncodeError:
            raise Failure("what was given is not text in this locale's encoding", 2) from None
        try:
            self._connect().sendall(request + b"\n")
            answer = self._read()
        except TimeoutError:
            self.close()
            raise Failure(f"no answer within {self._timeout:g} s", EXIT_TIMEOUT) from None
        except OSError as error:
            self.close()
            raise Failure(f"lost the daemon: {error.strerror or error}", EXIT_UNREACHABLE) from None
        except msgspec.DecodeError:
            self.close()
            raise Failure(f"what answers at {self.path} is no chatd", EXIT_FAILED) from None
        return unwrap(answer)

    def events(self) -> Iterator[bytes]:
        """The lines that follow a stream's answer, until the daemon goes."""
        assert self._socket is not None
        self._socket.settimeout(None)
        try:
            yield from self._lines
        except OSError:
            return

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    @property
    def foreign(self) -> bool:
        """Whether the daemon speaks another version of this protocol."""
        return bool(self.greeting) and self.greeting.get("protocol") != PROTOCOL

    def _connect(self) -> socket.socket:
        """The connection: the one there is, unless the daemon has gone from it."""
        if self._socket is not None and has_ended(self._socket):
            self.close()
        if self._socket is None:
            self._socket = connect(self.path, self._timeout)
            self._lines = lines(self._socket)
            self.greeting = unwrap(self._read())
        return self._socket

    def _read(self) -> dict[str, Any]:
        line = next(self._lines, None)
        if line is None:
            raise ConnectionError("it closed the connection")
        return msgspec.json.decode(line, type=dict[str, Any])


def unwrap(answer: dict[str, Any]) -> dict[str, Any]:
    """An answer, or the Failure that it is."""
    if answer.get("ok", True):
        return answer
    told = answer.get("error", {})
    raise Failure(told.get("message", "refused"), answer.get("exit", EXIT_FAILED), told)


def connect(path: Path, timeout: float) -> socket.socket:
    """A connection to the socket; Failure says why there is none."""
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.settimeout(timeout)
    try:
        with address(path) as name:
            connection.connect(name)
    except TimeoutError:
        connection.close()
        raise
    except OSError as error:
        connection.close()
        raise connect_failure(path, error) from None
    return connection


def has_ended(connection: socket.socket) -> bool:
    """Whether the other side has closed it, or says what nobody asked for."""
    return bool(select.select([connection], [], [], 0)[0])


def lines(connection: socket.socket) -> Iterator[bytes]:
    """Whole lines as they come."""
    begun: list[bytes] = []
    while data := connection.recv(65_536):
        *whole, rest = data.split(b"\n")
        for line in whole:
            yield b"".join([*begun, line])
            begun.clear()
        begun.append(rest)


def connect_failure(path: Path, error: OSError) -> Failure:
    """Says which socket, and what may be the matter."""
    if isinstance(error, PermissionError):
        text = f"{path}: permission denied; are you in the socket's group?"
        return Failure(text, EXIT_FORBIDDEN)
    why = "nothing listens there" if isinstance(error, ConnectionRefusedError) else error.strerror
    return Failure(f"no daemon at {path}: {why or error}", EXIT_UNREACHABLE)
