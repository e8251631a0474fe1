"""Which sites a browser page may speak for, by its Origin."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol


class HasOrigins(Protocol):
    """A site's settings, as far as they matter here."""

    @property
    def origins(self) -> tuple[str, ...]:
        """Exact origins, ``self`` for the daemon's own address, ``*`` for any page."""


def allowed_sites(sites: Mapping[str, HasOrigins], origin: str | None, host: str) -> list[str]:
    """The sites that a page may speak for, in their order; all where no browser asks."""
    if origin is None:
        return list(sites)
    return [name for name, site in sites.items() if admits(site.origins, origin, host)]


def admits(origins: tuple[str, ...], origin: str, host: str) -> bool:
    """Whether a list of origins has this one in it."""
    origin = origin.lower().rstrip("/")
    own = origin.partition("://")[2] == host.lower() != ""
    return any(
        one == "*" or (one == "self" and own) or one.lower().rstrip("/") == origin
        for one in origins
    )
