"""What limits count as one address."""

from __future__ import annotations

from functools import lru_cache
from ipaddress import IPv6Address, ip_network

SITE_BITS = 64


@lru_cache(maxsize=4096)
def network_of(address: str) -> str:
    """``203.0.113.9`` as it is; of IPv6 the /64, for who has one address there has them all."""
    if ":" not in address:
        return address
    try:
        return str(ip_network((IPv6Address(address), SITE_BITS), strict=False))
    except ValueError:
        return address
