"""A room of its own for every test, so that none sees what another one wrote."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.daemon import Daemon
from tests.terminal.relay import Relay, relayed

ROOMS = {
    "lobby": {"title": "Lobby"},
    "tea": {"title": "Чайная", "topic": "Обо всём"},
    "hush": {"title": "Тихая", "live_typing": "indicator"},
    "mute": {"title": "Немая", "live_typing": "off"},
}


@pytest.fixture
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    """A daemon with rooms of every policy."""
    running = Daemon(tmp_path_factory.mktemp("daemon"), {"rooms": ROOMS}).start()
    yield running
    assert running.stop() == 0, running.logged()
    assert "incident" not in running.logged(), running.logged()


@pytest.fixture
def relay(daemon: Daemon) -> Iterator[Relay]:
    """Between a client and the daemon."""
    with relayed(daemon.address) as running:
        yield running
