"""A node that is killed, or ends: who was on it, who led, what was said there."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.client import Client
from tests.cluster import Cluster, leads
from tests.daemon import Daemon, eventually
from tests.several.conftest import MakeCluster

SETTINGS = {"tickets": {"assignment": "auto"}, "rooms": {"lobby": {}, "tea": {}}}


@pytest.fixture(scope="module")
def cluster(make_cluster: MakeCluster) -> Cluster:
    """Nodes that count as gone after two seconds of silence."""
    return make_cluster(SETTINGS, fault="impatient")


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as clients:
        yield clients


def leader(cluster: Cluster) -> Daemon:
    """Which node leads."""
    found: list[Daemon] = eventually(lambda: [one for one in cluster.nodes if leads(one)], 20)
    return found[0]


def test_of_who_was_on_a_killed_node_the_others_are_told(
    cluster: Cluster, stack: ExitStack
) -> None:
    killed = leader(cluster)
    other = next(one for one in cluster.nodes if one is not killed)
    token = cluster.add_operator("artem", "Артём", "admin")
    boss = cluster.add_operator("boss", "Босс", "admin")
    anna, artem = (stack.enter_context(Client(killed.address)) for _ in range(2))
    boris, watcher = (stack.enter_context(Client(other.address)) for _ in range(2))
    anna.hello(name="Аня")
    artem.hello(token=token)
    boris.hello(name="Борис")
    watcher.hello(token=boss)
    watcher.ask("presence:set", status="away")
    boris.join("lobby")
    anna.join("lobby")
    watcher.ask("queue:watch")
    boris.expect("presence:update")
    anna.ask("draft:edit", dialog_id="lobby", seq=1, reset="пишу")
    boris.expect("draft:edit", reset="пишу")
    first = anna.say("lobby", "раз")
    assert boris.expect("message:new")["seq"] == first["seq"]
    known = boris.join("lobby")
    anna.give("message:send", dialog_id="lobby", content="два")
    ticket = boris.ask("ticket:open", content="?", wants_person=True)["ticket"]["id"]
    watcher.expect("queue:update", change="offered")

    killed.stop(signal.SIGKILL)
    gone = boris.expect("presence:update", seconds=20)["participant"]
    assert (gone["id"], gone["status"]) == (anna.id, "offline")
    watcher.expect("queue:update", seconds=20, change="operator_offline")
    # Another one leads: the offer to who is gone ends.
    assert leader(cluster) is other
    watcher.expect("queue:update", seconds=20, change="offer_ended")
    assert not boris.join("lobby")["drafts"]

    # Who was on it goes on where it left off.
    again = stack.enter_context(Client(other.address))
    again.hello(token=anna.token)
    back = again.join("lobby", after_seq=first["seq"], after_rev=known["rev"])
    assert [one["content"] for one in back["messages"]] in (["два"], [])
    killed.start(fault="impatient")
    cluster.settle()
    late = stack.enter_context(Client(killed.address))
    late.hello(token=token)
    late.join(ticket)
    boris.join(ticket)
    assert late.say(ticket, "слушаю")["content"] == "слушаю"
    boris.expect("message:new", content="слушаю")


def test_a_node_that_ends_says_so_at_once(cluster: Cluster, stack: ExitStack) -> None:
    ending = leader(cluster)
    other = next(one for one in cluster.nodes if one is not ending)
    anna, boris = (stack.enter_context(Client(one.address)) for one in (ending, other))
    anna.hello(name="Аня")
    boris.hello(name="Борис")
    boris.join("tea")
    anna.join("tea")
    boris.expect("presence:update")
    before = other.logged().count("has ended")
    assert ending.stop() == 0
    assert boris.expect("presence:update")["participant"]["status"] == "offline"
    eventually(lambda: other.logged().count("has ended") > before)
    assert leader(cluster) is other
    ending.start(fault="impatient")
    cluster.settle()
