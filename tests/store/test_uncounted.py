"""Which messages are not counted as unread, and how many of them are remembered."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from chatd.store.tiny.uncounted import KEPT, latest, pass_over
from tests.store.backends import message


def one(seq: int, side: Any = "system", *, deleted: bool = False) -> Any:
    made = replace(message("x"), seq=seq, sender_type=side)
    return replace(made, deleted_at="2026-11-21T10:00:01.000Z") if deleted else made


def test_each_is_kept_in_order_and_once() -> None:
    unsaid: list[int] = []
    by_bot: list[int] = []
    for seq in (5, 3, 5, 4):
        pass_over(unsaid, by_bot, one(seq))
        pass_over(unsaid, by_bot, one(seq + 10, "bot"))
    assert unsaid == [3, 4, 5] and by_bot == [13, 14, 15]


def test_what_a_bot_said_and_was_deleted_is_no_longer_its() -> None:
    unsaid, by_bot = [1], [2, 3]
    pass_over(unsaid, by_bot, one(3, "bot", deleted=True))
    assert (unsaid, by_bot) == ([1, 3], [2])
    pass_over(unsaid, by_bot, one(4, "customer", deleted=True))
    pass_over(unsaid, by_bot, one(4, "customer", deleted=True))
    assert (unsaid, by_bot) == ([1, 3, 4], [2])


def test_the_latest_are_kept_and_the_oldest_go() -> None:
    unsaid = [*range(1, KEPT + 1)]
    pass_over(unsaid, [], one(KEPT + 1))
    assert unsaid == [*range(2, KEPT + 2)]
    by_bot = [*range(1, KEPT)]
    pass_over([], by_bot, one(KEPT, "bot"))
    assert by_bot == [*range(1, KEPT + 1)]
    assert latest({*range(KEPT + 1, 0, -1)}) == [*range(2, KEPT + 2)]
    assert latest([3, 1, 2]) == [1, 2, 3]
