"""What is counted for limits is kept as long as it holds, and no longer, however many keys come."""

from __future__ import annotations

import pytest

from chatd.config.limits import LimitSettings
from chatd.errors import RateLimited
from chatd.runtime.limiter import FEW, Limiter
from tests.live.implementations import Clock

RATE = "messages_per_participant"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def limiter(clock: Clock) -> Limiter:
    return Limiter(LimitSettings(messages_per_participant="2/minute"), clock)


def test_windows_that_have_ended_are_let_go_and_those_that_hold_stay(
    limiter: Limiter, clock: Clock
) -> None:
    for number in range(FEW):
        limiter.hit(RATE, f"old {number}")
    clock.now += 30
    for _ in range(2):
        limiter.hit(RATE, "busy")
    clock.now += 30
    for number in range(10):
        limiter.hit(RATE, f"new {number}")
    assert len(limiter._windows) == 11, "of the old ones none is left"
    with pytest.raises(RateLimited) as refused:
        limiter.hit(RATE, "busy")
    assert refused.value.details["retry_after"] == 30
    clock.now += 30
    limiter.hit(RATE, "busy")


def test_where_very_many_hold_they_are_looked_through_seldom(
    limiter: Limiter, clock: Clock
) -> None:
    swept: list[float] = []
    sweep = limiter._sweep
    limiter._sweep = lambda now: (swept.append(now), sweep(now))[1]  # type: ignore[method-assign]
    for number in range(5 * FEW):
        limiter.hit(RATE, str(number))
    assert len(swept) == 3, "at one, two and four times as many as are few"
    assert len(limiter._windows) == 5 * FEW
    clock.now += 60
    for number in range(4 * FEW):
        limiter.hit(RATE, f"next {number}")
    assert len(limiter._windows) == 4 * FEW


def test_a_window_ends_when_it_says(limiter: Limiter, clock: Clock) -> None:
    for _ in range(2):
        limiter.hit(RATE, "a")
    clock.now += 59.5
    with pytest.raises(RateLimited) as refused:
        limiter.hit(RATE, "a")
    assert refused.value.details["retry_after"] == 1, "never none"
    clock.now += 0.5
    limiter.hit(RATE, "a")


def test_what_is_given_back_late_is_no_present(limiter: Limiter, clock: Clock) -> None:
    """It counted in a window that has ended: the one that holds now stays as it is."""
    limiter.charge("old", {RATE: "p-1"}, 2)
    clock.now += 60
    limiter.charge("new", {RATE: "p-1"}, 2)
    limiter.give_back("old")
    with pytest.raises(RateLimited):
        limiter.hit(RATE, "p-1")
    limiter.give_back("new")
    limiter.hit(RATE, "p-1")


def test_charges_that_count_no_longer_are_let_go(limiter: Limiter, clock: Clock) -> None:
    for number in range(FEW):
        limiter.charge(f"old {number}", {RATE: str(number)}, 1)
    clock.now += 60
    for number in range(10):
        limiter.charge(f"new {number}", {RATE: str(number)}, 1)
    assert len(limiter._charges) <= 11
