"""Who follows what: an event is encoded once per codec, and what one loop turn brings to a topic
reaches each follower's outbox in one piece."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Collection, Hashable, Iterable
from typing import Any, Protocol

from chatd.delivery.broker.base import Announcement, Broker
from chatd.delivery.holding import Hold
from chatd.domain.topics import Topic
from chatd.protocol.envelope import encode_json

Codec = Callable[[str, bytes], bytes]
Later = Callable[[Callable[[], None]], object]
Send = Callable[[Collection[Any], bytes, int], None]
REMEMBERED = 10_000  # conversations of which it is known how far they are announced


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
        self._holds: dict[str, Hold] = {}
        self._held: dict[Topic, dict[Follower, Hold]] = {}
        self._told: OrderedDict[str, int] = OrderedDict()
        broker.subscribe(self.deliver)

    def follow(self, topic: Topic, follower: Follower) -> None:
        """From now on, what is announced on the topic reaches the follower."""
        audiences = self._topics.setdefault(topic, {})
        audience = audiences.setdefault(follower.codec, Audience(self._send))
        audience.spread()
        audience.followers[follower] = follower.outbox
        follower.topics.add(topic)

    def hold(self, topic: Topic, follower: Follower) -> Hold:
        """From now on as well, but kept back until the follower is released: for who is answered
        with what is read meanwhile, and must hear each thing once."""
        self.unfollow(topic, follower)
        hold = self._holds.get(follower.id)
        if hold is None or hold.released:
            hold = self._holds[follower.id] = Hold()
        hold.topics.add(topic)
        self._held.setdefault(topic, {})[follower] = hold
        follower.topics.add(topic)
        return hold

    def release(self, follower: Follower) -> bool:
        """The answer is in the follower's mailbox: what it does not tell follows. False where that
        was too much to be kept. Harmless for who is not held."""
        hold = self._holds.pop(follower.id, None)
        if hold is None:
            return True
        held = hold.topics
        hold.release(self._told_to, lambda one: bring(one, follower))
        for topic in held - hold.topics:
            self._let_go(topic, follower)
        return not hold.overflown

    def _told_to(self, dialog_id: str) -> int:
        return self._told.get(dialog_id, 0)

    def _let_go(self, topic: Topic, follower: Follower) -> None:
        """Followed as by everybody from now on, unless it was left meanwhile."""
        held = self._held.get(topic, {})
        if held.pop(follower, None):
            if not held:
                del self._held[topic]
            self.follow(topic, follower)

    def unfollow(self, topic: Topic, follower: Follower) -> None:
        """No longer."""
        follower.topics.discard(topic)
        held = self._held.get(topic, {})
        if held.pop(follower, None) and not held:
            del self._held[topic]
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
        self._holds.pop(follower.id, None)
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
        dialog_id: str | None = None,
        rev: int = 0,
    ) -> None:
        """Announces an event, on every process; ``key`` makes it droppable. ``rev``: of which
        change of which conversation it tells."""
        encoded = encode_json(data)
        self._broker.publish(Announcement(topic, event, encoded, key, skip, dialog_id, rev))

    def deliver(self, announcement: Announcement) -> None:
        """Brings an announcement on its way to this process's followers."""
        if announcement.dialog_id and announcement.rev:
            self._note(announcement.dialog_id, announcement.rev)
        for codec, audience in self._topics.get(announcement.topic, {}).items():
            frame = codec(announcement.event, announcement.data)
            if announcement.key is None and announcement.skip is None:
                audience.pending.append(frame)
                if len(audience.pending) == 1:
                    self._later(audience.spread)
            else:
                audience.spread()
                self._deliver_some(announcement, frame, audience.followers)
        if held := self._held.get(announcement.topic):
            self._deliver_held(announcement, held)

    def _note(self, dialog_id: str, rev: int) -> None:
        """How far a conversation is announced; of very many the latest are remembered."""
        before = self._told.pop(dialog_id, 0)
        self._told[dialog_id] = max(before, rev)
        if len(self._told) > REMEMBERED:
            self._told.popitem(last=False)

    def _deliver_held(self, announcement: Announcement, held: dict[Follower, Hold]) -> None:
        for follower, hold in tuple(held.items()):
            if follower.id == announcement.skip:
                continue
            if not hold.released:
                hold.keep(announcement)
                continue
            if hold.passes(announcement):
                bring(announcement, follower)
            if hold.is_over(announcement):
                self._let_go(announcement.topic, follower)

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


def bring(announcement: Announcement, follower: Follower) -> None:
    """One announcement to one follower."""
    frame = follower.codec(announcement.event, announcement.data)
    if announcement.key is None:
        follower.outbox.append(frame)
    else:
        follower.outbox.append_droppable(frame, announcement.key)
