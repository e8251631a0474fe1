"""Who has a page of a site open, and where: as their pages tell it, as operators see it."""

from __future__ import annotations

from chatd.domain import topics
from chatd.domain.participant import Participant
from chatd.domain.times import to_text
from chatd.domain.versions import successor
from chatd.domain.visit import Invited
from chatd.errors import Conflict, NotFound
from chatd.handlers import dialogs
from chatd.protocol.events import VisitorInvited
from chatd.protocol.visitors import (
    InviteVisitor,
    ListVisitors,
    NoteVisit,
    VisitNoted,
    VisitorList,
    VisitorShown,
    WatchVisitors,
)
from chatd.service import announce, compose, invitations, narrowing, pages, visiting, visitors
from chatd.service.context import Context, Handlers
from chatd.store.base import Put

LONGEST = 500


def note(cx: Context, command: NoteVisit) -> VisitNoted:
    """→ nothing but that it was heard; too often is as if it had not been."""
    visiting.note(cx.services, cx.principal, command.here, cx.caller)
    return VisitNoted()


def list_visitors(cx: Context, command: ListVisitors) -> VisitorList:
    """→ ``visitors`` of the sites that one serves, ``totals`` by site; whether there are
    ``more``, and the ``cursor`` that gets those. Invalid for a site that there is not."""
    narrowing.check_site(cx.services, cx.principal, command.site)
    return page(cx, command, command.site)


def watch(cx: Context, command: WatchVisitors) -> VisitorList:
    """→ the same; ``visitor:update`` events follow."""
    connection = dialogs.require_connection(cx)
    for site in visitors.sites_of(cx.services, cx.principal):
        cx.services.hub.hold(topics.visitors(site), connection)
    return page(cx, command, None)


def page(cx: Context, command: ListVisitors | WatchVisitors, site: str | None) -> VisitorList:
    """A page of who is there."""
    services = cx.services
    sites = [one for one in visitors.sites_of(services, cx.principal) if site in (None, one)]
    found = (visitors.show(services, id) for one in sites for id in visitors.here(services, one))
    listed = pages.place_page(
        cx,
        filter(None, found),
        lambda one: one,
        limit=command.limit,
        cursor=command.cursor,
    )
    totals = {one: visitors.count(services, one) for one in sites}
    return VisitorList(visitors=listed.rows, totals=totals, more=listed.more, cursor=listed.cursor)


def invite(cx: Context, command: InviteVisitor) -> VisitorShown:
    """→ ``visitor``, ``invitation``. NotFound for who is not there, Conflict for who talks already
    or was invited lately. From the machine it is the bot who invites."""
    services, id = cx.services, command.participant_id
    compose.check(command.text, LONGEST, field="text")
    known = services.store.get(Participant, id)
    if known is None or not cx.principal.serves(known.site):
        raise NotFound("no such visitor")
    if not visitors.is_here(services, known.site, id):
        raise NotFound(f"{id} has no page open any more")
    if ticket := visitors.newest_ticket(services, known):
        raise Conflict(f"{id} has a conversation: write to them in {ticket}", ticket=ticket)
    if invitations.pending(services, known):
        raise Conflict(f"{id} was invited within the last hour, and has not answered")
    invited = Invited(
        at=to_text(services.now()),
        text=command.text,
        operator=cx.principal.operator or "",
        sender=cx.principal.id,
        name=cx.principal.name if cx.principal.operator else "",
    )
    told = VisitorInvited(invitation=invitations.view(invited))
    now = successor(known, invited=invited)
    services.store.commit(Put(now))
    announce.tell(services, topics.participant(id), told)
    visitors.tell(services, known.site, id)
    return VisitorShown(visitor=visitors.view(services, now), invitation=told.invitation)


HANDLERS: Handlers = {
    NoteVisit: note,
    ListVisitors: list_visitors,
    WatchVisitors: watch,
    InviteVisitor: invite,
}
