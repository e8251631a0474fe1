"""What is measured of requests for help, how exactly; periods over changes of the clock; CSV."""

from __future__ import annotations

import csv
import random
from typing import Any

import pytest

from chatd.domain import periods
from chatd.domain.episode import Episode
from chatd.domain.facts import Facts
from chatd.domain.report import ERROR, Spread, Tally, measure, measure_all
from chatd.domain.tables import csv_lines
from chatd.domain.times import to_text

BEGAN = 1_800_000_000


def at(seconds: float) -> str:
    return to_text(BEGAN + seconds)


def episode(**fields: Any) -> Facts:
    usual: dict[str, Any] = {"id": "h-1-TKT-1.1", "ticket": "TKT-1", "number": 1, "site": "shop"}
    return Facts.of(Episode(**{**usual, "opened_at": at(0), **fields}))


def test_each_time_is_measured_as_it_is_defined_and_none_from_what_is_not_known() -> None:
    whole = episode(
        requested_at=at(10), accepted_at=at(40), first_response_at=at(55.5), closed_at=at(100)
    )
    assert measure(whole).times == (30, 45.5, 60)
    unasked = episode(accepted_at=at(40), first_response_at=at(55))
    assert measure(unasked).times == (None, 55, None)
    odd = episode(requested_at="yesterday", accepted_at=at(1), first_response_at=at(2))
    assert measure(odd).times == (None, None, None)
    assert measure(episode(requested_at=at(5), accepted_at=at(4))).times[0] == 0
    never = episode(requested_at="yesterday", accepted_at="in the evening", closed_at="then")
    assert measure(never).times == (None, None, None)


def test_many_are_measured_as_each_of_them_is_by_itself() -> None:
    soon = episode(requested_at=at(0), accepted_at=at(9), customer_left_at=at(8), unread=1)
    late = episode(requested_at=at(0), accepted_at=at(9), customer_left_at=at(30), unread=1)
    some = [episode(), soon, late, episode(requested_at=at(5), accepted_at=at(4), closed_at=at(7))]
    odd = [episode(requested_at="yesterday", accepted_at=at(1)), episode(requested_at=at(3))]
    for many in (some, some + odd, []):
        kinds, times = measure_all(many)
        each = [measure(one) for one in many]
        assert kinds == [one.kind for one in each]
        assert list(zip(*times, strict=True)) == [one.times for one in each]


@pytest.mark.parametrize(
    ("abandoned", "fields"),
    [
        (False, {}),
        (False, {"closed_at": 50}),  # nobody wanted a person
        (False, {"requested_at": 0}),  # waits
        (True, {"requested_at": 0, "closed_at": 50}),  # nobody ever took it
        (False, {"requested_at": 0, "accepted_at": 9, "closed_at": 50}),
        (True, {"requested_at": 0, "accepted_at": 9, "customer_left_at": 8}),
        (False, {"requested_at": 0, "accepted_at": 9, "customer_left_at": 9}),
        (False, {"requested_at": 0, "accepted_at": 9, "customer_left_at": 30}),
        (False, {"requested_at": 0, "accepted_at": 1, "customer_left_at": 0}),  # a moment
    ],
)
def test_abandoned_is_who_wanted_a_person_in_vain(abandoned: bool, fields: dict[str, int]) -> None:
    one = episode(**{name: at(when) for name, when in fields.items()})
    assert measure(one).kind.abandoned is abandoned


