"""What limits count as one address."""

from __future__ import annotations

from functools import lru_cache
from ipaddress import IPv6Address, ip_network

from chatd.domain.addresses import parse

SITE_BITS = 64


@lru_cache(maxsize=4096)
def network_of(address: str) -> str:
    """``203.0.113.9`` as it is; of IPv6 the /64, for who has one address there has them all."""
    found = parse(address) if ":" in address else None
    if isinstance(found, IPv6Address):
        return str(ip_network((found, SITE_BITS), strict=False))
    return str(found) if found else address
