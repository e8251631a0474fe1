"""The operators' console: the queue and who watches it, lists of tickets, one ticket in pages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import islice

from msgspec import UNSET, Struct
from msgspec.structs import asdict, replace

from chatd.domain import sla, topics
from chatd.domain.department import NOBODYS
from chatd.domain.participant import Participant
from chatd.domain.tags import tag_of
from chatd.domain.ticket import Priority, Ticket, number
from chatd.domain.times import to_text
from chatd.errors import Damaged, Invalid
from chatd.handlers import dialogs, receipts, saved_views
from chatd.live.base import Key
from chatd.protocol.results import (
    CustomerShown,
    MentionList,
    QueuePage,
    TicketList,
    TicketPage,
)
from chatd.protocol.support import (
    GetQueue,
    ListMentions,
    ListOwnTickets,
    ListTickets,
    ReadTicket,
    ShowCustomer,
    ShowTicket,
    WatchQueue,
)
from chatd.service import (
    colleagues,
    customers,
    departments,
    episodes,
    mentions,
    narrowing,
    pages,
    resuming,
    tickets,
    views,
)
from chatd.service.changes import current
from chatd.service.context import Context, Handlers, Services
from chatd.service.standing import Standing, lines, scope_of
from chatd.service.views import readable_views

SCAN = 500
LOOKED_THROUGH = 20_000
COUNTED = 2_000


def get_queue(cx: Context, command: GetQueue) -> QueuePage:
    """→ ``waiting`` and ``operators_online`` in the principal's part of the queue, ``tickets`` in
    order, and the ``cursor`` that gets the next page, if there is one."""
    sought = read_sought(cx, command)
    page = queue_page(cx, command, sought)
    if not command.count:
        return page
    if sought == EVERY:
        return replace(page, total=page.waiting)
    return replace(page, total=len(waiting_with(cx, sought)))


def watch_queue(cx: Context, command: WatchQueue) -> QueuePage:
    """→ the queue now; ``queue:update`` events of the sites that the principal serves follow."""
    part = scope_of(cx.services, cx.principal)
    cx.services.hub.hold(topics.queue(part), dialogs.require_connection(cx))
    page = queue_page(cx, command)
    if command.cursor:
        return page
    found = colleagues.everywhere(cx.services, cx.principal)
    there, _ = pages.first_fitting(cx, found, share=4)
    return replace(page, colleagues=there or UNSET)


class Sought(Struct, frozen=True):
    """What a list of tickets is narrowed to; nothing of what is ``None``."""

    tag: str | None = None
    priority: Priority | None = None
    department: str | None = None
    operator: str | None = None
    since: str | None = None  # who waits since then, or longer
    overdue: bool | None = None
    snoozed: bool | None = None
    at: str = ""  # when that is asked

    def has(self, ticket: Ticket) -> bool:
        """Whether a ticket is what was named."""
        return (
            (self.tag is None or self.tag in ticket.tags)
            and self.priority in (None, ticket.priority)
            and self.department in (None, ticket.department)
            and self.operator in (None, ticket.operator or "")
            and (self.since is None or waits_since(ticket, self.since))
            and self.overdue in (None, sla.is_overdue(ticket, self.at))
            and self.snoozed in (None, bool(ticket.snoozed_until))
        )


def waits_since(ticket: Ticket, at: str) -> bool:
    """Whether somebody waits since a time, or longer."""
    return ticket.status == "waiting" and (ticket.requested_at or ticket.created_at) <= at


EVERY = Sought()


def read_sought(cx: Context, command: GetQueue | ListTickets) -> Sought:
    """What is asked for; Invalid for a tag that none can have, a department that is none."""
    try:
        tag = None if command.tag is None else tag_of(command.tag)
    except ValueError as error:
        raise Invalid(str(error), field="tag") from None
    if command.department:
        departments.check_name(cx.services, command.department)
    sought = Sought(tag, command.priority, command.department)
    if isinstance(command, GetQueue):
        return sought
    now = cx.services.now()
    since = None if command.waits_s is None else to_text(now - command.waits_s)
    late = {"overdue": command.overdue, "at": to_text(now), "snoozed": command.snoozed}
    return replace(sought, operator=command.operator, since=since, **late)


def queue_page(cx: Context, command: GetQueue | WatchQueue, sought: Sought = EVERY) -> QueuePage:
    """Who waits, a page of them: without a filter, what it costs is what is shown."""
    waiting, standing, after = cx.services.waiting, Standing(cx.services), behind(command.cursor)
    part = scope_of(cx.services, cx.principal)
    if sought == EVERY:
        found = waiting.waiting(lines(cx.services, part), after=after, limit=command.limit + 1)
    else:
        found = waiting_with(cx, sought, after)
    page = pages.list_page(
        cx,
        found,
        lambda one: views.queue_row(cx.services, one, standing),
        limit=command.limit,
        cursor=waiting.key,
    )
    counters = standing.counters(part)
    known = departments.list_views(cx.services, cx.principal)
    return QueuePage(
        tickets=page.rows,
        more=page.more,
        cursor=page.cursor,
        departments=known or UNSET,
        **asdict(counters),
    )


def waiting_with(cx: Context, sought: Sought, after: Key | None = None) -> list[Ticket]:
    """Of those who wait, these; all of them are at hand. Of a department that is named also those
    who are not in the principal's queue."""
    waiting, part = cx.services.waiting, scope_of(cx.services, cx.principal)
    if sought.department is not None:
        part = replace(part, closed=())
    rest = waiting.waiting(lines(cx.services, part), after=after, limit=len(waiting))
    return [one for one in rest if sought.has(one)]


