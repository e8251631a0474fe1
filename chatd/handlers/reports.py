"""Figures, and the tickets behind each of them; an operator's are their own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from itertools import product
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from chatd.domain import periods, report
from chatd.domain.episode import Episode
from chatd.domain.report import FIGURES, SUBJECTS, Key, Tally, epoch, measure
from chatd.domain.ticket import EPISODE
from chatd.domain.times import to_text
from chatd.errors import Damaged, Forbidden, Invalid
from chatd.protocol import reports
from chatd.protocol.reports import (
    MOST_ROWS,
    Asked,
    CountedRequest,
    CountedRequests,
    GetReport,
    Group,
    ListCounted,
    Report,
    ReportFigures,
    ReportRow,
)
from chatd.runtime.loop import in_turns
from chatd.service import pages
from chatd.service.context import Context, Handlers, Services

DAY_S = 86_400
QUARTER_S = 900
A_MOMENT_S = 0.001
DAYS = 7  # where nothing is said
MOST_DAYS = 400
USUAL: dict[str, Group] = {
    "queue": "day",
    "operators": "all",
    "sites": "all",
    "departments": "all",
    "tags": "all",
    "rating": "operator",
}
SUBJECT = {"operators": "operator", "sites": "site", "departments": "department", "tags": "tag"}
PERIODS: dict[str, periods.Period] = {
    "hour": "hour",
    "day": "day",
    "week": "week",
    "month": "month",
}


Names = tuple[tuple[str, ...], ...]


class Range(NamedTuple):
    """From one time until just before another, as they are in a place."""

    since: float
    until: float
    place: ZoneInfo


def get(cx: Context, command: GetReport) -> Report:
    """→ ``rows`` in order, ``total``; whether there are ``more``, and the ``cursor`` that gets
    those. Invalid for a time that is none, or too long, or has too many rows."""
    wanted = read_range(cx.services, command)
    group = command.group or USUAL[command.report]
    with cx.services.turns.one_at_a_time("report"):
        total, tallies = tally(cx, command, wanted, group)
    page = pages.place_page(
        cx,
        sorted(tallies.items(), key=lambda row: order(row[0])),
        lambda row: row_view(*row, PERIODS.get(group), wanted.place),
        limit=command.limit,
        cursor=command.cursor,
    )
    return Report(
        report=command.report,
        since=to_text(wanted.since),
        until=to_text(wanted.until),
        tz=command.tz,
        group=group,
        total=ReportFigures(**members(total)),
        rows=page.rows,
        more=page.more,
        cursor=page.cursor,
    )


def order(key: Key) -> tuple[float, str, str, str, str]:
    """In time, then by name."""
    names = (key.operator or "", key.site or "", key.department or "", key.tag or "")
    return key.since, *names


def tally(
    cx: Context, command: GetReport, wanted: Range, group: Group
) -> tuple[Tally, dict[Key, Tally]]:
    """What is counted in all, and in each of the rows. Which these are is found out once for all
    that began in a quarter of an hour, within which no clock anywhere is set."""
    subjects = [one for one in SUBJECTS if one in (SUBJECT.get(command.report), group)]
    named = [SUBJECTS[one] for one in subjects]
    several = "tag" in subjects  # then one may be in several rows, and is one in all of them
    total, rows = Tally(), dict[Key, Tally]()
    parts = dict[float, tuple[float, float]]()
    known = dict[tuple[tuple[float, float], Names], list[Tally]]()
    for at, episode in in_turns(select(cx, command, wanted)):
        names = tuple([one(episode) for one in named])
        quarter = at // QUARTER_S
        if quarter not in parts:
            parts[quarter] = part_of(at, wanted, group)
        cell = parts[quarter], names
        tallies = known.get(cell)
        if tallies is None:
            each = (dict(zip(subjects, one, strict=True)) for one in product(*names))
            since, until = parts[quarter]
            keys = (Key(since, until, **one) for one in each)
            tallies = known[cell] = [rows.setdefault(key, Tally()) for key in keys]
            if several:
                tallies.append(total)
            if len(rows) > MOST_ROWS:
                raise Invalid(f"more than {MOST_ROWS} rows: take less time", field="group")
        facts = measure(episode)
        for one in tallies:
            one.add(facts)
    for one in rows.values():
        one.settle()
        if not several:
            total.merge(one)
    total.settle()
    return total, rows


def part_of(at: float, wanted: Range, group: Group) -> tuple[float, float]:
    """When the part begins and ends that a time counts in."""
    period = PERIODS.get(group)
    if period is None:
        return wanted.since, wanted.until
    begin, end = periods.around(at, period, wanted.place)
    return max(begin, wanted.since), min(end, wanted.until)


def select(cx: Context, command: Asked, wanted: Range) -> Iterator[tuple[float, Episode]]:
    """The requests for help that began in that time and are asked for, as far as they are this
    one's business, each with when it began."""
    serves = cache(cx.principal.serves)
    asked = {"operator": whose(cx, command), "site": command.site}
    asked |= {"department": command.department, "tag": command.tag}
    by = [(SUBJECTS[one], name) for one, name in asked.items() if name is not None]
    for at, episode in began_in(cx.services, wanted.since, wanted.until):
        if serves(episode.site) and not (by and any(name not in of(episode) for of, name in by)):
            yield at, episode


