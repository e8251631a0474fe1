"""Closed tickets whose time is over are removed with all that was said in them, as somebody would
remove them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

from loguru import logger

from chatd.domain.ticket import Ticket, id_of
from chatd.domain.times import to_epoch
from chatd.errors import Damaged, Overtaken
from chatd.service import erasing
from chatd.service.context import Services
from chatd.service.expiry import DAY

LOG = logger.bind(area="storage")


def remove_old(services: Services) -> Iterator[None]:
    """One pass over those that may be old enough: some messages, or a look at some, each step."""
    config = services.config
    rules = [config.keep.closed_tickets_days, *(days_of(services, site) for site in config.sites)]
    kept = [days for days in rules if days]
    if not kept:
        return
    newest = id_of(int(services.now() - min(kept) * DAY))
    for part in services.store.parts(Ticket, until=newest):
        removed = 0
        with suppress(Damaged):
            for known in services.store.part(Ticket, part):
                if is_over(services, known):
                    ticket = services.store.get(Ticket, known.id)
                    if ticket and is_over(services, ticket):
                        yield from remove(services, ticket)
                        removed += 1
        if removed:
            LOG.info("{} closed tickets were removed: their time was over", removed)
        yield


def remove(services: Services, ticket: Ticket) -> Iterator[None]:
    """A ticket goes; one that was opened again meanwhile stays."""
    with suppress(Damaged, Overtaken):
        yield from erasing.steps(services, erasing.begin(services, ticket))


def is_over(services: Services, ticket: Ticket) -> bool:
    """Whether it was closed so long ago that it is not kept any more."""
    days = days_of(services, ticket.site)
    if ticket.open or not days or not ticket.closed_at:
        return False
    return to_epoch(ticket.closed_at) < services.now() - days * DAY


def days_of(services: Services, site: str) -> int:
    """How many days closed tickets of a site are kept, 0 for ever; a site that is gone has no rule
    of its own."""
    config = services.config
    own = config.sites[site].keep_tickets_days if site in config.sites else 0
    return max(0, own or config.keep.closed_tickets_days)
