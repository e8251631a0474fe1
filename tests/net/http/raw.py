"""HTTP/1.1 on a plain socket, for requests that no library would send."""

from __future__ import annotations

import json
import socket
from types import TracebackType
from typing import Any


class Wire:
    """One connection; requests as bytes, answers parsed as far as tests need."""

    def __init__(self, address: str) -> None:
        host, _, port = address.partition(":")
        self.host = address
        self.sock = socket.create_connection((host, int(port)), timeout=20)
        self.buffer = b""

    def __enter__(self) -> Wire:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.sock.close()

    def send(self, line: str, *headers: str, body: bytes = b"") -> None:
        """A request as it is given; only ``Host`` is added when it is missing."""
        given = [] if any(one.lower().startswith("host:") for one in headers) else [self.host]
        lines = [f"{line} HTTP/1.1", *headers, *(f"Host: {one}" for one in given), "", ""]
        self.sock.sendall("\r\n".join(lines).encode("latin-1") + body)

    def answer(self) -> tuple[int, dict[str, str], Any]:
        """Status, headers in lower case, and the body, decoded when it is JSON."""
        while b"\r\n\r\n" not in self.buffer:
            self._more()
        head, _, self.buffer = self.buffer.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value for name, _, value in (one.partition(": ") for one in lines)}
        size = int(headers.get("content-length", "0"))
        while len(self.buffer) < size:
            self._more()
        body, self.buffer = self.buffer[:size], self.buffer[size:]
        return int(first.split()[1]), headers, json.loads(body) if body[:1] == b"{" else body

    def ended(self, seconds: float = 20.0) -> bool:
        """Whether the daemon has closed this connection within so many seconds."""
        self.sock.settimeout(seconds)
        try:
            return self.sock.recv(1) == b""
        except TimeoutError:
            return False
        except ConnectionError:
            return True

    def _more(self) -> None:
        data = self.sock.recv(65_536)
        if not data:
            raise EOFError(self.buffer)
        self.buffer += data


def chunked(*pieces: bytes) -> bytes:
    """A body in chunks, ended."""
    return b"".join(b"%x\r\n%b\r\n" % (len(one), one) for one in pieces) + b"0\r\n\r\n"
