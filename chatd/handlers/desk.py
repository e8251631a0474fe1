"""The operators' desk: the queue and who watches it, lists of tickets, one ticket in pages."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

from msgspec.structs import replace

from chatd.context import Context, Handlers
from chatd.domain import topics
from chatd.domain.ticket import Ticket
from chatd.handlers import dialogs, receipts, tickets, views
from chatd.handlers.changes import current
from chatd.protocol.support import (
    GetQueue,
    ListSessions,
    ListTickets,
    ReadTicket,
    ShowTicket,
    WatchQueue,
)

SCAN = 500
COUNTED = 2_000


def get_queue(cx: Context, command: GetQueue) -> dict[str, Any]:
    """→ ``waiting``, ``operators_online``, ``tickets`` in order."""
    return views.queue_view(cx.services, cx.principal)


def watch_queue(cx: Context, command: WatchQueue) -> dict[str, Any]:
    """→ the queue now; ``queue:update`` events of the sites that the principal serves follow."""
    connection = dialogs.live(cx)
    sites = cx.principal.sites
    for topic in [topics.queue(site) for site in sites] if sites else [topics.QUEUE]:
        cx.services.hub.follow(topic, connection)
    return views.queue_view(cx.services, cx.principal)


def list_tickets(cx: Context, command: ListTickets) -> dict[str, Any]:
    """→ ``tickets``, newest first, and the ``cursor`` that gets the next page, if there is one;
    ``total`` where it was asked for, null when that is more than is soon counted."""
    page: list[Ticket] = []
    cursor = None
    for ticket in matching(cx, command):
        if len(page) == command.limit:
            cursor = page[-1].id
            break
        page.append(ticket)
    total = {"total": how_many(cx, command)} if command.count else {}
    return listed(cx, page, cursor) | total


def how_many(cx: Context, command: ListTickets) -> int | None:
    """The length of the whole list; of closed tickets, which are in files, so many are counted."""
    if command.status in (None, "closed"):
        everything = matching(cx, replace(command, cursor=None))
        counted = sum(1 for _ in islice(everything, COUNTED + 1))
        return counted if counted <= COUNTED else None
    return sum(
        1
        for ticket in cx.services.store.open_tickets()
        if ticket.status == command.status
        and command.site in (None, ticket.site)
        and cx.principal.serves(ticket.site)
    )


def listed(cx: Context, page: list[Ticket], cursor: str | None) -> dict[str, Any]:
    """A page of tickets as the principal sees them."""
    return {"tickets": shown(cx, page), "cursor": cursor}


def shown(cx: Context, tickets: list[Ticket]) -> list[dict[str, Any]]:
    """Tickets as the principal sees them."""
    return views.readable(lambda one: views.ticket_view(cx.services, one, cx.principal), tickets)


def matching(cx: Context, command: ListTickets) -> Iterator[Ticket]:
    """All tickets that were asked for and that the principal serves, newest first."""
    statuses = frozenset({command.status}) if command.status else None
    before = command.cursor
    while True:
        found = cx.services.store.tickets(
            statuses=statuses, site=command.site, before=before, limit=SCAN
        )
        yield from (ticket for ticket in found if cx.principal.serves(ticket.site))
        if len(found) < SCAN:
            return
        before = found[-1].id


def list_sessions(cx: Context, command: ListSessions) -> dict[str, Any]:
    """→ ``tickets`` that the operator answers now."""
    services, username = cx.services, cx.principal.operator
    own = [
        ticket
        for ticket in services.store.open_tickets()
        if username and ticket.status == "active" and ticket.operator == username
    ]
    own.sort(key=lambda ticket: ticket.id)
    return {"tickets": shown(cx, own)}


def show(cx: Context, command: ShowTicket) -> dict[str, Any]:
    """→ ``ticket``, ``messages``; with ``connect`` the customer is told who is there."""
    if command.connect:
        tickets.connect(cx.services, cx.ticket, cx.principal)
        mark_read(cx)
    return pages(cx, command.after, command.limit)


def mark_read(cx: Context) -> None:
    """An operator who opens a ticket has read it."""
    ticket_id = cx.ticket.id
    if cx.principal.kind == "operator":
        last_seq = cx.services.store.conversation(ticket_id).last_seq
        receipts.advance(cx, ticket_id, last_seq, read=last_seq)


def read(cx: Context, command: ReadTicket) -> dict[str, Any]:
    """→ ``ticket``, ``messages`` after a ``seq``: what polling clients ask."""
    return pages(cx, command.after, command.limit)


def pages(cx: Context, after: int | None, limit: int) -> dict[str, Any]:
    """A ticket with a page of its messages."""
    ticket = current(cx.services, cx.ticket.id)
    view = views.ticket_view(cx.services, ticket, cx.principal)
    return {"ticket": view, **dialogs.page(cx, ticket.id, after=after, limit=limit)}


HANDLERS: Handlers = {
    GetQueue: get_queue,
    WatchQueue: watch_queue,
    ListTickets: list_tickets,
    ListSessions: list_sessions,
    ShowTicket: show,
    ReadTicket: read,
}
