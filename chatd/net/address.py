"""Where a request comes from; what proxies say of it is believed from trusted ones only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Any

Network = IPv4Network | IPv6Network
MAPPED = "::ffff:"
HERE = "127.0.0.1"  # who comes over a Unix socket is on this machine, and has no address


@lru_cache(maxsize=16)
def networks(proxies: tuple[str, ...]) -> tuple[Network, ...]:
    """The configured proxies, parsed."""
    return tuple(ip_network(proxy, strict=False) for proxy in proxies)


def client_address(environ: Mapping[str, Any], trusted_proxies: tuple[str, ...]) -> str:
    """The peer's address, or behind trusted proxies the nearest one that is none of them."""
    peer = plain(environ.get("REMOTE_ADDR") or HERE)
    if not trusted_proxies or not is_trusted(peer, networks(trusted_proxies)):
        return peer
    forwarded = environ.get("HTTP_X_FORWARDED_FOR", "")
    for address in reversed([plain(part.strip()) for part in forwarded.split(",")]):
        if not is_address(address):
            return peer
        peer = address
        if not is_trusted(address, networks(trusted_proxies)):
            break
    return peer


def came_by_https(environ: Mapping[str, Any], trusted_proxies: tuple[str, ...]) -> bool:
    """Whether the client spoke https: to us, or to a proxy that we believe."""
    if environ.get("wsgi.url_scheme") == "https":
        return True
    peer = plain(environ.get("REMOTE_ADDR") or HERE)
    said: str = environ.get("HTTP_X_FORWARDED_PROTO", "")
    return said.lower() == "https" and is_trusted(peer, networks(trusted_proxies))


def plain(address: str) -> str:
    """An IPv4 address that came in over an IPv6 socket, as IPv4: bans and limits know it so."""
    mapped = address.lower().startswith(MAPPED) and "." in address
    return address[len(MAPPED) :] if mapped else address


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
