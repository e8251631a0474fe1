"""What a change of a ticket means for what is promised of it, by the configuration."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from chatd.config.settings import Config
from chatd.config.sla import TargetSettings
from chatd.domain import sla
from chatd.domain.deadlines import Terms
from chatd.domain.message import Message
from chatd.domain.ticket import Priority, Ticket
from chatd.domain.times import to_text
from chatd.service.context import Services

MINUTE = 60.0


def of_change(services: Services, ticket: Ticket, messages: Sequence[Message]) -> Ticket:
    """The ticket as it is stored with these messages."""
    if ticket.promise is None and not sla.asks(ticket):
        return ticket
    answered_at = next((one.created_at for one in messages if one.sender_type == "admin"), None)
    terms = terms_of(services.config, ticket.site, ticket.department)
    return sla.follow(ticket, terms, to_text(services.now()), answered_at)


def awaits_answer(ticket: Ticket) -> bool:
    """Whether an operator's first word, of whatever is promised, is still to come."""
    return ticket.promise is not None and not ticket.promise.answered_at


def terms_of(config: Config, site: str, department: str) -> Terms:
    """What is promised there: by the department, else the site, else in general."""
    places = [*wider_first(config, site, department)]
    return Terms(
        hours=config.hours.get(site),
        response=seconds_of(one.response for one in places),
        resolution=seconds_of(one.resolution for one in places),
        warn_share=config.sla.warn_percent / 100,
    )


def wider_first(config: Config, site: str, department: str) -> Iterator[TargetSettings]:
    """What is configured for a ticket's places; of one that is gone by now nothing."""
    yield config.sla
    if site in config.sites:
        yield config.sites[site].sla
    if department in config.departments:
        yield config.departments[department].sla


def seconds_of(minutes: Iterable[Mapping[Priority, int]]) -> dict[str, float]:
    """By priority, each in place of those before; 0 is none."""
    found = {priority: given for one in minutes for priority, given in one.items()}
    return {priority: MINUTE * given for priority, given in found.items() if given}
