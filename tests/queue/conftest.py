"""Daemons whose store and memory are near, the same a millisecond away, and two nodes that look
like one daemon: whoever connects comes to the other one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.client import Client
from tests.cluster import Clusters, settled
from tests.conftest import MakeDaemon
from tests.daemon import Daemon

# Stories that must come out the same however far away everything is.
FAR = {"test_queue", "test_viewers"}
# And these with their two sides on two nodes.
NODES = {
    "test_places_and_counters_are_the_sites_own",
    "test_offers_go_around_among_those_who_are_as_busy",
    "test_who_transfers_to_somebody_absent_is_told_and_the_ticket_comes_back",
    "test_only_who_takes_tickets_and_is_available_is_offered_one",
    "test_a_reload_puts_out_operators_who_no_longer_serve_the_room",
    "test_both_see_each_other_and_the_customer_neither_until_announced",
}
# What is measured, or has a fault of its own.
NEAR = {
    "test_three_thousand_who_wait_cost_by_what_is_shown",
    "test_a_clock_set_back_keeps_no_ticket_with_who_is_gone",
}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Runs them again, as far away as they may be."""
    if "far" in metafunc.fixturenames:
        module = metafunc.module.__name__.rpartition(".")[2]
        kinds = ["near"]
        if module in FAR and metafunc.function.__name__ not in NEAR:
            kinds.append("far")
        if metafunc.function.__name__ in NODES:
            kinds.append("nodes")
        metafunc.parametrize("far", kinds)


@pytest.fixture
def make_daemon(
    far: str, make_daemon: MakeDaemon, request: pytest.FixtureRequest, tmp_path: Path
) -> Iterator[MakeDaemon]:
    """Starts daemons with a configuration of their own, near or far, or two that are one."""

    def make(config: dict[str, Any] | None = None, *, start: bool = True) -> Daemon:
        if far == "far" and start:
            return make_daemon(config, start=False).start(fault="distant")
        return make_daemon(config, start=start)

    if far != "nodes":
        yield make
        return
    clusters = Clusters(request.getfixturevalue("postgres"), tmp_path)
    with settled(clusters.made, Client):
        yield clusters.make
    clusters.end()
