"""How the queue stands, line by line: places, waits, who could take a ticket now."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import Any

from msgspec.structs import replace

from chatd.domain.department import EVERYTHING, Closed, Scope, line_of, scope
from chatd.domain.participant import Operator
from chatd.domain.principal import Principal, meet
from chatd.domain.ticket import Ticket
from chatd.protocol.views import Counters, InLine
from chatd.service import departments, hours
from chatd.service.context import Services


def takers(services: Services) -> list[Operator]:
    """The operators who are available and take tickets."""
    return enabled_accounts(services, services.operators.available())


def enabled_accounts(services: Services, usernames: Iterable[str]) -> list[Operator]:
    """Of these, the accounts that take tickets."""
    found = (services.store.get(Operator, name) for name in usernames)
    return [one for one in found if one and services.takes_tickets(one)]


def is_available(services: Services, operator: Operator) -> bool:
    """Whether an operator may be offered a ticket now."""
    may = services.takes_tickets(operator)
    return may and services.operators.is_available(operator.id)


def has_room(services: Services, operator: Operator) -> bool:
    """Whether an operator may be offered one more ticket now."""
    capacity = operator.capacity or services.config.tickets.capacity
    free = services.waiting.load(operator.id) < capacity
    return free and is_available(services, operator)


class Standing:
    """The queue at one moment: made for one answer, so that its rows share what is asked once."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._takers = takers(services)
        self._outside: dict[str, Closed] = {}
        self._online: dict[tuple[str, str], int] = {}

    @cached_property
    def _here(self) -> list[Operator]:
        """Those who are here, whether or not they take any; most answers do not tell of them."""
        return enabled_accounts(self._services, self._services.operators.online())

    def _works_in(self, operator: Operator, department: str) -> bool:
        """Whether tickets of a department are an operator's work."""
        if not department:
            return True
        if operator.id not in self._outside:
            self._outside[operator.id] = departments.outside(self._services, operator.id)
        return department not in self._outside[operator.id]

    def attending(self, site: str, department: str) -> int:
        """The same, as customers are told: outside a site's hours nobody, whoever is there."""
        return self.online(site, department) if hours.is_open(self._services, site) else 0

    def is_unattended(self, site: str) -> bool:
        """Whether nobody comes soon to who asks for a person: the site is closed, or no operator is
        there and it says that this is the same."""
        if not hours.is_open(self._services, site):
            return True
        settings = self._services.config.sites.get(site)
        if settings is None or settings.when_nobody == "queue":
            return False
        return not self.online(site, settings.department)

    def needs_contact(self, site: str) -> bool:
        """Whether a first message has to bring how its customer is reached; a bot answers at any
        time."""
        return not self._services.bots.of(site).active and self.is_unattended(site)

    def online(self, site: str, department: str) -> int:
        """How many operators could take such a ticket now."""
        if (site, department) not in self._online:
            self._online[site, department] = len(self.takers(site, department))
        return self._online[site, department]

    def takers(self, site: str, department: str) -> list[Operator]:
        """Who could take such a ticket now."""
        return [one for one in self._takers if one.serves(site) and self._works_in(one, department)]

    def place(self, ticket: Ticket) -> InLine:
        """``position`` in the ticket's line (from 1, 0 for who does not wait), ``expected_wait_s``
        (null when nobody is there to serve it), ``operators_online``."""
        services, line = self._services, line_of(ticket)
        position = services.waiting.place(ticket)
        online = self.attending(ticket.site, ticket.department)
        first = services.waiting.longest_wait((line,))
        expected = services.pace.expect(line, position, first) if online else None
        return InLine(position=position, expected_wait_s=expected, operators_online=online)

    def counters(self, scope: Scope) -> Counters:
        """How many wait and how many operators are there, in this part of the queue; who only asks
        over HTTP now and then is there for colleagues, not yet for customers."""
        waiting = self._services.waiting
        here = sum(1 for one in self._here if meet(one.sites, scope.sites))
        count = waiting.count(lines(self._services, scope))
        return Counters(waiting=count, operators_online=here)

    def has_anybody(self, ticket: Ticket) -> bool:
        """Whether somebody is there whose work a ticket is."""
        return any(
            one.serves(ticket.site) and self._works_in(one, ticket.department) for one in self._here
        )


def scope_of(services: Services, viewer: Principal) -> Scope:
    """The part of the queue that is somebody's, as the configuration says."""
    if viewer.kind != "operator" or viewer.runs_it:
        return scope(viewer.sites)
    return scope(viewer.sites, departments.others(services, viewer.operator or ""))


def lines(services: Services, part: Scope) -> list[str] | None:
    """The lines of a part of the queue, as it is asked; ``None``: all. A department that nobody
    works in is closed to nobody."""
    closed = tuple(one for one in part.closed if departments.is_staffed(services, one))
    return replace(part, closed=closed).lines(services.waiting.lines())


def scopes(services: Services) -> set[Scope]:
    """Each different part that is an operator's who is here; all of it is one."""
    found = (services.store.get(Operator, name) for name in services.operators.present())
    return {EVERYTHING} | {scope_of(services, services.as_operator(one)) for one in found if one}


def figures(services: Services, viewer: Principal) -> dict[str, Any]:
    """What an operator who does not run the daemon may know of it: their part of the queue, and the
    open tickets of the sites that they serve."""
    standing, waiting, part = Standing(services), services.waiting, scope_of(services, viewer)
    counters = standing.counters(part)
    return {
        "tickets_open": sum(1 for ticket in waiting if viewer.serves(ticket.site)),
        "queue_waiting": counters.waiting,
        "queue_oldest_wait_s": round(waiting.longest_wait(lines(services, part)), 1),
        "operators_online": counters.operators_online,
    }
