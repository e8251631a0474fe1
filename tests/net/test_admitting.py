"""Whom the listener lets in, asked in the test's own process: paths, places, rates, origins."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from gevent import Timeout, socket
from msgspec.structs import replace

from chatd.net.http.application import make_http_app
from chatd.net.limits import deadlines, limits, pinged_by_packets
from chatd.net.places import Place, no_hang_up
from chatd.net.server import RESERVED_DESCRIPTORS, Server, sockets_to_spare
from chatd.net.websocket import Heart
from tests.handlers.stage import Stage

HOST = "chat.example"
PAGE = "https://shop.example"
SETTINGS: dict[str, Any] = {
    "sites": {"shop": {"origins": [PAGE]}},
    "server": {"max_connections": 3, "max_connections_per_address": 2, "hosts": [HOST]},
    "limits": {
        "connections_per_address": "4/minute",
        "requests_per_address": "3/minute",
        "liveness_per_address": "2/minute",
    },
}


class House:
    """A listener that listens nowhere, and what it says to a request."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        app = make_http_app(stage.dispatcher, stage.services)
        self.server = Server(stage.dispatcher, stage.services, app, Heart())

    def environ(self, path: str, peer: str = "192.0.2.1", **fields: str) -> dict[str, Any]:
        return {"PATH_INFO": path, "REMOTE_ADDR": peer, "HTTP_HOST": HOST, "QUERY_STRING": ""} | {
            **fields
        }

    def upgrades(self, path: str = "/ws", **fields: str) -> str | None:
        """The code of the refusal of a WebSocket; nothing where it is let in."""
        refused = self.server.admit(self.environ(path, **fields), place("192.0.2.1"))
        return refused and type(refused).__name__

    def asks(self, path: str = "/api/rooms", **fields: str) -> str | None:
        """The code of the refusal of a plain request."""
        refused = self.server.receive(self.environ(path, **fields), place("192.0.2.1"))
        return refused and type(refused).__name__


def place(network: str) -> Place:
    return Place(network, no_hang_up)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    stage = Stage(tmp_path / "data", **SETTINGS)
    yield House(stage)
    stage.close()


def test_a_websocket_is_where_it_is_and_nowhere_else(house: House) -> None:
    assert house.upgrades("/ws") is None
    for path in ("/", "/w", "/ws/", "/wss", "/zz", "/api/rooms"):
        assert house.upgrades(path) == "Elsewhere"
    refused = house.server.admit(house.environ("/x" * 100), place(""))
    assert refused and refused.message == f"the WebSocket is at /ws, not at {'/x' * 40}"


def test_a_session_of_engine_io_is_known_or_a_newcomer(house: House) -> None:
    unknown = {"QUERY_STRING": "EIO=4&transport=websocket&sid=none"}
    assert house.upgrades("/socket.io/", **unknown) not in (None, "Elsewhere")
    fresh = {"QUERY_STRING": "EIO=4&transport=websocket"}
    assert house.upgrades("/socket.io/", **fresh) is None
    foreign = {**fresh, "HTTP_ORIGIN": "https://evil.example"}
    assert house.upgrades("/socket.io/", **foreign) == "ForeignOrigin"


def test_a_page_of_no_site_opens_nothing(house: House) -> None:
    assert house.upgrades(HTTP_ORIGIN="https://evil.example") == "ForeignOrigin"
    assert house.upgrades(HTTP_ORIGIN=PAGE) is None
    assert house.upgrades(HTTP_ORIGIN=f"http://{HOST}") is None, "its own"
    assert house.upgrades() is None, "no browser"


def test_so_many_connections_there_may_be_and_not_one_more(house: House) -> None:
    for address in ("198.51.100.1", "198.51.100.2"):
        house.stage.connect(address)
    assert house.upgrades() is None
    house.stage.connect("198.51.100.3")
    assert house.upgrades() == "Full"
    house.stage.connect("198.51.100.4")
    assert house.upgrades() == "Full", "nor where there are more already"


def test_so_many_sockets_there_may_be_and_of_one_network_fewer(house: House) -> None:
    places = house.server.places
    for _ in range(2):
        assert places.come("192.0.2.1", lambda: None)
    assert house.upgrades() is None and house.asks() is None
    places.come("192.0.2.1", lambda: None)
    assert (house.upgrades(), house.asks()) == ("TooMany", "TooMany")
    assert house.asks("/healthz") is None, "that it lives may be asked all the same"
    for address in ("198.51.100.1", "198.51.100.2"):
        places.come(address, lambda: None)
    assert (house.upgrades(), house.asks()) == ("Full", "Full")
    assert house.asks("/healthz") is None


