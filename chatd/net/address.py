"""Where a request comes from; what proxies say of it is believed from trusted ones only."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Any

from loguru import logger

Network = IPv4Network | IPv6Network
MAPPED = "::ffff:"
MOST_PAIRS = 16
HERE = "127.0.0.1"  # who comes over a Unix socket is on this machine, and has no address


@lru_cache(maxsize=16)
def networks(proxies: tuple[str, ...]) -> tuple[Network, ...]:
    """The configured proxies, parsed."""
    return tuple(ip_network(proxy, strict=False) for proxy in proxies)


def client_address(environ: Mapping[str, Any], trusted_proxies: tuple[str, ...]) -> str:
    """The peer's address, or behind trusted proxies the nearest one that is none of them."""
    peer = plain(environ.get("REMOTE_ADDR") or HERE)
    if not trusted_proxies or not is_trusted(peer, trusted_proxies):
        return peer
    for said in hops(environ):
        address = address_in(said)
        if address is None:
            unread(peer, said)
            return peer
        peer = address
        if not is_trusted(address, trusted_proxies):
            break
    return peer


def hops(environ: Mapping[str, Any]) -> Iterator[str]:
    """Where it came from as each proxy wrote it, the nearest first: X-Forwarded-For, or Forwarded
    (RFC 7239) where there is none. No more are looked at than there are proxies."""
    said: str = environ.get("HTTP_X_FORWARDED_FOR", "")
    if said:
        yield from (part.strip() for part in from_the_end(said) if part.strip())
        return
    for element in from_the_end(environ.get("HTTP_FORWARDED", "")):
        pairs = (pair.strip().partition("=") for pair in element.split(";", MOST_PAIRS))
        yield from (value.strip() for name, _, value in pairs if name.strip().lower() == "for")


def from_the_end(text: str) -> Iterator[str]:
    """The parts of a list, the last one first, for whoever sends the rest may send very many."""
    while text:
        text, comma, part = text.rpartition(",")
        yield part
        if not comma:
            return


def address_in(said: str) -> str | None:
    """The address in ``1.2.3.4``, ``1.2.3.4:5678``, ``[2001:db8::1]:443``, ``2001:db8::1``, in
    quotes or not, with a zone or not; ``None`` where there is none."""
    said = said.strip().strip('"').strip()
    if said.startswith("["):
        said = said[1:].partition("]")[0]
    elif said.count(":") == 1:
        said = said.partition(":")[0]
    address = plain(said.partition("%")[0])
    return str(ip_address(address)) if is_address(address) else None


@lru_cache(maxsize=256)
def unread(peer: str, said: str) -> None:
    """Says once that everybody behind a proxy counts as the proxy, and why."""
    logger.bind(area="http").warning(
        "the proxy {} says that somebody comes from {!r}, which is no address: they count as {}",
        peer,
        said[:100],
        peer,
    )


def came_by_https(environ: Mapping[str, Any], trusted_proxies: tuple[str, ...]) -> bool:
    """Whether the client spoke https: to us, or to a proxy that we believe."""
    if environ.get("wsgi.url_scheme") == "https":
        return True
    peer = plain(environ.get("REMOTE_ADDR") or HERE)
    said: str = environ.get("HTTP_X_FORWARDED_PROTO", "")
    return said.lower() == "https" and is_trusted(peer, trusted_proxies)


@lru_cache(maxsize=4096)
def plain(address: str) -> str:
    """An IPv4 address that came in over an IPv6 socket, as IPv4: bans and limits know it so."""
    mapped = address.lower().startswith(MAPPED) and "." in address
    return address[len(MAPPED) :] if mapped else address


@lru_cache(maxsize=4096)
def is_trusted(address: str, proxies: tuple[str, ...]) -> bool:
    """Whether this is one of the proxies."""
    found = ip_address(address) if is_address(address) else None
    return found is not None and any(found in network for network in networks(proxies))


@lru_cache(maxsize=4096)
def is_address(text: str) -> bool:
    """Whether this is an IP address at all."""
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