def test_percentiles_are_off_by_a_hundredth_at_most_and_the_rest_is_exact() -> None:
    dice = random.Random(7)
    took = [dice.lognormvariate(3, 2) for _ in range(999)] + [0.0, 0.0]
    halves = Spread(), Spread()
    for number, half in enumerate(halves):
        half.add(took[number::2])
    merged = Spread()
    for half in halves:
        merged.merge(half)
    assert (merged.count, merged.longest) == (len(took), max(took))
    assert merged.mean() == pytest.approx(sum(took) / len(took))
    for share in (0.001, 0.25, 0.5, 0.9, 0.99, 1.0):
        exact = sorted(took)[max(1, -int(-share * len(took) // 1)) - 1]
        (told,) = merged.percentiles(share)
        assert told is not None and abs(told - exact) <= exact * ERROR * 1.0001
    assert (Spread().mean(), *Spread().percentiles(0.5, 0.9)) == (None, None, None)


def test_tallies_that_are_merged_are_as_one_that_was_given_all() -> None:
    many = 205
    some = [episode(requested_at=at(0), accepted_at=at(n), transfers=n) for n in range(many)]
    whole, parts = Tally(), Tally()
    whole.add(some)
    for one in some:
        part = Tally()
        part.add([one])
        parts.merge(part)
    assert parts.counts == whole.counts and whole.counts["transfers"] == sum(range(many))
    assert whole.counts["accepted"] == whole.spreads["wait"].count == many
    assert parts.spreads["wait"].buckets == whole.spreads["wait"].buckets
    assert (Tally().counts["opened"], Tally().rating_mean()) == (0, None)


def test_a_day_has_as_many_hours_as_its_clocks_say() -> None:
    berlin = periods.zone("Europe/Berlin")
    lengths = {}
    for day in ("2026-03-28", "2026-03-29", "2026-10-25"):
        begin, end = periods.around(periods.moment(f"{day}T12:00", berlin), "day", berlin)
        assert begin == periods.moment(day, berlin) and end == periods.moment(day, berlin, end=True)
        lengths[day] = (end - begin) / 3_600
    assert [*lengths.values()] == [24, 23, 25]
    twice = [periods.moment(f"2026-10-25T02:30+0{hours}:00", berlin) for hours in (2, 1)]
    hours = [periods.around(one, "hour", berlin)[0] for one in twice]
    assert [periods.in_words(one, "hour", berlin) for one in hours] == [
        "2026-10-25 02:00+02:00",
        "2026-10-25 02:00+01:00",
    ]
    kolkata = periods.zone("Asia/Kolkata")
    nine = periods.moment("2026-01-01T09:59:59.999", kolkata)
    begin, end = periods.around(nine, "hour", kolkata)
    assert begin == periods.moment("2026-01-01T09:00", kolkata) and end == begin + 3_600


def test_a_week_begins_on_monday_and_a_month_on_its_first() -> None:
    utc = periods.zone("UTC")
    for period, day, begin, end in (
        ("week", "2026-01-01", "2025-12-29", "2026-01-05"),
        ("month", "2026-02-28", "2026-02-01", "2026-03-01"),
        ("month", "2025-12-31", "2025-12-01", "2026-01-01"),
    ):
        found = periods.around(periods.moment(day, utc), period, utc)  # type: ignore[arg-type]
        assert found == (periods.moment(begin, utc), periods.moment(end, utc))


@pytest.mark.parametrize("name", ["Mars/Olympus", "../etc/passwd", "", "/etc/localtime", "Europe"])
def test_what_is_no_time_zone_is_refused_by_its_name(name: str) -> None:
    with pytest.raises(ValueError, match="no time zone"):
        periods.zone(name)


def test_csv_is_read_back_as_it_was_and_carries_nothing_out() -> None:
    rows = [
        {"at": '="a",b', "wait": {"count": 2, "mean_s": None}, "ok": True, "tags": ["a", "ё"]},
        {"at": "x\r\ny", "wait": {"count": 0, "mean_s": 1.5}, "ok": False, "tags": []},
    ]
    lines = [*csv_lines(rows)]
    assert all(one.endswith("\r\n") for one in lines)
    assert [*csv.reader(lines)] == [
        ["at", "wait_count", "wait_mean_s", "ok", "tags"],
        ['\'="a",b', "2", "", "true", '["a", "ё"]'],
        ["x\r\ny", "0", "1.5", "false", "[]"],
    ]
    assert [*csv_lines([])] == []
