"""The contracts of newcomers, keyed locks, the queue's pace, places that were told, and leading."""

from __future__ import annotations

import gevent
import pytest

from chatd.domain.participant import Newcomer
from chatd.domain.queue import FIRST_GUESS_S
from chatd.domain.times import to_text
from chatd.live.base import KeyedLocks, Leader, Newcomers, Places, QueuePace
from chatd.live.local import leader as local_leader
from chatd.live.local import locks as local_locks
from chatd.live.local import newcomers as local_newcomers
from chatd.live.local import pace as local_pace
from tests.live.implementations import KINDS, Clock, made
from tests.waiting import LIVE_READS

NOW = 1_800_000_000.0


def newcomer(id: str, at: float = NOW) -> Newcomer:
    return Newcomer(id=id, participant=f"p-{id}", created_at=to_text(at))


@pytest.fixture(params=KINDS)
def newcomers(request: pytest.FixtureRequest) -> Newcomers:
    def make() -> Newcomers:
        return local_newcomers.Newcomers([newcomer("b", NOW + 1), newcomer("a")])

    found: Newcomers = made(request.param, make, LIVE_READS["newcomers"])
    return found


def test_a_newcomer_is_known_for_ten_minutes(newcomers: Newcomers) -> None:
    assert (
        newcomers.participant_of("a", NOW) == "p-a" and newcomers.participant_of("c", NOW) is None
    )
    assert newcomers.participant_of("a", NOW + 599.9) == "p-a"
    assert (
        newcomers.participant_of("a", NOW + 600) is None
        and newcomers.participant_of("b", NOW + 600) == "p-b"
    )
    assert newcomers.choose_outdated(NOW + 599) == [] and newcomers.choose_outdated(NOW + 600) == [
        "a"
    ]


def test_who_came_is_known_at_once_and_who_is_forgotten_is_not(newcomers: Newcomers) -> None:
    newcomers.add(newcomer("c"), ["a", "nobody"])
    assert (
        newcomers.participant_of("c", NOW) == "p-c" and newcomers.participant_of("a", NOW) is None
    )
    assert newcomers.participant_of("b", NOW) == "p-b"


def test_of_very_many_newcomers_the_oldest_make_room(newcomers: Newcomers) -> None:
    for number in range(9_998):
        if number % 1_000 == 0 or number > 9_990:
            assert newcomers.choose_outdated(NOW + 2) == [], number
        newcomers.add(newcomer(str(number), NOW + 2), [])
    assert local_newcomers.MOST == 10_000 and newcomers.choose_outdated(NOW + 2) == ["a"]
    assert newcomers.choose_outdated(NOW + 700) == ["a", "b", *map(str, range(9))]


def test_nobody_makes_room_while_there_is_some() -> None:
    few = local_newcomers.Newcomers(newcomer(str(number)) for number in range(15))
    assert few.choose_outdated(NOW) == []
    assert few.choose_outdated(NOW + 700) == [str(number) for number in range(10)], (
        "a few at a time"
    )


@pytest.fixture(params=KINDS)
def locks(request: pytest.FixtureRequest) -> KeyedLocks:
    found: KeyedLocks = made(request.param, local_locks.KeyedLocks, {"one_at_a_time", "is_awaited"})
    return found


def test_of_one_thing_one_at_a_time_and_of_others_meanwhile(locks: KeyedLocks) -> None:
    inside: dict[str, int] = {"a": 0, "b": 0}
    together: list[int] = []

    def act(what: str) -> None:
        with locks.one_at_a_time(what):
            inside[what] += 1
            assert inside[what] == 1
            gevent.sleep(0.001)
            together.append(sum(inside.values()))
            inside[what] -= 1

    acts = [gevent.spawn(act, what) for _ in range(20) for what in "ab"]
    gevent.joinall(acts, raise_error=True, timeout=20)
    assert len(together) == 40 and max(together) == 2


def test_who_is_at_it_can_see_whether_anybody_waits(locks: KeyedLocks) -> None:
    seen: list[bool] = []

    def come() -> None:
        with locks.one_at_a_time("a"):
            seen.append(locks.is_awaited("a"))

    with locks.one_at_a_time("a"):
        assert not locks.is_awaited("a")
        comers = [gevent.spawn(come) for _ in range(2)]
        gevent.sleep(0.01)  # each has begun
        assert locks.is_awaited("a") and not locks.is_awaited("b")
    gevent.joinall(comers, raise_error=True, timeout=20)
    assert seen == [True, False] and not locks.is_awaited("a")


