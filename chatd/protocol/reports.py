"""The commands about figures: what became of requests for help, and which these are."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from msgspec import Meta, Struct, field

from chatd.domain.tags import LONGEST_TAG
from chatd.domain.ticket import Priority
from chatd.protocol import results
from chatd.protocol.commands import Command, ListCursor, PageLimit
from chatd.protocol.results import Page
from chatd.protocol.support import DepartmentName, SiteName

About = Literal["queue", "operators", "sites", "departments", "tags", "targets", "rating"]
Group = Literal[
    "all", "hour", "day", "week", "month", "operator", "site", "department", "tag", "priority"
]
Counted = Literal[
    "opened",
    "reopened",
    "requested",
    "waiting",
    "accepted",
    "abandoned",
    "dropped",
    "answered",
    "closed",
    "cancelled",
    "silent",
    "offline",
    "response_met",
    "response_missed",
    "resolution_met",
    "resolution_missed",
    "rated",
    "rated_5",
    "rated_4",
    "rated_3",
    "rated_2",
    "rated_1",
]
Moment = Annotated[
    str, Meta(max_length=40, description="a day like 2030-03-31, or a time like 2030-03-31T09:00")
]
Zone = Annotated[
    str,
    Meta(
        pattern=r"^[A-Za-z][A-Za-z0-9_+-]{0,31}(/[A-Za-z0-9_+-]{1,31}){0,2}\Z",
        description="a time zone like Europe/Moscow",
    ),
]
MOST_ROWS = 1_000


class Durations(Struct, frozen=True, kw_only=True):
    """How long something took, in seconds, of so many; null of none. The median, and what nine of
    ten did not exceed, are off by a hundredth at most; the others are exact."""

    count: int
    mean_s: float | None
    median_s: float | None
    p90_s: float | None
    longest_s: float | None


class ReportFigures(Struct, frozen=True, kw_only=True):
    """Of the requests for help that began in a time: how many there were, how many of these opened
    a ticket again, wanted a person, wait for one, were accepted, abandoned, dropped, answered by a
    person, closed, cancelled by the customer, closed since nothing came from there any more, made
    while nobody came soon (``offline``); of how many what was promised (``response``,
    ``resolution``) was kept and missed; what became of them, what was written in them, and how long
    it took; what their customers said of them afterwards, by score, and the mean of that. See
    docs/reports.md."""

    opened: int
    reopened: int
    requested: int
    waiting: int
    accepted: int
    abandoned: int
    dropped: int
    answered: int
    closed: int
    cancelled: int
    silent: int
    offline: int
    response_met: int
    response_missed: int
    resolution_met: int
    resolution_missed: int
    transfers: int
    returns: int
    passes: int
    customer_messages: int
    operator_messages: int
    wait: Durations
    first_response: Durations
    handling: Durations
    rated: int
    rated_5: int
    rated_4: int
    rated_3: int
    rated_2: int
    rated_1: int
    rating_mean: float | None


class ReportRow(ReportFigures, frozen=True, kw_only=True):
    """The figures of a part: ``at`` names its hour, day, week or month as the time zone has it;
    ``since`` and ``until`` are when that begins and ends, ``operator`` (empty: nobody accepted),
    ``site``, ``department``, ``tag`` (empty: none) and ``priority`` whose it is, null for all of
    them. With these seven one asks for the tickets. What has several tags is in a row of each."""

    at: str | None
    since: str
    until: str
    operator: str | None
    site: str | None
    department: str | None
    tag: str | None
    priority: str | None


class Report(Page, frozen=True, kw_only=True):
    """A page of the parts in which there was anything, in their order, and all of them in
    ``total``."""

    report: About
    since: str
    until: str
    tz: str
    group: Group
    total: ReportFigures
    rows: list[ReportRow]


class CountedRequest(Struct, frozen=True, kw_only=True):
    """A request for help that is in a figure: the ticket's ``id``, which of its requests this is,
    and how long it took, null where that did not happen, or not yet."""

    id: str
    number: int
    site: str
    opened_at: str
    operator: str | None
    department: str
    priority: str
    tags: list[str]
    wait_s: float | None
    first_response_s: float | None
    handling_s: float | None
    abandoned: bool
    score: int | None


class CountedRequests(Page, frozen=True, kw_only=True):
    """A page of the requests for help in a figure, the newest first."""

    tickets: list[CountedRequest]


class Asked(Command, frozen=True, kw_only=True):
    """``from``: since when requests began, a day or a time; ``to``: until then, a day with all of
    it; the last seven days where nothing is said. ``tz``: whose days they are. ``operator``: whom
    one was accepted by, or nobody where it is empty; ``department``: which one it had last, or none
    where it is empty; ``tag``: one that it has, or without any where it is empty; ``priority``: the
    one that it had last."""

    gets_page: ClassVar[bool] = True
    begin: Moment | None = field(default=None, name="from")
    end: Moment | None = field(default=None, name="to")
    tz: Zone = "UTC"
    site: SiteName | None = None
    department: DepartmentName | None = None
    operator: Annotated[str, Meta(max_length=64)] | None = None
    tag: Annotated[str, Meta(max_length=LONGEST_TAG)] | None = None
    priority: Priority | None = None


class GetReport(Asked, frozen=True, kw_only=True):
    """Figures of the queue, of each operator, site, department or tag, of what was promised
    (``targets``), or ratings, by ``group``: the queue's by day if nothing else is said, what was
    promised by priority, ratings by operator, the others' of the whole time.
    An operator gets their own."""

    event: ClassVar[str] = "report:get"
    result: ClassVar[results.Kind] = Report
    report: About
    group: Group | None = None
    limit: Annotated[int, Meta(ge=1, le=MOST_ROWS)] = MOST_ROWS
    cursor: ListCursor | None = None


class ListCounted(Asked, frozen=True, kw_only=True):
    """The tickets behind a number: ``of`` which figure, of the time, the operator, the site, the
    department, the tag and the priority of its row."""

    event: ClassVar[str] = "report:tickets"
    result: ClassVar[results.Kind] = CountedRequests
    of: Counted = "opened"
    limit: PageLimit = 200
    cursor: ListCursor | None = None


COMMANDS: tuple[type[Command], ...] = (GetReport, ListCounted)
