"""The contract of the connections: found by id and by participant, one for a token and device."""

from __future__ import annotations

from typing import Any

import pytest

from chatd.domain import topics
from chatd.domain.principal import ANONYMOUS
from chatd.live.base import Connections
from chatd.live.connections import (
    CLOSE_BANNED,
    CLOSE_KICKED,
    CLOSE_REPLACED,
    CLOSE_UNIDENTIFIED,
    Connection,
)
from chatd.live.local import connections as local
from tests.live.implementations import KINDS, made, person

READS = {"get", "of", "networks"}
ANNA, BORIS = person("p-1"), person("p-2")


@pytest.fixture(params=KINDS)
def connections(request: pytest.FixtureRequest) -> Connections:
    found: Connections = made(request.param, local.Connections, READS)
    return found


def connection(id: str, address: str = "192.0.2.1", dropped: int = 0) -> Connection:
    """One that goes nowhere."""
    nowhere: Any = None
    fields = dict.fromkeys(("codec", "mailbox", "close"), nowhere)
    return Connection(
        id=id,
        transport="websocket",
        address=address,
        since="",
        traffic=lambda: {"dropped": dropped},
        **fields,
    )


def test_a_connection_is_found_from_its_beginning_to_its_end(connections: Connections) -> None:
    one = connection("c-1", dropped=3)
    connections.add(one)
    assert connections.get("c-1") is one and len(connections) == 1 and list(connections) == [one]
    assert connections.of("") == [] and one.principal == ANONYMOUS
    connections.remove(one)
    assert (connections.opened, connections.dropped) == (1, 3)
    connections.remove(one)
    assert connections.get("c-1") is None and not len(connections) and connections.of("") == []
    assert (connections.opened, connections.dropped) == (1, 3)
    silent = connection("c-2")
    silent.traffic = dict
    connections.add(silent)
    connections.remove(silent)
    assert (connections.opened, connections.dropped) == (2, 3)


def test_who_is_identified_is_found_by_who_they_are(connections: Connections) -> None:
    one, two = connection("c-1"), connection("c-2")
    for each, device in ((one, "a"), (two, "b")):
        connections.add(each)
        assert connections.identify(each, ANNA, f"t/{device}") is None
    assert connections.of("p-1") == [one, two] and connections.of("p-2") == []
    one.wrote = True
    assert connections.identify(one, BORIS, "u/a") is None and not one.wrote
    assert connections.of("p-1") == [two] and connections.of("p-2") == [one]
    connections.remove(two)
    assert connections.of("p-1") == []


def test_a_newer_connection_of_a_token_and_device_replaces_the_older(
    connections: Connections,
) -> None:
    one, two = connection("c-1"), connection("c-2")
    connections.add(one)
    connections.add(two)
    connections.identify(one, ANNA, "t/a")
    assert connections.identify(two, ANNA, "t/a") is one and connections.replaced == 1
    connections.remove(one)
    assert connections.identify(two, ANNA, "t/a") is None, "nobody replaces themselves"
    assert connections.replaced == 1


def test_where_somebody_is_or_was_is_remembered_of_the_latest(connections: Connections) -> None:
    one = connection("c-1", "2001:db8::1")
    connections.add(one)
    connections.identify(one, ANNA, "t/a")
    assert connections.last_seen("p-1") is connections.last_seen("p-2") is None
    connections.note_seen("p-1", "192.0.2.1", 1_800_000_000.0)
    assert connections.networks("p-1") == ["192.0.2.1", "2001:db8::/64"]
    connections.remove(one)
    assert connections.networks("p-1") == ["192.0.2.1"] and connections.networks("p-2") == []
    connections.identify(one, ANNA, "t/a")
    assert connections.last_seen("p-1") == 1_800_000_000.0, "a connection is nothing that asks"
    connections.remove(one)
    connections.note_seen("p-1", "192.0.2.1", 1_800_000_000.0)
    for number in range(9_999):
        connections.note_seen(f"p-x{number}", "192.0.2.9", 1_800_000_001.0)
    assert local.WHEREABOUTS == 10_000 and connections.networks("p-1") == ["192.0.2.1"]
    for number in range(3):
        connections.note_seen(f"p-y{number}", "192.0.2.9", 1_800_000_001.0)
    assert connections.last_seen("p-1") is None
    assert [connections.networks(one) for one in ("p-1", "p-x1", "p-x2")] == [
        *([], [], ["192.0.2.9"])
    ]


def test_who_goes_through_them_is_not_disturbed(connections: Connections) -> None:
    for number in range(5):
        connections.add(connection(f"c-{number}"))
    for each in connections:
        connections.remove(each)
        connections.add(connection(f"{each.id}x"))
    assert len(connections) == 5


def test_a_connection_is_shown_with_whose_it_is_and_the_conversations_it_follows() -> None:
    one = connection("c-1", dropped=3)
    begun = one.describe()
    assert (begun.kind, begun.commands, begun.dialogs, begun.dropped) == ("anonymous", 0, [], 3)
    assert (one.used, one.wrote, one.key, one.ends_at) == (False, False, "", "")
    one.principal = person("p-1", "Anna", site="shop")
    followed = [topics.dialog(id) for id in ("tea", "TKT-1", "TKT-1/notes")]
    one.topics = {*followed, topics.staff("TKT-2"), topics.EVENTS}
    shown = one.describe()
    assert shown.dialogs == ["TKT-1", "tea"] and sorted(one.dialogs()) == [
        *("TKT-1", "TKT-1/notes", "tea")
    ]
    whose = (shown.participant, shown.name, shown.site, shown.address)
    assert whose == ("p-1", "Anna", "shop", "192.0.2.1")


def test_each_way_to_end_a_connection_has_the_code_that_clients_know() -> None:
    """docs/protocol.md"""
    codes = (CLOSE_REPLACED, CLOSE_UNIDENTIFIED, CLOSE_KICKED, CLOSE_BANNED)
    assert codes == (4001, 4002, 4003, 4004)
