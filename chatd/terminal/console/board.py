"""What the console knows of tickets: who waits and in what order, what is mine, what is unread."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Struct

from chatd.domain.ticket import FOR_OPERATORS, HEAD_STARTS
from chatd.domain.times import to_text
from chatd.terminal.core.reading import moment
from chatd.terminal.core.shapes import LastMessage
from chatd.terminal.core.told import convert_list, members, read

FORGET_ABOVE = 4_000
FEW = 50
Turn = tuple[str, str]
TO_ACCEPT = frozenset({"waiting", "bot"})
RUNNING = frozenset({"due", "soon", "overdue"})


class Rating(Struct):
    """What a customer said of a request for help."""

    score: int = 0
    comment: str = ""


class Attribute(Struct):
    """What is said of a customer; ``verified``: their site has signed it."""

    name: str
    value: str | float | bool = ""
    verified: bool = False

    @property
    def text(self) -> str:
        """The value in words."""
        if isinstance(self.value, bool):
            return "✓" if self.value else "—"
        return self.value if isinstance(self.value, str) else f"{self.value:g}"


class Target(Struct):
    """Until when something was promised, and how that stands."""

    by: str
    state: str = ""


class Targets(Struct):
    """What is promised of a request for help."""

    response: Target | None = None
    resolution: Target | None = None

    @property
    def next(self) -> tuple[str, Target] | None:
        """What is due first, of what is still to be done."""
        both = (("response", self.response), ("resolution", self.resolution))
        found = [(name, one) for name, one in both if one and one.state in RUNNING]
        return min(found, key=lambda one: one[1].by, default=None)


class ColleagueHere(Struct):
    """A colleague who has a ticket open; ``writes``: reply or note, while they do."""

    id: str
    name: str = ""
    writes: str = ""


class Row(Struct):
    """A ticket in a list: what the rows of the queue and the views of tickets have in common."""

    id: str
    site: str = ""
    status: str = "waiting"
    customer_id: str = ""
    customer_name: str = ""
    operator: str | None = None
    operator_name: str | None = None
    handed_by: str | None = None
    offered_to: str | None = None
    closed_by: str | None = None
    created_at: str = ""
    requested_at: str | None = None
    closed_at: str | None = None
    contact: str = ""
    phone: str = ""
    last_message: LastMessage | None = None
    last_seq: int = 0
    unread: int = 0
    priority: str = "normal"
    tags: list[str] = []
    rating: Rating | None = None
    department: str = ""
    snoozed_until: str | None = None
    targets: Targets | None = None
    attributes: list[Attribute] = []
    verified: list[str] = []
    version: int | None = None
    beside: list[ColleagueHere] = []

    @property
    def since(self) -> str:
        """From when on it waits."""
        return self.requested_at or self.created_at

    def wait_s(self, now: float) -> float:
        """For how many seconds."""
        begun = moment(self.since)
        return max(0.0, now - begun.timestamp()) if begun else 0.0


def row(view: dict[str, Any]) -> Row:
    """A row from any view of a ticket; ValidationError when it is none."""
    return read(view, Row)


def read_rows(views: Any) -> list[Row]:
    """The rows of a list of tickets; what is none hides no other."""
    return convert_list(views, Row)


class Department(Struct):
    """A part of the house with a queue of its own; ``mine``: its tickets are in one's own."""

    name: str
    title: dict[str, str] = {}
    sites: list[str] = []
    mine: bool = True


