"""How the queue stands, site by site: places, waits, who could take a ticket now."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import Any

from chatd.domain.participant import Operator
from chatd.domain.principal import Principal, meet
from chatd.domain.ticket import Ticket
from chatd.protocol.views import Counters, InLine
from chatd.service import hours
from chatd.service.context import Services

Sites = tuple[str, ...]
EVERY_SITE: Sites = ()


def lines(sites: Sites) -> Sites | None:
    """As the queue is asked: ``None`` for all sites."""
    return sites or None


def takers(services: Services) -> list[Operator]:
    """The operators who are available and take tickets."""
    return enabled_accounts(services, services.operators.available())


def enabled_accounts(services: Services, usernames: Iterable[str]) -> list[Operator]:
    """Of these, the accounts that take tickets."""
    found = (services.store.get(Operator, name) for name in usernames)
    return [one for one in found if one and one.takes_tickets and not one.disabled]


def is_available(services: Services, operator: Operator) -> bool:
    """Whether an operator may be offered a ticket now."""
    may = operator.takes_tickets and not operator.disabled
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
        self._online: dict[Sites, int] = {}

    @cached_property
    def _here(self) -> list[Operator]:
        """Those who are here, whether or not they take any; most answers do not tell of them."""
        return enabled_accounts(self._services, self._services.operators.online())

    def online(self, sites: Sites) -> int:
        """How many operators could take a ticket of one of these sites now."""
        if sites not in self._online:
            self._online[sites] = len(self.takers(sites))
        return self._online[sites]

    def attending(self, site: str) -> int:
        """The same of one site, as its customers are told: outside its hours nobody, whoever is
        there."""
        return self.online((site,)) if hours.is_open(self._services, site) else 0

    def is_unattended(self, site: str) -> bool:
        """Whether nobody comes soon to who asks for a person: the site is closed, or no operator is
        there and it says that this is the same."""
        if not hours.is_open(self._services, site):
            return True
        settings = self._services.config.sites.get(site)
        waits = settings is None or settings.when_nobody == "queue"
        return not waits and not self.online((site,))

    def needs_contact(self, site: str) -> bool:
        """Whether a first message has to bring how its customer is reached; a bot answers at any
        time."""
        return not self._services.bot.active and self.is_unattended(site)

    def takers(self, sites: Sites) -> list[Operator]:
        """Who could take a ticket of one of these sites now."""
        return [one for one in self._takers if meet(one.sites, sites)]

    def place(self, ticket: Ticket) -> InLine:
        """``position`` on the ticket's site (from 1, 0 for who does not wait), ``expected_wait_s``
        (null when nobody is there to serve it), ``operators_online``."""
        services, site = self._services, ticket.site
        position, online = services.waiting.place(ticket), self.attending(site)
        first = services.waiting.longest_wait((site,))
        expected = services.pace.expect(site, position, first) if online else None
        return InLine(position=position, expected_wait_s=expected, operators_online=online)

    def counters(self, sites: Sites) -> Counters:
        """How many wait and how many operators are there, on these sites together; who only asks
        over HTTP now and then is there for colleagues, not yet for customers."""
        waiting = self._services.waiting.count(lines(sites))
        here = sum(1 for one in self._here if meet(one.sites, sites))
        return Counters(waiting=waiting, operators_online=here)


def scopes(services: Services) -> set[Sites]:
    """Each different choice of sites that an operator who is here serves; all of them is one."""
    found = (services.store.get(Operator, name) for name in services.operators.present())
    return {EVERY_SITE} | {scope(one.sites) for one in found if one}


def scope(sites: Sites) -> Sites:
    """The same sites in the same order, however they were written down."""
    return tuple(sorted(set(sites)))


def figures(services: Services, viewer: Principal) -> dict[str, Any]:
    """What an operator who does not run the daemon may know of it: the sites that they serve."""
    standing, waiting = Standing(services), services.waiting
    counters = standing.counters(viewer.sites)
    return {
        "tickets_open": sum(1 for ticket in waiting if viewer.serves(ticket.site)),
        "queue_waiting": counters.waiting,
        "queue_oldest_wait_s": round(waiting.longest_wait(lines(viewer.sites)), 1),
        "operators_online": counters.operators_online,
    }
