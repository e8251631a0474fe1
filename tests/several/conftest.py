"""Two nodes that look like one daemon, shared by the tests of a module."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.client import Client
from tests.cluster import Cluster, Clusters, settled, shared
from tests.conftest import Connect
from tests.postgres import Server
from tests.several.processes import Several

ROOMS: dict[str, Any] = {"lobby": {}, **{f"room-{number}": {} for number in range(200)}}
MakeCluster = Callable[..., Cluster]


@pytest.fixture(scope="module")
def make_cluster(
    postgres: Server, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[MakeCluster]:
    """Starts as many as a module wants."""
    clusters = Clusters(postgres, tmp_path_factory.mktemp("clusters"))
    yield clusters.make
    clusters.end()


@pytest.fixture(scope="module")
def daemon(make_cluster: MakeCluster) -> Iterator[Cluster]:
    """Two nodes: each client comes to the other one than the client before."""
    cluster = make_cluster({"rooms": ROOMS})
    with settled([cluster], Client):
        yield cluster


@pytest.fixture
def connect(daemon: Cluster) -> Iterator[Connect]:
    """Clients of the shared nodes; a name says hello."""
    clients: list[Client] = []

    def make(name: str | None = None, **options: Any) -> Client:
        client = Client(daemon.address, **options)
        clients.append(client)
        if name is not None:
            client.hello(name=name)
        return client

    yield make
    for client in clients:
        client.ws.close()


@pytest.fixture(scope="module")
def database_of_module(postgres: Server) -> Iterator[str]:
    """An empty database for the tests of a module."""
    dsn = postgres.database()
    yield dsn
    postgres.drop(dsn)


@pytest.fixture(scope="module")
def several(
    postgres: object, database_of_module: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Several]:
    daemon = Several(tmp_path_factory.mktemp("several"), shared(database_of_module))
    yield daemon.start()
    assert daemon.stop() == 0, daemon.logged()
    assert not daemon.workers and "incident" not in daemon.logged(), daemon.logged()
