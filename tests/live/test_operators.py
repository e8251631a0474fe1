"""The contract of the operators on line: who is here, who may be offered a ticket."""

from __future__ import annotations

import gevent
import pytest

from chatd.live.base import OperatorsOnline
from chatd.live.local import presence as local
from chatd.live.shared import operators as shared
from tests.live.implementations import KINDS, SHARED, Clock, made, nothing, shared_by
from tests.waiting import LIVE_READS

READS = LIVE_READS["operators"]
SEEN_S = 60


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=[*KINDS, *SHARED])
def operators(request: pytest.FixtureRequest, clock: Clock) -> OperatorsOnline:
    if request.param in SHARED:
        make = lambda node: shared.OperatorsOnline(node.exchange, nothing, clock, clock)  # noqa: E731
        return shared_by(request, make, READS)
    found: OperatorsOnline = made(request.param, lambda: local.OperatorsOnline(clock), READS)
    return found


def test_who_is_connected_is_here_until_the_last_connection_ends(
    operators: OperatorsOnline, clock: Clock
) -> None:
    clock.now += 7
    assert operators.status("anna") == "offline" and operators.absent_for("anna") == 7
    assert operators.connect("anna", "c-1") and not operators.connect("anna", "c-2")
    assert operators.absent_for("anna") is None and operators.arrival("anna") == clock.now
    assert operators.present() == operators.online() == operators.available() == ["anna"]
    assert not operators.disconnect("anna", "c-1") and not operators.disconnect("anna", "c-1")
    assert operators.is_available("anna") and not operators.disconnect("boris", "c-2")
    assert operators.disconnect("anna", "c-2") and operators.present() == []
    clock.now += 5
    assert operators.absent_for("anna") == 5 and not operators.is_available("anna")


def test_who_is_away_is_here_and_offered_nothing(operators: OperatorsOnline) -> None:
    operators.connect("anna", "c-1")
    operators.connect("boris", "c-2")
    operators.set_away("anna", True)
    assert operators.status("anna") == "away" and operators.present() == ["anna", "boris"]
    assert operators.online() == operators.available() == ["boris"]
    operators.set_away("anna", False)
    assert operators.available() == ["anna", "boris"]
    operators.set_away("anna", True)
    operators.disconnect("anna", "c-1")
    operators.connect("anna", "c-3")
    assert operators.is_available("anna"), "away ends with the last connection"


def test_who_is_seen_over_http_is_here_for_a_minute_and_available_when_they_say_so(
    operators: OperatorsOnline, clock: Clock
) -> None:
    assert operators.note_seen("anna") and not operators.note_seen("anna")
    assert operators.online() == ["anna"] and operators.available() == []
    operators.set_away("anna", False, declared=True)
    assert operators.available() == ["anna"]
    clock.now += SEEN_S - 1
    assert operators.is_available("anna") and operators.drop_silent() == []
    clock.now += 1
    assert operators.status("anna") == "offline" and not operators.is_available("anna")
    assert operators.absent_for("anna") == 0
    assert operators.drop_silent() == ["anna"] and operators.drop_silent() == []
    assert operators.note_seen("anna") and operators.available() == [], "to be said anew"


def test_the_connected_do_not_fall_silent(operators: OperatorsOnline, clock: Clock) -> None:
    operators.note_seen("anna")
    operators.connect("anna", "c-1")
    clock.now += SEEN_S + 1
    assert operators.drop_silent() == [] and operators.present() == ["anna"]
    assert operators.disconnect("anna", "c-1")


def test_who_is_shut_out_is_gone_in_whatever_way_they_were_here(operators: OperatorsOnline) -> None:
    operators.connect("anna", "c-1")
    operators.note_seen("anna")
    assert operators.forget("anna") and not operators.forget("anna")
    assert operators.present() == [] and not operators.disconnect("anna", "c-1")
    assert operators.drop_silent() == []


def test_of_many_who_notice_one_tells(operators: OperatorsOnline, clock: Clock) -> None:
    came: list[bool] = []
    told: list[str] = []

    def act(number: int) -> None:
        came.append(operators.connect("anna", f"c-{number}"))
        operators.note_seen("boris")
        assert "anna" in operators.present()

    def notice() -> None:
        operators.present()
        told.extend(operators.drop_silent())

    gevent.joinall([gevent.spawn(act, number) for number in range(20)], raise_error=True)
    clock.now += SEEN_S
    gevent.joinall([gevent.spawn(notice) for _ in range(20)], raise_error=True)
    assert came.count(True) == 1 and told == ["boris"]
