"""Figures, and the tickets behind each of them; an operator's are their own."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import chain, product
from operator import attrgetter
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from chatd.domain import periods, report
from chatd.domain.episode import Episode
from chatd.domain.facts import Facts
from chatd.domain.report import FIGURES, SUBJECTS, Key, Tally, measure, measure_all, names_of
from chatd.domain.ticket import PRIORITIES, first_episode_id
from chatd.domain.times import to_text
from chatd.errors import Forbidden, Invalid
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
from chatd.runtime.loop import in_shares, in_turns
from chatd.service import narrowing, pages
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
    "targets": "priority",
    "rating": "operator",
}
SUBJECT = {"operators": "operator", "sites": "site", "departments": "department", "tags": "tag"}
PERIODS: dict[str, periods.Period] = {
    "hour": "hour",
    "day": "day",
    "week": "week",
    "month": "month",
}


BEGUN = attrgetter("opened_at")
Names = tuple[tuple[str, ...], ...]
Period = tuple[float, float]
Cell = tuple[Period, Names]


class Range(NamedTuple):
    """From one time until just before another, as they are in a place."""

    since: float
    until: float
    place: ZoneInfo


def get(cx: Context, command: GetReport) -> Report:
    """→ ``rows`` in order, ``total``; whether there are ``more``, and the ``cursor`` that gets
    those. Invalid for a time that is none, or too long, or has too many rows, and for a site, an
    operator or a department that there is not, and of which nothing is counted."""
    wanted = read_range(cx.services, command)
    group = command.group or USUAL[command.report]
    with cx.services.turns.one_at_a_time("report"):
        total, tallies = tally(cx, command, wanted, group)
    if not tallies:
        check_names(cx, command)
    page = pages.place_page(
        cx,
        in_turns(sorted(tallies.items(), key=lambda row: order(row[0]))),
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


def order(key: Key) -> tuple[float, str, str, str, str, int]:
    """In time, then by name; what is more urgent before."""
    names = (key.operator or "", key.site or "", key.department or "", key.tag or "")
    return key.since, *names, PRIORITIES.index(key.priority) if key.priority else 0


def tally(
    cx: Context, command: GetReport, wanted: Range, group: Group
) -> tuple[Tally, dict[Key, Tally]]:
    """What is counted in all, and in each of the rows."""
    subjects = [one for one in SUBJECTS if one in (SUBJECT.get(command.report), group)]
    several = "tag" in subjects  # then one may be in several rows, and is one in all of them
    total, rows, known = Tally(), dict[Key, Tally](), dict[Cell, list[Tally]]()
    parts = (in_periods(some, wanted, group) for some in select(cx, command, wanted))
    cells = in_cells(chain.from_iterable(parts), subjects)
    for cell, some in in_shares(cells):
        if cell not in known:
            (since, until), names = cell
            each = (dict(zip(subjects, one, strict=True)) for one in product(*names))
            keys = (Key(since, until, **one) for one in each)
            known[cell] = [rows.setdefault(key, Tally()) for key in keys]
            if len(rows) > MOST_ROWS:
                raise Invalid(f"more than {MOST_ROWS} rows: take less time", field="group")
        tallies = [*known[cell], total] if several else known[cell]
        measured = Tally() if several else tallies[0]
        measured.add(some)
        if several:
            for one in tallies:
                one.merge(measured)
    if not several:
        for one in rows.values():
            total.merge(one)
    return total, rows


def in_cells(
    parts: Iterable[tuple[Period, list[Facts]]], subjects: Sequence[str]
) -> Iterator[tuple[Cell, list[Facts]]]:
    """What began in a part, by the names that it stands under."""
    of = [attrgetter(SUBJECTS[one]) for one in subjects]
    for period, facts in parts:
        if not of:
            yield (period, ()), facts
            continue
        known = defaultdict[tuple[Any, ...], list[Facts]](list)
        for said, one in zip(
            zip(*(map(told, facts) for told in of), strict=True), facts, strict=True
        ):
            known[said].append(one)
        for said, some in known.items():
            yield (period, tuple(map(names_of, said))), some


def in_periods(
    facts: list[Facts], wanted: Range, group: Group
) -> Iterator[tuple[Period, list[Facts]]]:
    """What is in order, by the part of the time that it began in. Which part that is is asked for
    once for all of it, where the last of it is in the same, as the first."""
    period, begun = PERIODS.get(group), 0
    if period is None:
        yield (wanted.since, wanted.until), facts
        return
    times = [one.opened_at for one in facts]
    while begun < len(times):
        first = times[begun].timestamp()
        part = begin, end = periods.around(first, period, wanted.place)
        behind = bisect_left(times, moment_of(end), begun)
        if periods.around(times[behind - 1].timestamp(), period, wanted.place) != part:
            quarter = first // QUARTER_S + 1  # within it no clock anywhere is set
            behind = bisect_left(times, moment_of(quarter * QUARTER_S), begun)
        yield (max(begin, wanted.since), min(end, wanted.until)), facts[begun:behind]
        begun = behind


def moment_of(at: float) -> datetime:
    """A time as facts have it."""
    return datetime.fromtimestamp(at, UTC)


def select(cx: Context, command: Asked, wanted: Range) -> Iterator[list[Facts]]:
    """The requests for help that began in that time and are asked for, as far as they are this
    one's business, in portions, the newest before; each in order."""
    asked = {"operator": whose(cx, command), "site": command.site}
    asked |= {"department": command.department, "tag": command.tag, "priority": command.priority}
    by = [(attrgetter(SUBJECTS[one]), name) for one, name in asked.items() if name is not None]
    since, until = moment_of(wanted.since), moment_of(wanted.until)
    ids = {"since": first_episode_id(wanted.since), "until": first_episode_id(wanted.until)}
    for facts in cx.services.store.excerpts(Episode, Facts, **ids):
        found = sorted(facts, key=BEGUN)
        begin, end = (bisect_left(found, moment, key=BEGUN) for moment in (since, until))
        found = found[begin:end]
        others = {site for site in {one.site for one in found} if not cx.principal.serves(site)}
        if others:
            found = [one for one in found if one.site not in others]
        for of, name in by:
            found = [one for one in found if name in names_of(of(one))]
        yield found


