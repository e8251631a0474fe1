"""Whether a site is open, when it is again, and whether who begins now has to say how they are
reached."""

from __future__ import annotations

from chatd.domain import hours
from chatd.domain.times import to_text
from chatd.service.context import Services
from chatd.service.standing import Standing


def is_open(services: Services, site: str) -> bool:
    """Whether this is within its hours; a site without any is always open."""
    known = services.config.hours.get(site)
    return known is None or hours.is_open(known, services.now())


def opens_at(services: Services, site: str) -> str | None:
    """When a site that is closed opens again, where that is soon enough to be known."""
    known, now = services.config.hours.get(site), services.now()
    if known is None or hours.is_open(known, now):
        return None
    at = hours.next_opening(known, now)
    return None if at is None else to_text(at)


def is_unattended(services: Services, site: str, standing: Standing | None = None) -> bool:
    """Whether nobody comes soon to who asks for a person: the site is closed, or, where it says
    that this matters, no operator is there who could."""
    if not is_open(services, site):
        return True
    settings = services.config.sites.get(site)
    if settings is None or settings.when_nobody == "queue":
        return False
    return not (standing or Standing(services)).online((site,))


def needs_contact(services: Services, site: str, standing: Standing | None = None) -> bool:
    """Whether a first message has to bring how its customer is reached; a bot answers at any
    time."""
    return not services.bot.active and is_unattended(services, site, standing)
