"""Which operators have an open ticket open, and who of them writes: told to all who watch it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from msgspec import UNSET, UnsetType
from msgspec.structs import replace

from chatd.domain import topics
from chatd.domain.principal import Principal, meet
from chatd.domain.ticket import NOTES, ticket_of
from chatd.protocol.colleagues import Colleague, Colleagues
from chatd.protocol.events import ColleagueUpdate
from chatd.service import announce
from chatd.service.context import Services
from chatd.service.standing import scopes

Writes = Literal["reply", "note"]


def of(services: Services, ticket_id: str) -> list[Colleague]:
    """Those of a ticket, by name: who is in it before the customer's eyes, and who only looks."""
    circles = (ticket_id, topics.staff(ticket_id))
    found = {one.id: one for circle in circles for one in services.presence.within(circle)}
    staff = [one for one in found.values() if one.kind == "operator"]
    return [
        Colleague(id=one.id, name=one.name, writes=writes(services, ticket_id, one.id))
        for one in sorted(staff, key=lambda one: (one.name, one.id))
    ]


def writes(services: Services, ticket_id: str, id: str) -> Writes | UnsetType:
    """What of somebody's is half-written there: an answer, which is urgent, goes first."""
    if services.drafts.has(ticket_id, id):
        return "reply"
    return "note" if services.drafts.has(f"{ticket_id}{NOTES}", id) else UNSET


def tell(services: Services, who: Principal, dialog_id: str, *, types: bool = False) -> None:
    """Who is in a ticket has changed, or writes, or writes no longer; ``types``: in this dialog of
    it, where nobody is shown the words. Nothing for who is no operator, and of what is not open."""
    ticket_id = ticket_of(dialog_id)
    ticket = services.waiting.find(ticket_id) if who.kind == "operator" else None
    if ticket is None:
        return
    now = of(services, ticket_id)
    if types:
        what: Writes = "reply" if dialog_id == ticket_id else "note"
        now = [replace(one, writes=what) if one.id == who.id else one for one in now]
    told = ColleagueUpdate(ticket_id=ticket_id, colleagues=now)
    for watched in scopes(services):
        if meet(watched.sites, (ticket.site,)):
            announce.tell(services, topics.queue(watched), told)


def everywhere(services: Services, viewer: Principal) -> Iterator[Colleagues]:
    """Those of all open tickets of the sites that somebody serves."""
    ids = dict.fromkeys(
        one.removeprefix(topics.STAFF) for one in services.presence.with_operators()
    )
    found = (services.waiting.find(id) for id in ids)
    for one in found:
        if one and viewer.serves(one.site):
            yield Colleagues(ticket_id=one.id, colleagues=of(services, one.id))
