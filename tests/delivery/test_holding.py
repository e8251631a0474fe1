"""Who is just being answered hears each thing once: on the page, or behind it."""

from __future__ import annotations

import time
from typing import Any

import gevent
import pytest

from chatd.delivery import holding
from chatd.delivery.broker.base import Announcement
from chatd.delivery.broker.local import LocalBroker
from chatd.delivery.hub import Hub
from chatd.domain import topics

LOBBY, SELF = topics.dialog("lobby"), topics.participant("p-1")


class Codec:
    """Events as their names and numbers."""

    def event(self, event: str, data: bytes) -> bytes:
        return event.encode() + b" " + data


class Reader:
    """A follower that keeps what it gets, and its mailbox."""

    def __init__(self, id: str, codec: Codec) -> None:
        self.id, self.codec, self.mailbox = id, codec, self
        self.topics: set[topics.Topic] = set()
        self.got: list[str] = []
        self.closed: list[int] = []

    def __hash__(self) -> int:
        return hash(self.id)

    def close(self, code: int, reason: str) -> None:
        self.closed.append(code)

    def append(self, frame: bytes, frames: int = 1) -> None:
        self.got.append(frame.decode())

    def append_droppable(self, frame: bytes, key: Any) -> None:
        self.got.append(f"{frame.decode()} {key}")

    @staticmethod
    def send_to_all(mailboxes: Any, batch: Any) -> None:
        for one in mailboxes:
            one.got += [frame.decode() for frame, _ in batch.parts]


class House:
    """A hub, a reader who joins and one who was there before."""

    def __init__(self) -> None:
        codec = Codec()
        self.hub = Hub(LocalBroker(), gevent.get_hub().loop.run_callback)
        self.joiner, self.other = Reader("c-1", codec), Reader("c-2", codec)
        self.hub.follow(LOBBY, self.other)

    def say(self, rev: int, event: str = "message:new", **how: Any) -> None:
        self.hub.publish(LOBBY, event, rev, dialog_id="lobby", rev=rev, **how)
        gevent.sleep(0)

    def heard(self) -> list[int]:
        return [int(one.split()[1]) for one in self.joiner.got]


@pytest.fixture
def house() -> House:
    return House()


def test_nothing_comes_before_the_answer_and_what_it_tells_does_not_come_at_all(
    house: House,
) -> None:
    hold = house.hub.hold(LOBBY, house.joiner)
    for rev in (1, 2, 3):
        house.say(rev)
    hold.read("lobby", 2, ())
    house.say(4)
    assert house.joiner.got == [] and len(house.other.got) == 4
    assert house.hub.release(house.joiner)
    house.say(5)
    assert house.heard() == [3, 4, 5]


def test_what_is_read_before_it_is_announced_is_not_told_again(house: House) -> None:
    house.hub.hold(LOBBY, house.joiner).read("lobby", 3, ())
    assert house.hub.release(house.joiner) and house.hub.count(LOBBY) == 2
    for rev in (1, 2, 3, 4, 5):
        house.say(rev)
    assert house.heard() == [4, 5]


def test_what_has_no_number_is_told_unless_the_answer_covers_it(house: House) -> None:
    hold = house.hub.hold(LOBBY, house.joiner)
    house.hub.publish(LOBBY, "presence:update", 1, key="p")
    house.hub.publish(LOBBY, "receipt:update", 2, key="r")
    hold.read("lobby", 0, ("presence:update",))
    house.hub.publish(LOBBY, "presence:update", 3, key="p")
    house.hub.release(house.joiner)
    assert house.joiner.got == ["receipt:update 2 r", "presence:update 3 p"]


def test_how_a_conversation_stands_is_told_twice_rather_than_not(house: House) -> None:
    hold = house.hub.hold(LOBBY, house.joiner)
    house.say(2, "dialog:update")
    hold.read("lobby", 2, ())
    house.hub.release(house.joiner)
    assert house.heard() == [2]


def test_a_crowd_that_began_or_ended_before_the_answer_is_told_by_it(house: House) -> None:
    hold = house.hub.hold(LOBBY, house.joiner)
    house.hub.publish(LOBBY, "dialog:update", 1)
    house.hub.publish(LOBBY, "dialog:update", 2, dialog_id="lobby")
    hold.read("lobby", 0, ("dialog:update",))
    house.hub.publish(LOBBY, "dialog:update", 3)
    house.hub.release(house.joiner)
    assert house.heard() == [2, 3], "what tells of a change of the room is not covered"


def test_who_caused_it_is_not_told_and_who_left_neither(house: House) -> None:
    house.hub.hold(LOBBY, house.joiner)
    house.say(1, skip="c-1")
    house.hub.unfollow(LOBBY, house.joiner)
    house.say(2)
    house.hub.release(house.joiner)
    house.say(3)
    assert house.heard() == [] and LOBBY not in house.joiner.topics
    assert house.hub.count(LOBBY) == 1


