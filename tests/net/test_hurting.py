"""What one stranger can do at default limits, beside a bystander who pings over a WebSocket."""

from __future__ import annotations

import json
import socket
import time
from contextlib import suppress
from pathlib import Path

import pytest

from chatd.protocol.bounds import ENVELOPE_BYTES, MOST_BYTES
from tests.client import Client
from tests.conftest import MakeDaemon
from tests.daemon import Daemon, eventually
from tests.net.attacks import request

HERE = "127.0.0.1"


def masked(text: str) -> bytes:
    payload = text.encode()
    assert len(payload) < 126
    return bytes((0x81, 0x80 | len(payload))) + b"\0\0\0\0" + payload


# By what somebody comes, how they enter the lobby, and how they answer a ping.
READS_NOTHING = {
    "websocket": (
        "/ws",
        masked('{"event": "hello", "data": {"name": "Eve"}}')
        + masked('{"event": "dialog:join", "data": {"dialog_id": "lobby"}}'),
        b"\x8a\x80\0\0\0\0",
    ),
    "socketio": (
        "/socket.io/?EIO=4&transport=websocket",
        masked('40/chat,{"name": "Eve", "join": [{"dialog_id": "lobby"}]}'),
        masked("3"),
    ),
}


def dial(daemon: Daemon, source: str = HERE) -> socket.socket:
    host, _, port = daemon.address.partition(":")
    return socket.create_connection((host, int(port)), timeout=20, source_address=(source, 0))


def test_so_many_requests_from_one_address_and_it_is_told_when_to_come_again(
    make_daemon: MakeDaemon,
) -> None:
    limits = {"requests_per_address": "5/minute", "liveness_per_address": "3/minute"}
    daemon = make_daemon({"limits": limits})
    assert [daemon.http("GET", "/api/rooms")[0] for _ in range(6)] == [200] * 5 + [429]
    status, headers, body = daemon.http_full("GET", "/api/rooms")
    assert status == 429 and 1 <= int(headers["Retry-After"]) <= 60
    assert json.loads(body)["error"]["limit"] == "requests_per_address"
    assert [daemon.http("GET", "/healthz")[0] for _ in range(4)] == [200] * 3 + [429]
    assert "refused (limit): requests_per_address" in daemon.logged()


@pytest.mark.parametrize("sent", [b"", b"GET /healthz HTTP/1.1\r\nHost: localho"])
def test_idle_sockets_take_nobodys_place(make_daemon: MakeDaemon, sent: bytes) -> None:
    daemon = make_daemon({"server": {"max_connections": 100}})
    idle = [dial(daemon) for _ in range(300)]
    try:
        for one in idle:
            one.sendall(sent) if not closed(one) else None
        assert daemon.http("GET", "/healthz")[0] == 200
        assert daemon.http("GET", "/api/rooms")[0] == 200
        with Client(daemon.address) as client:
            assert client.hello(name="Ann")["token"]
        eventually(lambda: sum(map(closed, idle)) >= 190)
    finally:
        for one in idle:
            one.close()


def closed(sock: socket.socket) -> bool:
    """Whether the daemon has hung up."""
    sock.setblocking(False)
    try:
        return sock.recv(1, socket.MSG_PEEK) == b""
    except BlockingIOError:
        return False
    except OSError:
        return True
    finally:
        sock.setblocking(True)


def test_all_transports_count_for_an_address_and_liveness_has_a_place(
    make_daemon: MakeDaemon,
) -> None:
    daemon = make_daemon({"server": {"max_connections_per_address": 4}})
    clients = [Client(daemon.address) for _ in range(4)]
    status, _, body = daemon.http_full("GET", "/api/rooms")
    assert status == 429 and b"as many connections" in body
    with pytest.raises(Exception, match="429"):
        Client(daemon.address)
    assert daemon.http("GET", "/healthz")[0] == 200
    clients.pop().ws.close()
    eventually(lambda: daemon.http("GET", "/api/rooms")[0] == 200)
    for one in clients:
        one.ws.close()


