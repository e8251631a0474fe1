"""The contract of a broker: by topic, in order, and what is lost is said."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chatd.delivery.broker.base import Announcement, Broker
from chatd.delivery.broker.local import LocalBroker
from chatd.domain import topics

BROKERS: dict[str, Callable[[], Broker]] = {"local": LocalBroker}
LOBBY, NEWS = topics.dialog("lobby"), topics.dialog("news")


@pytest.fixture(params=BROKERS)
def broker(request: pytest.FixtureRequest) -> Broker:
    return BROKERS[request.param]()


@pytest.fixture
def got(broker: Broker) -> list[Announcement]:
    found: list[Announcement] = []
    broker.attach(found.append, lambda: pytest.fail("nothing was lost"))
    return found


def said(number: int, topic: topics.Topic = LOBBY) -> Announcement:
    return Announcement(topic, "message:new", b"{}", dialog_id="lobby", rev=number)


def test_of_a_topic_everything_arrives_in_order_whole_and_once(
    broker: Broker, got: list[Announcement]
) -> None:
    broker.subscribe(LOBBY)
    broker.subscribe(LOBBY)
    sent = [said(number) for number in range(1, 100)]
    for one in sent:
        broker.publish(one)
    assert got == sent


def test_what_nobody_here_subscribes_to_is_not_delivered(
    broker: Broker, got: list[Announcement]
) -> None:
    broker.publish(said(1))
    broker.subscribe(NEWS)
    broker.publish(said(2))
    broker.publish(said(3, NEWS))
    broker.unsubscribe(NEWS)
    broker.unsubscribe(LOBBY)
    broker.publish(said(4, NEWS))
    broker.subscribe(NEWS)
    broker.publish(said(5, NEWS))
    assert [one.rev for one in got] == [3, 5]
