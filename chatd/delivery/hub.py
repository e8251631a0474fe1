"""Who follows what: an event is encoded once per codec, and what one loop turn brings to a topic
reaches each follower's mailbox in one piece."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Collection, Hashable, Iterable, Sequence
from itertools import count
from typing import Any, Protocol

from msgspec.structs import replace

from chatd.delivery.broker.base import Announcement, Broker
from chatd.delivery.codec import EventCodec
from chatd.delivery.floors import above
from chatd.delivery.holding import Hold
from chatd.delivery.mailbox import Batch, Mailbox, Part
from chatd.delivery.rush import PATIENT, Rush
from chatd.domain import topics
from chatd.domain.topics import Topic
from chatd.protocol.envelope import encode_json

Later = Callable[[Callable[[], None]], object]
Kind = tuple[EventCodec, Hashable, int]
CLOSE_BEHIND = 1013
FEW = 8  # followers: no answer waits for long until these are told
REMEMBERED = 10_000  # conversations of which it is known how far they are announced


class Follower(Protocol):
    """A connection as the hub sees it: an id, how events become its frames, where these go, and
    what ends it with a code and a reason."""

    id: str
    codec: EventCodec
    mailbox: Mailbox
    topics: set[Topic]
    close: Callable[[int, str], None]


class Audience:
    """Who follows a topic with one codec and one kind of mailbox, and what this turn has for them:
    frames in order, each with its key and whom it skips; of one key and skip the newest only.
    ``due``: it is spread at the end of this turn; ``skips``: any of it is not for everybody."""

    __slots__ = ("_numbers", "due", "followers", "mailboxes", "pending", "skips")

    def __init__(self) -> None:
        self._numbers = count()
        self.due = self.skips = False
        self.followers: dict[str, Follower] = {}
        self.mailboxes: dict[str, Mailbox] = {}
        self.pending: dict[Hashable, tuple[bytes, str | None, str | None]] = {}

    def join(self, follower: Follower) -> None:
        """One more, for what comes from now on, and for what waits a moment to be told."""
        self.settle()
        self.followers[follower.id] = follower
        self.mailboxes[follower.id] = follower.mailbox

    def part(self, follower: Follower) -> None:
        self.settle()
        self.followers.pop(follower.id, None)
        self.mailboxes.pop(follower.id, None)

    def add(self, frame: bytes, key: str | None, skip: str | None) -> None:
        """One more frame, behind all others."""
        place: Hashable = next(self._numbers) if key is None else (key, skip)
        self.pending.pop(place, None)
        self.pending[place] = frame, key, skip
        if skip is not None:
            self.skips = True

    def settle(self) -> None:
        """Sends what does not wait a moment, and whatever stands before it."""
        if self.due:
            self.spread()

    def spread(self) -> None:
        """Sends what is pending to everybody."""
        self.due = False
        if not self.pending:
            return
        said, self.pending = list(self.pending.values()), {}
        skips, self.skips = self.skips, False
        everybody = self.mailboxes
        if skips and (skipped := {skip for _, _, skip in said if skip in everybody}):
            for id in skipped:
                others = [(frame, key) for frame, key, skip in said if skip != id]
                send([everybody[id]], others)
            everybody = {id: one for id, one in everybody.items() if id not in skipped}
        send(everybody.values(), [(frame, key) for frame, key, _ in said])


def send(mailboxes: Collection[Mailbox], parts: Sequence[Part]) -> None:
    """The same to mailboxes that are all of one kind."""
    if mailboxes and parts:
        next(iter(mailboxes)).send_to_all(mailboxes, Batch(parts))


class Hub:
    """The followers of every topic, grouped by transport so that none is encoded for twice.

    ``later`` has something called at the end of the loop turn, behind what is to run in it already:
    so that whoever waits for a commit is answered before its messages go out to the many, and the
    next ones arrive meanwhile. ``along``: the same, but ahead of the flush, so that what few are
    told leaves in one piece with what they are answered. What is announced of one conversation
    keeps its order. A follower may have a floor: the number of the message behind which a topic
    begins for them. ``rush``: has what may wait told together with more of its kind while there is
    very much of it.
    """

    def __init__(
        self, broker: Broker, later: Later, rush: Rush | None = None, along: Later | None = None
    ) -> None:
        self._topics: dict[Topic, dict[Kind, Audience]] = {}
        self._broker = broker
        self._later, self._along = later, along or later
        self._rush = rush
        self._holds: dict[str, Hold] = {}
        self._held: dict[Topic, dict[Follower, Hold]] = {}
        self._floors: dict[tuple[Topic, str], int] = {}
        self._told: OrderedDict[str, int] = OrderedDict()
        broker.attach(self.deliver, self.cut)

    def follow(self, topic: Topic, follower: Follower) -> None:
        """From now on, what is announced on the topic reaches the follower."""
        self._broker.subscribe(topic)
        audiences, kind = self._topics.setdefault(topic, {}), self._kind(topic, follower)
        audience = audiences.get(kind)
        if audience is None:
            audience = audiences[kind] = Audience()
        audience.join(follower)
        follower.topics.add(topic)

    def _kind(self, topic: Topic, follower: Follower) -> Kind:
        """What followers of a topic have in common that are sent the same in one go."""
        floor = self._floors.get((topic, follower.id), 0) if self._floors else 0
        return follower.codec, type(follower.mailbox), floor

    def hold(self, topic: Topic, follower: Follower, floor: int = 0) -> Hold:
        """From now on as well, but kept back until the follower is released: for who is answered
        with what is read meanwhile, and must hear each thing once. ``floor``: of messages up to
        this one they hear nothing."""
        hold = self._holds.get(follower.id)
        if hold is None or hold.released:
            hold = self._holds[follower.id] = Hold()
        if topic in follower.topics:
            if topic in hold.topics:
                return hold
            self.unfollow(topic, follower)
        hold.topics.add(topic)
        if floor:
            self._floors[topic, follower.id] = floor
        self._broker.subscribe(topic)
        self._held.setdefault(topic, {})[follower] = hold
        follower.topics.add(topic)
        return hold

    def await_start(self, topic: Topic) -> None:
        """For who holds it: see :class:`chatd.delivery.broker.base.Broker`."""
        self._broker.await_start(topic)

    def release(self, follower: Follower) -> bool:
        """The answer is in the follower's mailbox: what it does not tell follows. False where that
        was too much to be kept. Harmless for who is not held."""
        hold = self._holds.pop(follower.id, None)
        if hold is None:
            return True
        held = hold.topics
        hold.release(self._newest_told, lambda one: bring(one, follower))
        for topic in held - hold.topics:
            self._let_go(topic, follower)
        return not hold.overflown

    def _newest_told(self, dialog_id: str) -> int:
        return self._told.get(dialog_id, 0)

    def _let_go(self, topic: Topic, follower: Follower) -> None:
        """Followed as by everybody from now on, unless it was left meanwhile."""
        held = self._held.get(topic, {})
        if held.pop(follower, None):
            if not held:
                del self._held[topic]
            self.follow(topic, follower)

    def unfollow(self, topic: Topic, follower: Follower) -> None:
        """Nothing announced there reaches the follower any more. Harmless for who does not
        follow."""
        if topic not in follower.topics:
            return
        follower.topics.remove(topic)
        held = self._held.get(topic, {})
        if held.pop(follower, None) and not held:
            del self._held[topic]
        audiences, kind = self._topics.get(topic, {}), self._kind(topic, follower)
        if audience := audiences.get(kind):
            audience.part(follower)
            if not audience.followers:
                del audiences[kind]
            if not audiences:
                del self._topics[topic]
        self._floors.pop((topic, follower.id), None)
        if topic not in self._topics and topic not in self._held:
            self._broker.unsubscribe(topic)

    def move(self, follower: Follower, codec: EventCodec, mailbox: Mailbox) -> None:
        """From now on its frames are made and go elsewhere; what was announced before goes where it
        would have gone."""
        followed = [one for one in follower.topics if follower not in self._held.get(one, ())]
        for topic in followed:
            audiences, kind = self._topics[topic], self._kind(topic, follower)
            audience = audiences[kind]
            audience.spread()
            audience.part(follower)
            if not audience.followers:
                del audiences[kind]
        follower.codec, follower.mailbox = codec, mailbox
        for topic in followed:
            self.follow(topic, follower)

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
        count = len(self._held[topic]) if topic in self._held else 0
        if topic in self._topics:
            for audience in self._topics[topic].values():
                count += len(audience.followers)
        return count

    def followers(self, topic: Topic) -> Iterable[Follower]:
        """Who follows a topic, on this process."""
        audiences = self._topics.get(topic, {}).values()
        found = [one for audience in audiences for one in audience.followers.values()]
        return [*found, *self._held.get(topic, ())]

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
        told = self._broker.publish(Announcement(topic, event, encoded, key, skip, dialog_id, rev))
        if dialog_id and rev and told and self._told.get(dialog_id) != rev:
            self._note(dialog_id, rev)  # also where nobody is here to be told

    def publish_to(
        self, everybody: Iterable[Topic], event: str, data: Any, *, key: str | None = None
    ) -> None:
        """Announces the same on many topics, and makes JSON of it once."""
        encoded = encode_json(data)
        for topic in everybody:
            self._broker.publish(Announcement(topic, event, encoded, key))

    def tell_here(
        self, everybody: Iterable[Topic], event: str, data: Any, *, key: str | None = None
    ) -> None:
        """Announces the same on many topics, on this process alone: what each has to tell its
        own."""
        encoded = encode_json(data)
        for topic in everybody:
            self.deliver(Announcement(topic, event, encoded, key))

    def cut(self) -> None:
        """Something may have been missed: whoever follows anything comes back and resumes from what
        is stored."""
        self._told.clear()
        topics_now = [*self._topics, *self._held]
        behind = {one.id: one for topic in topics_now for one in self.followers(topic)}
        for follower in behind.values():
            follower.close(CLOSE_BEHIND, "something may have been missed: come back and resume")

    def deliver(self, announcement: Announcement) -> None:
        """Brings an announcement on its way to this process's followers: behind what was said of
        the same conversation on another of its topics, and joined with what this turn adds. On a
        topic that is none of these it is ahead of what is said there from now on, too."""
        topic, dialog_id, rev = announcement.topic, announcement.dialog_id, announcement.rev
        if dialog_id and rev > self._told.get(dialog_id, 0):
            self._note(dialog_id, rev)
        for other in topics.beside(topic, dialog_id):
            if other in self._topics:
                self.spread(other)
        event, data = announcement.event, announcement.data
        rush = self._rush if event in PATIENT and self._rush and self._rush.holds() else None
        for (codec, _, floor), audience in self._topics.get(topic, {}).items():
            heard = above(event, data, floor) if floor else data
            if heard is None:
                continue
            if rush:
                rush.put(audience)
            elif not audience.due:
                audience.due = True
                few = len(audience.followers) <= FEW
                (self._along if few else self._later)(audience.spread)
            frame = codec.event(event, heard)
            audience.add(frame, announcement.key, announcement.skip)
        if dialog_id and not topics.is_conversations(topic):
            self.spread(topic)
        if held := self._held.get(topic):
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
            heard = self._above_floor(announcement, follower)
            if not hold.released:
                if heard:
                    hold.keep(heard)
                continue
            if heard and hold.passes(heard):
                bring(heard, follower)
            if hold.is_over(announcement):
                self._let_go(announcement.topic, follower)

    def _above_floor(self, announcement: Announcement, follower: Follower) -> Announcement | None:
        """What of one is for a follower, who may have a floor."""
        floor = self._floors.get((announcement.topic, follower.id), 0)
        if not floor:
            return announcement
        data = above(announcement.event, announcement.data, floor)
        return None if data is None else replace(announcement, data=data)


def bring(announcement: Announcement, follower: Follower) -> None:
    """One announcement to one follower."""
    frame = follower.codec.event(announcement.event, announcement.data)
    if announcement.key is None:
        follower.mailbox.append(frame)
    else:
        follower.mailbox.append_droppable(frame, announcement.key)
