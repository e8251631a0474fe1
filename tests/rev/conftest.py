"""A daemon with rooms enough, and a room for each test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from itertools import count
from typing import Any

import pytest

from tests.client import Client
from tests.conftest import Connect
from tests.daemon import Daemon
from tests.socketio import SocketIoClient


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    """A daemon with a room for each test."""
    rooms: dict[str, Any] = {f"room-{number}": {} for number in range(200)}
    running = Daemon(tmp_path_factory.mktemp("daemon"), {"rooms": rooms}).start()
    running.admin(
        *("operator", "add", "artem", "--name", "Артём", "--role", "admin", "--password-stdin"),
        stdin="correct horse battery\n",
    )
    yield running
    assert running.stop() == 0, running.logged()
    assert "incident" not in running.logged(), running.logged()


LINES: dict[str, Callable[[str], Client]] = {
    "websocket": Client,
    "socketio-websocket": partial(SocketIoClient, mode="upgrade"),
    "socketio-polling": partial(SocketIoClient, mode="polling"),
}


@pytest.fixture(params=LINES)
def connect(daemon: Daemon, request: pytest.FixtureRequest) -> Iterator[Connect]:
    """Clients of the shared daemon, on each transport; a name says hello."""
    clients: list[Client] = []

    def make(name: str | None = None) -> Client:
        client = LINES[request.param](daemon.address)
        clients.append(client)
        if name is not None:
            client.hello(name=name)
        return client

    yield make
    for client in clients:
        client.close()


ROOMS = count()


@pytest.fixture
def room() -> str:
    """A room where nothing was said yet."""
    return f"room-{next(ROOMS)}"
