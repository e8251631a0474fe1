"""A daemon with rooms enough, and a room for each test."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest

from tests.daemon import Daemon


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    """A daemon with a room for each test."""
    rooms: dict[str, Any] = {f"room-{number}": {} for number in range(60)}
    running = Daemon(tmp_path_factory.mktemp("daemon"), {"rooms": rooms}).start()
    running.admin(
        *("operator", "add", "artem", "--name", "Артём", "--role", "admin", "--password-stdin"),
        stdin="correct horse battery\n",
    )
    yield running
    assert running.stop() == 0, running.logged()
    assert "incident" not in running.logged(), running.logged()


ROOMS = count()


@pytest.fixture
def room() -> str:
    """A room where nothing was said yet."""
    return f"room-{next(ROOMS)}"