def behind(cursor: str | None) -> Key | None:
    """Where a page of the queue begins; Invalid for what is no cursor."""
    if not cursor:
        return None
    request, _, number = cursor.partition("~")
    if not number.isdecimal():
        raise Invalid("'cursor' is what an earlier page of the queue gave", field="cursor")
    return request, int(number)


def list_tickets(cx: Context, command: ListTickets) -> TicketList:
    """→ ``tickets``, newest first, and the ``cursor`` that gets the next page, if there is one;
    ``total`` where it was asked for, null when that is more than is soon counted. Invalid for a
    site or an operator that there is not, and of which there is no ticket."""
    asked, command = command, saved_views.narrow(cx, command)
    listed, looked = Listed(cx, command), Looked()
    page = page_view(cx, matching(listed, looked), command.limit)
    if not (page.tickets or command.cursor or looked.up_to):
        narrowing.check(cx.services, cx.principal, site=asked.site, operator=asked.operator)
    if looked.up_to and not page.more:
        page = replace(page, more=True, cursor=looked.up_to)
    return replace(page, total=how_many(listed)) if command.count else page


class Looked(Struct):
    """How far a list was looked through for what is rare, where it was not to its end."""

    up_to: str = ""


class Listed:
    """A list of tickets that was asked for, and which are in it: those that the principal serves,
    and what was named; where no department was, none of the queue of others."""

    def __init__(self, cx: Context, command: ListTickets) -> None:
        self.cx, self.command = cx, command
        self._sought = read_sought(cx, command)
        closed = departments.closed_to(cx.services, cx.principal)
        self._closed = closed if command.department is None else NOBODYS
        # What is closed is in files, never overdue nor put aside: what is open is at hand.
        open_only = command.overdue or command.snoozed
        self.open_only = bool(open_only) or command.status not in (None, "closed")

    def has(self, ticket: Ticket) -> bool:
        """Whether a ticket is in it, of whatever site and status was asked for."""
        who = self.cx.principal
        own = bool(who.operator) and ticket.operator == who.operator
        hidden = ticket.department in self._closed and not own
        return who.serves(ticket.site) and not hidden and self._sought.has(ticket)


def how_many(listed: Listed) -> int | None:
    """The length of the whole list; of closed tickets, which are in files, so many are counted."""
    command, count = listed.command, 0
    if command.status != "closed":
        count += sum(1 for _ in open_tickets(listed))
    if not listed.open_only:
        closed = listed.cx.services.store.tickets(
            statuses=frozenset({"closed"}), site=command.site, limit=COUNTED + 1
        )
        if len(closed) > COUNTED:
            return None
        count += sum(1 for ticket in closed if listed.has(ticket))
    return count


def page_view(cx: Context, found: Iterable[Ticket], limit: int) -> TicketList:
    """A page of tickets as the principal sees them."""
    services, standing = cx.services, Standing(cx.services)
    page = pages.list_page(
        cx,
        found,
        lambda one: views.ticket_view(services, one, cx.principal, standing),
        limit=limit,
        cursor=lambda one: one.id,
    )
    return TicketList(tickets=page.rows, more=page.more, cursor=page.cursor)


