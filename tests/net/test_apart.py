"""The listener for figures: what it answers, and how little else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gevent
import pytest
from gevent import socket
from loguru import logger

from chatd.delivery.unsent import Unsent
from chatd.errors import Malformed, NotFound
from chatd.net.apart import EACH, PATHS, PLACES, Apart, serve_apart
from chatd.net.http.health import APART


class Main:
    """What the main listener has."""

    header_timeout, idle_timeout = 3.0, 7.0

    def __init__(self) -> None:
        self.unsent = Unsent()
        self.said: list[str] = []

    def on_refusal(self, reason: str, what: str, peer: str) -> None:
        """Noted."""
        self.said.append(reason)


@pytest.fixture
def apart() -> Apart:
    return Apart(Main())


def receive(apart: Apart, path: str, host: str = "localhost") -> Exception | None:
    """Why a request is refused."""
    environ: dict[str, Any] = {"PATH_INFO": path, "REMOTE_ADDR": "127.0.0.1", "HTTP_HOST": host}
    place = apart.places.come("x", lambda: None)
    assert place
    refused = apart.receive(environ, place)
    apart.places.leave(place)
    return refused


def test_it_answers_three_paths_and_no_other(apart: Apart) -> None:
    assert {"/metrics", "/healthz", "/readyz"} == PATHS
    for path in PATHS:
        assert receive(apart, path) is None
    for path in ("/", "/metrics/", "/api/rooms", "/ws", "/console", "/Metrics"):
        refused = receive(apart, path)
        assert isinstance(refused, NotFound), path
    assert isinstance(receive(apart, "/metrics", "a b"), Malformed)


def test_it_has_no_websocket_and_no_log_of_its_own(apart: Apart) -> None:
    place = apart.places.come("x", lambda: None)
    assert place
    assert isinstance(apart.admit({}, place), NotFound)
    apart.on_answer({}, 200, 1, 0.1)
    assert (apart.answering, apart.refusing) == (0, False)


def test_its_places_are_few_and_each_peers_fewer(apart: Apart) -> None:
    assert (PLACES, EACH) == (64, 32)
    assert apart.network("192.0.2.1") == "192.0.2.1"
    for _ in range(EACH):
        assert apart.places.come("one", lambda: None)
    assert apart.places.too_many("one") is (apart.places.taken > EACH)
    assert not apart.places.full


def test_deadlines_and_what_is_unsent_are_the_main_listeners() -> None:
    main = Main()
    apart = Apart(main)
    assert (apart.header_timeout, apart.idle_timeout) == (3.0, 7.0)
    assert apart.unsent is main.unsent
    apart.on_refusal("cap", "x", "y")
    assert main.said == ["cap"]


def test_what_it_answers_is_asked_as_of_this_listener() -> None:
    def http(environ: dict[str, Any], start: Callable[..., Any]) -> list[bytes]:
        start("200 OK", [("Content-Type", "text/plain")])
        return [str(environ[APART]).encode()]

    said: list[str] = []
    sink = logger.add(said.append, format="{message}")
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    listening.listen()
    server = serve_apart(listening, http, Main())
    logger.remove(sink)
    asked = b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    answer = b""
    with gevent.Timeout(20), socket.create_connection(listening.getsockname()) as line:
        line.sendall(asked)
        while piece := line.recv(4_096):
            answer += piece
    assert f"metrics on 127.0.0.1:{listening.getsockname()[1]}\n" in said
    server.stop(timeout=1)
    assert answer.startswith(b"HTTP/1.1 200 OK") and answer.endswith(b"True")
