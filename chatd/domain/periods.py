"""Days, weeks and hours as a place's clocks have them, through changes of the clock."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo

Period = Literal["hour", "day", "week", "month"]
HOUR_S = 3_600


@lru_cache(maxsize=64)
def zone(name: str) -> ZoneInfo:
    """The time zone of a name like ``Europe/Moscow``; ValueError for what is none."""
    try:
        return ZoneInfo(name)
    except (ValueError, LookupError, OSError):
        raise ValueError(f"no time zone {name!r} is known here: 'Europe/Moscow' is one") from None


def midnight(day: date, place: ZoneInfo) -> float:
    """When a day begins there: where the clocks skip midnight, as they are set forward."""
    return datetime.combine(day, time(), place).timestamp()


def moment(text: str, place: ZoneInfo, *, end: bool = False) -> float:
    """The time of ``2030-03-31`` (its beginning there, or its ``end``) or ``2030-03-31T09:00``,
    which is there unless it says otherwise; ValueError for what is none."""
    if len(text) == len("2030-03-31"):
        return midnight(date.fromisoformat(text) + timedelta(days=end), place)
    found = datetime.fromisoformat(text)
    return (found if found.tzinfo else found.replace(tzinfo=place)).timestamp()


def around(at: float, period: Period, place: ZoneInfo) -> tuple[float, float]:
    """When the hour, day, week (from Monday) or month there begins and ends that a time is in."""
    local = datetime.fromtimestamp(at, place)
    if period == "hour":
        passed = local.minute * 60 + local.second + local.microsecond / 1e6
        begin = round(at - passed)
        return begin, begin + HOUR_S
    first = local.date()
    if period == "week":
        first -= timedelta(days=first.weekday())
        following = first + timedelta(days=7)
    elif period == "month":
        first = first.replace(day=1)
        following = (first + timedelta(days=31)).replace(day=1)
    else:
        following = first + timedelta(days=1)
    return midnight(first, place), midnight(following, place)


def in_words(at: float, period: Period, place: ZoneInfo) -> str:
    """A beginning as it is read there: ``2030-03-31``, of hours ``2030-03-31 02:00+03:00``, so that
    the one that comes twice is told apart."""
    local = datetime.fromtimestamp(at, UTC).astimezone(place)
    if period == "hour":
        return local.isoformat(" ", "minutes")
    return local.date().isoformat()