def matching(listed: Listed, looked: Looked) -> Iterator[Ticket]:
    """All tickets that were asked for and that the principal serves, newest first. Open ones are
    at hand; the others are read as far as is needed, and no further than so many."""
    cx, command = listed.cx, listed.command
    if listed.open_only:
        yield from open_tickets(listed, command.cursor)
        return
    statuses = frozenset({command.status}) if command.status else None
    before = command.cursor
    for _ in range(LOOKED_THROUGH // SCAN):
        found = cx.services.store.tickets(
            statuses=statuses, site=command.site, before=before, limit=SCAN
        )
        yield from (ticket for ticket in found if listed.has(ticket))
        if len(found) < SCAN:
            return
        before = found[-1].id
    looked.up_to = before or ""


def open_tickets(listed: Listed, before: str | None = None) -> Iterator[Ticket]:
    """Those that are open of all tickets that were asked for, newest first."""
    command = listed.command
    for ticket in listed.cx.services.waiting.newest_first(before):
        asked = command.status in (None, ticket.status) and command.site in (None, ticket.site)
        if asked and listed.has(ticket):
            yield ticket


def list_sessions(cx: Context, command: ListOwnTickets) -> TicketList:
    """→ ``tickets`` that the operator answers now, or has put aside, in the order of their ids;
    whether there are ``more``, and the ``cursor`` that gets those."""
    services, who = cx.services, cx.principal
    own = [
        ticket
        for ticket in services.waiting.of(who.operator or "")
        if ticket.status == "active"
        and bool(ticket.snoozed_until) == command.snoozed
        and who.serves(ticket.site)
        and ticket.id > (command.cursor or "")
    ]
    own.sort(key=lambda ticket: ticket.id)
    return page_view(cx, own, command.limit)


def list_mentions(cx: Context, command: ListMentions) -> MentionList:
    """→ ``mentions`` of the operator in notes that they have not read, the oldest first; whether
    there are ``more``, and the ``cursor`` that gets those."""
    services, who, after = cx.services, cx.principal, command.cursor or ""
    own = [one for one in mentions.of(services, who.operator or "") if one.id > after]
    there = readable_views(lambda one: mentions.show(services, one, who), own)
    page = pages.list_page(
        cx, filter(None, there), lambda one: one, limit=command.limit, cursor=lambda one: one.id
    )
    return MentionList(mentions=page.rows, more=page.more, cursor=page.cursor)


def show(cx: Context, command: ShowTicket) -> TicketPage:
    """→ as :func:`read`; with ``connect`` the customer is told who is there; with ``episodes`` how
    the last requests for help went."""
    if command.connect:
        tickets.connect(cx.services, cx.ticket, cx.principal)
        mark_read(cx)
    there = colleagues.of(cx.services, cx.ticket.id)
    page = replace(conversation(cx, command, earlier=True), colleagues=there or UNSET)
    if not command.episodes:
        return page
    newest = islice(episodes.newest_first(cx.services, cx.ticket), command.episodes)
    return replace(page, episodes=[views.request_view(one) for one in newest])


def show_customer(cx: Context, command: ShowCustomer) -> CustomerShown:
    """→ ``customer`` with the ``visits`` that they are on now, their other ``tickets``, newest
    first; whether there are ``more``, and the ``cursor`` that gets those."""
    services, ticket = cx.services, cx.ticket
    known = services.store.get(Participant, ticket.customer_id)
    page = pages.list_page(
        cx,
        others(services, known, ticket, command.cursor),
        lambda one: views.ticket_view(services, one, cx.principal),
        limit=command.limit,
        cursor=lambda one: one.id,
    )
    return CustomerShown(
        customer=customers.customer_view(services, ticket, known),
        tickets=page.rows,
        more=page.more,
        cursor=page.cursor,
    )


def others(
    services: Services, customer: Participant | None, ticket: Ticket, cursor: str | None
) -> Iterator[Ticket]:
    """A customer's other tickets, newest first, those older than a cursor; none that is damaged."""
    own = [id for id in (customer.tickets if customer else ()) if id != ticket.id]
    for id in sorted(own, key=number, reverse=True):
        if cursor and number(id) >= number(cursor):
            continue
        with suppress(Damaged):
            if found := services.store.get(Ticket, id):
                yield found


def mark_read(cx: Context) -> None:
    """An operator who opens a ticket has read it."""
    ticket_id = cx.ticket.id
    if cx.principal.kind == "operator":
        last_seq = cx.services.store.conversation(ticket_id).last_seq
        receipts.advance(cx, ticket_id, last_seq, read=last_seq)


def read(cx: Context, command: ReadTicket) -> TicketPage:
    """→ ``ticket``, ``rev``, ``messages`` after a ``seq``, ``more``; with an ``after_rev``
    ``changed`` and ``resync``: what polling clients ask."""
    return conversation(cx, command)


def conversation(
    cx: Context, command: ShowTicket | ReadTicket, *, earlier: bool = False
) -> TicketPage:
    """A ticket with a page of its messages."""
    ticket = current(cx.services, cx.ticket.id)
    view = views.ticket_view(cx.services, ticket, cx.principal)
    known = resuming.read_known(command.after, command.after_rev, "after")
    page = resuming.page(cx, ticket.id, known, limit=command.limit, earlier=earlier)
    return TicketPage(ticket=view, **asdict(page))


HANDLERS: Handlers = {
    GetQueue: get_queue,
    WatchQueue: watch_queue,
    ListTickets: list_tickets,
    ListOwnTickets: list_sessions,
    ListMentions: list_mentions,
    ShowTicket: show,
    ShowCustomer: show_customer,
    ReadTicket: read,
}
