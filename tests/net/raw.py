"""A small, fast WebSocket client on a plain socket, for tests that need thousands of them."""

from __future__ import annotations

import json
import socket
import struct
from typing import Any

HANDSHAKE = (
    b"GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n\r\n"
)


class RawClient:
    """One connection; commands out, frames in."""

    def __init__(self, address: str) -> None:
        host, _, port = address.partition(":")
        self.sock = socket.create_connection((host, int(port)), timeout=20)
        self.sock.sendall(HANDSHAKE)
        self.buffer = b""
        while b"\r\n\r\n" not in self.buffer:
            self._more()
        head, _, self.buffer = self.buffer.partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 101"), head

    def close(self) -> None:
        """Hangs up."""
        self.sock.close()

    def send(self, event: str, **data: Any) -> None:
        """A command, with the id 1."""
        payload = json.dumps({"event": event, "id": 1, "data": data}).encode()
        size = len(payload)
        head = struct.pack("!BB", 0x81, 0x80 | size) if size < 126 else b""
        head = head or struct.pack("!BBH", 0x81, 0xFE, size)
        self.sock.sendall(head + b"\0\0\0\0" + payload)

    def next(self, seconds: float = 20.0) -> Any:
        """The next text frame, decoded; ``None`` when none came in time, EOFError at the end."""
        self.sock.settimeout(seconds)
        while True:
            try:
                opcode, payload = self._frame()
            except TimeoutError:
                return None
            if opcode == 1:
                return json.loads(payload)
            if opcode == 8:
                raise EOFError(payload)

    def closed_with(self) -> int | None:
        """Reads to the close frame; its code."""
        try:
            while True:
                if self.next() is None:
                    return None
        except EOFError as end:
            payload = end.args[0] if end.args else b""
            return struct.unpack("!H", payload[:2])[0] if payload else None
        except ConnectionError:
            return None
        finally:
            self.sock.close()

    def _frame(self) -> tuple[int, bytes]:
        while True:
            if parsed := self._parse():
                return parsed
            self._more()

    def _parse(self) -> tuple[int, bytes] | None:
        buffer = self.buffer
        if len(buffer) < 2:
            return None
        size, start = buffer[1], 2
        if size == 126:
            if len(buffer) < 4:
                return None
            (size,), start = struct.unpack_from("!H", buffer, 2), 4
        elif size == 127:
            if len(buffer) < 10:
                return None
            (size,), start = struct.unpack_from("!Q", buffer, 2), 10
        if len(buffer) < start + size:
            return None
        self.buffer = buffer[start + size :]
        return buffer[0] & 15, buffer[start : start + size]

    def _more(self) -> None:
        data = self.sock.recv(65_536)
        if not data:
            raise EOFError
        self.buffer += data
