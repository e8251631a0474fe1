"""Nodes and their database are killed, stand still and are cut off under load: nothing that was
acknowledged is lost or doubled, everybody is told of each message once, in order, and who was cut
off goes on with another node by ``rev``. More of it in `make soak`."""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Iterator

import pytest

from tests.client import Client
from tests.cluster import Cluster, leads
from tests.daemon import eventually
from tests.postgres import Server
from tests.seed import SEED
from tests.several.conftest import MakeCluster
from tests.several.load import Load, load
from tests.several.test_operating import ask
from tests.several.test_races import outcome
from tests.store.test_postgres_cuts import CUT, name_of

KILLS = int(os.environ.get("CHATD_NODE_KILLS", "8"))
RESTARTS = int(os.environ.get("CHATD_RESTARTS", "2"))
CUTS = int(os.environ.get("CHATD_CUTS", "10"))
STILL_S = float(os.environ.get("CHATD_STILL_SECONDS", "6"))  # a lease is over after four


@pytest.fixture(scope="module")
def cluster(make_cluster: MakeCluster) -> Cluster:
    """Nodes that count as gone after two seconds of silence."""
    return make_cluster({"rooms": {"lobby": {}}}, fault="impatient")


@pytest.fixture
def people(cluster: Cluster) -> Iterator[Load]:
    """Who write and follow while something is done, after which all is there."""
    for node in cluster.nodes:
        if node.process is None or node.process.poll() is not None:
            node.start(fault="impatient")
    with load(cluster) as made:
        yield made


def test_nodes_that_are_killed(cluster: Cluster, people: Load) -> None:
    chance = random.Random(SEED)
    for _ in range(KILLS):
        people.wait_for_more(1)
        node = chance.choice(cluster.nodes)
        node.stop(signal.SIGKILL)
        node.start(fault="impatient")
    assert max(one.moved for one in people.followers) > 0, "who followed has moved"


def test_a_node_that_stands_still(cluster: Cluster, people: Load) -> None:
    there = eventually(lambda: next(filter(leads, cluster.nodes), None), 20)
    [here] = (one for one in cluster.nodes if one is not there)
    tokens = [cluster.add_operator(name, name.title(), "admin") for name in ("olga", "boris")]
    with Client(here.address) as olga, Client(there.address) as boris:
        for one, token in ((olga, tokens[0]), (boris, tokens[1])):
            one.hello(token=token)
        opened = here.http("POST", "/api/support/send-message", {"message": "?"})[1]
        ticket = opened["data"]["ticket_id"]
        os.kill(there.pid, signal.SIGSTOP)
        try:
            asked = boris.give("ticket:accept", ticket_id=ticket)
            until = time.monotonic() + STILL_S
            olga.ask("ticket:accept", ticket_id=ticket)
            while time.monotonic() < until:
                people.wait_for_some()  # on the other node
        finally:
            os.kill(there.pid, signal.SIGCONT)
        assert outcome(boris, asked) == "conflict"
    eventually(lambda: sum(map(leads, cluster.nodes)) == 1, 90)


def test_one_after_the_other_is_drained_and_started_again(cluster: Cluster, people: Load) -> None:
    for node, other in zip(cluster.nodes, reversed(cluster.nodes), strict=True):
        name = ask(other, "status")["nodes"][0]["node"]
        assert other.admin("drain", "--node", name).returncode == 0
        assert node.process and node.process.wait(60) == 0
        node.stop()
        node.start(fault="impatient")
        people.wait_for_more()
    assert not any(one.failed for one in people.writers), "no send has failed"


@pytest.mark.parametrize("how", ["fast", "immediate"])
def test_restarts_of_the_database(people: Load, postgres: Server, how: str) -> None:
    for _ in range(RESTARTS):
        people.wait_for_more()
        postgres.restart(how)


def test_connections_to_the_database_that_are_cut(
    cluster: Cluster, people: Load, postgres: Server
) -> None:
    for _ in range(CUTS):
        people.wait_for_more(1)
        postgres.ask(CUT, name_of(cluster.dsn))
