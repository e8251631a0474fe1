"""The contract of how long first answers took lately."""

from __future__ import annotations

import pytest

from chatd.live.base import Answers
from chatd.live.local import answers as local
from tests.live.implementations import KINDS, Clock, made

WEEK_S = 7 * 86_400


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=KINDS)
def answers(request: pytest.FixtureRequest, clock: Clock) -> Answers:
    found: Answers = made(request.param, lambda: local.Answers(clock), {"usual_s"})
    return found


def test_the_middle_of_five_or_more(answers: Answers) -> None:
    for number, waited in enumerate([9_000.0, 30.0, 60.0, 90.0]):
        answers.note("shop", f"h-{number}", 1_000.0, waited)
    assert answers.usual_s("shop") is None
    answers.note("shop", "h-4", 1_000.0, 120.0)
    assert answers.usual_s("shop") == 90.0
    answers.note("shop", "h-5", 1_000.0, -3.0)
    assert answers.usual_s("shop") == 75.0
    assert answers.usual_s("bank") is None


def test_twice_is_once(answers: Answers) -> None:
    for _ in range(9):
        answers.note("shop", "h-1", 1_000.0, 5.0)
    assert answers.usual_s("shop") is None


def test_what_is_a_week_old_is_no_matter(answers: Answers, clock: Clock) -> None:
    for number in reversed(range(6)):
        answers.note("shop", f"h-{number}", clock.now - WEEK_S + number, float(number))
    assert answers.usual_s("shop") == 3.0  # the first of them never was
    clock.now += 1
    assert answers.usual_s("shop") is None
    answers.note("shop", "h-1", clock.now, 7.0)  # not one that is known by now
    assert answers.usual_s("shop") == 4.0


def test_of_very_many_the_latest_count(answers: Answers, clock: Clock) -> None:
    for number in range(1_000):
        answers.note("shop", f"old-{number}", clock.now - 10, 500.0)
    for number in range(501):
        answers.note("shop", f"new-{number}", clock.now, 20.0)
    assert answers.usual_s("shop") == 20.0
    answers.note("shop", "old-0", clock.now - 10, 500.0)
    assert answers.usual_s("shop") == 20.0