def check_names(cx: Context, command: Asked) -> None:
    """Of what nothing was found there has to be such a thing, or it is Invalid."""
    named = {"operator": command.operator, "department": command.department}
    narrowing.check(cx.services, cx.principal, site=command.site, **named)


def whose(cx: Context, command: Asked) -> str | None:
    """By whom accepted: nothing for anybody. Operators have no business with others' figures."""
    who = cx.principal
    if who.operator is None or who.has("report:all"):
        return command.operator
    if command.operator not in (None, who.operator):
        raise Forbidden("an operator gets their own figures; all of them are for administrators")
    return who.operator


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
    median, most = spread.percentiles(0.5, 0.9)
    return reports.Durations(
        count=spread.count,
        mean_s=in_thousandths(spread.mean()),
        median_s=in_thousandths(median),
        p90_s=in_thousandths(most),
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
        priority=key.priority,
        **members(found),
    )


def tickets(cx: Context, command: ListCounted) -> CountedRequests:
    """→ ``tickets``, the newest first; whether there are ``more``, and the ``cursor`` that gets
    those."""
    wanted, holds = read_range(cx.services, command), FIGURES[command.of]
    behind, found, any_of_it = command.cursor, list[Facts](), False
    with cx.services.turns.one_at_a_time("report"):
        for portion in select(cx, command, before(wanted, behind)):
            any_of_it = any_of_it or bool(portion)
            for _, some in in_shares([(None, portion)]):
                kinds, _ = measure_all(some)
                counted = [one for one, kind in zip(some, kinds, strict=True) if holds(kind)]
                found += [one for one in counted if behind is None or one.id < behind]
            if len(found) > command.limit:
                break  # what follows is older
    if not any_of_it and behind is None:
        check_names(cx, command)
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


def counted_view(one: Facts) -> CountedRequest:
    """A request for help in a list."""
    facts = measure(one)
    wait, first_response, handling = map(in_thousandths, facts.times)
    return CountedRequest(
        id=one.ticket,
        number=one.number,
        site=one.site,
        opened_at=to_text(one.opened_at.timestamp()),
        operator=one.accepted_by,
        department=one.department,
        priority=one.priority,
        tags=list(one.tags),
        wait_s=wait,
        first_response_s=first_response,
        handling_s=handling,
        abandoned=facts.kind.abandoned,
        score=facts.kind.score or None,
    )


HANDLERS: Handlers = {GetReport: get, ListCounted: tickets}
