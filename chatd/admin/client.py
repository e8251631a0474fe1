"""The client's end of the admin socket. Light: what it imports decides how fast a verb answers."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

EXIT_FAILED, EXIT_USAGE, EXIT_UNREACHABLE, EXIT_TIMEOUT = 1, 2, 3, 7


class Failure(Exception):
    """A verb that was not done: what to say, and the exit status. ``error`` is the daemon's."""

    def __init__(self, text: str, exit_status: int, error: dict[str, Any] | None = None) -> None:
        super().__init__(text)
        self.exit_status = exit_status
        self.error = error or {"code": "failed", "message": text}


class AdminClient:
    """A connection to the daemon; made at the first request, made again when it was lost."""

    def __init__(self, path: Path, timeout: float) -> None:
        self.path = path
        self._timeout = timeout
        self._socket: socket.socket | None = None
        self._lines: Iterator[bytes] = iter(())
        self.greeting: dict[str, Any] = {}

    def ask(self, verb: str, fields: dict[str, Any]) -> dict[str, Any]:
        """The daemon's answer; Failure when it is a refusal or none comes."""
        self._connect()
        assert self._socket is not None
        try:
            self._socket.sendall(msgspec.json.encode({"verb": verb, "fields": fields}) + b"\n")
            answer = self._read()
        except TimeoutError:
            self.close()
            raise Failure(f"no answer within {self._timeout:g} s", EXIT_TIMEOUT) from None
        except OSError as error:
            self.close()
            raise Failure(f"lost the daemon: {error.strerror or error}", EXIT_UNREACHABLE) from None
        if not answer.get("ok"):
            told = answer.get("error", {})
            raise Failure(told.get("message", "refused"), answer.get("exit", EXIT_FAILED), told)
        return answer

    def events(self) -> Iterator[bytes]:
        """The lines that follow a stream's answer, until the daemon goes."""
        assert self._socket is not None
        self._socket.settimeout(None)
        yield from self._lines

    def close(self) -> None:
        """Lets go."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _connect(self) -> None:
        if self._socket is not None:
            return
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        connection.settimeout(self._timeout)
        try:
            connection.connect(str(self.path))
        except OSError as error:
            connection.close()
            raise unreachable(self.path, error) from None
        self._socket = connection
        self._lines = lines(connection)
        try:
            self.greeting = self._read()
        except TimeoutError:
            self.close()
            raise Failure(f"no greeting within {self._timeout:g} s", EXIT_TIMEOUT) from None

    def _read(self) -> dict[str, Any]:
        line = next(self._lines, None)
        if line is None:
            raise ConnectionError("it closed the connection")
        answer: dict[str, Any] = msgspec.json.decode(line)
        return answer


def lines(connection: socket.socket) -> Iterator[bytes]:
    """Whole lines as they come."""
    buffer = b""
    while data := connection.recv(65_536):
        *whole, buffer = (buffer + data).split(b"\n")
        yield from whole


def unreachable(path: Path, error: OSError) -> Failure:
    """Says which socket, and what may be the matter."""
    if isinstance(error, PermissionError):
        return Failure(f"{path}: permission denied; are you in the socket's group?", 4)
    why = "nothing listens there" if isinstance(error, ConnectionRefusedError) else error.strerror
    return Failure(f"no daemon at {path}: {why}", EXIT_UNREACHABLE)
