"""Business hours: a week of local times, days that differ, and exact seconds over clock changes.

A day opens the first time its clock shows the beginning and closes the last time it shows the
end; a time the clock skips is the moment of the jump.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

DAY = 24 * 60
FURTHEST = 400
"""Days in which the next opening is looked for: whoever is closed longer names none."""

Span = tuple[int, int]
"""Minutes of a local day, from and until: ``(540, 1080)`` is 09:00 to 18:00; 1440 is its end."""


@dataclass(frozen=True)
class Hours:
    """When somebody is there: seven days from Monday on; `days` stand instead of their weekday."""

    zone: ZoneInfo
    week: tuple[tuple[Span, ...], ...]
    days: Mapping[date, tuple[Span, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if len(self.week) != 7:
            raise ValueError(f"a week has seven days, not {len(self.week)}")
        for spans in (*self.week, *self.days.values()):
            check_spans(spans)


def check_spans(spans: tuple[Span, ...]) -> None:
    """ValueError unless they lie in one day, in order, and none reaches into the next."""
    before = 0
    for begin, end in spans:
        if not before <= begin < end <= DAY:
            raise ValueError(f"spans of a day follow one another within 0 to {DAY}, not {spans}")
        before = end


def is_open(hours: Hours, at: float) -> bool:
    return any(begin <= at < end for begin, end in openings(hours, at, at + 1))


def next_opening(hours: Hours, at: float) -> float | None:
    """`at` itself while it is open; None where nobody comes within :data:`FURTHEST` days."""
    for begin, end in openings(hours, at, at + FURTHEST * 86400):
        if end > at:
            return max(begin, at)
    return None


def open_seconds(hours: Hours, since: float, until: float) -> float:
    """How much of the time between the two was open; nothing when they stand the wrong way."""
    if until <= since:
        return 0
    inside = ((max(a, since), min(b, until)) for a, b in openings(hours, since, until))
    return sum(end - begin for begin, end in inside if begin < end)


def open_after(hours: Hours, since: float, seconds: float) -> float | None:
    """When so much of the time from then on was open; None where that is not within
    :data:`FURTHEST` days."""
    for begin, end in openings(hours, since, since + FURTHEST * 86400):
        begin = max(begin, since)
        if seconds <= end - begin:
            return begin + seconds
        seconds -= max(0.0, end - begin)
    return None


def openings(hours: Hours, since: float, until: float) -> Iterator[tuple[float, float]]:
    """All that may touch the time between the two, in order, never overlapping."""
    day = datetime.fromtimestamp(since, hours.zone).date() - timedelta(days=1)
    last = datetime.fromtimestamp(until, hours.zone).date()
    closed = float("-inf")
    while day <= last:
        for begin, end in hours.days.get(day, hours.week[day.weekday()]):
            opens = max(moment(hours.zone, day, begin, fold=0), closed)
            closes = moment(hours.zone, day, end, fold=1)
            if opens < closes:
                yield opens, closes
                closed = closes
        day += timedelta(days=1)


def moment(zone: ZoneInfo, day: date, minute: int, fold: int) -> float:
    """When that zone's clock shows that minute, for the first (0) or the last (1) time."""
    if minute == DAY:
        day, minute = day + timedelta(days=1), 0
    wall = datetime.combine(day, time(minute // 60, minute % 60, fold=fold), zone)
    at = wall.timestamp()
    shown = datetime.fromtimestamp(at, zone)
    return at if shown.replace(tzinfo=None) == wall.replace(tzinfo=None, fold=0) else jump(wall)


def jump(wall: datetime) -> float:
    """The moment at which the clock leaps over `wall`."""
    low = int(wall.replace(fold=1).timestamp())
    high = int(wall.replace(fold=0).timestamp())
    before = offset(wall, low)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if offset(wall, middle) == before else (low, middle)
    return high


def offset(wall: datetime, at: int) -> timedelta | None:
    return datetime.fromtimestamp(at, UTC).astimezone(wall.tzinfo).utcoffset()
