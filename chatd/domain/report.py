"""What figures say of requests for help: how each is measured, and many of them together."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import partial

from msgspec import Struct

from chatd.domain.episode import Episode
from chatd.domain.rating import SCORES
from chatd.domain.times import to_epoch

ERROR = 0.01  # of a median or a percentile, as a share of it
GROWTH = (1 + ERROR) / (1 - ERROR)
LOG_GROWTH = math.log(GROWTH)
SHORTEST_S = 0.001  # times are kept to the millisecond
NOTHING = -(10**6)  # below every bucket that a time can be in
BRIEF_S = 1.0  # who leaves so soon has not waited


def seconds(begin: str | None, end: str | None) -> float | None:
    """From one time to another, never less than none; nothing where one is not known, or was
    written by an older system in a way of its own."""
    if not begin or not end:
        return None
    try:
        return max(0.0, to_epoch(end) - to_epoch(begin))
    except ValueError:
        return None


def waited_s(episode: Episode) -> float | None:
    """From wanting a person until one accepted."""
    return seconds(episode.requested_at, episode.accepted_at)


def first_response_s(episode: Episode) -> float | None:
    """From wanting a person until one wrote; of who never wanted one, from the beginning on."""
    return seconds(episode.requested_at or episode.opened_at, episode.first_response_at)


def handled_s(episode: Episode) -> float | None:
    """From accepting until closing, by the clock."""
    return seconds(episode.accepted_at, episode.closed_at)


def is_abandoned(episode: Episode) -> bool:
    """Whether a person was wanted in vain: nobody ever accepted, or the customer had gone before
    somebody did, after more than a moment."""
    if not episode.requested_at:
        return False
    if not episode.accepted_at:
        return episode.closed_at is not None
    gone, waited = seconds(episode.requested_at, episode.customer_left_at), waited_s(episode)
    return gone is not None and waited is not None and waited > BRIEF_S and gone < waited


def is_scored(score: int, episode: Episode) -> bool:
    """Whether its customer gave it this score."""
    return episode.rating is not None and episode.rating.score == score


# What is counted, and of which requests for help.
COUNTS: Mapping[str, Callable[[Episode], bool]] = {
    "opened": lambda one: True,
    "requested": lambda one: one.requested_at is not None,
    "waiting": lambda one: not (one.requested_at is None or one.accepted_at or one.closed_at),
    "accepted": lambda one: one.accepted_at is not None,
    "abandoned": is_abandoned,
    "answered": lambda one: one.first_response_at is not None,
    "closed": lambda one: one.closed_at is not None,
    "cancelled": lambda one: one.outcome == "cancelled",
    "silent": lambda one: one.outcome == "silence",
    "response_met": lambda one: one.response == "met",
    "response_missed": lambda one: one.response == "missed",
    "resolution_met": lambda one: one.resolution == "met",
    "resolution_missed": lambda one: one.resolution == "missed",
}
# The same of those that their customers have rated, in all and by score.
RATED: Mapping[str, Callable[[Episode], bool]] = {
    "rated": lambda one: one.rating is not None,
    **{f"rated_{score}": partial(is_scored, score) for score in SCORES},
}
SUMS = ("transfers", "returns", "passes", "customer_messages", "operator_messages")
TIMES: Mapping[str, Callable[[Episode], float | None]] = {
    "wait": waited_s,
    "first_response": first_response_s,
    "handling": handled_s,
}
# By what figures are told apart; nobody has accepted what is told under an empty name.
SUBJECTS: Mapping[str, Callable[[Episode], str]] = {
    "operator": lambda one: one.accepted_by or "",
    "site": lambda one: one.site,
    "department": lambda one: one.department,
}


class Spread:
    """How long many things took, in buckets that grow by two hundredths: how many, the mean and the
    longest are exact, a percentile is off by at most a hundredth of itself."""

    __slots__ = ("buckets", "count", "longest", "sum")

    def __init__(self) -> None:
        self.buckets: dict[int, int] = {}
        self.count, self.sum, self.longest = 0, 0.0, 0.0

    def add(self, took_s: float) -> None:
        """Something took so long."""
        index = NOTHING
        if took_s >= SHORTEST_S:
            index = math.ceil(math.log(took_s) / LOG_GROWTH)
        self.buckets[index] = self.buckets.get(index, 0) + 1
        self.count += 1
        self.sum += took_s
        self.longest = max(self.longest, took_s)

    def merge(self, other: Spread) -> None:
        """With all of another, as if they had been added here."""
        for index, count in other.buckets.items():
            self.buckets[index] = self.buckets.get(index, 0) + count
        self.count += other.count
        self.sum += other.sum
        self.longest = max(self.longest, other.longest)

    def mean(self) -> float | None:
        """How long one took on average; nothing of nothing."""
        return self.sum / self.count if self.count else None

    def percentile(self, share: float) -> float | None:
        """The smallest that so great a share of all does not exceed."""
        left = max(1, math.ceil(share * self.count))
        for index in sorted(self.buckets):
            left -= self.buckets[index]
            if left <= 0:
                middle = 2 * GROWTH**index / (GROWTH + 1) if index != NOTHING else 0.0
                return min(middle, self.longest)
        return None


class Tally:
    """The figures of many requests for help."""

    __slots__ = ("counts", "spreads")

    def __init__(self) -> None:
        self.counts = dict.fromkeys((*COUNTS, *RATED, *SUMS), 0)
        self.spreads = {name: Spread() for name in TIMES}

    def add(self, episode: Episode) -> None:
        """With what this one is counted in, and how long it took."""
        for name, holds in COUNTS.items():
            self.counts[name] += holds(episode)
        if episode.rating:
            for name, holds in RATED.items():
                self.counts[name] += holds(episode)
        for name in SUMS:
            self.counts[name] += getattr(episode, name)
        for name, measure in TIMES.items():
            took_s = measure(episode)
            if took_s is not None:
                self.spreads[name].add(took_s)

    def rating_mean(self) -> float | None:
        """The score on average; nothing where nobody gave one."""
        rated = self.counts["rated"]
        return sum(one * self.counts[f"rated_{one}"] for one in SCORES) / rated if rated else None

    def merge(self, other: Tally) -> None:
        """With all of another."""
        for name, count in other.counts.items():
            self.counts[name] += count
        for name, spread in other.spreads.items():
            self.spreads[name].merge(spread)


class Key(Struct, frozen=True, order=True):
    """What a row is about: when it begins and ends, whose it is, of which site and
    department; nothing stands for all of them."""

    since: float
    until: float
    operator: str | None = None
    site: str | None = None
    department: str | None = None