def whose(cx: Context, command: Asked) -> str | None:
    """By whom accepted: nothing for anybody. Operators have no business with others' figures."""
    who = cx.principal
    if who.operator is None or who.has("report:all"):
        return command.operator
    if command.operator not in (None, who.operator):
        raise Forbidden("an operator gets their own figures; all of them are for administrators")
    return who.operator


def began_in(services: Services, since: float, until: float) -> Iterator[tuple[float, Episode]]:
    """All that began in that time, the newest part first; a part that is damaged is left out."""
    earliest, latest = (id_at(at) for at in (since, until))
    for name in reversed(services.store.parts(Episode, since=earliest, until=latest)):
        with suppress(Damaged):
            for episode in services.store.part(Episode, name):
                at = epoch(episode.opened_at)
                if at is not None and since <= at < until:
                    yield at, episode


def id_at(at: float) -> str:
    """The least id of what began then."""
    return f"{EPISODE}-{max(0, int(at)):x}-"


def read_range(services: Services, command: Asked) -> Range:
    """The time that is asked for; Invalid for one that is none."""
    try:
        place = periods.zone(command.tz)
    except ValueError as error:
        raise Invalid(str(error), field="tz") from None
    now = services.now() + A_MOMENT_S  # what begins just now, too
    until = read_moment("to", command.end, place) if command.end else now
    if command.begin:
        since = read_moment("from", command.begin, place)
    else:
        since = periods.around(until - (DAYS - 1) * DAY_S, "day", place)[0]
    if since >= until:
        raise Invalid("'from' has to be before 'to'", field="from")
    if until - since > MOST_DAYS * DAY_S:
        raise Invalid(f"at most {MOST_DAYS} days are counted at once", field="from")
    return Range(since, until, place)


def read_moment(name: str, text: str, place: ZoneInfo) -> float:
    """One of its ends."""
    try:
        return periods.moment(text, place, end=name == "to")
    except (ValueError, OverflowError):
        raise Invalid(
            f"'{name}' is a day like 2030-03-31, or a time like 2030-03-31T09:00", field=name
        ) from None


def members(found: Tally) -> dict[str, Any]:
    """The names and values of all that is counted."""
    spreads = {name: spread_view(one) for name, one in found.spreads.items()}
    return {**found.counts, **spreads, "rating_mean": in_thousandths(found.rating_mean())}


def spread_view(spread: report.Spread) -> reports.Durations:
    """How long things took, as peers are told."""
    return reports.Durations(
        count=spread.count,
        mean_s=in_thousandths(spread.mean()),
        median_s=in_thousandths(spread.percentile(0.5)),
        p90_s=in_thousandths(spread.percentile(0.9)),
        longest_s=in_thousandths(spread.longest if spread.count else None),
    )


def in_thousandths(took_s: float | None) -> float | None:
    """Seconds, or a mean, as peers are told them: to the thousandth."""
    return None if took_s is None else round(took_s, 3)


def row_view(key: Key, found: Tally, period: periods.Period | None, place: ZoneInfo) -> ReportRow:
    """What is said of a part, and which one it is."""
    at = None
    if period:
        at = periods.in_words(periods.around(key.since, period, place)[0], period, place)
    return ReportRow(
        at=at,
        since=to_text(key.since),
        until=to_text(key.until),
        operator=key.operator,
        site=key.site,
        department=key.department,
        tag=key.tag,
        **members(found),
    )


def tickets(cx: Context, command: ListCounted) -> CountedRequests:
    """→ ``tickets``, the newest first; whether there are ``more``, and the ``cursor`` that gets
    those."""
    wanted, holds = read_range(cx.services, command), FIGURES[command.of]
    behind = command.cursor
    with cx.services.turns.one_at_a_time("report"):
        found = [
            one
            for _, one in in_turns(select(cx, command, before(wanted, behind)))
            if holds(measure(one).kind) and (behind is None or one.id < behind)
        ]
    page = pages.list_page(
        cx,
        sorted(found, key=lambda one: one.id, reverse=True),
        counted_view,
        limit=command.limit,
        cursor=lambda one: one.id,
    )
    return CountedRequests(tickets=page.rows, more=page.more, cursor=page.cursor)


def before(wanted: Range, cursor: str | None) -> Range:
    """What is left of a time behind a row; Invalid for a cursor that is none."""
    if cursor is None:
        return wanted
    try:
        second = int(cursor.split("-", 2)[1], 16)
    except (ValueError, IndexError):
        text = "'cursor' is what an earlier page of this list gave"
        raise Invalid(text, field="cursor") from None
    return wanted._replace(until=min(wanted.until, second + 1))


def counted_view(episode: Episode) -> CountedRequest:
    """A request for help in a list."""
    facts = measure(episode)
    wait, first_response, handling = map(in_thousandths, facts.times)
    return CountedRequest(
        id=episode.ticket,
        number=episode.number,
        site=episode.site,
        opened_at=episode.opened_at,
        operator=episode.accepted_by,
        department=episode.department,
        tags=list(episode.tags),
        wait_s=wait,
        first_response_s=first_response,
        handling_s=handling,
        abandoned=facts.kind.abandoned,
        score=facts.kind.score or None,
    )


HANDLERS: Handlers = {GetReport: get, ListCounted: tickets}
