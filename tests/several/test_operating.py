"""Operating several nodes from any of them."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed

from tests.client import Client
from tests.cluster import Cluster
from tests.daemon import Daemon, eventually
from tests.several.conftest import MakeCluster


@pytest.fixture(scope="module")
def cluster(make_cluster: MakeCluster) -> Cluster:
    return make_cluster({"rooms": {"lobby": {}}})


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as clients:
        yield clients


def ask(node: Daemon, *words: str) -> Any:
    """What all nodes answer, as soon as each does so in time: on a busy machine one may not."""

    def answer() -> Any:
        done = node.admin("--json", *words)
        return json.loads(done.stdout) if done.returncode == 0 else None

    return eventually(answer, 60)


def visitor(stack: ExitStack, node: Daemon, name: str) -> Client:
    """Somebody new, in the lobby."""
    client = stack.enter_context(Client(node.address))
    client.hello(name=name)
    client.join("lobby")
    return client


def test_each_node_tells_of_all(cluster: Cluster, stack: ExitStack) -> None:
    here, there = cluster.nodes
    people = [visitor(stack, node, f"Гость {at}") for at, node in enumerate(2 * cluster.nodes)]
    cluster.settle()
    status = ask(here, "status")
    (other,) = status["nodes"]
    assert other["error"] is None and other["node"] == other["result"]["node"] != status["node"]
    assert (status["pid"], other["result"]["pid"]) == (here.pid, there.pid)
    told = f"--- {other['node']}\n", f"pid\t{there.pid}\n"
    eventually(lambda: all(one in here.admin("status").stdout for one in told), 60)

    stats = ask(there, "stats")
    assert stats["nodes_others"] == 1 and stats["nodes"][0]["result"]["connections"] >= 2
    assert [room["people"] for room in there.admin_json("rooms")["rooms"]] == [4]

    listed = ask(here, "connections")["connections"]
    known = [one["participant"] for one in listed if one["kind"] == "visitor"]
    assert sorted(known) == sorted(one.id for one in people)
    assert [one["id"] for one in listed] == sorted(one["id"] for one in listed)

    gone = next(one for one in listed if one["participant"] == people[1].id)
    here.admin("kick", gone["id"])
    with pytest.raises(ConnectionClosed):
        people[1].expect("never", seconds=10)
    assert here.admin("kick", gone["id"]).returncode == 5

    ask(here, "log-level", "nodes", "debug")
    levels = there.admin_json("log-levels", "nodes")["areas"]
    assert levels == [{"area": "nodes", "level": "debug"}]


def test_pages_of_connections_over_nodes_leave_nobody_out(
    cluster: Cluster, stack: ExitStack
) -> None:
    token = cluster.add_operator("pager", "П", "admin")
    people = [visitor(stack, node, f"Гость {at}") for at, node in enumerate(5 * cluster.nodes)]
    admin = stack.enter_context(Client(cluster.nodes[0].address))
    admin.hello(token=token)
    cluster.settle()

    def everybody() -> set[str]:
        page, found = admin.ask("connection:list", limit=3), list[str]()
        while True:
            assert len(page["connections"]) <= 3
            found += [one["participant"] for one in page["connections"]]
            if not page["more"]:
                assert len(found) == len(set(found))
                return set(found)
            page = admin.ask("connection:list", limit=3, cursor=page["cursor"])

    def are_counted() -> bool:
        stats = admin.ask("connection:stats", limit=1)
        assert len(stats["connections"]) == 1 and stats["more"]
        return bool(stats["total"] == len(everybody()))

    eventually(lambda: {one.id for one in people} <= everybody(), 60)
    eventually(are_counted, 60)


def test_a_changed_configuration_is_read_by_all_and_who_refuses_it_is_named(
    cluster: Cluster,
) -> None:
    here, there = cluster.nodes
    cluster.write_config({"rooms": {"lobby": {"title": "Прихожая"}}})
    ask(here, "reload")
    assert [one["title"] for one in there.admin_json("rooms")["rooms"]] == ["Прихожая"]
    there.config_file.write_text("rooms = 1")
    name = ask(there, "status")["node"]
    eventually(lambda: f"{name}: REJECTED" in here.admin("reload").stderr, 60)
    assert here.admin("reload").returncode == 1
    cluster.write_config({"rooms": {"lobby": {}}})
    ask(here, "reload")
    assert here.admin("site", "set", "default", 'title = "Лавка"').returncode == 0
    shown = lambda: there.http("GET", "/api/site")[1]["data"]["title"]  # noqa: E731
    eventually(lambda: shown() == "Лавка", 60)
    late = there.admin("site", "set", "--version", "0", "default", "rating = false")
    assert "changed meanwhile, by shell:" in late.stderr
    assert there.admin("site", "reset", "default").returncode == 0
    eventually(lambda: here.admin_json("site", "list")["sites"][0]["changed"] == [], 60)


def test_who_does_not_answer_is_named(cluster: Cluster) -> None:
    here, there = cluster.nodes
    name = ask(there, "status")["node"]
    os.kill(there.pid, signal.SIGSTOP)
    try:
        for verb in ("status", "stats", "connections"):
            done = here.admin(verb)
            assert done.returncode == 1 and f"{name}: did not answer in time" in done.stderr
        done = here.admin("kick", "c-1-0")
        assert done.returncode == 5 and f"{name} did not answer in time" in done.stderr
    finally:
        os.kill(there.pid, signal.SIGCONT)
    ask(here, "status")


def test_one_node_is_drained_without_the_others(cluster: Cluster, stack: ExitStack) -> None:
    here, there = cluster.nodes
    name = ask(there, "status")["node"]
    stays, leaves = visitor(stack, here, "Аня"), visitor(stack, there, "Борис")
    assert here.admin("drain", "--node", "nobody").returncode == 5
    here.admin("drain", "--node", name)
    with pytest.raises(ConnectionClosed):
        leaves.expect("never", seconds=10)
    assert there.process is not None and there.process.wait(20) == 0
    assert stays.say("lobby", "здесь")["content"] == "здесь"
    back = stack.enter_context(Client(here.address))
    back.hello(token=leaves.token)
    assert back.join("lobby")["messages"][-1]["content"] == "здесь"
    there.start()
    cluster.settle()
