"""The verbs about figures: a part of the table in :mod:`chatd.admin.verbs`."""

from __future__ import annotations

from typing import get_args

from chatd.admin.verb import PAGES, Column, Option, Verb, one_of
from chatd.domain.rating import SCORES
from chatd.domain.ticket import PRIORITIES
from chatd.protocol import board, reports

TIMES = (
    Option("--from", "from", "since a day like 2030-03-31, or a time; else for seven days"),
    Option("--to", "to", "until then, a day with all of it; else now"),
    Option("--tz", "tz", "whose days these are: Europe/Moscow; else UTC"),
    Option("--site", "site", "of one site"),
    Option("--department", "department", "which it had last; '' none", complete="department"),
    Option("--tag", "tag", "with this tag; '' without any"),
    Option("--priority", "priority", one_of(*PRIORITIES)),
    Option("--operator", "operator", "accepted by them; '' by nobody", complete="operator"),
)
GROUP = Option("--group", "group", one_of(*get_args(reports.Group)))
AT, OPERATOR, SITE = Column("AT", "at"), Column("OPERATOR", "operator"), Column("SITE", "site")
DEPARTMENT, TAG = Column("DEPARTMENT", "department"), Column("TAG", "tag")
PRIORITY = Column("PRIORITY", "priority")
COLUMNS = (
    Column("OPENED", "opened", "count"),
    Column("OFF LINE", "offline", "count"),
    Column("ASKED", "requested", "count"),
    Column("ACCEPTED", "accepted", "count"),
    Column("ABANDONED", "abandoned", "count"),
    Column("DROPPED", "dropped", "count"),
    Column("CLOSED", "closed", "count"),
    Column("WAIT", "wait.median_s", "age"),
    Column("9 OF 10", "wait.p90_s", "age"),
    Column("ANSWER", "first_response.median_s", "age"),
    Column("9 OF 10", "first_response.p90_s", "age"),
    Column("HANDLING", "handling.median_s", "age"),
)
TARGETS = (
    Column("OPENED", "opened", "count"),
    Column("ANSWERED IN TIME", "response_met", "count"),
    Column("LATE", "response_missed", "count"),
    Column("DONE IN TIME", "resolution_met", "count"),
    Column("LATE", "resolution_missed", "count"),
)
RATED = (
    Column("CLOSED", "closed", "count"),
    Column("RATED", "rated", "count"),
    Column("MEAN", "rating_mean"),
    *(Column(str(score), f"rated_{score}", "count") for score in reversed(SCORES)),
)
NONE = "Nobody asked for help in that time."


def report(about: str, help: str, first: Column, shown: tuple[Column, ...] = COLUMNS) -> Verb:
    """The verb of one of the reports; what it is about comes first."""
    others = (one for one in (AT, OPERATOR, SITE, DEPARTMENT, TAG, PRIORITY) if one is not first)
    return Verb(
        name=f"report {about}",
        help=help,
        command=reports.GetReport,
        options=(*TIMES, GROUP, *PAGES),
        fixed={"report": about},
        rows="rows",
        paged="cursor",
        columns=(first, *others, *shown),
        empty=NONE,
        group="operators",
    )


VERBS = (
    report("queue", "Requests for help, and how long they waited, by day", AT),
    report("operators", "The same of each operator who accepted", OPERATOR),
    report("sites", "The same of each site", SITE),
    report("departments", "The same of each department", DEPARTMENT),
    report("tags", "The same of each tag; what has several is in each", TAG),
    report("targets", "What was promised and kept, by priority", PRIORITY, shown=TARGETS),
    report("rating", "What customers said of it, by operator", OPERATOR, shown=RATED),
    Verb(
        name="board",
        help="How the desk stands now: who waits where, who has what, who is away",
        command=board.GetBoard,
        options=PAGES,
        rows="operators",
        paged="cursor",
        above=(
            (
                "lines",
                (
                    SITE,
                    DEPARTMENT,
                    Column("WAITING", "waiting", "count"),
                    Column("LONGEST", "longest_wait_s", "age"),
                ),
            ),
        ),
        columns=(
            Column("USERNAME", "username"),
            Column("STATUS", "status"),
            Column("HAS", "active", "count"),
            Column("OF", "capacity", "count"),
            Column("OVER", "over", "mark"),
            Column("TICKETS", "tickets", "ids"),
        ),
        empty="No operators: add one with 'operator add'.",
        group="operators",
    ),
    Verb(
        name="report tickets",
        help="The tickets behind a figure, newest first",
        command=reports.ListCounted,
        options=(Option("--of", "of", one_of(*get_args(reports.Counted))), *TIMES, *PAGES),
        rows="tickets",
        paged="cursor",
        columns=(
            Column("ID", "id"),
            Column("NO", "number", "count"),
            Column("SITE", "site"),
            Column("OPENED", "opened_at"),
            Column("OPERATOR", "operator"),
            DEPARTMENT,
            PRIORITY,
            Column("TAGS", "tags"),
            Column("WAIT", "wait_s", "age"),
            Column("ANSWER", "first_response_s", "age"),
            Column("HANDLING", "handling_s", "age"),
            Column("ABANDONED", "abandoned"),
            Column("RATED", "score"),
        ),
        empty=NONE,
        group="operators",
    ),
)
