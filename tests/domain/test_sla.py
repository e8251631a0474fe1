"""Until when somebody is answered and helped: by opening hours, over clock changes and holidays."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace

from chatd.domain import sla
from chatd.domain.deadlines import Deadline, Terms
from chatd.domain.hours import Hours, open_after
from chatd.domain.ticket import Ticket
from chatd.domain.times import to_epoch, to_text

BERLIN = ZoneInfo("Europe/Berlin")
MINUTE, HOUR = 60.0, 3600.0
NINE_TO_SIX = ((540, 1080),)
TERMS = Terms(
    response={"normal": 10 * MINUTE, "urgent": 2 * MINUTE},
    resolution={"normal": 100 * MINUTE, "urgent": 20 * MINUTE},
)


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN).timestamp()


def daily(**days: Any) -> Hours:
    named = {date.fromisoformat(day[1:]): spans for day, spans in days.items()}
    return Hours(BERLIN, (NINE_TO_SIX,) * 7, named)


@pytest.mark.parametrize(
    ("since", "hours", "by"),
    [
        ("2024-05-02 10:00", 2, "2024-05-02 12:00"),
        ("2024-05-02 17:00", 2, "2024-05-03 10:00"),
        ("2024-05-02 03:00", 9, "2024-05-02 18:00"),
        ("2024-05-02 20:00", 0.5, "2024-05-03 09:30"),
        ("2024-12-24 17:00", 2, "2024-12-27 10:00"),
        ("2024-03-30 17:00", 2, "2024-03-31 10:00"),
    ],
)
def test_only_opening_hours_count(since: str, hours: float, by: str) -> None:
    open_daily = daily(_20241225=(), _20241226=())
    assert open_after(open_daily, at(since), hours * HOUR) == at(by)


def test_a_night_is_as_long_as_its_clock_change_makes_it() -> None:
    always = Hours(BERLIN, (((0, 1440),),) * 7)
    nights = ("2024-03-30", "2024-03-31 07:00"), ("2024-10-26", "2024-10-27 05:00")
    for evening, morning in nights:
        assert open_after(always, at(f"{evening} 22:00"), 8 * HOUR) == at(morning)


def test_where_nobody_ever_comes_nothing_is_promised() -> None:
    never = Hours(BERLIN, ((),) * 7)
    assert open_after(never, at("2024-05-02 10:00"), 1) is None
    ticket = asked(terms(never))
    assert ticket.promise and not ticket.promise.response and sla.next_due(ticket) is None


def terms(hours: Hours) -> Terms:
    return Terms(hours=hours, response=TERMS.response, resolution=TERMS.resolution)


def minute(number: float) -> str:
    return to_text(at("2024-05-02 10:00") + number * MINUTE)


def asked(by: Terms = TERMS, **fields: Any) -> Ticket:
    now = minute(0)
    ticket = Ticket(
        id="TKT-1",
        site="shop",
        status="waiting",
        customer_id="p-1",
        customer_name="Anna",
        created_at=now,
        updated_at=now,
        requested_at=now,
        **fields,
    )
    return sla.follow(ticket, by, now, None)


def later(ticket: Ticket, minutes: float, by: Terms = TERMS, **changes: Any) -> Ticket:
    """After a change, so many minutes after it began."""
    answered_at = minute(minutes) if changes.pop("answered", False) else None
    changed = replace(ticket, updated_at=minute(minutes), **changes)
    return sla.follow(changed, by, minute(minutes), answered_at)


def states(ticket: Ticket) -> dict[str, Any]:
    found = {kind: sla.state_of(ticket, kind) for kind in sla.KINDS}
    return {kind: (one[0], one[1]) for kind, one in found.items() if one}


def test_it_is_told_once_before_and_once_when_it_is_late() -> None:
    ticket, told = asked(), []
    for number in range(200):
        ticket, said = sla.warn(ticket, minute(number))
        told += [(number, said)] if said else []
    assert told == [(8, "soon"), (10, "overdue"), (80, "soon"), (100, "overdue")]
    late, said = sla.warn(asked(), minute(50))
    assert said == "overdue" and sla.warn(late, minute(50))[1] == "", "not that it comes near"


def test_what_is_done_in_time_is_met_and_at_the_very_moment_too() -> None:
    ticket = later(asked(), 10, status="active", answered=True)
    assert sla.verdict(ticket, "response") == "met" and sla.verdict(ticket, "resolution") == ""
    ticket = later(ticket, 50, answered=True)
    assert ticket.promise and ticket.promise.answered_at == minute(10), "the first word counts"
    over = later(ticket, 101, status="closed", closed_at=minute(101), outcome="closed")
    assert sla.verdict(over, "resolution") == "missed" and sla.next_due(over) is None
    again = later(over, 102, status="active", closed_at=None, outcome="")
    assert states(again)["resolution"] == (minute(100), "due"), "as if it had not been closed"


def test_who_wants_nobody_any_more_was_not_helped_in_time() -> None:
    for number, verdicts in ((5, ("", "")), (30, ("missed", "")), (200, ("missed", "missed"))):
        over = later(
            asked(), number, status="closed", closed_at=minute(number), outcome="cancelled"
        )
        assert (sla.verdict(over, "response"), sla.verdict(over, "resolution")) == verdicts
        assert sla.verdict(later(over, 900), "resolution") == verdicts[1], "nor by and by"


def test_time_stands_still_while_it_is_put_aside_in_opening_hours_alone() -> None:
    hours = terms(daily())
    ticket = later(asked(hours), 60, hours, status="active", answered=True)
    aside = later(ticket, 60, hours, snoozed_until=minute(9000))
    assert states(aside)["resolution"] == (minute(100), "paused") and not sla.next_due(aside)
    woken = later(aside, 60 + 24 * 60, hours, snoozed_until=None)
    assert states(woken)["resolution"] == (minute(24 * 60 + 100), "due"), "by a night, too"
    closed: dict[str, Any] = {"snoozed_until": None, "status": "closed", "outcome": "closed"}
    over = later(aside, 300, hours, closed_at=minute(300), **closed)
    assert sla.verdict(over, "resolution") == "met"
    unanswered = later(asked(), 1, status="active", snoozed_until=minute(30))
    assert sla.next_due(unanswered) == (minute(8), "response"), "a customer waits all the same"


def test_what_was_late_before_it_was_put_aside_stays_late() -> None:
    aside = later(asked(), 150, status="active", answered=True, snoozed_until=minute(200))
    assert sla.next_due(aside) == (minute(80), "resolution")
    woken = later(aside, 200, snoozed_until=None)
    assert states(woken)["resolution"] == (minute(100), "due")
    assert sla.warn(woken, minute(200))[1] == "overdue"


def test_another_priority_is_reckoned_from_the_beginning_and_what_is_done_stays() -> None:
    urgent = later(asked(), 5, priority="urgent")
    assert states(urgent)["response"] == (minute(2), "due")
    urgent, said = sla.warn(urgent, minute(5))
    assert said == "overdue" and states(urgent)["response"] == (minute(2), "overdue")
    normal = later(urgent, 6, priority="normal")
    assert (
        states(normal)["response"] == (minute(10), "due") and sla.warn(normal, minute(6))[1] == ""
    )
    answered = later(normal, 7, status="active", answered=True)
    raised = later(answered, 8, priority="urgent")
    assert states(raised)["response"] == (minute(10), "met")
    assert states(raised)["resolution"] == (minute(20), "due")
    low = later(raised, 9, priority="low")
    assert "resolution" not in states(low) and sla.verdict(low, "response") == "met"
    soon, _ = sla.warn(asked(), minute(8))
    assert states(later(soon, 9, tags=("vip",)))["response"] == (minute(10), "soon")


def test_who_opens_a_ticket_again_as_an_operator_waits_for_no_word() -> None:
    resumed = asked()
    resumed = sla.follow(replace(resumed, promise=None, status="active"), TERMS, minute(0), None)
    assert [*states(resumed)] == ["resolution"]


def test_where_nothing_is_configured_nothing_is_kept() -> None:
    assert asked(Terms()).promise is None
    kept = asked(Terms(response={"urgent": 60.0}))
    assert kept.promise and not states(kept), "it may be urgent later"
    old = replace(asked(Terms()), requested_at=minute(-5))
    assert later(old, 3).promise is None


def test_shares_of_a_second_are_no_matter() -> None:
    deadline = TERMS.deadline(to_text(0.9), 10.0)
    assert deadline == Deadline(by=to_text(10.9), warn_at=to_text(8.9))
    assert to_epoch(deadline.by) - to_epoch(deadline.warn_at) == 2