def test_each_kind_of_request_has_a_rate_of_its_own(house: House) -> None:
    assert [house.asks() for _ in range(4)] == [None] * 3 + ["RateLimited"]
    assert [house.asks("/healthz") for _ in range(3)] == [None] * 2 + ["RateLimited"]
    assert [house.upgrades() for _ in range(5)] == [None] * 4 + ["RateLimited"]


def test_while_it_restarts_nobody_comes_in(house: House) -> None:
    house.server.refusing = True
    assert house.upgrades() == "Unavailable"


def test_a_websocket_of_engine_io_is_pinged_by_packets_and_the_other_by_frames(
    house: House,
) -> None:
    settings = house.stage.services.config.websocket
    near, far = socket.socketpair()
    raw = house.server.websocket(near, b"", house.environ("/ws"))
    packets = house.server.websocket(near, b"", house.environ("/socket.io/"))
    assert raw._limits == limits(settings) and not raw._limits.pings_regularly
    assert packets._limits == pinged_by_packets(limits(settings), deadlines(settings))
    raw.release()
    packets.release()
    near.close()
    far.close()


def test_the_deadlines_of_both_kinds_follow_from_the_same_settings(house: House) -> None:
    settings = house.stage.services.config.websocket
    pace, bounds = deadlines(settings), limits(settings)
    assert (pace.ping_interval, pace.ping_timeout) == (25.0, 20.0)
    hasty = replace(settings, idle_seconds=30.0)
    assert deadlines(hasty).ping_timeout == 5.0, "so that none is idle for longer"
    assert (bounds.ping_interval, bounds.idle_timeout) == (25.0, 75.0)
    regular = pinged_by_packets(bounds, pace)
    assert regular.pings_regularly and regular.ping == b"\x81\x012"
    assert (regular.ping_interval, regular.idle_timeout) == (25.0, 45.0)


def test_it_listens_where_it_may_and_says_where_ports_first(house: House, tmp_path: Path) -> None:
    path = str(tmp_path / "s")
    local, remote = socket.socket(socket.AF_UNIX), socket.socket()
    local.bind(path)
    remote.bind(("127.0.0.1", 0))
    for listener in (local, remote):
        listener.listen()
    port = remote.getsockname()[1]
    assert house.server.listen([local, remote]) == [f"127.0.0.1:{port}", f"unix:{path}"]
    assert remote.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
    with pytest.raises(Timeout), Timeout(0.1):
        house.server.watch()
    house.server.refuse_newcomers()
    with pytest.raises(Timeout), Timeout(0.1):
        house.server.watch()
    house.server.stop()


def test_a_listener_that_has_lost_its_socket_ends_the_daemon(house: House) -> None:
    house.server.listen([bound()])
    house.server._servers[0].socket.close()
    with Timeout(10), pytest.raises(OSError, match="the listener has lost its socket"):
        house.server.watch()
    house.server.stop()


def bound() -> socket.socket:
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen()
    return listener


def test_what_is_spoken_on_an_upgraded_socket_follows_from_the_path(house: House) -> None:
    near, far = socket.socketpair()
    ws = house.server.websocket(near, b"", house.environ("/ws"))
    house.server.session(ws, house.environ("/ws"))
    assert house.server.socketio._sessions == {}
    fresh = house.environ("/socket.io/", QUERY_STRING="EIO=4&transport=websocket")
    house.server.session(ws, fresh)
    assert len(house.server.socketio._sessions) == 1
    ws.release()
    near.close()
    far.close()


@pytest.mark.parametrize(
    ("hard", "wanted", "most"),
    [(1024, 500, 500), (1024, 2000, 1024 - 64), (1024, 960, 960), (64, 500, 1), (10, 500, 1)],
)
def test_the_store_never_lacks_a_descriptor(
    monkeypatch: pytest.MonkeyPatch, hard: int, wanted: int, most: int
) -> None:
    raised: list[tuple[int, int]] = []
    monkeypatch.setattr(resource, "getrlimit", lambda which: (16, hard))
    monkeypatch.setattr(resource, "setrlimit", lambda which, bounds: raised.append(bounds))
    assert sockets_to_spare(wanted) == most and RESERVED_DESCRIPTORS == 64
    assert raised == [(hard, hard)]
