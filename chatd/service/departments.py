"""Departments: whose queue a ticket is in, and who is there for it.

Sites are the wall: who serves a site may open each of its tickets. A department is an order of
work: its tickets wait in the queues of its members, are offered to these, and are taken by these;
administrators see them all. A department that the configuration does not have (any more), or none
of whose members has an account that works, is as none: no ticket is ever in nobody's queue.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from chatd.domain.department import NOBODYS, Closed
from chatd.domain.participant import Operator
from chatd.domain.principal import Principal
from chatd.domain.ticket import Ticket
from chatd.errors import Conflict, Forbidden, Invalid
from chatd.protocol import views
from chatd.service.context import Services


def is_staffed(services: Services, name: str) -> bool:
    """Whether somebody works in it."""
    known = services.config.departments.get(name)
    return known is not None and any(True for _ in workers(services, known.members))


def workers(services: Services, usernames: Iterable[str]) -> Iterator[Operator]:
    """The accounts of these names that are not shut out."""
    found = (services.store.get(Operator, name) for name in usernames)
    return (one for one in found if one and not one.disabled)


def others(services: Services, username: str) -> Closed:
    """The departments that somebody is no member of."""
    known = services.config.departments.items()
    return frozenset(name for name, one in known if username not in one.members)


def outside(services: Services, username: str) -> Closed:
    """Those that others work in: their tickets are not offered to somebody."""
    return frozenset(one for one in others(services, username) if is_staffed(services, one))


def closed_to(services: Services, who: Principal) -> Closed:
    """The departments whose tickets are not in somebody's queue, nor to be taken by them."""
    if who.kind != "operator" or who.runs_it:
        return NOBODYS
    return outside(services, who.operator or "")


def check_takes(services: Services, ticket: Ticket, who: Principal) -> None:
    """Forbidden for who would take a ticket out of others' queue."""
    offered = bool(who.operator) and ticket.offered_to == who.operator
    if ticket.department in closed_to(services, who) and not offered:
        members = ", ".join(services.config.departments[ticket.department].members)
        raise Forbidden(
            f"{ticket.id} waits for the department {ticket.department}: its members take it"
            f" ({members}), or change its department",
            department=ticket.department,
        )


def of_site(services: Services, site: str) -> list[str]:
    """The departments that tickets of a site may have."""
    known = services.config.departments.items()
    return [name for name, one in known if not one.sites or site in one.sites]


def first_of(services: Services, site: str) -> str:
    """The department that a new ticket of a site has."""
    settings = services.config.sites.get(site)
    return settings.department if settings else ""


def check_name(services: Services, name: str, allowed: Iterable[str] | None = None) -> str:
    """A department that is named; Invalid, saying which there are, for another."""
    listed = list(services.config.departments if allowed is None else allowed)
    if not name or name in listed:
        return name
    words = f"allowed: {', '.join(listed)}" if listed else "there is none"
    raise Invalid(f"no such department {name!r}; {words}", field="department", allowed=listed)


def check_staffed(services: Services, ticket: Ticket, name: str) -> None:
    """Conflict for a department in which nobody could take this ticket."""
    if not name:
        return
    members = services.config.departments[name].members
    if not any(one.serves(ticket.site) for one in workers(services, members)):
        raise Conflict(f"nobody of the department {name} serves the site {ticket.site}")


def list_views(services: Services, who: Principal) -> list[views.Department]:
    """Those that somebody may hand tickets to; ``mine``: whose tickets are in their queue."""
    closed = closed_to(services, who)
    return [
        views.Department(
            name=name,
            title={str(word): text for word, text in one.title.items()},
            sites=list(one.sites),
            members=list(one.members),
            mine=name not in closed,
        )
        for name, one in services.config.departments.items()
        if who.shares(one.sites)
    ]
