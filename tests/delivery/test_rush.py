"""Very many who come at once are told of together; everything else at once, and all in order."""

from __future__ import annotations

import gevent
import pytest

from chatd.delivery import rush
from chatd.delivery.broker.local import LocalBroker
from chatd.delivery.hub import Hub
from chatd.delivery.rush import CALM, WINDOW_S, Rush
from chatd.domain import topics
from tests.mailboxes import PlainBox
from tests.test_mailboxes import Follower, Later

ROOM, CAME = topics.dialog("lobby"), "presence:update"


class Scene:
    """A room with Ann in it, and a clock that stands still."""

    def __init__(self) -> None:
        self.now = 0.0
        self.later = Later()
        self.rush = Rush(lambda: self.now)
        self.hub = Hub(LocalBroker(), self.later, self.rush)
        self.ann = self.comes("ann")

    def comes(self, id: str) -> Follower:
        follower = Follower(id, PlainBox())
        self.hub.follow(ROOM, follower)
        return follower

    def told(self, *numbers: int, skip: str | None = None) -> None:
        for number in numbers:
            self.hub.publish(ROOM, CAME, number, key=f"p:{number}", skip=skip)

    def rushes(self) -> None:
        """As many as are told of at once have come."""
        self.told(*range(CALM))
        self.later.turn()
        self.ann.hears(*((CAME, number) for number in range(CALM)))


@pytest.fixture
def scene(monkeypatch: pytest.MonkeyPatch) -> Scene:
    monkeypatch.setattr(rush, "WAIT_S", 0.001)
    return Scene()


def heard(one: Follower) -> bytes:
    """What comes by itself; waits for it."""
    with gevent.Timeout(30):
        while not (said := one.box.read()):
            gevent.sleep(0.001)
    return said


def frames(one: Follower, *numbers: int) -> bytes:
    return b"".join(one.codec.event(CAME, b"%d" % number) for number in numbers)


def test_of_very_many_the_later_ones_come_together(scene: Scene) -> None:
    scene.rushes()
    scene.told(100)
    ben = scene.comes("ben")
    scene.told(101, skip="ben")
    scene.later.turn()
    assert heard(scene.ann) == frames(scene.ann, 100, 101)
    assert ben.box.read() == frames(ben, 100), "nobody is told of themselves"


def test_what_does_not_wait_takes_along_what_does(scene: Scene) -> None:
    scene.rushes()
    scene.told(100)
    scene.hub.publish(ROOM, "message:new", 1)
    scene.told(101)
    ben = scene.comes("ben")
    scene.ann.hears((CAME, 100), ("message:new", 1), (CAME, 101))
    scene.told(102)
    scene.hub.unfollow(ROOM, scene.ann)
    scene.hub.publish(ROOM, "message:new", 2)
    scene.later.turn()
    ben.hears((CAME, 102), ("message:new", 2))
    scene.ann.hears()


def test_a_rush_is_over_when_few_come(scene: Scene) -> None:
    scene.rushes()
    scene.told(99)
    scene.now += 1.5 * WINDOW_S
    scene.told(100)
    assert heard(scene.ann) == frames(scene.ann, 99, 100), "it lasts into the next moment"
    assert not scene.later.acts
    scene.now += 1.5 * WINDOW_S
    scene.told(101)
    scene.later.turn()
    scene.ann.hears((CAME, 101))


def test_very_many_rooms_are_told_a_part_at_a_time(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rush, "PER_TURN", 3)
    scene.rushes()
    everybody = [Follower(f"c-{number}", PlainBox()) for number in range(9)]
    for number, one in enumerate(everybody):
        scene.hub.follow(topics.dialog(f"r{number}"), one)
        scene.hub.publish(topics.dialog(f"r{number}"), CAME, number, key="p")
    assert [heard(one) for one in everybody] == [frames(one, n) for n, one in enumerate(everybody)]
