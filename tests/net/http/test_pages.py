"""Static files over a real server: types, conditional requests, packing, nothing from outside."""

from __future__ import annotations

import gzip
import os
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from wsgiref.simple_server import WSGIRequestHandler, make_server

import falcon
import falcon.testing
import pytest
from msgspec import convert

from chatd.config.settings import Config, WebSettings
from chatd.errors import ChatdError, Unavailable
from chatd.net.http import pages
from chatd.net.http.refusals import refuse
from tests.conftest import MakeDaemon

Get = Callable[..., tuple[int, dict[str, str], bytes]]
SCRIPT = "export const answer = 42;\n" * 100
FILES = {
    "landing/index.html": "<!doctype html><title>landing</title>",
    "people/index.html": "<!doctype html><title>people</title>",
    "console/index.html": "<!doctype html><title>console</title>",
    "rooms/index.html": "<!doctype html><title>rooms</title>",
    "widget/widget.js": SCRIPT,
    "console/console.js": SCRIPT,
    "shared/tokens.css": ":root{}",
    "vendor/preact.mjs": SCRIPT,
    "shared/ping.woff2": "\0",
    "__init__.py": "",
    ".hidden": "secret",
    "shared/.hidden/x.js": "secret",
}


class Quiet(WSGIRequestHandler):
    """Says nothing on stderr."""

    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""


@pytest.fixture
def web(tmp_path: Path) -> Path:
    root = tmp_path / "web"
    for name, text in FILES.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (tmp_path / "outside.js").write_text("secret")
    return root


@pytest.fixture
def switches() -> dict[str, bool]:
    return {}


