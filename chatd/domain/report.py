"""What figures say of requests for help: how each is measured, and many of them together."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache, partial
from itertools import accumulate
from math import ceil, log
from operator import add, attrgetter
from typing import Any, NamedTuple

from msgspec import Struct

from chatd.domain.facts import UNKNOWN, Facts
from chatd.domain.rating import SCORES

ERROR = 0.01  # of a median or a percentile, as a share of it
GROWTH = (1 + ERROR) / (1 - ERROR)
LOG_GROWTH = log(GROWTH)
NOTHING = -(10**6)  # below every bucket that a time can be in
FAR_S = 1e10  # no two times that are known are so far apart
BRIEF_S = 1.0  # who leaves so soon has not waited
Spans = Sequence[float | None]


class Kind(NamedTuple):
    """What of a request for help decides in which figures it is."""

    requested: bool
    accepted: bool
    answered: bool
    closed: bool
    abandoned: bool
    dropped: bool
    reopened: bool
    outcome: str
    response: str
    resolution: str
    score: int
    offline: bool


class Measured(NamedTuple):
    """A request for help as it counts: of which kind it is, and how long it took by ``TIMES``; of a
    time that is not known there is none."""

    kind: Kind
    times: tuple[float | None, ...]


# What is counted, and of which requests for help.
COUNTS: Mapping[str, Callable[[Kind], bool]] = {
    "opened": lambda one: True,
    "reopened": lambda one: one.reopened,
    "requested": lambda one: one.requested,
    "waiting": lambda one: one.requested and not (one.accepted or one.closed),
    "accepted": lambda one: one.accepted,
    "abandoned": lambda one: one.abandoned,
    "dropped": lambda one: one.dropped,
    "answered": lambda one: one.answered,
    "closed": lambda one: one.closed,
    "cancelled": lambda one: one.outcome == "cancelled",
    "silent": lambda one: one.outcome == "silence",
    "offline": lambda one: one.offline,
    "response_met": lambda one: one.response == "met",
    "response_missed": lambda one: one.response == "missed",
    "resolution_met": lambda one: one.resolution == "met",
    "resolution_missed": lambda one: one.resolution == "missed",
}
# The same of those that their customers have rated, in all and by score.
RATED: Mapping[str, Callable[[Kind], bool]] = {
    "rated": lambda one: one.score > 0,
    **{f"rated_{score}": partial(lambda score, one: one.score == score, score) for score in SCORES},
}
FIGURES: Mapping[str, Callable[[Kind], bool]] = {**COUNTS, **RATED}
SUMS = ("transfers", "returns", "passes", "customer_messages", "operator_messages")
TIMES = ("wait", "first_response", "handling")
# By what figures are told apart, and where that stands. Under an empty name stands what nobody has
# accepted, what is of no department, what has no tag; what has several tags stands under each.
SUBJECTS: Mapping[str, str] = {
    "operator": "accepted_by",
    "site": "site",
    "department": "department",
    "tag": "tags",
    "priority": "priority",
}
sums_of = attrgetter(*SUMS)
kind_of: Callable[[Iterable[Any]], Kind] = partial(tuple.__new__, Kind)  # in half the time


@lru_cache(maxsize=4_096)
def figures_of(kind: Kind) -> tuple[str, ...]:
    """In which figures a request for help is."""
    return tuple(name for name, holds in FIGURES.items() if holds(kind))


def names_of(value: str | tuple[str, ...] | None) -> tuple[str, ...]:
    """Under which names stands what says this of a subject."""
    return (value or ("",)) if isinstance(value, tuple) else (value or "",)


def measure(one: Facts) -> Measured:
    """How one counts, as it does among many."""
    (kind,), times = measure_all([one])
    return Measured(kind, tuple(took for (took,) in times))


def measure_all(facts: Sequence[Facts]) -> tuple[list[Kind], list[Spans]]:
    """Of each its kind, and of each of ``TIMES`` how long they took. The wait is from wanting a
    person until one accepted; the first response from there (of who never wanted one from the
    beginning) until one wrote; handling from accepting until closing, by the clock. Column by
    column, for that takes half the time that one after the other does."""
    requested = [one.requested_at for one in facts]
    accepted = [one.accepted_at for one in facts]
    answered = [one.first_response_at for one in facts]
    closed = [one.closed_at for one in facts]
    waits = spans(requested, accepted)
    first_responses = spans([one.requested_at or one.opened_at for one in facts], answered)
    handlings = spans(accepted, closed)
    lefts = [one.customer_left_at for one in facts]
    abandoned = [
        asked is not None
        and (
            over is not None if taken is None else left is not None and has_gone(asked, left, wait)
        )
        for asked, taken, over, left, wait in zip(
            requested, accepted, closed, lefts, waits, strict=True
        )
    ]
    kinds = zip(
        [one is not None for one in requested],
        [one is not None for one in accepted],
        [one is not None for one in answered],
        [one is not None for one in closed],
        abandoned,
        [
            one.unread > 0 and one.accepted_at is not None and not in_vain
            for one, in_vain in zip(facts, abandoned, strict=True)
        ],
        [one.number > 1 for one in facts],
        [one.outcome for one in facts],
        [one.response for one in facts],
        [one.resolution for one in facts],
        [0 if one.rating is None else one.rating.score for one in facts],
        [one.offline for one in facts],
        strict=True,
    )
    return list(map(kind_of, kinds)), [waits, first_responses, handlings]


def spans(begins: Sequence[datetime | None], ends: Sequence[datetime | None]) -> Spans:
    """From each of some times until another, never less than none; nothing where one of them is not
    known."""
    took = [
        None if begin is None or end is None else (end - begin).total_seconds()
        for begin, end in zip(begins, ends, strict=True)
    ]
    known = [one for one in took if one is not None]
    if known and not 0 < min(known) <= max(known) < FAR_S:
        return list(map(between, begins, ends))
    return took


def between(begin: datetime | None, end: datetime | None) -> float | None:
    """The same of two."""
    if begin is None or end is None or begin is UNKNOWN or end is UNKNOWN:
        return None
    return max(0.0, (end - begin).total_seconds())


def has_gone(asked: datetime, left: datetime, wait: float | None) -> bool:
    """Whether the customer, who wanted a person, had gone before one accepted, after more than a
    moment."""
    if wait is None or wait <= BRIEF_S:
        return False
    gone = between(asked, left)
    return gone is not None and gone < wait


class Spread:
    """How long many things took, in buckets that grow by two hundredths: how many, the mean and the
    longest are exact, a percentile is off by at most a hundredth of itself."""

    __slots__ = ("buckets", "count", "longest", "sum")

    def __init__(self) -> None:
        self.buckets = Counter[int]()
        self.count, self.sum, self.longest = 0, 0.0, 0.0

    def add(self, told: Spans) -> None:
        """Some took so long; of some that is not known."""
        took_s = [one for one in told if one]
        known = len(told) - told.count(None)
        if known > len(took_s):
            self.buckets[NOTHING] += known - len(took_s)
        self.count += known
        if took_s:
            self.buckets.update([ceil(one / LOG_GROWTH) for one in map(log, took_s)])
            self.sum += sum(took_s)
            self.longest = max(self.longest, *took_s)

    def merge(self, other: Spread) -> None:
        """With all of another, as if they had been added here."""
        self.buckets.update(other.buckets)
        self.count += other.count
        self.sum += other.sum
        self.longest = max(self.longest, other.longest)

    def mean(self) -> float | None:
        """How long one took on average; nothing of nothing."""
        return self.sum / self.count if self.count else None

    def percentiles(self, *shares: float) -> list[float | None]:
        """Of each share, which rise, the smallest that so great a part of all does not exceed."""
        if not self.count:
            return [None] * len(shares)
        steps = sorted(self.buckets)
        passed = [*accumulate(map(self.buckets.__getitem__, steps))]
        wanted = (max(1, ceil(share * self.count)) for share in shares)
        return [self.middle(steps[bisect_left(passed, one)]) for one in wanted]

    def middle(self, bucket: int) -> float:
        """Of what is in a bucket."""
        return min(2 * GROWTH**bucket / (GROWTH + 1), self.longest) if bucket != NOTHING else 0.0


class Tally:
    """The figures of many requests for help."""

    __slots__ = ("kinds", "spreads", "sums")

    def __init__(self) -> None:
        self.kinds = Counter[Kind]()
        self.sums: tuple[int, ...] = (0,) * len(SUMS)
        self.spreads = {name: Spread() for name in TIMES}

    def add(self, facts: Sequence[Facts]) -> None:
        """With what some are counted in, and how long they took: many at once take a fraction of
        the time, for what runs in C goes through them."""
        kinds, times = measure_all(facts)
        self.kinds.update(kinds)
        self.sums = tuple(map(add, self.sums, map(sum, zip(*map(sums_of, facts), strict=True))))
        for spread, took_s in zip(self.spreads.values(), times, strict=True):
            spread.add(took_s)

    @property
    def counts(self) -> dict[str, int]:
        """How many there are in each figure, and what was added up."""
        counted = dict.fromkeys(FIGURES, 0)
        for kind, many in self.kinds.items():
            for name in figures_of(kind):
                counted[name] += many
        return counted | dict(zip(SUMS, self.sums, strict=True))

    def rating_mean(self) -> float | None:
        """The score on average; nothing where nobody gave one."""
        rated = sum(many for kind, many in self.kinds.items() if kind.score)
        scores = sum(many * kind.score for kind, many in self.kinds.items())
        return scores / rated if rated else None

    def merge(self, other: Tally) -> None:
        """With all of another."""
        self.kinds.update(other.kinds)
        self.sums = tuple(map(add, self.sums, other.sums))
        for name, spread in other.spreads.items():
            self.spreads[name].merge(spread)


class Key(Struct, frozen=True, order=True):
    """What a row is about: when it begins and ends, whose it is, of which site and department,
    with which tag; nothing stands for all of them."""

    since: float
    until: float
    operator: str | None = None
    site: str | None = None
    department: str | None = None
    tag: str | None = None
    priority: str | None = None
