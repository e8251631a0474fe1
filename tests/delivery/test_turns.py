"""A turn's announcements: together, once, in order, to those who followed when they were made."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from chatd.delivery.broker.local import LocalBroker
from chatd.delivery.hub import CLOSE_BEHIND, FEW, Hub
from chatd.delivery.mailbox import Batch, Mailbox
from chatd.domain import topics
from chatd.domain.topics import Topic

LOBBY, QUIET = topics.dialog("lobby"), topics.dialog("quiet")


class Codec:
    """Events as their names and numbers; ``encoded`` counts."""

    def __init__(self) -> None:
        self.encoded = 0

    def event(self, name: str, data: bytes) -> bytes:
        """A name and what it tells."""
        self.encoded += 1
        return b"%b%b " % (name.encode(), data)


class Follower(Mailbox):
    """One that keeps each send apart."""

    def __init__(self, id: str, codec: Codec) -> None:
        self.id, self.codec, self.mailbox = id, codec, self
        self.topics: set[Topic] = set()
        self.sends: list[str] = []
        self.closed: list[int] = []

    def close(self, code: int, reason: str) -> None:
        """Notes the code."""
        self.closed.append(code)

    def append(self, frame: bytes, frames: int = 1) -> None:
        """A frame, or several joined."""
        self.sends.append(frame.decode().strip())

    def append_droppable(self, frame: bytes, key: Any) -> None:
        """A frame with its key."""
        self.sends.append(f"{frame.decode().strip()}:{key}")

    @staticmethod
    def send_to_all(mailboxes: Any, batch: Batch) -> None:
        """All of a turn."""
        for one in mailboxes:
            one.sends.append(batch.data.decode().strip())


class Turn:
    """What is to be done at the end of a turn."""

    def __init__(self) -> None:
        self.acts: list[Callable[[], None]] = []

    def __call__(self, act: Callable[[], None]) -> None:
        self.acts.append(act)

    def end(self) -> int:
        """Does it; how much there was."""
        acts, self.acts = self.acts, []
        for act in acts:
            act()
        return len(acts)


class House:
    """A hub and people."""

    def __init__(self) -> None:
        self.turn = Turn()
        self.broker = LocalBroker()
        self.hub = Hub(self.broker, self.turn)
        self.codec = Codec()

    def follower(self, id: str, *followed: Topic) -> Follower:
        """Somebody who follows these."""
        made = Follower(id, self.codec)
        for topic in followed:
            self.hub.follow(topic, made)
        return made

    def say(self, what: str, topic: Topic = LOBBY, **how: Any) -> None:
        """Announces."""
        self.hub.publish(topic, what, 1, **how)


@pytest.fixture
def house() -> House:
    return House()


def test_what_a_turn_brings_leaves_at_its_end_in_one_piece(house: House) -> None:
    anna, boris = house.follower("a", LOBBY), house.follower("b", LOBBY)
    for what in "xyz":
        house.say(what)
    assert anna.sends == boris.sends == [], "nothing before its end"
    assert house.turn.end() == 1, "and once"
    assert anna.sends == boris.sends == ["x1 y1 z1"]
    assert house.codec.encoded == 3
    assert house.turn.end() == 0
    house.say("w")
    assert house.turn.end() == 1 and anna.sends[1:] == ["w1"]


def test_what_few_are_told_leaves_with_the_answers_and_what_many_are_behind_them() -> None:
    along, behind, codec = Turn(), Turn(), Codec()
    hub = Hub(LocalBroker(), behind, along=along)
    people = [Follower(f"p{number}", codec) for number in range(FEW + 1)]
    for one in people[1:]:
        hub.follow(LOBBY, one)
    hub.publish(LOBBY, "x", 1)
    assert behind.end() == 0 and along.end() == 1 and people[1].sends == ["x1"]
    hub.follow(LOBBY, people[0])
    hub.publish(LOBBY, "y", 1)
    assert along.end() == 0 and behind.end() == 1
    assert [one.sends[-1] for one in people] == ["y1"] * len(people)


def test_who_comes_or_goes_in_the_midst_of_a_turn_hears_what_was_said_while_there(
    house: House,
) -> None:
    anna = house.follower("a", LOBBY)
    house.say("x")
    boris = house.follower("b", LOBBY)
    house.say("y")
    house.hub.unfollow(LOBBY, anna)
    house.say("z")
    house.turn.end()
    assert "".join(anna.sends).replace(" ", "") == "x1y1"
    assert "".join(boris.sends).replace(" ", "") == "y1z1"
    house.hub.unfollow(LOBBY, boris)
    house.say("w")
    assert house.turn.end() == 0, "nobody is there"


def test_who_caused_it_is_left_out_and_nobody_else(house: House) -> None:
    anna, boris, vera = (house.follower(id, LOBBY) for id in "abv")
    house.say("x", skip="a")
    house.say("y", skip="b")
    house.say("z", skip="nobody")
    house.turn.end()
    assert (anna.sends, boris.sends, vera.sends) == (["y1 z1"], ["x1 z1"], ["x1 y1 z1"])


def test_of_what_may_be_dropped_the_newest_of_a_turn_is_left_in_its_own_place(
    house: House,
) -> None:
    anna = house.follower("a", LOBBY)
    house.say("old", key="k")
    house.say("x")
    house.say("new", key="k")
    house.say("other", key="l")
    house.turn.end()
    assert anna.sends == ["x1 new1 other1"]


def test_topics_are_told_apart(house: House) -> None:
    anna, boris = house.follower("a", LOBBY), house.follower("b", QUIET)
    both = house.follower("c", LOBBY, QUIET)
    house.say("x")
    house.say("y", QUIET)
    assert house.turn.end() == 2
    assert (anna.sends, boris.sends, both.sends) == (["x1"], ["y1"], ["x1", "y1"])
    assert (house.hub.count(LOBBY), house.hub.count(QUIET), house.hub.count("none:")) == (2, 2, 0)  # type: ignore[arg-type]
    assert {one.id for one in house.hub.followers(LOBBY)} == {"a", "c"}


@pytest.mark.parametrize("leave", ["unfollow", "drop"])
def test_nothing_is_left_of_who_went(house: House, leave: str) -> None:
    anna = house.follower("a", LOBBY, QUIET)
    house.hub.hold(LOBBY, anna)
    assert house.hub.count(LOBBY) == 1
    if leave == "drop":
        house.hub.drop(anna)
    else:
        for topic in (LOBBY, QUIET, QUIET):
            house.hub.unfollow(topic, anna)
        house.hub.release(anna)
    assert anna.topics == set() and house.hub._holds == {}
    for topic in (LOBBY, QUIET):
        assert house.hub.count(topic) == 0 and list(house.hub.followers(topic)) == []
        house.say("x", topic)
    house.turn.end()
    assert anna.sends == []
    assert house.hub._topics == {} and house.hub._held == {}


def test_the_broker_is_subscribed_to_what_is_followed_and_no_longer() -> None:
    wanted: list[Topic] = []

    class Noting(LocalBroker):
        """A broker that notes what it is asked for."""

        def subscribe(self, topic: Topic) -> None:
            if topic not in wanted:
                wanted.append(topic)

        def unsubscribe(self, topic: Topic) -> None:
            wanted.remove(topic)

    hub, codec = Hub(Noting(), Turn()), Codec()
    anna, boris = Follower("a", codec), Follower("b", codec)
    hub.follow(LOBBY, anna)
    hub.hold(LOBBY, boris)
    assert wanted == [LOBBY]
    hub.unfollow(LOBBY, anna)
    assert wanted == [LOBBY], "who is held is there, too"
    hub.release(boris)
    assert wanted == [LOBBY]
    hub.unfollow(LOBBY, boris)
    assert wanted == []


def test_what_is_spread_early_is_not_sent_again(house: House) -> None:
    anna = house.follower("a", LOBBY)
    house.say("x")
    house.hub.spread(LOBBY)
    assert anna.sends == ["x1"]
    house.say("y")
    house.turn.end()
    assert anna.sends == ["x1", "y1"]
    house.hub.spread(topics.dialog("nobody's"))


def test_when_something_may_have_been_missed_all_who_follow_come_back(house: House) -> None:
    anna, boris, vera = house.follower("a", LOBBY), house.follower("b"), house.follower("v")
    house.hub.hold(QUIET, boris)
    house.hub.cut()
    assert (anna.closed, boris.closed, vera.closed) == ([CLOSE_BEHIND], [CLOSE_BEHIND], [])


def test_who_moves_hears_all_once_and_elsewhere_from_then_on(house: House) -> None:
    anna, boris = house.follower("a", LOBBY, QUIET), house.follower("b", LOBBY)
    house.say("old")
    other, new = Codec(), Follower("new", house.codec)
    house.hub.move(anna, other, new)
    house.say("new")
    house.say("quiet", QUIET)
    house.turn.end()
    assert (anna.sends, new.sends) == (["old1"], ["new1", "quiet1"])
    assert boris.sends == ["old1", "new1"] and other.encoded == 2
    assert house.hub.count(LOBBY) == 2 and house.hub.count(QUIET) == 1
    house.hub.drop(anna)
    house.hub.drop(boris)
    assert not house.hub._topics