@pytest.fixture
def get(web: Path, switches: dict[str, bool]) -> Iterator[Get]:
    app = falcon.App()
    app.req_options.strip_url_path_trailing_slash = True
    app.add_error_handler(ChatdError, refuse)
    pages.add_routes(app, lambda: Config(web=WebSettings(**switches)), web)
    server = make_server("127.0.0.1", 0, app, handler_class=Quiet)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()

    def ask(path: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
        url = f"http://127.0.0.1:{server.server_port}{path}"
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        try:
            with urllib.request.urlopen(urllib.request.Request(url, headers=given)) as answer:
                return (
                    answer.status,
                    {k.lower(): v for k, v in answer.headers.items()},
                    answer.read(),
                )
        except urllib.error.HTTPError as error:
            with error:
                return error.code, {k.lower(): v for k, v in error.headers.items()}, error.read()

    yield ask
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize(
    ("path", "type", "name"),
    [
        ("/", "text/html; charset=utf-8", "landing/index.html"),
        ("/console", "text/html; charset=utf-8", "console/index.html"),
        ("/r/lobby", "text/html; charset=utf-8", "rooms/index.html"),
        ("/widget.js", "text/javascript; charset=utf-8", "widget/widget.js"),
        ("/assets/console/console.js", "text/javascript; charset=utf-8", "console/console.js"),
        ("/assets/vendor/preact.mjs", "text/javascript; charset=utf-8", "vendor/preact.mjs"),
        ("/assets/shared/tokens.css", "text/css; charset=utf-8", "shared/tokens.css"),
        ("/assets/shared/ping.woff2", "font/woff2", "shared/ping.woff2"),
    ],
)
def test_files_come_with_their_type(get: Get, path: str, type: str, name: str) -> None:
    status, headers, body = get(path)
    assert (status, headers["content-type"], body) == (200, type, FILES[name].encode())
    assert headers["cache-control"] == "no-cache" and headers["etag"].startswith('"')


def test_pages_have_a_strict_policy(get: Get) -> None:
    policy = get("/console", Host="chat.example:8080")[1]["content-security-policy"]
    rules = {rule.split()[0]: rule.split()[1:] for rule in policy.split(";") if rule.strip()}
    assert rules["default-src"] == ["'none'"] and rules["script-src"] == ["'self'"]
    assert rules["connect-src"] == ["'self'", "ws://chat.example:8080", "wss://chat.example:8080"]
    assert rules["frame-ancestors"] == rules["base-uri"] == ["'none'"]


def test_who_has_a_file_is_told_so_until_it_changes(get: Get, web: Path) -> None:
    etag = get("/widget.js")[1]["etag"]
    for known in (etag, f"W/{etag}", f'"other", {etag}', "*"):
        status, headers, body = get("/widget.js", If_None_Match=known)
        assert (status, body, headers["etag"]) == (304, b"", etag)
    for other in ('"other"', etag.strip('"'), ""):
        assert get("/widget.js", If_None_Match=other)[0] == 200
    changed = web / "widget" / "widget.js"
    changed.write_text("export {};")
    os.utime(changed, ns=(1, 1))
    status, headers, body = get("/widget.js", If_None_Match=etag)
    assert (status, body) == (200, b"export {};") and headers["etag"] != etag


def test_text_is_packed_for_who_takes_it(get: Get) -> None:
    for accepted in ("gzip", "br, gzip;q=0.5", "*", "GZIP"):
        _, headers, body = get("/widget.js", Accept_Encoding=accepted)
        assert headers["content-encoding"] == "gzip" and len(body) < len(SCRIPT) / 5
        assert gzip.decompress(body) == SCRIPT.encode()
    for refused in ("identity", "gzip;q=0", "br", "gzip; q=0.000", "xgzip"):
        _, headers, body = get("/widget.js", Accept_Encoding=refused)
        assert "content-encoding" not in headers and body == SCRIPT.encode()
    _, headers, _ = get("/assets/shared/tokens.css", Accept_Encoding="gzip")
    assert "content-encoding" not in headers, "too small to gain anything"
    assert "Accept-Encoding" in headers["vary"]


@pytest.mark.parametrize(
    "path",
    [
        "/assets/../outside.js",
        "/assets/%2e%2e/outside.js",
        "/assets/..%2foutside.js",
        "/assets/widget/../../outside.js",
        "/assets/%2e%2e%5coutside.js",
        "/assets//etc/passwd",
        "/assets/%2fetc%2fpasswd",
        "/assets/%00",
        "/assets/widget/widget.js%00.css",
        "/assets/widget",
        "/assets/widget/",
        "/assets/.hidden",
        "/assets/shared/.hidden/x.js",
        "/assets/__init__.py",
        "/assets/" + "x" * 5000,
        "/assets/" + "a/" * 1000,
        "/assets/%ff%fe",
        "/assets/",
    ],
)
def test_what_is_no_file_of_ours_is_404(get: Get, path: str) -> None:
    status, _, body = get(path)
    assert status == 404 and b"secret" not in body


def test_what_other_sites_embed_they_may_load(get: Get) -> None:
    for path in ("/widget.js", "/assets/shared/tokens.css", "/assets/vendor/preact.mjs"):
        headers = get(path, Origin="https://shop.example")[1]
        assert headers["access-control-allow-origin"] == "*"
        assert headers["cross-origin-resource-policy"] == "cross-origin"
    for path in ("/console", "/assets/console/console.js"):
        assert "access-control-allow-origin" not in get(path)[1]


def test_the_front_page_is_there_though_the_store_is_not(web: Path) -> None:
    def unreachable() -> bool:
        raise Unavailable("the database cannot be reached")

    for registration, title in (("closed", "landing"), ("open", "people")):
        config = convert({"sites": {"shop": {"registration": registration}}}, Config)
        app = falcon.App()
        pages.add_routes(app, partial(lambda now: now, config), web, unreachable)
        answer = falcon.testing.TestClient(app).simulate_get("/")
        assert (answer.status_code, title in answer.text) == (200, True)


def test_pages_are_switched_off_and_on_while_running(get: Get, switches: dict[str, bool]) -> None:
    for name, path in (("landing", "/"), ("console", "/console"), ("rooms", "/r/lobby")):
        assert get(path)[0] == 200
        switches[name] = False
        assert get(path)[0] == 404
        switches[name] = True
        assert get(path)[0] == 200


@pytest.mark.parametrize("path", ["/console", "/r/lobby"])
def test_a_page_has_no_slash_behind_it(get: Get, path: str) -> None:
    status, _, page = get(f"{path}?lang=en")
    led, _, same = get(f"{path}/?lang=en")
    assert (status, led, same) == (200, 200, page)


def test_the_socket_says_what_it_needs(make_daemon: MakeDaemon) -> None:
    status, headers, body = make_daemon().http_full("GET", "/ws")
    assert (status, headers["Upgrade"]) == (426, "websocket")
    assert b"upgrade_required" in body and b"proxy" in body


def test_a_file_that_goes_away_is_404(get: Get, web: Path) -> None:
    assert get("/console")[0] == 200
    (web / "console" / "index.html").unlink()
    assert get("/console")[0] == 404


def test_the_daemon_answers_hostile_paths_in_its_envelope(make_daemon: MakeDaemon) -> None:
    daemon = make_daemon()
    for path in ("/assets/%00", "/assets/" + "x" * 5000, "/assets/%2e%2e/config.py", "/r/a/b"):
        status, body = daemon.http("GET", path)
        assert (status, body["error"]["code"]) == (404, "not_found")
    assert "incident" not in daemon.logged()
