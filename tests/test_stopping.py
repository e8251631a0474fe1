"""A stopping daemon answers what was asked, waits for goodbyes, and makes no noise about it."""

from __future__ import annotations

import base64
import re
import socket

from tests.conftest import MakeDaemon
from tests.daemon import Daemon, eventually

A_LINE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d\d:\d\d [A-Z]+ +[a-z]+ +\S")


def dialled(daemon: Daemon) -> socket.socket:
    """A connection with which a test does what it likes."""
    host, _, port = daemon.address.rpartition(":")
    return socket.create_connection((host, int(port)), timeout=20)


def mute(daemon: Daemon) -> socket.socket:
    """A WebSocket whose owner will never answer anything."""
    sock = dialled(daemon)
    lines = (
        "GET /ws HTTP/1.1",
        f"Host: {daemon.address}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Version: 13",
        f"Sec-WebSocket-Key: {base64.b64encode(bytes(16)).decode()}",
    )
    sock.sendall("\r\n".join([*lines, "", ""]).encode())
    assert sock.recv(1000).startswith(b"HTTP/1.1 101 ")
    return sock


def test_who_says_no_goodbye_is_left_without_a_trace_in_the_log(make_daemon: MakeDaemon) -> None:
    daemon = make_daemon({"server": {"drain_seconds": 0.2}})
    silent = [mute(daemon) for _ in range(3)]
    assert daemon.stop() == 0
    lines = daemon.logged().splitlines()
    assert lines and lines[-1].endswith("stopped")
    for line in lines:
        assert A_LINE.match(line), daemon.logged()
    for one in silent:
        one.close()


def test_a_request_that_is_on_its_way_is_still_answered(make_daemon: MakeDaemon) -> None:
    daemon = make_daemon({"server": {"drain_seconds": 20.0}})
    body = b'{"username": "nobody", "password": "correct horse"}'
    with dialled(daemon) as sock:
        head = f"POST /manager/auth HTTP/1.1\r\nHost: {daemon.address}\r\n"
        head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        sock.sendall(head.encode() + body[:10])
        assert daemon.http("GET", "/healthz")[0] == 200  # the half request is in hand by now
        assert daemon.process is not None
        daemon.process.terminate()
        eventually(lambda: "draining" in daemon.logged())
        sock.sendall(body[10:])
        assert sock.recv(1000).startswith(b"HTTP/1.1 401 ")
    assert daemon.stop() == 0
