"""What a ban keeps out, how long it holds, and what is said to whom it keeps out."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_network

from chatd.domain.addresses import Network
from chatd.domain.participant import Ban
from chatd.domain.times import to_text
from chatd.errors import Banned


def networks_of(ban: Ban) -> Iterator[Network]:
    """The networks that a ban keeps out."""
    own = () if ban.kind == "participant" else (ban.id,)
    return (ip_network(one, strict=False) for one in (*own, *ban.networks))


def holds(ban: Ban, now: float) -> bool:
    """Whether a ban has not run out."""
    return ban.expires_at is None or ban.expires_at > to_text(now)


def refusal(ban: Ban) -> Banned:
    """What somebody who is kept out is told."""
    until = f" until {ban.expires_at}" if ban.expires_at else ""
    return Banned(f"banned{until}", until=ban.expires_at, target=ban.id)
