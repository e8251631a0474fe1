"""Who has a place, who gives way, whose turn it is, and who lets go of what was not sent."""

from __future__ import annotations

from collections.abc import Callable

import gevent

from chatd.delivery.unsent import Unsent
from chatd.net.places import SPARE, Place, Places
from chatd.net.turnstile import PER_TURN, Turnstile


def come(places: Places, network: str, *, gave_way: list[str] | None = None) -> Place | None:
    said = [] if gave_way is None else gave_way
    place = places.come(network, lambda: said.append(network))
    if place is not None:
        places.waits(place)
    return place


def test_the_longest_idle_of_the_same_address_gives_way_first() -> None:
    places, gone = Places(100, 2), list[str]()
    first = come(places, "b", gave_way=gone)
    busy, idle = come(places, "a", gave_way=gone), come(places, "a", gave_way=gone)
    assert first and busy and idle
    places.asks(busy)
    assert come(places, "a", gave_way=gone) and gone == ["a"]
    assert places.taken == 3 and places.given_way == 1 and not places.too_many("a")
    places.leave(idle)
    assert places.taken == 3, "who gave way leaves no second time"


def test_who_asks_gives_no_way_and_those_in_excess_are_few() -> None:
    places = Places(3, 100)
    for number in range(3 + SPARE):
        place = come(places, str(number))
        assert place is not None
        places.asks(place)
        assert places.full == (number >= 3)
    assert come(places, "late") is None
    places.leave(place)
    assert come(places, "late") is not None


def test_what_comes_through_a_proxy_counts_for_who_asks() -> None:
    places = Places(100, 1)
    shared = come(places, "")
    assert shared and not places.too_many("a")
    places.asks(shared)
    places.belongs(shared, "a")
    assert not places.too_many("a") and come(places, "a") and places.too_many("a")
    places.belongs(shared, "b")
    assert not places.too_many("a")
    places.leave(shared)
    assert places.taken == 1


def test_so_many_begin_in_a_turn_and_no_address_goes_before_the_others() -> None:
    turnstile, order, before = Turnstile(), list[str](), dict[str, int]()

    def ask(address: str) -> None:
        before[address] = len(order)  # on a slow machine turns pass before all have come
        turnstile.wait(address)
        order.append(address)

    asking = [gevent.spawn(ask, "flood") for _ in range(50)]
    asking.append(gevent.spawn(ask, "other"))
    gevent.joinall(asking, timeout=10)
    assert len(order) == 51 and order.index("other") <= before["other"] + 2 * PER_TURN
    assert 0 < turnstile.turns <= 51 - PER_TURN, "how many wait is the machine's affair"


def test_who_has_the_most_lets_go_when_all_together_is_too_much() -> None:
    unsent, dropped = Unsent(100), list[str]()

    def waits(name: str, size: int) -> None:
        unsent.waits(name, size, lambda: dropped.append(name))

    waits("small", 30)
    waits("large", 60)
    waits("small", 40)
    assert unsent.total == 100 and not dropped
    waits("third", 1)
    assert dropped == ["large"] and unsent.total == 41
    unsent.remove("small")
    unsent.remove("small")
    assert unsent.total == 1


def test_who_left_or_turned_out_to_be_of_another_address_counts_once_less() -> None:
    for goes in ("leaves", "belongs"):
        places = Places(100, 2)
        first, second = come(places, "a"), come(places, "a")
        for place in (first, second):
            assert place
            places.asks(place)
        assert first
        if goes == "leaves":
            places.leave(first)
        else:
            places.belongs(first, "b")
        third = come(places, "a")
        assert third and not places.too_many("a") and places.given_way == 0
        places.asks(third)
        assert come(places, "a") and places.too_many("a"), goes


def test_above_the_bound_who_waits_gives_way_to_who_comes() -> None:
    places, gone = Places(1, 100), list[str]()
    busy = come(places, "busy")
    assert busy
    places.asks(busy)
    assert come(places, "waits", gave_way=gone) and places.full
    assert come(places, "comes") and gone == ["waits"] and places.taken == 2


class ByHand:
    """A timer that fires when the test says so."""

    def __init__(self) -> None:
        self.started: list[Callable[[], None]] = []

    def start(self, call: Callable[[], None]) -> None:
        """Noted."""
        self.started.append(call)


def asking(turnstile: Turnstile, addresses: str, order: list[str]) -> list[gevent.Greenlet]:
    """Everybody asks, in this order."""

    def ask(address: str) -> None:
        turnstile.wait(address)
        order.append(address)

    return [gevent.spawn(ask, address) for address in addresses]


def test_in_each_turn_a_few_begin_the_longest_waiting_address_first() -> None:
    turnstile, timer, order = Turnstile(), ByHand(), list[str]()
    turnstile._timer = timer
    everybody = asking(turnstile, "aaaabbcdefg", order)
    for number, so_far in enumerate(("aaaa", "aaaabcde", "aaaabcdefgb", "aaaabcdefgb")):
        gevent.sleep(0.001)
        assert "".join(order) == so_far
        assert len(timer.started) == min(number + 1, 3), "one timer for each turn with somebody"
        turnstile._next_turn()
    assert turnstile.turns == 7 and all(one.ready() for one in everybody)
    late = asking(turnstile, "ab", order)
    gevent.joinall(late, timeout=10)
    assert turnstile.turns == 7, "nobody waits where nobody is before them"


def test_a_turn_ends_also_where_one_alone_has_begun() -> None:
    turnstile, timer = Turnstile(), ByHand()
    turnstile._timer = timer
    turnstile.wait("a")
    assert len(timer.started) == 1


def test_between_two_turns_a_moment_passes_and_no_second() -> None:
    everybody = asking(Turnstile(), "aaaabbccddee", [])
    for _ in range(20):
        gevent.sleep(0.001)
    assert all(one.ready() for one in everybody)
