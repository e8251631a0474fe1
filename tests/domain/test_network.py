"""What limits count as one address."""

from __future__ import annotations

import pytest

from chatd.domain.network import network_of


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
        ("unknown", "unknown"),
        ("not:an:address", "not:an:address"),
    ],
)
def test_who_has_one_ipv6_address_has_its_whole_64(address: str, counted: str) -> None:
    assert network_of(address) == counted
