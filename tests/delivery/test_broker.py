"""The contract of a broker: by topic, in order, and what is lost is said; in one process, and from
one node to another."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from chatd.delivery.broker.base import Announcement, Broker
from chatd.delivery.broker.local import LocalBroker
from chatd.domain import topics
from chatd.domain.topics import Topic
from tests.nodes import Nodes, wait_until

LOBBY, NEWS, MARK = topics.dialog("lobby"), topics.dialog("news"), topics.EVENTS


class Ends:
    """Where something is published and where it arrives: the same broker, or two nodes'."""

    def __init__(self, here: Broker, there: Broker) -> None:
        self.publish = here.publish
        self.there = there
        self.got: list[Announcement] = []
        self.cuts: list[object] = []
        there.attach(self.got.append, lambda: self.cuts.append(1))
        if here is not there:
            here.attach(lambda announcement: None, lambda: None)
        there.subscribe(MARK)

    def arrived(self) -> list[Announcement]:
        """What has arrived when all that was published before has."""
        mark = Announcement(MARK, "mark", b"{}")
        self.publish(mark)
        wait_until(lambda: mark in self.got)
        self.got.remove(mark)
        return self.got


@pytest.fixture(
    params=["local", "from one node to another", "from one to another over Redis", "a node's own"]
)
def ends(request: pytest.FixtureRequest) -> Iterator[Ends]:
    if request.param == "local":
        broker = LocalBroker()
        yield Ends(broker, broker)
        return
    over = request.getfixturevalue("redis").url if "Redis" in request.param else ""
    nodes = Nodes(request.getfixturevalue("database"), over)
    there = nodes.node().broker
    yield Ends(nodes.node().broker if request.param.startswith("from") else there, there)
    nodes.close()


def said(number: int, topic: Topic = LOBBY) -> Announcement:
    return Announcement(topic, "message:new", b'{"x":1}', dialog_id="lobby", rev=number)


def told(number: int) -> Announcement:
    """Of no conversation."""
    return Announcement(NEWS, "news", b'"%d"' % number, key="k", skip="s")


def test_of_a_topic_everything_arrives_in_order_whole_and_once(ends: Ends) -> None:
    ends.there.subscribe(LOBBY)
    ends.there.subscribe(LOBBY)
    ends.there.subscribe(NEWS)
    sent = [one for number in range(1, 100) for one in (said(number), told(number))]
    for one in sent:
        ends.publish(one)
    wait_until(lambda: len(ends.arrived()) == len(sent))
    for topic in (LOBBY, NEWS):
        assert [one for one in ends.got if one.topic == topic] == [
            one for one in sent if one.topic == topic
        ]
    assert not ends.cuts


def test_what_nobody_there_subscribes_to_is_not_delivered(ends: Ends) -> None:
    ends.publish(told(1))
    ends.arrived()
    ends.there.subscribe(NEWS)
    ends.publish(said(2))
    ends.publish(told(3))
    ends.arrived()
    ends.there.unsubscribe(NEWS)
    ends.there.unsubscribe(LOBBY)
    ends.publish(told(4))
    ends.arrived()
    ends.there.subscribe(NEWS)
    ends.publish(told(5))
    assert [one.data for one in ends.arrived()] == [b'"3"', b'"5"']
    assert not ends.cuts


@pytest.mark.parametrize("size", [1, 7_000, 8_000, 200_000])
def test_whatever_its_size_and_its_characters_it_arrives_as_it_was(ends: Ends, size: int) -> None:
    ends.there.subscribe(NEWS)
    text = ('👩 \\" ' + "я" * size)[:size]
    one = Announcement(NEWS, "news", b'"%s"' % text.encode().replace(b"\\", b"").replace(b'"', b""))
    ends.publish(one)
    ends.publish(one)
    assert ends.arrived() == [one, one]
