"""What every kind of mailbox promises, and the hub with any of them: the same cases for each."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from typing import Any

import gevent
import pytest

from chatd.delivery.broker.local import LocalBroker
from chatd.delivery.hub import Hub
from chatd.delivery.mailbox import Batch
from chatd.delivery.outbox import Outbox
from chatd.domain import topics
from chatd.domain.topics import Topic
from tests.mailboxes import LIMIT, Box, PlainBox, PolledBox, SocketBox, WatcherBox

ROOM = topics.dialog("lobby")


KINDS: list[type[Box]] = [PlainBox, PolledBox, SocketBox, WatcherBox]


@pytest.fixture(params=KINDS, ids=lambda kind: kind.__name__)
def make(request: pytest.FixtureRequest) -> Iterator[Callable[[], Box]]:
    made: list[Box] = []

    def one() -> Box:
        made.append(request.param())
        return made[-1]

    yield one
    for box in made:
        box.end()


def settle() -> None:
    """What is to run in this turn and the next ones has."""
    for _ in range(5):
        gevent.sleep(0)


def batch(*parts: tuple[bytes, Hashable | None]) -> Batch:
    return Batch(list(parts))


def test_what_is_put_in_comes_out_in_order(make: Callable[[], Box]) -> None:
    box = make()
    box.mailbox.append(b"one ")
    box.mailbox.append_droppable(b"two ", "key")
    box.mailbox.append(b"three four ", 2)
    box.mailbox.append_batch(batch((b"five ", None), (b"six ", "other"), (b"seven", None)))
    settle()
    assert box.read() == b"one two three four five six seven"
    assert box.read() == b""


def test_of_one_key_only_the_newest_waits_and_in_its_own_place(make: Callable[[], Box]) -> None:
    box = make()
    box.block()
    box.mailbox.append_droppable(b"a1 ", "a")
    box.mailbox.append_droppable(b"b1 ", "b")
    box.mailbox.append(b"message ")
    box.mailbox.append_batch(batch((b"more ", None), (b"a2 ", "a"), (b"last", None)))
    settle()
    assert box.read() == b"b1 message more a2 last"


def test_what_may_be_dropped_goes_first_and_nothing_else_does(make: Callable[[], Box]) -> None:
    box = make()
    box.block()
    for number in range(8):
        box.mailbox.append_batch(batch((b"d" * 1_000, number)))
    for _ in range(9):
        box.mailbox.append(b"m" * 1_000)
    assert box.said == []
    assert box.read() == b"m" * 9_000


def test_when_full_it_says_so_once_and_takes_nothing_more(make: Callable[[], Box]) -> None:
    box = make()
    box.block()
    for _ in range(10):
        box.mailbox.append(b"m" * 1_000)
    assert box.said == [], "as much as the bound is taken"
    box.mailbox.append(b"m")
    assert box.said == ["overflow"]
    box.mailbox.append(b"late")
    box.mailbox.append_droppable(b"late", "late")
    box.mailbox.send_to_all([box.mailbox], batch((b"late", None)))
    settle()
    assert box.said == ["overflow"]
    assert b"late" not in box.read()


def test_when_closed_it_takes_nothing(make: Callable[[], Box]) -> None:
    box = make()
    box.mailbox.append(b"before")
    settle()
    box.read()
    box.close()
    box.mailbox.append(b"after")
    box.mailbox.append_droppable(b"after", "key")
    box.mailbox.send_to_all([box.mailbox], batch((b"after", None), (b"after", "key")))
    settle()
    assert box.said == [] and box.read() == b""


def test_the_same_reaches_many_each_behind_what_waits_there(make: Callable[[], Box]) -> None:
    boxes = [make() for _ in range(5)]
    boxes[3].block()
    boxes[2].mailbox.append(b"own ")
    boxes[3].mailbox.append_droppable(b"old ", "key")
    mailboxes = [box.mailbox for box in boxes]
    mailboxes[0].send_to_all(mailboxes, batch((b"message ", None), (b"new", "key")))
    settle()
    assert [box.read() for box in boxes] == [
        b"message new",
        b"message new",
        b"own message new",
        b"message new",
        b"message new",
    ]


class Follower:
    """Somebody with a mailbox."""

    def __init__(self, id: str, box: Box) -> None:
        self.id = id
        self.codec = box.codec
        self.mailbox = box.mailbox
        self.topics: set[Topic] = set()
        self.box = box

    def hears(self, *events: tuple[str, Any]) -> None:
        """Exactly these events, as its codec writes them."""
        settle()
        said = b"".join(self.codec.event(name, b"%d" % data) for name, data in events)
        assert self.box.read() == said


class Later:
    """The end of the loop turn, as the test will have it."""

    def __init__(self) -> None:
        self.acts: list[Callable[[], None]] = []

    def __call__(self, act: Callable[[], None]) -> None:
        self.acts.append(act)

    def turn(self) -> None:
        """The turn ends."""
        acts, self.acts = self.acts, []
        for act in acts:
            act()


def test_the_hub_reaches_any_mailbox_once_a_turn(make: Callable[[], Box]) -> None:
    later = Later()
    hub = Hub(LocalBroker(), later)
    ann, ben = Follower("ann", make()), Follower("ben", make())
    for one in (ann, ben):
        hub.follow(ROOM, one)
    hub.publish(ROOM, "message:new", 1)
    hub.publish(ROOM, "draft:edit", 2, key="d:1", skip="ann")
    hub.publish(ROOM, "typing:start", 3, key="t", skip="ann")
    hub.publish(ROOM, "message:new", 4)
    hub.publish(ROOM, "typing:stop", 5, key="t", skip="ann")
    ben.hears()
    later.turn()
    ann.hears(("message:new", 1), ("message:new", 4))
    ben.hears(("message:new", 1), ("draft:edit", 2), ("message:new", 4), ("typing:stop", 5))
    hub.publish(ROOM, "typing:start", 6, key="t", skip="ann")
    later.turn()
    ann.hears()
    ben.hears(("typing:start", 6))


def test_kinds_of_mailboxes_follow_one_topic_together() -> None:
    later = Later()
    hub = Hub(LocalBroker(), later)
    boxes = [kind() for kind in KINDS for _ in range(2)]
    everybody = [Follower(f"c-{number}", box) for number, box in enumerate(boxes)]
    for one in everybody:
        hub.follow(ROOM, one)
    assert hub.count(ROOM) == len(everybody) == len(set(hub.followers(ROOM)))
    hub.publish(ROOM, "message:new", 1)
    hub.publish(ROOM, "draft:edit", 2, key="d", skip="c-0")
    later.turn()
    for one in everybody:
        one.hears(("message:new", 1), *[("draft:edit", 2)] * (one.id != "c-0"))
    hub.drop(everybody[0])
    hub.publish(ROOM, "message:new", 3)
    later.turn()
    everybody[0].hears()
    everybody[1].hears(("message:new", 3))
    for box in boxes:
        box.end()


def test_what_differs_in_whom_it_skips_is_not_conflated() -> None:
    later = Later()
    hub = Hub(LocalBroker(), later)
    ann, ben = Follower("ann", PlainBox()), Follower("ben", PlainBox())
    for one in (ann, ben):
        hub.follow(ROOM, one)
    hub.publish(ROOM, "presence:update", 1, key="p")
    hub.publish(ROOM, "presence:update", 2, key="p", skip="ann")
    later.turn()
    ann.hears(("presence:update", 1))
    ben.hears(("presence:update", 2))


@pytest.mark.parametrize("side", [topics.staff("t"), topics.customer("t")])
def test_the_sides_of_a_conversation_keep_their_order(side: Topic) -> None:
    later = Later()
    hub = Hub(LocalBroker(), later)
    ann, whole = Follower("ann", PlainBox()), topics.dialog("t")
    for topic in (whole, side):
        hub.follow(topic, ann)
    hub.publish(whole, "message:new", 1)
    hub.publish(side, "draft:edit", 2, key="d")
    hub.publish(whole, "message:new", 3)
    later.turn()
    ann.hears(("message:new", 1), ("draft:edit", 2), ("message:new", 3))


def test_who_comes_hears_nothing_of_before_and_who_goes_all_of_it() -> None:
    later = Later()
    hub = Hub(LocalBroker(), later)
    ann, ben = Follower("ann", PlainBox()), Follower("ben", PlainBox())
    hub.follow(ROOM, ann)
    hub.publish(ROOM, "draft:edit", 1, key="d")
    hub.follow(ROOM, ben)
    hub.publish(ROOM, "draft:edit", 2, key="e")
    hub.unfollow(ROOM, ann)
    hub.publish(ROOM, "draft:edit", 3, key="f")
    later.turn()
    ann.hears(("draft:edit", 1), ("draft:edit", 2))
    ben.hears(("draft:edit", 2), ("draft:edit", 3))


class Counting:
    """A codec that counts how often it was asked."""

    def __init__(self) -> None:
        self.events = 0

    def event(self, name: str, data: bytes) -> bytes:
        """A frame."""
        self.events += 1
        return data


class Tallying(Outbox):
    """An outbox of which is counted how often frames were put there one by one."""

    batches = one_by_one = 0

    def append_droppable(self, frame: bytes, key: Hashable) -> None:
        """One by one."""
        type(self).one_by_one += 1

    @staticmethod
    def send_to_all(mailboxes: Any, batch: Batch) -> None:
        """Together."""
        Tallying.batches += 1


def test_drafts_of_a_turn_are_encoded_once_each_and_sent_in_one_go() -> None:
    later, codec = Later(), Counting()
    hub = Hub(LocalBroker(), later)
    for number in range(500):
        box = PlainBox()
        box.codec, box.mailbox = codec, Tallying(Any, Any, limit=LIMIT)
        hub.follow(ROOM, Follower(f"c-{number}", box))
    for number in range(50):
        hub.publish(ROOM, "draft:edit", number, key=f"d:{number}", skip="c-7")
    later.turn()
    assert codec.events == 50
    assert (Tallying.batches, Tallying.one_by_one) == (1, 0)
