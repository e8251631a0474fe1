"""Nodes that tell each other over Redis: the stories of rooms; and Redis killed, paused and flushed
under load, when PostgreSQL carries it."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest

from tests import test_rooms
from tests.client import Client
from tests.cluster import Cluster, settled
from tests.daemon import Daemon, eventually
from tests.redis import RedisServer, redis_server
from tests.several.conftest import ROOMS, MakeCluster
from tests.several.load import load
from tests.several.stories import stories

globals().update(stories(test_rooms))


@pytest.fixture(scope="module")
def server() -> Iterator[RedisServer]:
    """That is hurt."""
    with redis_server() as made:
        yield made


@pytest.fixture(scope="module")
def cluster(make_cluster: MakeCluster, server: RedisServer) -> Cluster:
    cluster = make_cluster({"rooms": ROOMS}, start=False)
    cluster.redis = server.url
    cluster.write_config({"rooms": ROOMS})
    return cluster.start(fault="impatient")


@pytest.fixture(scope="module")
def daemon(cluster: Cluster) -> Iterator[Cluster]:
    """Two nodes that look like one."""
    with settled([cluster], Client):
        yield cluster


def hearers(server: RedisServer) -> int:
    """How many nodes listen to Redis."""
    channels = server.say("PUBSUB CHANNELS").decode().split("\r\n")
    name = next((one for one in channels if one.startswith("chatd")), None)
    return int(server.say(f"PUBSUB NUMSUB {name}").rpartition(b":")[2]) if name else 0


def impaired(node: Daemon) -> str:
    """What a node serves without."""
    status, body = node.http("GET", "/readyz")
    return str(body["data"].get("impaired", "")) if status == 200 else ""


def test_redis_is_killed_paused_and_flushed(cluster: Cluster, server: RedisServer) -> None:
    eventually(lambda: hearers(server) == len(cluster.nodes))
    with load(cluster) as people:
        server.say("FLUSHALL")
        people.wait_for_more()
        server.pause()
        people.wait_for_more()
        server.pause(signal.SIGCONT)
        people.wait_for_more()
        server.kill()
        people.wait_for_more()
        eventually(lambda: all("Redis does not answer" in impaired(one) for one in cluster.nodes))
        server.start()
        eventually(lambda: hearers(server) == len(cluster.nodes))
        people.wait_for_more()
        eventually(lambda: not any(impaired(one) for one in cluster.nodes))
    eventually(lambda: cluster.logged().count("Redis answers again") >= len(cluster.nodes))
