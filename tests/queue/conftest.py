"""Daemons whose store and memory are near, and the same a millisecond away."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conftest import MakeDaemon
from tests.daemon import Daemon

# Stories that must come out the same however far away everything is.
FAR = {"test_queue", "test_viewers"}
# What is measured, or has a fault of its own.
NEAR = {
    "test_three_thousand_who_wait_cost_by_what_is_shown",
    "test_a_clock_set_back_keeps_no_ticket_with_who_is_gone",
}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Runs them again with every read waiting."""
    if "far" in metafunc.fixturenames:
        name = metafunc.function.__name__
        far = metafunc.module.__name__.rpartition(".")[2] in FAR and name not in NEAR
        metafunc.parametrize(
            "far", [False, True] if far else [False], ids=["near", "far"][: far + 1]
        )


@pytest.fixture
def make_daemon(far: bool, make_daemon: MakeDaemon) -> MakeDaemon:
    """Starts daemons with a configuration of their own, near or far."""

    def make(config: dict[str, Any] | None = None, *, start: bool = True) -> Daemon:
        if far and start:
            return make_daemon(config, start=False).start(fault="distant")
        return make_daemon(config, start=start)

    return make
