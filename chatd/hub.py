"""Who follows what: an event is encoded once per codec and appended to each follower's outbox."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from typing import Any, Protocol

from chatd.broker.base import Announcement, Broker
from chatd.protocol.envelope import encode_json

Codec = Callable[[str, bytes], bytes]


class Mailbox(Protocol):
    """Where ready frames are put; an outbox in all but tests."""

    def append(self, frame: bytes) -> None:
        """Queues a frame that must arrive, or the connection is closed to resume."""

    def append_droppable(self, frame: bytes, key: Hashable) -> None:
        """Queues a frame of which only the newest per key counts."""


class Follower(Protocol):
    """A connection as the hub sees it. ``codec`` turns an event's name and JSON into a frame."""

    id: str
    codec: Codec
    outbox: Mailbox
    topics: set[str]


class Hub:
    """The followers of every topic, grouped by codec so that none is encoded for twice."""

    def __init__(self, broker: Broker) -> None:
        self._topics: dict[str, dict[Codec, dict[Follower, None]]] = {}
        self._broker = broker
        broker.subscribe(self.deliver)

    def follow(self, topic: str, follower: Follower) -> None:
        """From now on, what is announced on the topic reaches the follower."""
        self._topics.setdefault(topic, {}).setdefault(follower.codec, {})[follower] = None
        follower.topics.add(topic)

    def unfollow(self, topic: str, follower: Follower) -> None:
        """No longer."""
        follower.topics.discard(topic)
        codecs = self._topics.get(topic, {})
        followers = codecs.get(follower.codec, {})
        followers.pop(follower, None)
        if not followers:
            codecs.pop(follower.codec, None)
        if not codecs:
            self._topics.pop(topic, None)

    def drop(self, follower: Follower) -> None:
        """Takes a follower that is gone out of every topic."""
        for topic in tuple(follower.topics):
            self.unfollow(topic, follower)

    def followers(self, topic: str) -> Iterable[Follower]:
        """Who follows a topic, on this process."""
        return [one for group in self._topics.get(topic, {}).values() for one in group]

    def publish(
        self,
        topic: str,
        event: str,
        data: Any,
        *,
        key: str | None = None,
        skip: str | None = None,
    ) -> None:
        """Announces an event, on every process; ``key`` makes it droppable."""
        self._broker.publish(Announcement(topic, event, encode_json(data), key, skip))

    def deliver(self, announcement: Announcement) -> None:
        """Puts an announcement into the outboxes of this process's followers."""
        for codec, followers in self._topics.get(announcement.topic, {}).items():
            frame = codec(announcement.event, announcement.data)
            if announcement.key is None and announcement.skip is None:
                for follower in followers:
                    follower.outbox.append(frame)
            else:
                self._deliver_some(announcement, frame, followers)

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
