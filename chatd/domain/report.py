"""What figures say of requests for help: how each is measured, and many of them together."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache, partial
from operator import add, attrgetter
from typing import NamedTuple

from msgspec import Struct

from chatd.domain.episode import Episode
from chatd.domain.rating import SCORES
from chatd.domain.times import to_epoch

ERROR = 0.01  # of a median or a percentile, as a share of it
GROWTH = (1 + ERROR) / (1 - ERROR)
LOG_GROWTH = math.log(GROWTH)
SHORTEST_S = 0.001  # times are kept to the millisecond
NOTHING = -(10**6)  # below every bucket that a time can be in
AT_ONCE = 100
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
# By what figures are told apart. Under an empty name stands what nobody has accepted, what is of no
# department, what has no tag; what has several tags stands under each of them.
SUBJECTS: Mapping[str, Callable[[Episode], tuple[str, ...]]] = {
    "operator": lambda one: (one.accepted_by or "",),
    "site": lambda one: (one.site,),
    "department": lambda one: (one.department,),
    "tag": lambda one: one.tags or ("",),
}
sums_of = attrgetter(*SUMS)


@lru_cache(maxsize=4_096)
def figures_of(kind: Kind) -> tuple[str, ...]:
    """In which figures a request for help is."""
    return tuple(name for name, holds in FIGURES.items() if holds(kind))


def measure(episode: Episode) -> Measured:
    """The wait is from wanting a person until one accepted; the first response from there (of who
    never wanted one from the beginning) until one wrote; handling from accepting until closing, by
    the clock."""
    requested, accepted = epoch(episode.requested_at), epoch(episode.accepted_at)
    answered, closed = epoch(episode.first_response_at), epoch(episode.closed_at)
    wait, first_response = between(requested, accepted), between(requested, answered)
    if answered is not None and not episode.requested_at:
        first_response = between(epoch(episode.opened_at), answered)
    abandoned = is_abandoned(episode, requested, wait)
    kind = Kind(  # by place: it is made a million times
        episode.requested_at is not None,
        episode.accepted_at is not None,
        episode.first_response_at is not None,
        episode.closed_at is not None,
        abandoned,
        episode.unread > 0 and episode.accepted_at is not None and not abandoned,
        episode.number > 1,
        episode.outcome,
        episode.response,
        episode.resolution,
        episode.rating.score if episode.rating else 0,
    )
    return Measured(kind, (wait, first_response, between(accepted, closed)), sums_of(episode))


def epoch(text: str | None) -> float | None:
    """A time; nothing where it is not known, or was written by an older system in a way of its
    own."""
    try:
        return to_epoch(text) if text else None
    except ValueError:
        return None


def between(begin: float | None, end: float | None) -> float | None:
    """From one time to another, never less than none; nothing where one is not known."""
    if begin is None or end is None:
        return None
    return end - begin if end > begin else 0.0


def is_abandoned(episode: Episode, requested: float | None, wait: float | None) -> bool:
    """Whether a person was wanted in vain: nobody ever accepted, or the customer had gone before
    somebody did, after more than a moment."""
    if not episode.requested_at:
        return False
    if not episode.accepted_at:
        return episode.closed_at is not None
    if wait is None or wait <= BRIEF_S or not episode.customer_left_at:
        return False
    gone = between(requested, epoch(episode.customer_left_at))
    return gone is not None and gone < wait


class Spread:
    """How long many things took, in buckets that grow by two hundredths: how many, the mean and the
    longest are exact, a percentile is off by at most a hundredth of itself."""

    __slots__ = ("buckets", "count", "longest", "sum")

    def __init__(self) -> None:
        self.buckets: dict[int, int] = {}
        self.count, self.sum, self.longest = 0, 0.0, 0.0

    def add(self, took_s: Sequence[float]) -> None:
        """Some took so long."""
        log, ceil = math.log, math.ceil
        told = [ceil(log(one) / LOG_GROWTH) if one >= SHORTEST_S else NOTHING for one in took_s]
        for index, count in Counter(told).items():
            self.buckets[index] = self.buckets.get(index, 0) + count
        self.count += len(took_s)
        self.sum += sum(took_s)
        self.longest = max(self.longest, *took_s, 0.0)

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
    """The figures of many requests for help. What is ``fresh`` was not counted yet: that is done
    for many at once, which takes a fraction of the time."""

    __slots__ = ("fresh", "kinds", "spreads", "sums")

    def __init__(self) -> None:
        self.fresh: list[Measured] = []
        self.kinds: dict[Kind, int] = {}
        self.sums: tuple[int, ...] = (0,) * len(SUMS)
        self.spreads = {name: Spread() for name in TIMES}

    def add(self, one: Measured) -> None:
        """With what this one is counted in, and how long it took."""
        self.fresh.append(one)
        if len(self.fresh) == AT_ONCE:
            self.settle()

    def settle(self) -> None:
        """Nothing is left uncounted."""
        if not self.fresh:
            return
        kinds, times, sums = zip(*self.fresh, strict=True)
        self.fresh.clear()
        self.note(Counter(kinds), tuple(map(sum, zip(*sums, strict=True))))
        for spread, took_s in zip(self.spreads.values(), zip(*times, strict=True), strict=True):
            spread.add([one for one in took_s if one is not None])

    def note(self, kinds: Mapping[Kind, int], sums: tuple[int, ...]) -> None:
        """So many more of these kinds, and of what is added up."""
        for kind, many in kinds.items():
            self.kinds[kind] = self.kinds.get(kind, 0) + many
        self.sums = tuple(map(add, self.sums, sums))

    @property
    def counts(self) -> dict[str, int]:
        """How many there are in each figure, and what was added up."""
        self.settle()
        counted = dict.fromkeys(FIGURES, 0)
        for kind, many in self.kinds.items():
            for name in figures_of(kind):
                counted[name] += many
        return counted | dict(zip(SUMS, self.sums, strict=True))

    def rating_mean(self) -> float | None:
        """The score on average; nothing where nobody gave one."""
        self.settle()
        rated = sum(many for kind, many in self.kinds.items() if kind.score)
        scores = sum(many * kind.score for kind, many in self.kinds.items())
        return scores / rated if rated else None

    def merge(self, other: Tally) -> None:
        """With all of another."""
        other.settle()
        self.note(other.kinds, other.sums)
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
