"""Where a request comes from; X-Forwarded-For is believed from trusted proxies only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Any

Network = IPv4Network | IPv6Network


@lru_cache(maxsize=16)
def networks(proxies: tuple[str, ...]) -> tuple[Network, ...]:
    """The configured proxies, parsed."""
    return tuple(ip_network(proxy, strict=False) for proxy in proxies)


def client_address(environ: Mapping[str, Any], trusted_proxies: tuple[str, ...]) -> str:
    """The peer's address, or behind trusted proxies the nearest one that is none of them."""
    peer = environ.get("REMOTE_ADDR") or "unknown"
    if not trusted_proxies or not is_trusted(peer, networks(trusted_proxies)):
        return peer
    forwarded = environ.get("HTTP_X_FORWARDED_FOR", "")
    for address in reversed([part.strip() for part in forwarded.split(",") if part.strip()]):
        if not is_address(address):
            return peer
        peer = address
        if not is_trusted(address, networks(trusted_proxies)):
            break
    return peer


def is_trusted(address: str, trusted: Iterable[Network]) -> bool:
    """Whether this is one of the proxies."""
    return is_address(address) and any(ip_address(address) in network for network in trusted)


def is_address(text: str) -> bool:
    """Whether this is an IP address at all."""
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
