"""The contract of bans: who is kept out, by address, network and participant, and until when."""

from __future__ import annotations

from typing import Any

import pytest

from chatd.domain.participant import Ban
from chatd.domain.times import to_text
from chatd.errors import Banned
from chatd.live.base import Bans
from chatd.live.local import bans as local
from chatd.live.shared import bans as shared
from tests.live.implementations import KINDS, SHARED, made, nothing, shared_by

NOW = 1_800_000_000.0


def ban(id: str, kind: Any = "address", until: float | None = None, **fields: Any) -> Ban:
    expires_at = None if until is None else to_text(until)
    return Ban(id=id, kind=kind, by="artem", created_at="", expires_at=expires_at, **fields)


@pytest.fixture(params=[*KINDS, *SHARED])
def bans(request: pytest.FixtureRequest) -> Bans:
    stored = [ban("192.0.2.1"), ban("203.0.113.0/24", until=NOW + 10)]
    if request.param in SHARED:
        make = lambda node: shared.Bans(node.exchange, lambda: stored, nothing)  # noqa: E731
        return shared_by(request, make, {"against", "check", "holding", "over"})
    found: Bans = made(request.param, lambda: local.Bans(stored), {"against", "holding", "over"})
    return found


def id_of(found: Ban | None) -> str | None:
    return found.id if found else None


def test_those_that_are_stored_hold_and_nobody_else_is_kept_out(bans: Bans) -> None:
    assert id_of(bans.against("192.0.2.1", "", NOW)) == "192.0.2.1"
    assert id_of(bans.against("203.0.113.255", "", NOW)) == "203.0.113.0/24"
    for address in ("192.0.2.2", "203.0.112.255", "203.0.114.0", "unix", "2001:db8::1"):
        assert bans.against(address, "p-1", NOW) is None
        bans.check(address, "p-1", NOW)


def test_who_is_kept_out_is_told_until_when(bans: Bans) -> None:
    with pytest.raises(Banned) as told:
        bans.check("203.0.113.7", "", NOW)
    assert told.value.details["until"] == to_text(NOW + 10)


def test_one_that_has_run_out_does_not_hold(bans: Bans) -> None:
    assert bans.against("203.0.113.7", "", NOW + 10) is None and len(bans.holding(NOW + 10)) == 1
    assert bans.over(NOW) == [] and [one.id for one in bans.over(NOW + 10)] == ["203.0.113.0/24"]


def test_a_new_one_holds_at_once_in_place_of_the_old(bans: Bans) -> None:
    bans.add(ban("203.0.113.0/24", until=NOW + 99))
    assert bans.against("203.0.113.7", "", NOW + 50)
    bans.remove(ban("203.0.113.0/24"))
    bans.remove(ban("203.0.113.0/24"))
    assert bans.against("203.0.113.7", "", NOW) is None
    assert [one.id for one in bans.holding(NOW)] == ["192.0.2.1"]


def test_a_participant_is_kept_out_with_their_networks(bans: Bans) -> None:
    bans.add(ban("p-1", "participant", networks=("198.51.100.0/24", "2001:db8::/64")))
    assert id_of(bans.against("10.0.0.1", "p-1", NOW)) == "p-1"
    assert id_of(bans.against("198.51.100.9", "p-2", NOW)) == "p-1"
    assert id_of(bans.against("2001:db8::9", "", NOW)) == "p-1"
    assert bans.against("2001:db8:0:1::9", "p-2", NOW) is None
    bans.remove(ban("p-1", "participant"))
    assert bans.against("198.51.100.9", "p-1", NOW) is None


def test_of_several_the_one_that_holds_for_longest_is_told(bans: Bans) -> None:
    bans.add(ban("203.0.113.7", until=NOW + 5))
    assert id_of(bans.against("203.0.113.7", "", NOW)) == "203.0.113.0/24"
    bans.add(ban("p-1", "participant"))
    assert id_of(bans.against("203.0.113.7", "p-1", NOW)) == "p-1"
    assert [one.id for one in bans.holding(NOW)] == sorted(
        ["192.0.2.1", "203.0.113.0/24", "203.0.113.7", "p-1"]
    )
    assert [one.id for one in bans.holding(NOW, "203.0.113.0/24")] == ["203.0.113.7", "p-1"]
    assert [one.id for one in bans.holding(NOW, most=2)] == ["192.0.2.1", "203.0.113.0/24"]


def test_what_is_banned_and_let_in_again_many_times_leaves_nothing_behind() -> None:
    bans = local.Bans([ban("192.0.2.1"), ban("192.0.2.0/24")])
    for network in ("192.0.2.1", "192.0.2.0/24"):
        for number in range(9):
            bans.add(ban(f"198.51.100.{number}"))
            bans.remove(ban(f"198.51.100.{number}"))
        assert bans.against("192.0.2.1", "", NOW)
        bans.remove(ban(network))
    assert not any(vars(bans).values()), "memory does not grow with bans of the past"
