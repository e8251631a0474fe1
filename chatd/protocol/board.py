"""The live board: who waits, who has what, who is away."""

from __future__ import annotations

from typing import ClassVar

from msgspec import Struct

from chatd.domain.ticket import Status
from chatd.protocol import results
from chatd.protocol.commands import Command, ListCursor, PageLimit
from chatd.protocol.results import Page
from chatd.protocol.views import PresenceStatus


class BoardLine(Struct, frozen=True, kw_only=True):
    """Where somebody waits: of which site, and which department (empty: none)."""

    site: str
    department: str
    waiting: int
    longest_wait_s: float


class BoardTicket(Struct, frozen=True, kw_only=True):
    """What an operator has, or is offered (``waiting``); ``for_s``: for how long."""

    id: str
    customer_name: str
    site: str
    status: Status
    for_s: float
    snoozed_until: str | None


class BoardOperator(Struct, frozen=True, kw_only=True):
    """Who is there: ``active``, how many tickets they have, offers included, without those put
    aside, of ``capacity``; ``over``: more than that. ``tickets``: those that are with them, put
    aside or not, at most 20."""

    username: str
    display_name: str
    status: PresenceStatus
    available: bool
    active: int
    capacity: int
    over: bool
    tickets: list[BoardTicket]


class Board(Page, frozen=True, kw_only=True):
    """How it stands now: how many wait and for how long who has waited longest; ``lines``: where,
    the longest wait first, at most 100; a page of the operators, those who are on line first."""

    at: str
    waiting: int
    longest_wait_s: float
    operators_online: int
    lines: list[BoardLine]
    operators: list[BoardOperator]


class GetBoard(Command, frozen=True, kw_only=True):
    """How the desk stands, for who runs it."""

    event: ClassVar[str] = "board:get"
    result: ClassVar[results.Kind] = Board
    gets_page: ClassVar[bool] = True
    limit: PageLimit = 200
    cursor: ListCursor | None = None


COMMANDS: tuple[type[Command], ...] = (GetBoard,)
