"""The live board, made of what is in memory; of the sites that its viewer serves."""

from __future__ import annotations

from itertools import islice

from chatd.domain.department import parts_of
from chatd.domain.participant import Operator
from chatd.domain.principal import Principal
from chatd.domain.ticket import Ticket
from chatd.domain.times import to_text
from chatd.protocol.board import Board, BoardLine, BoardOperator, BoardTicket, GetBoard
from chatd.service import pages, views
from chatd.service.context import Context, Handlers, Services
from chatd.service.standing import Standing, lines, scope_of

MOST_LINES, MOST_TICKETS = 100, 20
ORDER = {"online": 0, "away": 1, "offline": 2}


def get_board(cx: Context, command: GetBoard) -> Board:
    """→ how many wait and how long, where; ``operators`` who are not disabled; whether there are
    ``more`` of them, and the ``cursor`` that gets those."""
    services, who = cx.services, cx.principal
    part = scope_of(services, who)
    counters = Standing(services).counters(part)
    page = pages.place_page(
        cx,
        operators(services, who),
        lambda one: operator_row(services, one, who),
        limit=command.limit,
        cursor=command.cursor,
    )
    return Board(
        at=to_text(services.now()),
        waiting=counters.waiting,
        longest_wait_s=round(services.waiting.longest_wait(lines(services, part)), 1),
        operators_online=counters.operators_online,
        lines=line_rows(services, lines(services, part)),
        operators=page.rows,
        more=page.more,
        cursor=page.cursor,
    )


def line_rows(services: Services, wanted: list[str] | None) -> list[BoardLine]:
    """Where somebody waits, the longest wait first."""
    counts = services.waiting.lines()
    known = counts if wanted is None else {one: counts[one] for one in wanted if one in counts}
    rows = []
    for line, count in known.items():
        site, department = parts_of(line)
        wait = round(services.waiting.longest_wait((line,)), 1)
        rows.append(BoardLine(site=site, department=department, waiting=count, longest_wait_s=wait))
    return sorted(rows, key=lambda one: -one.longest_wait_s)[:MOST_LINES]


def operators(services: Services, viewer: Principal) -> list[Operator]:
    """Who works with the viewer: those on line first, by name."""
    found = services.store.all(Operator, limit=100_000)
    colleagues = [one for one in found if not one.disabled and views.is_colleague(viewer, one)]
    return sorted(
        colleagues, key=lambda one: (ORDER[services.operators.status(one.id)], one.name, one.id)
    )


def operator_row(services: Services, operator: Operator, viewer: Principal) -> BoardOperator:
    """An operator, and what they have of the viewer's sites."""
    shown = views.operator_view(services, operator, viewer)
    own = (one for one in services.waiting.of(operator.id) if viewer.serves(one.site))
    return BoardOperator(
        username=operator.id,
        display_name=operator.name,
        status=shown.status,
        available=shown.available,
        active=shown.active,
        capacity=shown.capacity,
        over=shown.active > shown.capacity,
        tickets=[ticket_row(services, one) for one in islice(own, MOST_TICKETS)],
    )


def ticket_row(services: Services, ticket: Ticket) -> BoardTicket:
    """A ticket that is with somebody."""
    return BoardTicket(
        id=ticket.id,
        customer_name=ticket.customer_name,
        site=ticket.site,
        status=ticket.status,
        for_s=round(services.waiting.with_for(ticket), 1),
        snoozed_until=ticket.snoozed_until,
    )


HANDLERS: Handlers = {GetBoard: get_board}
