"""A node that begins to follow a conversation: nothing behind the page that is read is left out."""

from __future__ import annotations

from collections.abc import Iterator

import gevent
import pytest
from gevent.event import Event

from chatd.delivery.broker import shared
from chatd.delivery.broker.base import Announcement
from chatd.delivery.broker.exchange import Exchange
from chatd.delivery.broker.sequence import Reached
from chatd.delivery.broker.shared import SharedBroker
from chatd.domain import topics
from chatd.errors import Unavailable
from tests.delivery.test_exchange import Bus
from tests.nodes import wait_until

LOBBY = topics.dialog("lobby")
PATIENCE_S = 30.0


def change(rev: int) -> Announcement:
    """A message of the lobby."""
    return Announcement(LOBBY, "message:new", b'{"seq":%d}' % rev, dialog_id="lobby", rev=rev)


class Conversation:
    """As a store reads it; of how far it has come only when it is let."""

    def __init__(self) -> None:
        self.rev, self.opened, self.asked = 5, Event(), Event()

    def how_far(self, dialog_id: str) -> Reached:
        rev = self.rev
        self.asked.set()
        assert self.opened.wait(PATIENCE_S)
        return Reached(rev, rev)

    def newer(self, dialog_id: str, rev: int, seq: int) -> Reached:
        told = tuple(change(number) for number in range(rev + 1, self.rev + 1))
        return Reached(self.rev, self.rev, told)


@pytest.fixture
def conversation() -> Iterator[Conversation]:
    made = Conversation()
    yield made
    made.opened.set()


def follow(conversation: Conversation) -> tuple[SharedBroker, list[int]]:
    """Who has just subscribed to the lobby, and of which changes they are told."""
    broker, told = SharedBroker(Exchange(Bus()), conversation), list[int]()
    broker.attach(lambda one: told.append(one.rev), lambda: None)
    broker.subscribe(LOBBY)
    return broker, told


def test_a_page_is_read_behind_what_is_known_so_that_nothing_lies_between(
    conversation: Conversation,
) -> None:
    broker, told = follow(conversation)
    waiting = gevent.spawn(broker.await_start, LOBBY)
    assert conversation.asked.wait(PATIENCE_S) and not waiting.ready(), "no page is read yet"
    conversation.opened.set()
    waiting.get(timeout=PATIENCE_S)
    # The page has what there is by now, 5. Of these no other node's word ever comes:
    conversation.rev = 8
    broker.publish(change(8))
    wait_until(lambda: told == [6, 7, 8])
    broker.await_start(LOBBY)


def test_who_leaves_before_it_is_known_is_not_kept_and_who_comes_anew_waits_anew(
    conversation: Conversation,
) -> None:
    broker, _ = follow(conversation)
    waiting = gevent.spawn(broker.await_start, LOBBY)
    assert conversation.asked.wait(PATIENCE_S)
    broker.unsubscribe(LOBBY)
    waiting.get(timeout=PATIENCE_S)
    broker.await_start(LOBBY)
    broker.subscribe(LOBBY)
    conversation.asked.clear()
    conversation.rev = 7
    again = gevent.spawn(broker.await_start, LOBBY)
    conversation.opened.set()
    again.get(timeout=PATIENCE_S)
    assert conversation.asked.is_set(), "how far it was for those before says nothing"


def test_where_it_cannot_be_known_it_is_said(
    conversation: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shared, "STARTS_WITHIN_S", 0.01)
    broker, _ = follow(conversation)
    with pytest.raises(Unavailable, match="how far"):
        broker.await_start(LOBBY)
