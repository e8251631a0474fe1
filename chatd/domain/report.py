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
from typing import NamedTuple

from msgspec import Struct

from chatd.domain.facts import UNKNOWN, Facts
from chatd.domain.rating import SCORES

ERROR = 0.01  # of a median or a percentile, as a share of it
GROWTH = (1 + ERROR) / (1 - ERROR)
LOG_GROWTH = log(GROWTH)
NOTHING = -(10**6)  # below every bucket that a time can be in
FAR_S = 1e10  # no two times that are known are so far apart
BRIEF_S = 1.0  # who leaves so soon has not waited


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
    """A request for help as it counts: of which kind it is, how long it took by ``TIMES``, how much
    there was of what is added up, by ``SUMS``; of a time that is not known there is none."""

    kind: Kind
    times: tuple[float | None, ...]
    sums: tuple[int, ...]


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
make = tuple.__new__  # of a named one takes half the time of its own


@lru_cache(maxsize=4_096)
def figures_of(kind: Kind) -> tuple[str, ...]:
    """In which figures a request for help is."""
    return tuple(name for name, holds in FIGURES.items() if holds(kind))


def names_of(value: str | tuple[str, ...] | None) -> tuple[str, ...]:
    """Under which names stands what says this of a subject."""
    return (value or ("",)) if isinstance(value, tuple) else (value or "",)


def measure(one: Facts) -> Measured:
    """The wait is from wanting a person until one accepted; the first response from there (of who
    never wanted one from the beginning) until one wrote; handling from accepting until closing, by
    the clock."""
    requested, accepted = one.requested_at, one.accepted_at
    answered, closed, rating = one.first_response_at, one.closed_at, one.rating
    wait = first_response = handling = None
    if accepted:
        if requested and not 0 <= (wait := (accepted - requested).total_seconds()) < FAR_S:
            wait = between(requested, accepted)
        if closed and not 0 <= (handling := (closed - accepted).total_seconds()) < FAR_S:
            handling = between(accepted, closed)
    if answered:
        asked = requested or one.opened_at
        if not 0 <= (first_response := (answered - asked).total_seconds()) < FAR_S:
            first_response = between(asked, answered)
    abandoned = requested is not None and is_abandoned(one, wait)
    kind = (
        requested is not None,
        accepted is not None,
        answered is not None,
        closed is not None,
        abandoned,
        accepted is not None and one.unread > 0 and not abandoned,
        one.number > 1,
        one.outcome,
        one.response,
        one.resolution,
        rating.score if rating else 0,
        one.offline,
    )
    times = wait, first_response, handling
    return make(Measured, (make(Kind, kind), times, sums_of(one)))


def between(begin: datetime, end: datetime) -> float | None:
    """From one time to another, never less than none; nothing where one is not known."""
    if begin is UNKNOWN or end is UNKNOWN:
        return None
    return max(0.0, (end - begin).total_seconds())


def is_abandoned(one: Facts, wait: float | None) -> bool:
    """Whether a person was wanted in vain, by one who wanted one: nobody ever accepted, or the
    customer had gone before somebody did, after more than a moment."""
    if one.accepted_at is None:
        return one.closed_at is not None
    if wait is None or wait <= BRIEF_S or one.customer_left_at is None:
        return False
    gone = between(one.requested_at, one.customer_left_at) if one.requested_at else None
    return gone is not None and gone < wait


class Spread:
    """How long many things took, in buckets that grow by two hundredths: how many, the mean and the
    longest are exact, a percentile is off by at most a hundredth of itself."""

    __slots__ = ("buckets", "count", "longest", "sum")

    def __init__(self) -> None:
        self.buckets = Counter[int]()
        self.count, self.sum, self.longest = 0, 0.0, 0.0

    def add(self, told: Sequence[float | None]) -> None:
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

    def add(self, some: Iterable[Measured]) -> None:
        """With what some are counted in, and how long they took: many at once take a fraction of
        the time, for what runs in C goes through them."""
        kinds, times, sums = zip(*some, strict=True)
        self.kinds.update(kinds)
        self.sums = tuple(map(add, self.sums, map(sum, zip(*sums, strict=True))))
        for spread, took_s in zip(self.spreads.values(), zip(*times, strict=True), strict=True):
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
