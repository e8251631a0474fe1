"""Headers of every answer: what keeps browsers careful, other origins, hosts, HEAD and Allow."""

from __future__ import annotations

import pytest

from tests.conftest import MakeDaemon
from tests.daemon import Daemon
from tests.net.http.raw import Wire

SEND = "/api/support/send-message"


@pytest.mark.parametrize(
    "path", ["/healthz", "/openapi.json", "/nowhere", "/manager/me", "/metrics"]
)
def test_every_answer_keeps_browsers_careful(daemon: Daemon, path: str) -> None:
    _, headers, _ = daemon.http_full("GET", path)
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "no-store"
    assert headers["Referrer-Policy"] == "same-origin"
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "Origin" in headers["Vary"] and "Access-Control-Allow-Origin" not in headers
    assert "Server" not in headers, "who serves is nobody's business"


def test_foreign_pages_are_answered_as_their_site_allows(make_daemon: MakeDaemon) -> None:
    sites = {"shop": {"origins": ["https://shop.example"]}, "open": {"origins": ["*"]}}
    daemon = make_daemon({"sites": {"shop": sites["shop"]}})
    ask = {"Access-Control-Request-Method": "POST"}
    shop, evil = {"Origin": "https://shop.example"}, {"Origin": "https://evil.example"}
    status, headers, _ = daemon.http_full("OPTIONS", SEND, headers=ask | shop)
    assert status == 204 and headers["Access-Control-Allow-Origin"] == shop["Origin"]
    assert "authorization" in headers["Access-Control-Allow-Headers"].lower()
    assert "csrf" not in headers["Access-Control-Allow-Headers"].lower()
    assert "Access-Control-Allow-Credentials" not in headers
    status, headers, _ = daemon.http_full("OPTIONS", SEND, headers=ask | evil)
    assert status == 403 and "Access-Control-Allow-Origin" not in headers
    for body, wanted in (({"message": "x"}, 201), ({}, 422)):
        status, headers, _ = daemon.http_full("POST", SEND, body, headers=shop)
        assert status == wanted and headers["Access-Control-Allow-Origin"] == shop["Origin"]
    status, headers, _ = daemon.http_full("POST", SEND, {"message": "x"}, headers=evil)
    assert status == 403 and "Access-Control-Allow-Origin" not in headers
    daemon.write_config({"sites": sites})
    applied = daemon.admin_json("reload")["applied"]
    assert [key for key in applied if key.startswith("sites.open.")], applied
    status, headers, _ = daemon.http_full("POST", SEND, {"message": "x"}, headers=evil)
    assert status == 201 and headers["Access-Control-Allow-Origin"] == evil["Origin"]


@pytest.mark.parametrize("host", ["a b", "evil.example/x", "x:port", "[::1", "a,b", "", "<x>", "é"])
def test_a_host_that_is_none_is_400(daemon: Daemon, host: str) -> None:
    with Wire(daemon.address) as wire:
        wire.send("GET /healthz", f"Host: {host}")
        status, _, body = wire.answer()
        assert status == 400 and body["error"]["code"] == "malformed"


@pytest.mark.parametrize("host", ["localhost", "LocalHost.:80", "[::1]:8080", "10.0.0.1:1"])
def test_a_host_as_browsers_write_it_is_fine(daemon: Daemon, host: str) -> None:
    with Wire(daemon.address) as wire:
        wire.send("GET /healthz", f"Host: {host}")
        assert wire.answer()[0] == 200


def test_no_header_of_ours_can_be_injected(daemon: Daemon) -> None:
    with Wire(daemon.address) as wire:
        wire.send("GET /r/x%0d%0aSet-Cookie:%20a=b", "Origin: http://x%0d%0aSet-Cookie: a=b")
        _, headers, _ = wire.answer()
        assert "set-cookie" not in headers


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/openapi.json", "/api/rooms"])
def test_head_is_get_without_the_body(daemon: Daemon, path: str) -> None:
    status, headers, body = daemon.http_full("HEAD", path)
    assert (status, body) == (200, b"") and int(headers["Content-Length"]) > 0


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", SEND, {"POST", "OPTIONS"}),
        ("DELETE", "/api/rooms", {"GET", "HEAD", "OPTIONS"}),
        ("PUT", "/api/messages/dialog/lobby", {"GET", "HEAD", "POST", "OPTIONS"}),
        ("POST", "/healthz", {"GET", "HEAD", "OPTIONS"}),
    ],
)
def test_a_method_that_a_path_lacks_is_405_and_names_those_it_has(
    daemon: Daemon, method: str, path: str, allowed: set[str]
) -> None:
    status, headers, _ = daemon.http_full(method, path)
    assert status == 405 and set(headers["Allow"].replace(" ", "").split(",")) == allowed
