"""A node whose database is out of reach, slow to answer or full, while others go on: nothing that
was acknowledged is lost or doubled, and each node says what it lacks."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.cluster import Cluster, shared
from tests.daemon import Daemon, eventually
from tests.disks import Disk, mounted
from tests.postgres import Server, open_place, serving
from tests.several.between import Between, between
from tests.several.conftest import MakeCluster
from tests.several.load import Load, load

ROUNDS = int(os.environ.get("CHATD_CUTS_OFF", "1"))
LONG_S = 6.0  # longer than anybody waits for what became of a commit
WHOLE_KB = 120_000
NOT_READ, NOT_LED = "the database cannot be reached", "it is not known which node leads"
NOT_HEARD, NOT_TOLD = "the other nodes are not heard", "the other nodes are not told"
MISSING = {
    "cut": (NOT_READ, NOT_LED, NOT_HEARD, NOT_TOLD),
    "hold": (NOT_LED, NOT_HEARD),
    "deafen": (NOT_LED, NOT_HEARD),
}


@pytest.fixture(scope="module")
def net(postgres: Server) -> Iterator[Between]:
    """What is between the second node and the database."""
    with open_place() as home, between(home, postgres.directory) as made:
        yield made


@pytest.fixture(scope="module")
def cluster(make_cluster: MakeCluster, net: Between) -> Cluster:
    """The second of its nodes has the database behind that."""
    made = make_cluster(start=False)
    behind = made.dsn.replace(made.dsn.split()[0], f"host={net.home}")
    made.nodes[1].write_config(shared(behind))
    for node in made.nodes:
        node.start(fault="impatient")
    made.process = made.nodes[0].process
    return made


@pytest.fixture
def people(cluster: Cluster) -> Iterator[Load]:
    """Who write and follow while something is done, after which all is there."""
    with load(cluster) as made:
        yield made


def readiness(node: Daemon) -> tuple[int, dict[str, Any]]:
    """Whether it is ready, and what is missing."""
    status, _, body = node.http_full("GET", "/readyz")
    return status, json.loads(body)


def lacks(node: Daemon, *what: str) -> bool:
    """Whether it says that it is not ready, for want of this."""
    status, said = readiness(node)
    return status == 503 and all(one in said["error"]["message"] for one in what)


@pytest.mark.parametrize("how", MISSING)
def test_a_node_that_does_not_reach_the_database(
    cluster: Cluster, people: Load, net: Between, how: str
) -> None:
    here, there = cluster.nodes
    for _ in range(ROUNDS):
        getattr(net, how)()
        try:
            eventually(lambda: lacks(there, *MISSING[how]), 60)
            assert readiness(here)[0] == 200
            until = time.monotonic() + LONG_S
            while time.monotonic() < until:
                people.wait_for_some()  # on the other node
        finally:
            net.let_go()
        eventually(lambda: readiness(there)[0] == 200, 60)


@pytest.fixture
def small(make_cluster: MakeCluster, tmp_path: Path) -> Iterator[tuple[Cluster, Server, Disk]]:
    """Two nodes on a database with a small disk."""
    with ExitStack() as ends:
        disk = ends.enter_context(mounted(ends.enter_context(open_place()) / "disk", WHOLE_KB))
        disk.home.chmod(0o755)
        settings = ("max_wal_size=4MB", "min_wal_size=2MB")
        server = ends.enter_context(serving(*settings, within=disk.home))
        cluster = Cluster(tmp_path, server.database())
        ends.callback(cluster.stop)
        yield cluster.start(), server, disk


def test_nodes_whose_database_has_a_full_disk(small: tuple[Cluster, Server, Disk]) -> None:
    cluster, server, disk = small
    with load(cluster):
        disk.fill()
        eventually(lambda: all(readiness(one)[0] == 503 for one in cluster.nodes), 60)
        disk.free()

        def has_gone_on() -> bool:
            """A server that cannot write its journal ends; whoever runs it starts it again."""
            server.revive()
            return all(readiness(one)[0] == 200 for one in cluster.nodes)

        eventually(has_gone_on, 60)
