"""The order of one conversation's announcements, whatever order they come in."""

from __future__ import annotations

import random

import pytest

from chatd.delivery.broker.base import Announcement
from chatd.delivery.broker.sequence import MOST_HELD, Ordered, Reached
from chatd.domain import topics

LOBBY = topics.dialog("lobby")


def change(rev: int, event: str = "message:new") -> Announcement:
    return Announcement(LOBBY, event, b"%d" % rev, dialog_id="lobby", rev=rev)


def view(rev: int) -> Announcement:
    """How the conversation is, at a change."""
    return change(rev, "dialog:update")


@pytest.fixture
def got() -> list[Announcement]:
    return []


@pytest.fixture
def ordered(got: list[Announcement]) -> Ordered:
    made = Ordered(got.append)
    made.begin(Reached(0, 0))
    return made


@pytest.mark.parametrize("seed", range(20))
def test_whatever_order_they_come_in_they_are_told_in_theirs(
    ordered: Ordered, got: list[Announcement], seed: int
) -> None:
    sent = [change(rev) for rev in range(1, 50)]
    for one in random.Random(seed).sample(sent, len(sent)):
        ordered.take(one)
    assert got == sent and not ordered.waits and ordered.seq == 49


def test_until_it_is_known_how_far_it_has_come_all_is_held(got: list[Announcement]) -> None:
    made = Ordered(got.append)
    for rev in (8, 6, 7):
        made.take(change(rev))
    assert not got and made.waits
    made.begin(Reached(7, 7))
    assert [one.rev for one in got] == [6, 7, 8] and (made.rev, made.seq) == (8, 8)


def test_how_a_conversation_is_is_told_behind_the_change_that_made_it_so(
    ordered: Ordered, got: list[Announcement]
) -> None:
    ordered.take(view(2))
    ordered.take(change(2))
    assert not got
    ordered.take(change(1))
    ordered.take(view(2))
    assert got == [change(1), change(2), view(2), view(2)]


def test_a_view_alone_moves_nothing_on(ordered: Ordered, got: list[Announcement]) -> None:
    ordered.take(view(1))
    assert not got and ordered.waits and ordered.rev == 0
    ordered.take(change(1))
    assert got == [change(1), view(1)]


def test_what_was_read_is_not_told_again(ordered: Ordered, got: list[Announcement]) -> None:
    ordered.take(change(3))
    ordered.take(view(3))
    read = [change(2), change(3, "message:update")]
    ordered.catch_up(Reached(3, 2, read))
    ordered.take(change(1))
    ordered.take(change(2))
    ordered.take(change(4))
    assert got == [*read, view(3), change(4)] and ordered.seq == 3


def test_views_that_were_held_are_told_between_the_changes_that_were_read(
    ordered: Ordered, got: list[Announcement]
) -> None:
    for held in (view(2), change(3), view(3), view(4), view(6)):
        ordered.take(held)
    ordered.catch_up(Reached(5, 2, [change(1), change(3), change(5, "message:update")]))
    assert got == [change(1), view(2), change(3), view(3), view(4), change(5, "message:update")]
    ordered.take(change(6))
    assert got[6:] == [change(6), view(6)]


def test_what_tells_of_no_change_waits_for_none(ordered: Ordered, got: list[Announcement]) -> None:
    ordered.take(change(5))
    ordered.take(change(0, "typing:start"))
    assert got == [change(0, "typing:start")]


def test_a_change_told_twice_is_told_twice(ordered: Ordered, got: list[Announcement]) -> None:
    for _ in range(2):
        ordered.take(change(1))
    assert got == [change(1)] * 2 and ordered.seq == 1


def test_so_many_are_held_at_most(ordered: Ordered) -> None:
    for rev in range(2, MOST_HELD + 2):
        ordered.take(change(rev))
    assert not ordered.is_full
    ordered.take(view(7))
    assert ordered.is_full
