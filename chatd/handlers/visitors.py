"""Who has a page of a site open, and where: as their pages tell it, as operators see it."""

from __future__ import annotations

from chatd.domain import topics
from chatd.handlers import dialogs
from chatd.protocol.visitors import (
    ListVisitors,
    NoteVisit,
    VisitNoted,
    VisitorList,
    WatchVisitors,
)
from chatd.service import pages, visiting, visitors
from chatd.service.context import Context, Handlers


def note(cx: Context, command: NoteVisit) -> VisitNoted:
    """→ nothing but that it was heard; too often is as if it had not been."""
    visiting.note(cx.services, cx.principal, command.here, cx.caller)
    return VisitNoted()


def list_visitors(cx: Context, command: ListVisitors) -> VisitorList:
    """→ ``visitors`` of the sites that one serves, ``totals`` by site; whether there are
    ``more``, and the ``cursor`` that gets those."""
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


HANDLERS: Handlers = {NoteVisit: note, ListVisitors: list_visitors, WatchVisitors: watch}