class Board:
    """Every ticket that was told of, by id; bounded: what is over is forgotten first. ``queued``:
    how many wait, when those are more than a page of the queue holds; ``reaches``: the last of that
    page, behind whom somebody unknown may stand before whoever is told of."""

    def __init__(self) -> None:
        self.rows: dict[str, Row] = {}
        self.news: set[str] = set()
        self.operators_online = 0
        self.queued = 0
        self.departments: list[Department] = []
        self.username: str | None = None
        self.reaches: Turn | None = None
        self.missed: set[str] = set()  # taken by colleagues, as far as one was not told
        self.known = False

    def put_beside(self, ticket_id: str, told: Any, me: str) -> None:
        """Which colleagues have a ticket open, as it is told; oneself is none."""
        there = [one for one in convert_list(told, ColleagueHere) if one.id != me]
        if one := self.rows.get(ticket_id):
            self.rows[ticket_id] = msgspec.structs.replace(one, beside=there)

    def begin(self, waiting: Any, mine: Any, online: int, queued: int = 0) -> None:
        """As it was when that was asked, in place of all that was known but ``news``: tickets that
        have moved since. ``queued``: how many wait, where those are not all."""
        moved = {id: one for id, one in self.rows.items() if id in self.news}
        page = read_rows(waiting)
        self.rows = {one.id: one for one in [*page, *read_rows(mine)]} | moved
        self.queued, self.reaches = queued, max(map(turn, page), default=None)
        self.operators_online, self.known = online, True

    def take(self, view: dict[str, Any]) -> tuple[Row | None, Row]:
        """What is new of a ticket: as it was, as it is. Fields that are not told stay."""
        now = row(view)
        before = self.rows.get(now.id)
        if before is not None:
            address = {"contact": "", "phone": ""} if view.get("kind") == "ticket" else {}
            now = msgspec.structs.replace(before, **(address | members(view, Row)))
        self.rows[now.id] = now
        if now.status != "active" or is_mine(now, self.username):
            self.missed.discard(now.id)
        elif before is not None and before.status in TO_ACCEPT:
            self.missed.add(now.id)
        if len(self.rows) > FORGET_ABOVE:
            self.forget()
        return before, now

    def forget(self) -> None:
        """What is over, or with a bot, is asked for again when wanted."""
        self.rows = {id: one for id, one in self.rows.items() if one.status in FOR_OPERATORS}
        self.missed &= {*self.rows}

    @property
    def runs_short(self) -> bool:
        """Whether more wait than are known, and those are few."""
        return len(self.waiting()) < min(FEW, self.queued)

    def count_waiting(self) -> int:
        """How many wait, the unknown included."""
        return max(self.queued, len(self.waiting()))

    @property
    def unknown(self) -> int:
        """How many wait of whom nothing else is known."""
        return self.count_waiting() - len(self.waiting())

    def is_in_queue(self, one: Row) -> bool:
        """Whether it waits, and not for others: for a department that is none of one's own."""
        if one.status != "waiting":
            return False
        others = any(each.name == one.department and not each.mine for each in self.departments)
        return not others or (self.username is not None and one.offered_to == self.username)

    def fitting(self, site: str) -> list[Department]:
        """The departments that a ticket of a site may be given to."""
        return [one for one in self.departments if not one.sites or site in one.sites]

    def waiting(self) -> list[Row]:
        """Who waits, by priority and time."""
        found = [one for one in self.rows.values() if self.is_in_queue(one)]
        return sorted(found, key=turn)

    def mine(self, username: str | None) -> list[Row]:
        """The operator's own tickets, in the order in which they were opened, without those put
        aside."""
        all_own = (one for one in self.rows.values() if is_mine(one, username))
        own = [one for one in all_own if not one.snoozed_until]
        return sorted(own, key=lambda one: one.id)

    def places(self) -> dict[str, int]:
        """Who waits, in order, and at which place, from 1; 0 for who stands behind some of whom
        nothing is known."""
        end = self.reaches if self.unknown else None
        return {
            one.id: place if end is None or turn(one) <= end else 0
            for place, one in enumerate(self.waiting(), 1)
        }


def is_answered(before: Row, now: Row) -> bool:
    """Whether its customer has written since, and that is not read."""
    last, known = now.last_message, before.last_message or LastMessage()
    if not (now.last_seq > before.last_seq > 0 and now.unread and last):
        return False
    # Notices count on, and are not what was said last.
    return last.sender_name == now.customer_name and (last.at or "") > (known.at or "")


def turn(one: Row) -> Turn:
    """What the order of the queue is by."""
    lead, begun = HEAD_STARTS.get(one.priority, 0), moment(one.since)
    return to_text(begun.timestamp() - lead) if begun and lead else one.since, one.id


def is_mine(one: Row, username: str | None) -> bool:
    """Whether this operator answers the ticket now."""
    return one.status == "active" and one.operator is not None and one.operator == username
