"""The load: raw WebSocket clients on one epoll, counting every byte that arrives.

A client is driven by a generator, its *script*: it yields to wait for the next text message, which
it is sent. So thousands of clients log in at once without a thread or a task each.
"""

from __future__ import annotations

import os
import select
import socket
import struct
import time
from collections.abc import Callable, Generator, Iterable

TEXT, CLOSE, PING, PONG = 1, 8, 9, 10
Script = Generator[None, bytes, None]
HANDSHAKE = (
    "GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)


ROOM = memoryview(bytearray(1 << 20))


class Broken(Exception):
    """A server did not do what every server of this kind must."""


def received(sock: socket.socket) -> memoryview:
    """What has arrived, until the next call: new room for each would cost more than reading."""
    return ROOM[: sock.recv_into(ROOM)]


def encode(payload: bytes, opcode: int = TEXT) -> bytes:
    """A client's frame, masked with zeros: legal, and no work for the load's core."""
    size = len(payload)
    if size < 126:
        return bytes((0x80 | opcode, 0x80 | size)) + b"\0\0\0\0" + payload
    if size < 65_536:
        return struct.pack("!BBH", 0x80 | opcode, 0xFE, size) + b"\0\0\0\0" + payload
    return struct.pack("!BBQ", 0x80 | opcode, 0xFF, size) + b"\0\0\0\0" + payload


def take_frames(buffer: bytearray) -> list[tuple[int, bytes]]:
    """Takes the whole frames off a buffer; what is left stays in it."""
    frames, at, end = [], 0, len(buffer)
    while end - at >= 2:
        length, start = buffer[at + 1], at + 2
        if length == 126:
            if end - at < 4:
                break
            length, start = int.from_bytes(buffer[at + 2 : at + 4], "big"), at + 4
        elif length == 127:
            if end - at < 10:
                break
            length, start = int.from_bytes(buffer[at + 2 : at + 10], "big"), at + 10
        if end - start < length:
            break
        frames.append((buffer[at] & 0x0F, bytes(buffer[start : start + length])))
        at = start + length
    del buffer[:at]
    return frames


class Client:
    """One connection. ``on_text`` gets what its script does not take."""

    def __init__(self, port: int, path: str) -> None:
        self.sock = socket.socket()
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sock.setblocking(False)
        self.sock.connect_ex(("127.0.0.1", port))
        self.fd = self.sock.fileno()
        self.path = path
        self.buffer = bytearray()
        self.unsent = b""
        self.received = 0
        self.open = False
        self.gone = False
        self.close_code: int | None = None
        self.script: Script | None = None
        self.on_text: Callable[[bytes], None] = lambda payload: None

    def send(self, payload: bytes) -> None:
        """Sends a text message, or as much of it as goes; the loop sends the rest."""
        self.send_raw(encode(payload))

    def send_raw(self, data: bytes) -> None:
        """Sends bytes as they are."""
        if self.unsent:
            self.unsent += data
            return
        try:
            sent = self.sock.send(data)
        except BlockingIOError:
            sent = 0
        self.unsent = data[sent:]

    def readable(self) -> None:
        """Reads what is there and hands it on."""
        try:
            data = received(self.sock)
        except BlockingIOError:
            return
        except OSError:
            data = ROOM[:0]
        if not data:
            self.gone = True
            return
        self.received += len(data)
        self.buffer += data
        if not self.open and not self._opened():
            return
        for opcode, payload in take_frames(self.buffer):
            self._take(opcode, payload)

    def _opened(self) -> bool:
        head, found, rest = self.buffer.partition(b"\r\n\r\n")
        if not found:
            return False
        if b" 101 " not in head.split(b"\r\n")[0]:
            raise Broken(f"the upgrade was refused: {bytes(self.buffer[:300])!r}")
        self.buffer, self.open = rest, True
        self._advance(None)
        return True

    def _take(self, opcode: int, payload: bytes) -> None:
        if opcode == PING:
            self.send_raw(encode(payload, PONG))
        elif opcode == CLOSE:
            self.close_code = int.from_bytes(payload[:2], "big") if payload else 1005
        elif self.script is not None:
            self._advance(payload)
        else:
            self.on_text(payload)

    def _advance(self, payload: bytes | None) -> None:
        if self.script is None:
            return
        try:
            self.script.send(payload)  # type: ignore[arg-type]
        except StopIteration:
            self.script = None

    def close(self) -> None:
        """Hangs up without a goodbye."""
        self.sock.close()


class Load:
    """All clients of one run on one epoll. ``busy`` is the CPU time that the load itself took."""

    def __init__(self) -> None:
        self.epoll = select.epoll()
        self.clients: dict[int, Client] = {}

    def add(self, client: Client, script: Script | None = None) -> Client:
        """Watches a client; its handshake goes out as soon as it is connected."""
        client.script = script
        client.unsent = HANDSHAKE.format(path=client.path).encode()
        self.clients[client.fd] = client
        self.epoll.register(client.fd, select.EPOLLIN | select.EPOLLOUT)
        return client

    def forget(self, client: Client) -> None:
        """Hangs up."""
        del self.clients[client.fd]
        self.epoll.unregister(client.fd)
        client.close()

    def turn(self, timeout: float = 0.0) -> None:
        """Serves what is ready."""
        for fd, events in self.epoll.poll(timeout, 4096):
            client = self.clients.get(fd)
            if client is None:
                continue
            self.serve(client, events)

    def serve(self, client: Client, events: int) -> None:
        """Writes and reads what one client can."""
        if events & select.EPOLLOUT:
            self._writable(client)
        if events & ~select.EPOLLOUT:
            client.readable()
            if client.unsent and client.fd in self.clients:
                self.epoll.modify(client.fd, select.EPOLLIN | select.EPOLLOUT)
            if client.gone and client.fd in self.clients:
                self.epoll.unregister(client.fd)

    def _writable(self, client: Client) -> None:
        if client.unsent:
            data, client.unsent = client.unsent, b""
            client.send_raw(data)
        if not client.unsent:
            self.epoll.modify(client.fd, select.EPOLLIN)

    def until(self, done: Callable[[], bool], seconds: float, what: str) -> None:
        """Serves until it is done; Broken when that takes too long."""
        deadline = time.monotonic() + seconds
        while not done():
            self.turn(0.05)
            if time.monotonic() > deadline:
                raise Broken(f"waited {seconds} s in vain for {what}")

    def log_in(self, waiting: Iterable[tuple[Client, Script]], at_once: int = 100) -> list[Client]:
        """Runs clients through their scripts, some at a time; all of them when they are done.

        ``waiting`` is asked for the next one only when there is room, and connects it then."""
        source, running, ready = iter(waiting), [], []
        deadline = time.monotonic() + 120
        while True:
            while len(running) < at_once and (item := next(source, None)):
                running.append(self.add(*item))
            if not running:
                return ready
            self.turn(0.05)
            ready += [one for one in running if one.script is None]
            running = [one for one in running if one.script is not None]
            if gone := [one for one in running if one.gone]:
                raise Broken(f"{len(gone)} connections were closed while logging in")
            if time.monotonic() > deadline:
                raise Broken(f"{len(running)} connections do not get in")

    def close(self) -> None:
        """Hangs up everything."""
        for client in self.clients.values():
            client.close()
        self.clients.clear()
        self.epoll.close()


def cpu_seconds() -> float:
    """The CPU time of this process, which is the load."""
    times = os.times()
    return times.user + times.system
