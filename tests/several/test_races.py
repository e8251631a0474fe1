"""Many operators on three nodes accept one ticket at once: one of them has it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, suppress

import pytest

from tests.client import Client, Refused
from tests.cluster import Cluster
from tests.daemon import Daemon, eventually
from tests.several.conftest import MakeCluster

RACES = int(os.environ.get("CHATD_RACES", "100"))
OPERATORS = 6


@pytest.fixture(scope="module")
def three(make_cluster: MakeCluster) -> Cluster:
    return make_cluster(count=3)


@pytest.fixture(scope="module")
def tokens(three: Cluster) -> list[str]:
    return [
        three.add_operator(f"racer{number}", f"R{number}", "admin") for number in range(OPERATORS)
    ]


@pytest.fixture
def operators(three: Cluster, tokens: list[str]) -> Iterator[list[Client]]:
    """Two on each node."""
    with ExitStack() as stack:
        found = []
        for number, token in enumerate(tokens):
            node = three.nodes[number % len(three.nodes)]
            client = stack.enter_context(Client(node.address))
            client.hello(token=token)
            found.append(client)
        yield found


def test_of_many_who_accept_at_once_over_three_nodes_one_has_the_ticket(
    three: Cluster, operators: list[Client]
) -> None:
    with Client(three.address) as anna:
        anna.hello(name="Аня")
        winners: list[int] = []
        for _ in range(RACES):
            ticket = anna.ask("ticket:open", content="?", wants_person=True)["ticket"]["id"]
            asked = [(one, one.give("ticket:accept", ticket_id=ticket)) for one in operators]
            outcomes = [outcome(one, number) for one, number in asked]
            assert sorted(outcomes) == ["accepted", *["conflict"] * (OPERATORS - 1)]
            winner = outcomes.index("accepted")
            winners.append(winner)
            shown = operators[0].ask("ticket:get", ticket_id=ticket)["ticket"]
            assert (shown["status"], shown["operator"]) == ("active", f"racer{winner}")
            operators[winner].ask("ticket:close", ticket_id=ticket)
    assert len(set(winners)) > 1, "nobody is always first"
    for node in three.nodes:
        eventually(lambda one=node: one.admin_json("stats")["tickets_open"] == 0)


def outcome(client: Client, number: int) -> str:
    """Whether it was theirs."""
    try:
        client.answer(number)
    except Refused as refused:
        return refused.code
    return "accepted"


def test_of_two_who_call_each_other_at_once_over_two_nodes_one_call_rings(
    three: Cluster, operators: list[Client]
) -> None:
    artem, others = operators[0], three.nodes[1]
    with Client(others.address) as anna:
        anna.hello(name="Аня")
        ticket = anna.ask("ticket:open", content="?", wants_person=True)["ticket"]["id"]
        artem.ask("ticket:accept", ticket_id=ticket)
        three.settle()
        for _ in range(3):
            asked = [
                (one, one.give("call:start", dialog_id=ticket, media=["audio"]))
                for one in (anna, artem)
            ]
            assert "accepted" in [outcome(one, number) for one, number in asked]
            for node in three.nodes:
                eventually(lambda one=node: len(ringing(one)) == 1)
            (rings,) = ringing(others)
            for one in (anna, artem):
                with suppress(Refused):  # of two that began the one is over that this one started
                    one.ask("call:end", call_id=rings)
            for node in three.nodes:
                eventually(lambda one=node: ringing(one) == [])
        artem.ask("ticket:close", ticket_id=ticket)


def ringing(node: Daemon) -> list[str]:
    """The calls that ring, as one node knows them."""
    return [one["id"] for one in node.admin_json("calls", "--state", "ringing")["calls"]]
