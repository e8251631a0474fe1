"""Whether a site is open, and when it is again."""

from __future__ import annotations

from chatd.domain import hours
from chatd.domain.times import to_text
from chatd.service.context import Services


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
