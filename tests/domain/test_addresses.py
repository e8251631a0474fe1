"""Addresses and networks as people write them, and what a ban of one keeps out, how long."""

from __future__ import annotations

from ipaddress import ip_address, ip_network

import pytest

from chatd.domain import addresses
from chatd.domain.bans import holds, networks_of, refusal
from chatd.domain.participant import Ban
from chatd.domain.times import to_text

NOON = 1_795_000_000.0


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("192.0.2.7/32", "192.0.2.7"),
        ("192.0.2.7/31", "192.0.2.6/31"),
        ("192.0.2.7/24", "192.0.2.0/24"),
        ("0.0.0.0/0", "0.0.0.0/0"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7/120", "192.0.2.0/24"),
        ("::ffff:0.0.0.0/96", "0.0.0.0/0"),
        ("::ffff:0:0/95", "::fffe:0:0/95"),
        ("2001:DB8::7", "2001:db8::7"),
        ("2001:db8::7/64", "2001:db8::/64"),
        ("2001:db8::7/120", "2001:db8::/120"),
        ("p-1-a", "p-1-a"),
        ("192.0.2.7/33", "192.0.2.7/33"),
        ("", ""),
    ],
)
def test_one_network_is_kept_in_one_way_and_what_is_none_as_it_is(written: str, kept: str) -> None:
    assert addresses.normal(written) == kept
    assert addresses.is_network(written) == (written not in ("p-1-a", "192.0.2.7/33", ""))


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8::7", "2001:db8::7"),
        ("192.0.2.0/24", None),
        ("unix", None),
    ],
)
def test_an_ipv4_address_within_ipv6_is_that_one(written: str, meant: str | None) -> None:
    assert addresses.parse(written) == (meant and ip_address(meant))


def make_ban(**fields: object) -> Ban:
    usual = {"id": "192.0.2.7/24", "kind": "address", "by": "olga", "created_at": ""}
    return Ban(**usual | fields)  # type: ignore[arg-type]


def test_a_ban_keeps_out_its_own_network_and_those_of_a_participant() -> None:
    own, further = ip_network("192.0.2.0/24"), ip_network("198.51.100.0/24")
    assert list(networks_of(make_ban())) == [own]
    assert list(networks_of(make_ban(networks=("198.51.100.9/24",)))) == [own, further]
    person = make_ban(id="p-1-a", kind="participant")
    assert list(networks_of(person)) == []
    assert list(
        networks_of(make_ban(id="p-1-a", kind="participant", networks=(str(further),)))
    ) == [further]


def test_a_ban_holds_until_its_time_and_says_until_when() -> None:
    for_ever, till_noon = make_ban(), make_ban(expires_at=to_text(NOON))
    assert holds(for_ever, NOON) and refusal(for_ever).message == "banned"
    assert [holds(till_noon, NOON + after) for after in (-1, 0, 1)] == [True, False, False]
    told = refusal(till_noon)
    assert told.message == f"banned until {to_text(NOON)}"
    assert told.as_dict()["until"] == to_text(NOON)
    assert told.target == "192.0.2.7/24" not in str(told.as_dict()), "no peer is told by which"
