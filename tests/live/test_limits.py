"""The contract of limits: so much in so long, per rate and key."""

from __future__ import annotations

import gevent
import pytest

from chatd.config.limits import LimitSettings
from chatd.errors import RateLimited
from chatd.live.base import Limits
from chatd.runtime.limiter import Limiter
from tests.live.implementations import KINDS, made

SETTINGS = LimitSettings(
    messages_per_participant="3/hour",
    messages_per_address="5/hour",
    file_bytes_per_participant="20000/hour",
)
BOTH = {"messages_per_participant": "p-1", "messages_per_address": "192.0.2.1"}


@pytest.fixture(params=KINDS)
def limits(request: pytest.FixtureRequest) -> Limits:
    found: Limits = made(request.param, lambda: Limiter(SETTINGS), {"hit"})
    return found


def hits(limits: Limits, rate: str, key: str, most: int = 20) -> int:
    """How many pass."""
    for number in range(most):
        try:
            limits.hit(rate, key)
        except RateLimited as refused:
            assert refused.details["limit"] == rate and refused.details["retry_after"] >= 1
            return number
    return most


def test_so_many_pass_for_each_key_and_rate(limits: Limits) -> None:
    assert hits(limits, "messages_per_participant", "p-1") == 3
    assert hits(limits, "messages_per_participant", "p-1") == 0
    assert hits(limits, "messages_per_participant", "p-2") == 3
    assert hits(limits, "messages_per_address", "p-1") == 5


def test_an_address_counts_as_its_network(limits: Limits) -> None:
    assert hits(limits, "messages_per_address", "2001:db8::1") == 5
    assert hits(limits, "messages_per_address", "2001:db8::2") == 0
    assert hits(limits, "messages_per_address", "2001:db9::1") == 5


def test_what_is_taken_back_may_be_done_again_and_nothing_more(limits: Limits) -> None:
    hits(limits, "messages_per_participant", "p-1", 3)
    limits.forgive("messages_per_participant", "p-1")
    limits.forgive("messages_per_participant", "p-2", 5)
    assert hits(limits, "messages_per_participant", "p-1") == 1
    assert hits(limits, "messages_per_participant", "p-2") == 3


def test_who_only_looks_counts_nothing_and_what_was_spent_refuses_the_next(limits: Limits) -> None:
    limits.hit("messages_per_participant", "p-1", 0)
    limits.spend("messages_per_participant", "p-1", 100)
    with pytest.raises(RateLimited):
        limits.hit("messages_per_participant", "p-1", 0)
    assert hits(limits, "messages_per_participant", "p-2") == 3


def test_one_thing_alone_is_never_too_much(limits: Limits) -> None:
    limits.hit("messages_per_participant", "p-1", 1_000)
    with pytest.raises(RateLimited):
        limits.hit("messages_per_participant", "p-1")


def test_other_rates_hold_at_once_and_forget_nothing(limits: Limits) -> None:
    hits(limits, "messages_per_participant", "p-1", 2)
    limits.apply(LimitSettings(messages_per_participant="10/hour"))
    assert hits(limits, "messages_per_participant", "p-1") == 8


def test_of_many_at_once_no_more_pass(limits: Limits) -> None:
    passed: list[int] = []

    def act() -> None:
        passed.append(hits(limits, "messages_per_address", "192.0.2.1", 1))

    gevent.joinall([gevent.spawn(act) for _ in range(40)], raise_error=True)
    assert sum(passed) == 5


def test_what_is_charged_counts_everywhere_or_nowhere(limits: Limits) -> None:
    """What is refused takes nothing from what would still have been allowed."""
    limits.charge("f-1", BOTH, 2)
    with pytest.raises(RateLimited) as refused:
        limits.charge("f-2", BOTH, 2)
    assert refused.value.details["limit"] == "messages_per_participant"
    limits.charge("f-3", {**BOTH, "messages_per_participant": "p-2"}, 3)
    with pytest.raises(RateLimited) as refused:
        limits.charge("f-4", {**BOTH, "messages_per_participant": "p-3"}, 1)
    assert refused.value.details["limit"] == "messages_per_address"
    assert hits(limits, "messages_per_participant", "p-1") == 1
    assert hits(limits, "messages_per_participant", "p-3") == 3


def test_what_is_given_back_is_given_back_once(limits: Limits) -> None:
    limits.charge("f-1", BOTH, 2)
    limits.hit("messages_per_participant", "p-1")
    for _ in range(3):
        limits.give_back("f-1")
        limits.give_back("f-unheard-of")
    assert hits(limits, "messages_per_participant", "p-1") == 2
    assert hits(limits, "messages_per_address", "192.0.2.1") == 5


def test_of_bytes_it_says_that_they_are_bytes(limits: Limits) -> None:
    with pytest.raises(RateLimited, match=r"at most 20000 bytes \(19.5 KB\) in 1 hour"):
        for _ in range(2):
            limits.hit("file_bytes_per_participant", "p-1", 15_000)
