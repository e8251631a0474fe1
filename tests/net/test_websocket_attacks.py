"""Attacks on the WebSocket layer that a bystander must not notice, and peers that are silent."""

from __future__ import annotations

import socket
import statistics
import struct
import threading
import time
from collections.abc import Callable, Iterator

import pytest
from websockets.sync.client import connect

from tests.daemon import eventually
from tests.net.bystander import worked
from tests.net.test_websocket import CLOSE, PING, TEXT, EchoServer, Raw, close, frame


@pytest.fixture
def made() -> Iterator[Callable[..., EchoServer]]:
    servers: list[EchoServer] = []

    def make(**limits: object) -> EchoServer:
        servers.append(EchoServer(**limits))
        return servers[-1]

    yield make
    for server in servers:
        assert "Traceback" not in server.stop()


def flood(payload: bytes, seconds: float) -> Callable[[Raw], None]:
    """Sends the same bytes for a while, reading nothing."""

    def attack(client: Raw) -> None:
        end = time.monotonic() + seconds
        block = payload * max(1, 60_000 // len(payload))
        client.sock.settimeout(0.2)
        while time.monotonic() < end:
            try:
                client.sock.send(block)
            except TimeoutError:
                continue
            except OSError:
                return

    return attack


def huge(client: Raw) -> None:
    """Announces 100 MB and sends them."""
    client.sock.settimeout(2)
    try:
        client.send(struct.pack("!BBQ", 0x82, 0xFF, 100_000_000) + b"\0" * 4)
        for _ in range(100):
            client.send(b"x" * 1_000_000)
    except OSError:
        return


def fragments(client: Raw) -> None:
    """One byte a fragment, message after message."""
    message = frame(TEXT, b"x", fin=False) + frame(0, b"x", fin=False) * 900 + frame(0, b"x")
    flood(message, 2.0)(client)


ATTACKS: dict[str, Callable[[Raw], None]] = {
    "100 MB message": huge,
    "ping flood": flood(frame(PING, b"x" * 100), 2.0),
    "small message flood": flood(frame(TEXT, b"x"), 2.0),
    "fragment flood": fragments,
    "close flood": flood(frame(CLOSE, close(1000)), 1.0),
}


@pytest.mark.parametrize("name", ATTACKS)
def test_a_bystander_is_answered_within_100_ms_during_an_attack(
    made: Callable[..., EchoServer], name: str
) -> None:
    server = made()
    with connect(server.url, compression=None) as bystander:
        bystander.send("warm")
        bystander.recv(timeout=10)
        held = server.memory_mb()
        attackers = [Raw(server) for _ in range(3)]
        threads = [threading.Thread(target=ATTACKS[name], args=(one,)) for one in attackers]
        for thread in threads:
            thread.start()
        waits = []
        while any(thread.is_alive() for thread in threads) or len(waits) < 5:
            asked, before = time.monotonic(), worked(server.process.pid)
            bystander.send("still there?")
            assert bystander.recv(timeout=20) == "still there?"
            waited = time.monotonic() - asked
            waits.append(min(waited, worked(server.process.pid) - before))
            time.sleep(0.005)
        for thread in threads:
            thread.join()
        for one in attackers:
            one.sock.close()
        assert statistics.median(waits) < 0.1, waits
        assert server.memory_mb() - held < 60


def test_half_open_handshakes_are_all_let_go(made: Callable[..., EchoServer]) -> None:
    server = made(header_timeout=0.5)
    half = [socket.create_connection(server.address) for _ in range(300)]
    for one in half:
        one.sendall(b"GET /ws HTTP/1.1\r\nHost: x\r\nUpgr")
    with connect(server.url, compression=None) as bystander:
        bystander.send("x")
        assert bystander.recv(timeout=10) == "x"
    for one in half:
        one.settimeout(10)
        assert one.recv(10) == b""
        one.close()


def test_a_reader_that_stops_reading_is_told_to_resume_and_holds_nobody(
    made: Callable[..., EchoServer],
) -> None:
    server = made(outbox_bytes=500_000, close_timeout=1.0)
    slow = Raw(server)
    before = server.memory_mb()
    slow.send(frame(TEXT, b"flood 5000"))
    with connect(server.url, compression=None) as bystander:
        bystander.send("x")
        assert bystander.recv(timeout=10) == "x"
        assert server.memory_mb() - before < 30
    assert slow.closed_with() in (4008, None)


def test_a_slow_reader_that_reads_on_gets_the_code(made: Callable[..., EchoServer]) -> None:
    server = made(outbox_bytes=500_000, close_timeout=2.0)
    slow = Raw(server)
    slow.send(frame(TEXT, b"flood 5000"))
    assert slow.closed_with() == 4008


def test_the_dead_are_found_by_heartbeats_and_the_living_stay(
    made: Callable[..., EchoServer],
) -> None:
    server = made(ping_interval=0.3, idle_timeout=1.5)
    dead = Raw(server)
    with connect(server.url, compression=None) as living:
        assert dead.frame()[0] == PING
        eventually(lambda: ended(dead))
        living.send("alive")
        assert living.recv(timeout=10) == "alive"


def ended(client: Raw) -> bool:
    """Whether the server has hung up; answers no ping meanwhile."""
    try:
        client.frame()
    except (EOFError, ConnectionError):
        return True
    return False


def test_a_peer_that_does_not_answer_a_close_is_not_waited_for_for_ever(
    made: Callable[..., EchoServer],
) -> None:
    server = made(close_timeout=0.5)
    client = Raw(server)
    client.send(frame(TEXT, b"close 4003 go"))
    assert client.frame()[0] == CLOSE
    client.sock.settimeout(5)
    assert client.sock.recv(10) == b""
    client.sock.close()
