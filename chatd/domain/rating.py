"""What a customer says of a request for help that is over: a score, perhaps with words."""

from __future__ import annotations

from msgspec import Struct

from chatd.domain.times import to_epoch

WORST, BEST = 1, 5
SCORES = range(WORST, BEST + 1)
LONGEST_COMMENT = 1_000
OPEN_S = 7 * 86_400


class Rating(Struct, frozen=True, kw_only=True):
    """``score``: from 1 to 5, the more the better; ``at``: when it was said, or last changed."""

    score: int
    comment: str = ""
    at: str


def rateable_until(closed_at: str | None) -> float | None:
    """Until when a request for help may be rated; nothing of one that is not over, or whose end an
    older system wrote in a way of its own."""
    try:
        return to_epoch(closed_at) + OPEN_S if closed_at else None
    except ValueError:
        return None
