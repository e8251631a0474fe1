"""IP addresses and networks as people write them."""

from __future__ import annotations

from functools import lru_cache
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
MAPPED_BITS = 96


def is_network(text: str) -> bool:
    """Whether this is an IP address or network."""
    return network(text) is not None


def network(text: str) -> Network | None:
    """An address or network; an IPv4 one that is written as IPv6 is IPv4."""
    try:
        found = ip_network(text, strict=False)
    except ValueError:
        return None
    if isinstance(found, IPv6Network) and found.prefixlen >= MAPPED_BITS:
        mapped = found.network_address.ipv4_mapped
        return ip_network((mapped, found.prefixlen - MAPPED_BITS)) if mapped else found
    return found


@lru_cache(maxsize=4096)
def parse(address: str) -> Address | None:
    """An address, or nothing for what is none (a Unix socket's); IPv4 in IPv6 is IPv4."""
    try:
        found = ip_address(address)
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return mapped or found


def normal(text: str) -> str:
    """As it is kept: ``192.0.2.7/24`` is ``192.0.2.0/24``; what is no address stays as it is."""
    found = network(text)
    if found is None:
        return text
    single = found.prefixlen == found.max_prefixlen
    return str(found.network_address if single else found)