def test_who_is_gone_is_let_go_whatever_was_held(house: House) -> None:
    house.hub.hold(LOBBY, house.joiner)
    house.hub.hold(SELF, house.joiner)
    house.hub.drop(house.joiner)
    assert house.hub.release(house.joiner) and not house.joiner.topics
    assert house.hub.count(SELF) == 0 and not house.hub._held


@pytest.mark.parametrize(("count", "size"), [(holding.MOST + 1, 1), (3, holding.MOST_BYTES // 2)])
def test_no_more_is_kept_than_fits_and_the_follower_is_told(
    house: House, count: int, size: int
) -> None:
    house.hub.hold(LOBBY, house.joiner)
    for _ in range(count):
        house.hub.publish(LOBBY, "message:new", "x" * size, dialog_id="lobby", rev=1)
    assert not house.hub.release(house.joiner) and house.joiner.got == []
    house.say(9)
    assert house.heard() == [9]


def test_exactly_what_fits_is_kept(house: House) -> None:
    house.hub.hold(LOBBY, house.joiner)
    for number in range(1, holding.MOST + 1):
        house.hub.publish(LOBBY, "message:new", number, dialog_id="lobby", rev=number)
    assert house.hub.release(house.joiner) and len(house.joiner.got) == holding.MOST


def test_who_may_have_missed_something_comes_back(house: House) -> None:
    house.hub.hold(LOBBY, house.joiner)
    house.hub.cut()
    assert house.joiner.closed == house.other.closed == [1013]


def test_of_several_who_are_held_each_is_brought_what_is_its_own(house: House) -> None:
    third, fourth = (Reader(f"c-{number}", house.joiner.codec) for number in (3, 4))
    for one in (house.joiner, third, fourth):
        house.hub.hold(LOBBY, one).read("lobby", 5, ())
    house.hub.release(third)
    house.hub.release(fourth)
    house.say(6, skip="c-3")
    assert (house.joiner.got, third.got, fourth.got) == ([], [], ["message:new 6"])
    house.hub.release(house.joiner)
    assert house.heard() == [6]


def test_what_an_answer_covers_of_one_conversation_is_told_of_another(house: House) -> None:
    for id in ("a", "lobby", "z"):
        hold = house.hub.hold(topics.dialog(id), house.joiner)
        house.hub.publish(topics.dialog(id), "presence:update", ord(id[0]))
    hold.read("lobby", 0, ("presence:update",))
    house.hub.release(house.joiner)
    assert house.heard() == [ord("a"), ord("z")]


def test_a_message_without_a_number_is_told_whatever_the_answer_tells(house: House) -> None:
    house.hub.hold(LOBBY, house.joiner).read("lobby", 5, ())
    house.hub.publish(LOBBY, "message:new", 1, dialog_id="lobby")
    house.hub.release(house.joiner)
    assert house.heard() == [1]


def test_who_is_told_all_that_was_read_follows_as_everybody(house: House) -> None:
    house.say(1_000)
    hold = house.hub.hold(LOBBY, house.joiner)
    hold.read("lobby", int("1000"), ())
    house.hub.release(house.joiner)
    assert not hold.topics and not house.hub._held and house.hub.count(LOBBY) == 2
    house.say(1_001)
    assert house.heard() == [1_001]


def test_what_is_kept_back_is_bounded_to_the_byte(house: House) -> None:
    for more in (0, 1):
        house.hub.hold(LOBBY, house.joiner)
        for number in range(4):
            text = "x" * (999_998 + (more if number == 3 else 0))
            house.hub.publish(LOBBY, "message:new", text)
        assert house.hub.release(house.joiner) == (not more)
        assert len(house.joiner.got) == 4
    assert holding.MOST == 2_000


def test_what_was_read_is_held_on_to_until_something_newer_or_for_seconds() -> None:
    hold = holding.Hold()
    assert not hold.released
    hold.read("lobby", 5, ())
    hold.release(lambda id: 0, lambda one: None)
    assert hold.released
    old, new = (Announcement(LOBBY, "message:new", b"", None, None, "lobby", rev) for rev in (5, 6))
    other = Announcement(topics.dialog("z"), "message:new", b"", None, None, "z", 1)
    assert (hold.is_over(old), hold.is_over(new), hold.is_over(other)) == (False, True, True)
    hold._released = time.monotonic() - 4.01
    assert not hold.is_over(old)
    hold._released = time.monotonic() - 5.01
    assert hold.is_over(old)


def test_of_very_many_conversations_it_is_remembered_how_far_the_latest_are(house: House) -> None:
    def tell(id: str, rev: int) -> None:
        house.hub.publish(topics.dialog(id), "message:new", 1, dialog_id=id, rev=rev)

    for number in range(10_000):
        tell(f"d{number}", 7)
    tell("d0", 3)
    tell("unnumbered", 0)
    assert [house.hub._newest_told(id) for id in ("d0", "d1", "d9999")] == [7, 7, 7]
    tell("one more", 1)
    assert [house.hub._newest_told(id) for id in ("d0", "d1", "d2")] == [7, 0, 7]
