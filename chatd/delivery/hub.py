"""Who follows what: an event is encoded once per codec, and what one loop turn brings to a topic
reaches each follower's outbox in one piece."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterable
from typing import Any, Protocol

from chatd.delivery.broker.base import Announcement, Broker
from chatd.domain.topics import Topic
from chatd.protocol.envelope import encode_json

Codec = Callable[[str, bytes], bytes]
Later = Callable[[Callable[[], None]], object]
Send = Callable[[Collection[Any], bytes, int], None]


class Mailbox(Protocol):
    """Where ready frames are put; an outbox in all but tests."""

    def append(self, frame: bytes, frames: int = 1) -> None:
        """Queues a frame (or several, joined) that must arrive, or the connection is closed to
        resume."""

    def append_droppable(self, frame: bytes, key: Hashable) -> None:
        """Queues a frame of which only the newest per key counts."""


class Follower(Protocol):
    """A connection as the hub sees it. ``codec`` turns an event's name and JSON into a frame."""

    id: str
    codec: Codec
    outbox: Mailbox
    topics: set[Topic]


class Audience:
    """Who follows a topic with one codec, and the frames of this turn that they are yet to get."""

    __slots__ = ("_send", "followers", "pending")

    def __init__(self, send: Send) -> None:
        self._send = send
        self.followers: dict[Follower, Mailbox] = {}
        self.pending: list[bytes] = []

    def spread(self) -> None:
        """Sends what is pending to everybody."""
        if not self.pending:
            return
        count, joined = len(self.pending), b"".join(self.pending)
        self.pending.clear()
        self._send(self.followers.values(), joined, count)


class Hub:
    """The followers of every topic, grouped by codec so that none is encoded for twice.

    ``later`` has something called at the end of the loop turn, behind what is to run in it already:
    so that whoever waits for a commit is answered before its messages go out to the many, and the
    next ones arrive meanwhile. What is announced on one topic keeps its order. ``send`` brings the
    same to many mailboxes: data, and how many frames it is.
    """

    def __init__(self, broker: Broker, send: Send, later: Later) -> None:
        self._topics: dict[Topic, dict[Codec, Audience]] = {}
        self._broker = broker
        self._send = send
        self._later = later
        broker.subscribe(self.deliver)

    def follow(self, topic: Topic, follower: Follower) -> None:
        """From now on, what is announced on the topic reaches the follower."""
        audiences = self._topics.setdefault(topic, {})
        audience = audiences.setdefault(follower.codec, Audience(self._send))
        audience.spread()
        audience.followers[follower] = follower.outbox
        follower.topics.add(topic)

    def unfollow(self, topic: Topic, follower: Follower) -> None:
        """No longer."""
        follower.topics.discard(topic)
        audiences = self._topics.get(topic, {})
        audience = audiences.get(follower.codec)
        if audience is None:
            return
        audience.spread()
        audience.followers.pop(follower, None)
        if not audience.followers:
            del audiences[follower.codec]
        if not audiences:
            del self._topics[topic]

    def drop(self, follower: Follower) -> None:
        """Takes a follower that is gone out of every topic."""
        for topic in tuple(follower.topics):
            self.unfollow(topic, follower)

    def spread(self, topic: Topic) -> None:
        """What is announced on the topic is on its way before what comes on others."""
        for audience in self._topics.get(topic, {}).values():
            audience.spread()

    def count(self, topic: Topic) -> int:
        """How many follow a topic, on this process."""
        return sum(len(one.followers) for one in self._topics.get(topic, {}).values())

    def followers(self, topic: Topic) -> Iterable[Follower]:
        """Who follows a topic, on this process."""
        return [
            one for audience in self._topics.get(topic, {}).values() for one in audience.followers
        ]

    def publish(
        self,
        topic: Topic,
        event: str,
        data: Any,
        *,
        key: str | None = None,
        skip: str | None = None,
    ) -> None:
        """Announces an event, on every process; ``key`` makes it droppable."""
        self._broker.publish(Announcement(topic, event, encode_json(data), key, skip))

    def deliver(self, announcement: Announcement) -> None:
        """Brings an announcement on its way to this process's followers."""
        for codec, audience in self._topics.get(announcement.topic, {}).items():
            frame = codec(announcement.event, announcement.data)
            if announcement.key is None and announcement.skip is None:
                audience.pending.append(frame)
                if len(audience.pending) == 1:
                    self._later(audience.spread)
            else:
                audience.spread()
                self._deliver_some(announcement, frame, audience.followers)

    def _deliver_some(
        self, announcement: Announcement, frame: bytes, followers: Iterable[Follower]
    ) -> None:
        for follower in followers:
            if follower.id == announcement.skip:
                continue
            if announcement.key is None:
                follower.outbox.append(frame)
            else:
                follower.outbox.append_droppable(frame, announcement.key)
