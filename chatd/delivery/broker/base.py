"""What a broker carries, and what it promises: announcements of one topic arrive in order."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from msgspec import Struct

from chatd.domain.topics import Topic


class Announcement(Struct, frozen=True):
    """An event for those who follow a topic.

    ``data`` is the event's JSON, encoded once. ``key``: droppable under pressure, of events with
    one key only the newest counts. ``skip``: the id of the connection that caused it.
    ``rev``: the number of the change of ``dialog_id`` that this tells of; 0 where it tells of none.
    """

    topic: Topic
    event: str
    data: bytes
    key: str | None = None
    skip: str | None = None
    dialog_id: str | None = None
    rev: int = 0


Deliver = Callable[[Announcement], None]
Cut = Callable[[], None]


class Broker(Protocol):
    """Carries announcements to every process that subscribes to their topic, this one included.

    Of one topic they arrive in the order in which they were published, each at most once. Where one
    may have been lost (the line to the other processes was cut, or more is under way than is kept),
    this is said once, before anything that comes behind it: what was missed is in the store.
    """

    def attach(self, deliver: Deliver, cut: Cut) -> None:
        """Sets who delivers to this process's followers, and who is told of a loss. Neither waits.
        Once, before anything else."""

    def subscribe(self, topic: Topic) -> None:
        """What is published on the topic from now on is delivered here. Twice is once."""

    def await_start(self, topic: Topic) -> None:
        """Returns when whoever reads the store from now on is told of all that comes behind what
        they read. For who has subscribed. Waits; Unavailable where that takes too long."""

    def unsubscribe(self, topic: Topic) -> None:
        """It is not any more; harmless for who never subscribed."""

    def publish(self, announcement: Announcement) -> bool:
        """Carries one; never waits, never raises. Whether it has been delivered here as far as it
        will be: False where it comes behind what is still to come."""
