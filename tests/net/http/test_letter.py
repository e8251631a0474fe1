"""HTTP to the letter: what two readers could take for two different things is refused and ended."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator

import pytest

from tests.conftest import MakeDaemon
from tests.daemon import Daemon
from tests.net.http.raw import Wire

GET = "GET /healthz HTTP/1.1\r\n"
POST = "POST /api/support/send-message HTTP/1.1\r\nContent-Type: application/json\r\n"
HOST = "Host: localhost\r\n"
SMUGGLED = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
REFUSED = {
    "a length with a sign": (400, f"{POST}{HOST}Content-Length: +16\r\n\r\n"),
    "a length with an underscore": (400, f"{POST}{HOST}Content-Length: 1_6\r\n\r\n"),
    "a negative length": (400, f"{POST}{HOST}Content-Length: -1\r\n\r\n"),
    "a length in hexadecimal": (400, f"{POST}{HOST}Content-Length: 0x10\r\n\r\n"),
    "two lengths in one": (400, f"{POST}{HOST}Content-Length: 2, 2\r\n\r\n"),
    "two lengths": (400, f"{POST}{HOST}Content-Length: 2\r\nContent-Length: 2\r\n\r\n"),
    "an empty length": (400, f"{POST}{HOST}Content-Length:\r\n\r\n"),
    "digits that are none of ASCII": (400, f"{POST}{HOST}Content-Length: \xb2\r\n\r\n"),
    "length and chunks": (
        400,
        f"{POST}{HOST}Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    ),
    "another coding": (501, f"{POST}{HOST}Transfer-Encoding: gzip\r\n\r\n"),
    "two codings": (501, f"{POST}{HOST}Transfer-Encoding: gzip, chunked\r\n\r\n"),
    "chunked with a tail": (501, f"{POST}{HOST}Transfer-Encoding: chunked;x\r\n\r\n"),
    "chunked, nearly": (501, f"{POST}{HOST}Transfer-Encoding: xchunked\r\n\r\n"),
    "no coding at all": (501, f"{POST}{HOST}Transfer-Encoding: identity\r\n\r\n"),
    "chunks in 1.0": (
        400,
        POST.replace("1.1", "1.0") + f"{HOST}Transfer-Encoding: chunked\r\n\r\n",
    ),
    "an underscore in a name": (400, f"{GET}{HOST}Content_Length: 5\r\n\r\n"),
    "a bare CR": (400, f"{GET}{HOST}A: b\rC: d\r\n\r\n"),
    "a bare LF": (400, f"{GET}{HOST}A: b\nC: d\r\n\r\n"),
    "only bare LFs": (400, "GET /healthz HTTP/1.1\nHost: localhost\n\n"),
    "a NUL": (400, f"{GET}{HOST}A: b\0c\r\n\r\n"),
    "a NUL in the target": (400, f"GET /a\0 HTTP/1.1\r\n{HOST}\r\n"),
    "a space before the colon": (400, f"{GET}{HOST}A : b\r\n\r\n"),
    "a folded line": (400, f"{GET}{HOST}A: b\r\n c\r\n\r\n"),
    "no Host": (400, f"{GET}\r\n"),
    "two Hosts": (400, f"{GET}{HOST}{HOST}\r\n"),
    "0.9": (400, "GET /healthz\r\n"),
    "0.9 by name": (400, "GET /healthz HTTP/0.9\r\n\r\n"),
    "2.0": (400, f"GET /healthz HTTP/2.0\r\n{HOST}\r\n"),
    "a version with much in it": (400, f"GET /healthz HTTP/1.1.1\r\n{HOST}\r\n"),
    "tabs for spaces": (400, f"GET\t/healthz\tHTTP/1.1\r\n{HOST}\r\n"),
    "two spaces": (400, f"GET  /healthz HTTP/1.1\r\n{HOST}\r\n"),
    "a method that is none": (400, f"G(T /healthz HTTP/1.1\r\n{HOST}\r\n"),
    "very many fields in the query": (400, f"GET /api/rooms?{'a&' * 200} HTTP/1.1\r\n{HOST}\r\n"),
    "a Host that is none": (400, f"{GET}Host: [::1\r\n\r\n"),
    "a Host with a port that is none": (400, f"{GET}Host: localhost:99999\r\n\r\n"),
    "somebody else's Host": (421, f"{GET}Host: evil.example\r\n\r\n"),
    "the same in the target": (421, f"GET http://evil.example/healthz HTTP/1.1\r\n{HOST}\r\n"),
}


NO_ORIGINS = [
    "",
    "http://[::1",
    "http://a:99999",
    "http://xn--",
    "x://y:",
    "http://]:",
    "http://a b",
    "http://a/path",
    "http://a/",
    "http://a, http://b",
    "http://",
    "http://1",
    "x\xe9 y",
    "*",
    "self",
]
UPGRADE = (
    "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n"
)


def answers(daemon: Daemon, sent: str) -> bytes:
    """All that comes until the daemon hangs up."""
    host, _, port = daemon.address.partition(":")
    said = b""
    with socket.create_connection((host, int(port)), timeout=20) as sock:
        sock.sendall(sent.encode("latin-1"))
        try:
            while piece := sock.recv(65_536):
                said += piece
        except ConnectionResetError:
            pass
    return said


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_request_is_refused_and_ends_the_connection(daemon: Daemon, name: str) -> None:
    status, sent = REFUSED[name]
    said = answers(daemon, sent + SMUGGLED)
    assert said.startswith(b"HTTP/1.1 %d " % status), said
    assert said.count(b"HTTP/1.1 ") == 1, "what stands behind it was answered as a request"
    assert b"Traceback" not in said and "Traceback" not in daemon.logged()


@pytest.mark.parametrize(
    "upgrade",
    [
        "Content-Length: 5\r\n",
        "Transfer-Encoding: chunked\r\n",
    ],
)
def test_a_handshake_has_no_body_and_nobody_waits_for_one(daemon: Daemon, upgrade: str) -> None:
    said = answers(
        daemon,
        f"GET /ws HTTP/1.1\r\n{HOST}Upgrade: websocket\r\nConnection: Upgrade\r\n{upgrade}"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n\r\n",
    )
    assert said.startswith(b"HTTP/1.1 400 ")


@pytest.mark.parametrize(
    "body", ["", "1", "f" * 12, "5;" + "x" * 200, "0\r\n", "0\r\nA: b\r\n", "5\r\nhell"]
)
def test_a_chunk_that_does_not_come_is_not_waited_for_for_ever(daemon: Daemon, body: str) -> None:
    sent = f"GET /healthz HTTP/1.1\r\n{HOST}Transfer-Encoding: chunked\r\n\r\n{body}"
    assert answers(daemon, sent).startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize(
    "body",
    ["5 \r\nhello0\r\n\r\n", "+5\r\nhello\r\n0\r\n\r\n", "0x5\r\n", "5\nhello", "\r\n", ";\r\n",
     "5\r\nhelloX\r\n", "5;\0\r\nhello\r\n", "1" * 13 + "\r\n", "0\r\n" + "a: b\r\n" * 1000]
)  # fmt: skip
def test_chunks_are_taken_to_the_letter(daemon: Daemon, body: str) -> None:
    sent = f"{POST}{HOST}Transfer-Encoding: chunked\r\n\r\n{body}"
    said = answers(daemon, sent + SMUGGLED)
    assert said.startswith(b"HTTP/1.1 400 ") and said.count(b"HTTP/1.1 ") == 1


def test_what_the_letter_allows_is_taken(daemon: Daemon) -> None:
    body = b'5;name="x"\r\n{"mes\r\nB ;y\r\nsage": "a"}\r\n000\r\nTrailer: x\r\n\r\n'
    with Wire(daemon.address) as wire:
        json = "Content-Type: application/json"
        wire.send("POST /api/support/send-message", json, "Transfer-Encoding: CHUNKED", body=body)
        assert wire.answer()[0] == 201
        wire.sock.sendall(
            b"\r\nGET http://localhost/healthz HTTP/1.1\r\nHost: evil.example\r\n\r\n"
        )
        assert wire.answer()[0] == 200
        wire.send("GET /healthz", "Origin: null", "Connection: keep-alive, close")
        assert wire.answer()[0] == 200 and wire.ended()


@pytest.fixture(scope="module")
def open_to_all(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    """Any page may connect."""
    metrics = {"metrics_listen": "127.0.0.1:0"}
    config = {"sites": {"shop": {"origins": ["*"]}}, "server": metrics}
    daemon = Daemon(tmp_path_factory.mktemp("open"), config).start()
    yield daemon
    assert daemon.stop() == 0, daemon.logged()


@pytest.mark.parametrize("origin", NO_ORIGINS)
def test_an_origin_that_is_none_is_refused_whoever_may_connect(
    daemon: Daemon, open_to_all: Daemon, origin: str
) -> None:
    for asked in (daemon, open_to_all):
        for line, more in (("GET /healthz", ""), ("GET /ws", UPGRADE), ("OPTIONS /api/rooms", "")):
            sent = f"{line} HTTP/1.1\r\n{HOST}Origin: {origin}\r\n{more}\r\n"
            said = answers(asked, sent + SMUGGLED)
            assert said.startswith(b"HTTP/1.1 400 "), (line, said)
            assert said.count(b"HTTP/1.1 ") == 1 and b"Allow-Origin" not in said


def test_an_origin_that_is_none_is_refused_where_there_are_only_figures(
    open_to_all: Daemon,
) -> None:
    found = re.search(r"metrics on (\S+):(\d+)", open_to_all.logged())
    assert found
    with Wire(f"{found[1]}:{found[2]}") as wire:
        wire.send("GET /metrics", "Origin: http://[::1")
        assert wire.answer()[0] == 400 and wire.ended()


@pytest.mark.parametrize("origin", ["null", "http://[::1]:8080", "https://xn--e1afmkfd.xn--p1ai"])
def test_an_origin_that_is_one_is_taken_where_all_are(open_to_all: Daemon, origin: str) -> None:
    with Wire(open_to_all.address) as wire:
        wire.send("GET /healthz", f"Origin: {origin}")
        status, headers, _ = wire.answer()
        assert status == 200 and headers["access-control-allow-origin"] == origin
        wire.sock.sendall(f"GET /ws HTTP/1.1\r\n{HOST}Origin: {origin}\r\n{UPGRADE}\r\n".encode())
        assert wire.answer()[0] == 101


def test_a_host_counts_that_the_configuration_names(make_daemon: MakeDaemon) -> None:
    sites = {"shop": {"origins": ["https://shop.example:8443", "self"]}}
    daemon = make_daemon({"sites": sites, "server": {"hosts": ["chat.example"]}})
    for host, status in (
        ("chat.example", 200),
        ("CHAT.example.:99", 200),
        ("shop.example:8443", 200),
        (socket.gethostname(), 200),
        (f"evil.{socket.gethostname()}", 421),
        ("chat.example.evil.example", 421),
    ):
        with Wire(daemon.address) as wire:
            wire.send("GET /healthz", f"Host: {host}")
            answered, _, body = wire.answer()
            assert answered == status, host
            assert status == 200 or "server.hosts" in body["error"]["message"]
    assert (
        "refused (host): 'chat.example.evil.example' is no name of this daemon" in daemon.logged()
    )
    assert "refused (host)" in daemon.logged()


def test_any_host_is_fine_where_that_is_said_or_a_proxy_has_let_it_pass(
    make_daemon: MakeDaemon,
) -> None:
    for server in ({"hosts": ["*"]}, {"trusted_proxies": ["127.0.0.1"]}):
        daemon = make_daemon({"server": server})
        with Wire(daemon.address) as wire:
            wire.send("GET /healthz", "Host: whatever.example")
            assert wire.answer()[0] == 200


def test_what_was_malformed_is_logged_once_and_counted(make_daemon: MakeDaemon) -> None:
    daemon = make_daemon()
    for _ in range(5):
        answers(daemon, REFUSED["a length with a sign"][1])
    assert daemon.logged().count("refused (malformed): Content-Length is a number") == 1
    counted = daemon.http_full("GET", "/metrics")[2].decode()
    assert 'chatd_refusals_total{reason="malformed"} 5' in counted


@pytest.mark.parametrize(
    ("headers", "status", "said"),
    [
        (("Sec-WebSocket-Version: 8",), 426, "Sec-WebSocket-Version is 13"),
        (("Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: x"), 400, "Sec-WebSocket-Key is 16"),
    ],
)
def test_a_handshake_that_is_malformed_is_logged_once_and_counted(
    make_daemon: MakeDaemon, headers: tuple[str, ...], status: int, said: str
) -> None:
    daemon = make_daemon()
    for _ in range(3):
        with Wire(daemon.address) as wire:
            wire.send("GET /ws", "Upgrade: websocket", "Connection: Upgrade", *headers)
            assert wire.answer()[0] == status
    assert daemon.logged().count(f"refused (malformed): {said}") == 1
    counted = daemon.http_full("GET", "/metrics")[2].decode()
    assert 'chatd_refusals_total{reason="malformed"} 3' in counted
