"""IP addresses and networks as people write them."""

from __future__ import annotations

from ipaddress import ip_network


def is_network(text: str) -> bool:
    """Whether this is an IP address or network."""
    try:
        ip_network(text, strict=False)
    except ValueError:
        return False
    return True
