"""Business hours: exact over gap and fold, days that differ, and agreeing with a count by hand."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from chatd.domain.hours import DAY, Hours, Span, is_open, next_opening, open_seconds

BERLIN, SANTIAGO = ZoneInfo("Europe/Berlin"), ZoneInfo("America/Santiago")
SPRING, AUTUMN = date(2024, 3, 31), date(2024, 10, 27)


def daily(*spans: Span, zone: ZoneInfo = BERLIN, **days: tuple[Span, ...]) -> Hours:
    return Hours(zone, (spans,) * 7, {date.fromisoformat(d[1:]): s for d, s in days.items()})


def at(text: str, zone: ZoneInfo = BERLIN, fold: int = 0) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=zone, fold=fold).timestamp()


@pytest.mark.parametrize(
    ("day", "spans", "minutes"),
    [
        (SPRING, [(0, DAY)], 23 * 60),
        (SPRING, [(120, 180)], 0),
        (SPRING, [(150, 240)], 60),
        (SPRING, [(60, 150)], 60),
        (AUTUMN, [(0, DAY)], 25 * 60),
        (AUTUMN, [(120, 180)], 120),
        (AUTUMN, [(0, 150), (150, 360)], 7 * 60),
        (AUTUMN, [(540, 1080)], 540),
    ],
)
def test_a_day_on_which_the_clock_changes(day: date, spans: list[Span], minutes: int) -> None:
    since, until = at(f"{day} 00:00"), at(f"{date.fromordinal(day.toordinal() + 1)} 00:00")
    assert open_seconds(daily(*spans), since, until) == minutes * 60


def test_both_passes_of_a_repeated_hour_are_open_and_a_skipped_midnight_opens_at_the_jump() -> None:
    night = daily((120, 180))
    assert is_open(night, at(f"{AUTUMN} 02:30")) and is_open(night, at(f"{AUTUMN} 02:30", fold=1))
    assert not is_open(night, at(f"{AUTUMN} 03:00"))
    early = daily((0, 60), zone=SANTIAGO)
    jump = at("2024-09-08 01:00", SANTIAGO)
    assert open_seconds(early, jump - 3600, jump + 3600) == 0
    assert next_opening(early, jump - 1) == at("2024-09-09 00:00", SANTIAGO)


def test_a_named_day_stands_instead_of_its_weekday() -> None:
    hours = daily((540, 1080), _20241224=((540, 720),), _20241225=(), _20241226=())
    assert next_opening(hours, at("2024-12-24 12:00")) == at("2024-12-27 09:00")
    assert open_seconds(hours, at("2024-12-24 00:00"), at("2024-12-28 00:00")) == 12 * 3600
    assert next_opening(hours, at("2024-12-24 11:59")) == at("2024-12-24 11:59")


def test_whoever_never_comes_names_no_time() -> None:
    assert next_opening(daily(), at("2024-05-01 00:00")) is None
    assert open_seconds(daily((0, DAY)), 100, 50) == 0 == open_seconds(daily((0, DAY)), 50, 50)


def test_seconds_agree_with_a_count_of_every_minute() -> None:
    hours = daily((0, 150), (155, 190), (540, 1080), _20241028=((600, 601),))
    since = at("2024-10-25 13:07")
    minutes = range(5 * DAY)
    counted = sum(60 for one in minutes if is_open(hours, since + 60 * one))
    assert open_seconds(hours, since, since + 60 * len(minutes)) == counted
    parts = (
        open_seconds(hours, since + 7 * m, since + 7 * (m + 997)) for m in range(0, 49850, 997)
    )
    assert sum(parts) == open_seconds(hours, since, since + 7 * 49850)


@pytest.mark.parametrize(
    "spans", [((540, 540),), ((1080, 540),), ((0, DAY + 1),), ((-1, 5),), ((0, 60), (30, 90))]
)
def test_what_is_no_day_is_refused(spans: tuple[Span, ...]) -> None:
    with pytest.raises(ValueError, match="follow one another"):
        daily(*spans)
    with pytest.raises(ValueError, match="seven days, not 1"):
        Hours(BERLIN, (spans,))