def test_a_lock_is_let_go_by_who_fails_or_is_killed(locks: KeyedLocks) -> None:
    with pytest.raises(KeyError), locks.one_at_a_time("a"):
        raise KeyError("a")

    def stay() -> None:
        with locks.one_at_a_time("a"):
            gevent.sleep(60)

    staying = gevent.spawn(stay)
    gevent.sleep(0.01)
    staying.kill()
    with gevent.Timeout(5), locks.one_at_a_time("a"):
        pass


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=KINDS)
def pace(request: pytest.FixtureRequest, clock: Clock) -> QueuePace:
    found: QueuePace = made(request.param, lambda: local_pace.QueuePace(clock), LIVE_READS["pace"])
    return found


def test_the_pace_is_that_of_the_last_acceptances_of_the_site(
    pace: QueuePace, clock: Clock
) -> None:
    assert pace.seconds("shop") == FIRST_GUESS_S
    for _ in range(local_pace.REMEMBERED + 5):
        pace.note_acceptance("shop", 1_000)
        clock.now += 30
    assert pace.seconds("shop") == 30 and pace.seconds("bank") == FIRST_GUESS_S
    clock.now += 10_000
    pace.note_acceptance("shop", 30)
    assert pace.seconds("shop") == 30, "a queue that stood empty was not slow"


def test_nobody_is_told_less_than_nothing_has_moved(pace: QueuePace, clock: Clock) -> None:
    pace.note_acceptance("shop", 10)
    first = pace.expect("shop", 1, 0)
    assert pace.expect("shop", 3, 0) > first
    clock.now += 500
    assert pace.expect("shop", 1, 500) >= first


def test_the_pace_is_a_mean_of_twenty_and_no_two_come_within_a_second(
    pace: QueuePace, clock: Clock
) -> None:
    pace.note_acceptance("shop", 90)
    assert pace.seconds("shop") == 90, "of the first it is how long they waited"
    clock.now += 2_010
    pace.note_acceptance("shop", 4_000)
    assert pace.seconds("shop") == 1_050, "the time between, while somebody waited"
    for between, seconds in ((1.5, 1.5), (0.2, 1.0)):
        for _ in range(20):
            clock.now += between
            pace.note_acceptance("shop", 4_000)
            assert pace.seconds("shop") >= seconds
        assert pace.seconds("shop") == pytest.approx(seconds)
    clock.now += 21
    pace.note_acceptance("shop", 4_000)
    assert pace.seconds("shop") == pytest.approx((19 + 21) / 20)


def test_a_wait_is_as_long_as_nothing_has_moved_since_somebody_waits(
    pace: QueuePace, clock: Clock
) -> None:
    assert pace.expect("shop", 1, 30) == FIRST_GUESS_S and pace.expect("shop", 1, 500) == 500
    pace.note_acceptance("shop", 10)
    assert pace.expect("shop", 3, 0) == 30
    clock.now += 2_600
    assert pace.expect("shop", 1, 50) == 170, "the line stood empty before"
    assert pace.expect("shop", 1, 9_000) == 2_600
    assert pace.expect("bank", 1, 7) == FIRST_GUESS_S


@pytest.fixture(params=KINDS)
def places(request: pytest.FixtureRequest) -> Places:
    found: Places = made(request.param, local_pace.Places, set())
    return found


def test_what_was_told_is_no_news_until_it_changes_or_is_forgotten(places: Places) -> None:
    assert places.is_news("TKT-1", 3, None) and not places.is_news("TKT-1", 3, None)
    assert places.is_news("TKT-2", 3, None) and places.is_news("TKT-1", 2, None)
    places.forget("TKT-1")
    places.forget("TKT-9")
    assert places.is_news("TKT-1", 2, None) and not places.is_news("TKT-2", 3, None)


def test_of_a_long_list_all_get_their_turn(places: Places) -> None:
    seen = [places.take_turns(10, 4) for _ in range(4)]
    assert seen == [0, 4, 8, 0]
    assert places.take_turns(3, 4) == 0, "a list that has become short begins anew"
    assert places.take_turns(4, 4) == 0, "nobody is behind its end"


@pytest.fixture(params=KINDS)
def leader(request: pytest.FixtureRequest) -> Leader:
    found: Leader = made(request.param, local_leader.OnlyOne, {"leads"})
    return found


def test_where_there_is_one_process_it_leads(leader: Leader) -> None:
    assert leader.leads()
