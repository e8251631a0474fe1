"""What is stored and told to all nodes: told in any order, lost, read again."""

from __future__ import annotations

import pytest

from chatd.domain.participant import Ban
from chatd.domain.ticket import Ticket
from chatd.live.shared.bans import Bans
from chatd.live.shared.open_tickets import OpenTickets
from chatd.store.base import Put, Remove
from chatd.store.postgres import notices
from tests.live.implementations import nothing
from tests.nodes import Node, Nodes, wait_until
from tests.store.backends import ticket

NOW = 1_800_000_000.0
ONE, OTHER = "TKT-1730053200", "TKT-1730053201"


def opened(node: Node) -> OpenTickets:
    tickets = OpenTickets(node.exchange, node, nothing)
    tickets.fill(node.open_tickets(), NOW)
    return tickets


def statuses(tickets: OpenTickets) -> dict[str, str]:
    return {one.id: one.status for one in tickets}


def change(node: Node, tickets: OpenTickets, changed: Ticket) -> None:
    """Stored, then told, as the daemon does it."""
    node.store.commit(Put(changed), then=lambda done: tickets.put(changed, NOW))


def test_of_a_ticket_the_newest_version_counts_in_whatever_order_it_is_told(nodes: Nodes) -> None:
    here, there = opened(nodes.node()), opened(nodes.node())
    here.put(ticket(ONE, status="active", operator="artem", version=3), NOW)
    here.put(ticket(ONE, version=2), NOW)
    here.put(ticket(OTHER, status="closed", version=5), NOW)
    here.put(ticket(OTHER, version=4), NOW)
    here.put(ticket("TKT-1", version=1), NOW)
    wait_until(lambda: "TKT-1" in statuses(there))
    for tickets in (here, there):
        assert statuses(tickets) == {ONE: "active", "TKT-1": "waiting"}
        assert tickets.load("artem") == 1


def test_who_starts_tells_nobody_what_all_can_read(nodes: Nodes) -> None:
    first = nodes.node()
    first.store.commit(Put(ticket(ONE)))
    sent = first.bus._number
    assert statuses(opened(first)) == {ONE: "waiting"} and first.bus._number == sent


def test_tickets_that_were_not_heard_of_are_read(
    nodes: Nodes, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = nodes.node(), nodes.node()
    here, there = opened(first), opened(second)
    change(first, here, ticket(ONE))
    wait_until(lambda: statuses(there) == {ONE: "waiting"})
    monkeypatch.setattr(notices, "MOST_BYTES", 0)
    change(first, here, ticket(ONE, status="closed", version=2))
    change(first, here, ticket(OTHER))
    monkeypatch.undo()
    wait_until(lambda: statuses(there) == {OTHER: "waiting"})
    assert there.open_count("p-1-a") == 1


def test_bans_that_were_not_heard_of_are_read(
    nodes: Nodes, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = nodes.node(), nodes.node()
    old = Ban(id="192.0.2.1", kind="address", by="", created_at="")
    new = Ban(id="192.0.2.2", kind="address", by="", created_at="")
    first.store.commit(Put(old))
    here, there = (Bans(node.exchange, node.bans, nothing) for node in (first, second))
    assert there.against("192.0.2.1", "", NOW)
    first.exchange.send("other", "a word, so that this node is known")
    wait_until(lambda: bool(second.exchange.nodes))
    monkeypatch.setattr(notices, "MOST_BYTES", 0)
    first.store.commit(Put(new), then=lambda done: here.add(new))
    first.store.commit(Remove("bans", old.id), then=lambda done: here.remove(old))
    monkeypatch.undo()
    wait_until(lambda: [one.id for one in there.holding(NOW)] == ["192.0.2.2"])