def test_a_daemon_that_is_full_says_so_and_that_it_lives(make_daemon: MakeDaemon) -> None:
    daemon = make_daemon({"server": {"max_connections": 4}})
    clients = [Client(daemon.address) for _ in range(4)]
    assert daemon.http("GET", "/api/rooms")[0] == 503
    assert daemon.http("GET", "/healthz")[0] == 200
    with pytest.raises(Exception, match="503"):
        Client(daemon.address)
    for one in clients:
        one.ws.close()


def memory_mb(daemon: Daemon) -> float:
    assert daemon.process is not None
    status = Path(f"/proc/{daemon.process.pid}/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) / 1024


def test_answers_that_nobody_reads_are_bounded_all_together(make_daemon: MakeDaemon) -> None:
    daemon = make_daemon({"server": {"unsent_bytes": 4_194_304}})
    with Client(daemon.address) as ann:
        ann.hello(name="Ann")
        for number in range(200):
            ann.say("lobby", "\N{GRINNING FACE}" * 4_000, client_id=f"m{number}")
        page = request("/api/messages/dialog/lobby?limit=200", f"Authorization: Bearer {ann.token}")
        before = memory_mb(daemon)
        readers = []
        for _ in range(60):
            sock = dial(daemon)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
            sock.sendall(page)
            readers.append(sock)
            ann.ask("ping")
        eventually(lambda: "of all unsent answers the largest" in daemon.logged())
        assert memory_mb(daemon) - before < 60
        assert 'reason="slow_reader"' in daemon.http_full("GET", "/metrics")[2].decode()
        for sock in readers:
            sock.close()


@pytest.mark.parametrize("over", READS_NOTHING)
def test_who_answers_pings_and_reads_nothing_is_let_go(make_daemon: MakeDaemon, over: str) -> None:
    path, greeting, pong = READS_NOTHING[over]
    quick = {"ping_seconds": 0.5, "idle_seconds": 3.0, "close_seconds": 0.5}
    daemon = make_daemon({"websocket": quick})
    with Client(daemon.address) as ann:
        ann.hello(name="Ann")
        ann.join("lobby")
        with dial(daemon) as sock:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
            sock.sendall(
                request(
                    path,
                    *("Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13"),
                    "Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==",
                )
                + greeting
            )
            ann.expect("presence:update", seconds=60)
            for number in range(400):  # less than an outbox takes
                ann.say("lobby", "x" * 8_000, client_id=f"m{number}")
                with suppress(OSError):  # on a slow machine it is let go meanwhile
                    sock.sendall(pong)
            deadline = time.monotonic() + 60
            while len(connections(daemon)) == 2:
                assert time.monotonic() < deadline, "it stayed"
                try:
                    sock.sendall(pong)
                except OSError:
                    break
                ann.ask("ping")
                time.sleep(0.1)
        eventually(lambda: len(connections(daemon)) == 1)
        assert "refused (slow_reader): too slow" in daemon.logged()
        assert ann.ask("ping")


def connections(daemon: Daemon) -> list[object]:
    found: list[object] = daemon.admin_json("connections")["connections"]
    return found


def test_who_is_nobody_yet_sends_small_frames_only(make_daemon: MakeDaemon) -> None:
    daemon = make_daemon({"limits": {}})
    fat = json.dumps({"event": "ping", "id": 1}) + " " * (MOST_BYTES + ENVELOPE_BYTES)
    with Client(daemon.address) as client:
        client.ws.send(fat)
        refused = json.loads(client.ws.recv(timeout=20))
        assert (refused["event"], refused["data"]["code"]) == ("error", "too_large")
        client.hello(name="Ann")
        client.ws.send(fat)
        while (answer := json.loads(client.ws.recv(timeout=20)))["event"] not in ("ack", "error"):
            continue
        assert (answer["event"], answer["id"]) == ("ack", 1)
