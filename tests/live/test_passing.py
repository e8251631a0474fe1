"""What nodes tell each other in passing, do for each other, and ask."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import gevent
import pytest

from chatd.config.limits import LimitSettings
from chatd.domain.participant import Newcomer
from chatd.domain.times import to_text
from chatd.errors import RateLimited
from chatd.live.connections import Connection
from chatd.live.shared import nodes as shared_nodes
from chatd.live.shared.answering import Answering
from chatd.live.shared.connections import SEEN_AGAIN_S, Connections
from chatd.live.shared.limits import Limits
from chatd.live.shared.nodes import Reply
from chatd.live.shared.passing import Answers, Crowds, Newcomers, QueuePace
from tests.live.implementations import nothing, person
from tests.nodes import Node, Nodes, wait_until

NOW = 1_800_000_000.0
ANNA, BORIS = person("p-1", "Anna"), person("p-2", "Boris")


@pytest.fixture
def pair(nodes: Nodes) -> tuple[Node, Node]:
    return nodes.node(), nodes.node()


def connection(id: str, since: str = "2027-01-01T00:00:00Z", address: str = "192.0.2.7") -> Any:
    """One of nobody yet."""
    return Connection(
        id=id,
        transport="websocket",
        address=address,
        since=since,
        codec=cast(Any, None),
        mailbox=cast(Any, None),
        close=nothing,
    )


def test_who_was_new_on_one_node_is_known_on_the_other(pair: tuple[Node, Node]) -> None:
    stored: dict[str, Newcomer] = {}
    here, there = (Newcomers(node.exchange, (), stored.get) for node in pair)
    made = Newcomer(id="r", participant="p-1", created_at=to_text(NOW))
    here.add(made, ())
    wait_until(lambda: there.participant_of("r", NOW) == "p-1")
    stored["s"] = Newcomer(id="s", participant="p-2", created_at=to_text(NOW))
    assert here.participant_of("s", NOW) == "p-2", "is stored, and was told nobody yet"
    assert there.participant_of("t", NOW) is None
    assert there.participant_of("r", NOW + 600) is None and there.choose_outdated(NOW + 600)
    here.add(Newcomer(id="u", participant="p-3", created_at=to_text(NOW)), ["r"])
    wait_until(lambda: there.participant_of("u", NOW) == "p-3")
    assert there.participant_of("r", NOW) is None


def test_pace_and_answers_of_all_nodes_count(pair: tuple[Node, Node]) -> None:
    here, there = (QueuePace(node.exchange) for node in pair)
    before = there.seconds("shop")
    here.note_acceptance("shop", 7.0)
    wait_until(lambda: there.seconds("shop") == 7.0 != before)
    assert here.seconds("shop") == 7.0 and there.expect("shop", 2, 0.0) >= 7.0
    first, second = (Answers(node.exchange, lambda: NOW) for node in pair)
    for number in range(5):
        (first if number % 2 else second).note("shop", f"e-{number}", NOW - 1, 10.0 + number)
    wait_until(lambda: first.usual_s("shop") == second.usual_s("shop") == 12.0)


def test_a_crowd_is_one_on_all_nodes_and_told_of_once_between_two_looks(
    nodes: Nodes, pair: tuple[Node, Node]
) -> None:
    here, there = (Crowds(node.exchange) for node in pair)
    sent = pair[0].bus._number
    here.move("lobby")
    here.move("lobby")
    assert pair[0].bus._number == sent + 1
    wait_until(lambda: "lobby" in there)
    assert there.settle("lobby") and not there.settle("lobby")
    assert here.settle("lobby")
    here.move("lobby")
    wait_until(lambda: there.settle("lobby"))
    third = nodes.node()
    late = Crowds(third.exchange)
    wait_until(lambda: "lobby" in late)
    there.end("lobby")
    wait_until(lambda: "lobby" not in here and "lobby" not in late)
    here.move("tea")
    here.end("tea")
    wait_until(lambda: pair[1].exchange.figures()["nodes_heard"] >= pair[0].bus._number)
    assert "tea" not in there


def test_where_somebody_is_connected_is_known_everywhere(pair: tuple[Node, Node]) -> None:
    replaced: list[Connection] = []
    here, there = (Connections(node.exchange, replaced.append, nothing) for node in pair)
    one = connection("c-1")
    here.add(one)
    assert here.identify(one, ANNA, "token/phone") is None
    assert here.has("p-1") and not here.has("p-1", but=one) and not here.has_elsewhere("p-1")
    wait_until(lambda: there.has_elsewhere("p-1"))
    assert there.has("p-1") and there.has("p-1", but=one) and not there.of("p-1")
    assert there.networks("p-1") == ["192.0.2.7"]
    other = connection("c-1", "2027-01-01T00:00:01Z", "192.0.2.8")
    there.add(other)
    there.identify(other, ANNA, "token/tablet")
    wait_until(lambda: here.has("p-1", but=one))
    assert not replaced, "another device"
    there.identify(other, ANNA, "token/phone")
    wait_until(lambda: bool(replaced))
    assert {*replaced} == {one}, "perhaps said twice, where all was asked for meanwhile"
    here.remove(one)
    wait_until(lambda: not there.has_elsewhere("p-1"))
    assert there.has("p-1") and not there.has("p-1", but=other)
    there.identify(other, BORIS, "other/phone")
    wait_until(lambda: here.has("p-2") and not here.has("p-1"))
    there.clear(other)
    wait_until(lambda: not here.has("p-2"))


def test_who_asks_without_a_connection_is_told_of_now_and_then(pair: tuple[Node, Node]) -> None:
    here, there = (Connections(node.exchange, nothing, nothing) for node in pair)
    here.note_seen("p-1", "192.0.2.7", NOW)
    wait_until(lambda: there.last_seen("p-1") == NOW)
    sent = pair[0].bus._number
    here.note_seen("p-1", "192.0.2.7", NOW + SEEN_AGAIN_S - 1)
    assert pair[0].bus._number == sent and here.last_seen("p-1") == NOW + SEEN_AGAIN_S - 1
    here.note_seen("p-1", "192.0.2.7", NOW + SEEN_AGAIN_S)
    wait_until(lambda: there.last_seen("p-1") == NOW + SEEN_AGAIN_S)


def test_what_one_node_answers_no_other_does(pair: tuple[Node, Node]) -> None:
    here, there = (Answering(node.exchange) for node in pair)
    here.add("TKT-1")
    assert "TKT-1" in here
    wait_until(lambda: "TKT-1" in there)
    there.discard("TKT-2")
    here.discard("TKT-1")
    assert "TKT-1" not in here
    wait_until(lambda: "TKT-1" not in there)


def test_what_is_guessed_is_counted_over_all_nodes_and_traffic_is_not(
    pair: tuple[Node, Node],
) -> None:
    settings = LimitSettings(logins_per_address="2/minute", messages_per_participant="2/minute")
    here, there = (Limits(node.exchange, settings) for node in pair)
    for limits in (here, there):
        limits.hit("messages_per_participant", "p-1")
    here.hit("logins_per_address", "192.0.2.1")
    here.hit("logins_per_address", "192.0.2.1")
    here.hit("messages_per_participant", "p-1")

    def refused() -> bool:
        try:
            there.hit("logins_per_address", "192.0.2.1", 0)
            there.hit("logins_per_address", "192.0.2.9", 0)
        except RateLimited:
            return True
        return False

    with pytest.raises(RateLimited):
        here.hit("logins_per_address", "192.0.2.1")
    there.spend("logins_per_address", "192.0.2.1", 1)
    assert refused() or wait_for(refused)
    there.hit("messages_per_participant", "p-1")
    for _ in range(3):
        here.forgive("logins_per_address", "192.0.2.1")
    wait_until(lambda: not refused())


@pytest.mark.parametrize("rate", ["mails_per_recipient", "registrations_per_address"])
def test_what_is_sent_and_made_is_counted_over_all_nodes(
    rate: str, pair: tuple[Node, Node]
) -> None:
    settings = LimitSettings(**{rate: "1/hour"})
    here, there = (Limits(node.exchange, settings) for node in pair)
    here.hit(rate, "192.0.2.1")

    def refused() -> bool:
        try:
            there.hit(rate, "192.0.2.1")
        except RateLimited:
            return True
        there.forgive(rate, "192.0.2.1")
        return False

    wait_until(refused)


def wait_for(check: Any) -> bool:
    """True in the end."""
    wait_until(check)
    return True


class Place:
    """A node that is told and asked things."""

    def __init__(self, node: Node) -> None:
        self.told: list[Any] = []
        self.silent = False
        self.nodes = shared_nodes.Nodes(node.exchange, self.do, self.reply)

    def do(self, act: str, words: list[Any]) -> None:
        """Notes it."""
        self.told.append((act, words))

    def reply(self, question: Any, give: Reply) -> None:
        """The same twice, or nothing."""
        if not self.silent:
            gevent.spawn(give, {"twice": question * 2})


def test_nodes_do_what_they_are_told_and_answer_or_are_named(
    nodes: Nodes, monkeypatch: pytest.MonkeyPatch
) -> None:
    places = [Place(nodes.node()) for _ in range(3)]
    one, two, three = places
    assert Place(SimpleNamespace(exchange=LONELY)).nodes.ask("x") == {}  # type: ignore[arg-type]
    for place in places:
        place.nodes.tell("hello", place.nodes.name)
    wait_until(lambda: all(len(place.told) == 2 for place in places))
    assert ("hello", [two.nodes.name]) in one.told and ("hello", [one.nodes.name]) in two.told
    both = {place.nodes.name: {"twice": "abab"} for place in (two, three)}
    assert one.nodes.ask("ab") == both
    assert one.nodes.ask("ab", two.nodes.name) == {two.nodes.name: {"twice": "abab"}}
    monkeypatch.setattr(shared_nodes, "PATIENCE_S", 0.3)
    three.silent = True
    assert one.nodes.ask("ab") == both | {three.nodes.name: None}
    assert one.nodes.ask("ab", "nobody") == {"nobody": None}


class Lonely:
    """An exchange where nobody else is."""

    node, nodes = "me", ()

    def join(self, kind: str, listener: Any) -> None:
        """Nothing comes."""

    def send(self, kind: str, text: str) -> None:
        """Nobody is there."""
        raise AssertionError


LONELY = Lonely()


def test_what_came_to_nothing_on_another_node_counts_on_none(pair: tuple[Node, Node]) -> None:
    settings = LimitSettings(file_bytes_per_participant="2/day")
    here, there = (Limits(node.exchange, settings) for node in pair)
    keys = {"file_bytes_per_participant": "p-1"}

    def is_full(limits: Limits) -> bool:
        try:
            limits.charge("f-2", keys, 1)
        except RateLimited:
            return True
        limits.give_back("f-2")
        return False

    here.charge("f-1", keys, 2)
    assert is_full(here)
    wait_until(lambda: is_full(there))
    there.give_back("f-1")
    wait_until(lambda: not is_full(here))
    wait_until(lambda: not is_full(there))
