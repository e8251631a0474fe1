"""Who is somebody stays so as long as that is used, over every transport, and no longer."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from chatd.domain.participant import LoginSession, Participant
from chatd.errors import Unauthenticated
from chatd.protocol.commands import Hello, Ping
from chatd.protocol.operating import ListRooms
from chatd.protocol.support import GetQueue
from chatd.service import expiry, identity
from tests.client import Client
from tests.conftest import MakeDaemon
from tests.trust.house import DAY, House, closed_with


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path / "data")
    yield made
    made.close()


def use(house: House, token: str) -> None:
    """As a request over HTTP does."""
    identity.identify(house.services, token, "192.0.2.1")
    house.settle()


def test_a_visitor_who_comes_back_stays_who_they_are_for_years(house: House) -> None:
    _, token = house.hello(name="Ann")
    for day in (100, 200, 300, 364, 466, 700, 1_064):
        house.now = 1_800_000_000.0 + day * DAY
        use(house, token)
        house.reopen()
    house.later(364.9)
    use(house, token)
    house.later(365.1)
    with pytest.raises(Unauthenticated):
        use(house, token)


def test_an_operator_at_work_is_never_logged_out_and_one_who_left_is(house: House) -> None:
    token = identity.new_session(house.services, house.operator())
    for _ in range(100):
        house.later(1)
        use(house, token)
    house.later(7.1)
    with pytest.raises(Unauthenticated):
        use(house, token)


def test_a_commit_a_day_is_enough_however_much_is_asked(house: House) -> None:
    _, token = house.hello(name="Ann")
    house.later(2)
    before = house.store.status()["commits"]
    for _ in range(500):
        house.now += 60
        use(house, token)
    assert house.store.status()["commits"] - before == 1


def test_what_is_used_over_a_connection_lasts_and_a_ping_is_no_use(house: House) -> None:
    session = identity.new_session(house.services, house.operator())
    busy, _ = house.hello(token=session)
    visiting, _ = house.hello(name="Ann")
    for _ in range(60):
        house.later(1)
        house.ask(busy, GetQueue())
        house.ask(visiting, ListRooms())
        expiry.tend(house.services)
        house.settle()
    assert closed_with(busy) == closed_with(visiting) == []
    for _ in range(12):
        house.later(0.6)
        house.ask(busy, Ping())
        expiry.tend(house.services)
        house.settle()
    assert closed_with(busy) == [4003], "the session has run out"
    assert closed_with(visiting) == []
    house.later(364)
    house.ask(visiting, Ping())
    expiry.tend(house.services)
    assert closed_with(visiting) == [4002], "its page says hello again"
    assert house.services.connections.of(visiting.principal.id) == []


@pytest.mark.parametrize("how", ["another connection", "a request over HTTP"])
def test_a_token_that_is_used_elsewhere_keeps_its_idle_connection(house: House, how: str) -> None:
    session = identity.new_session(house.services, house.operator())
    idle, _ = house.hello(token=session, device="idle")
    other, _ = house.hello(token=session, device="other")
    for _ in range(20):
        house.later(1)
        if how == "another connection":
            house.ask(other, GetQueue())
        else:
            use(house, session)
        expiry.tend(house.services)
        house.settle()
    assert closed_with(idle) == []


def test_a_session_that_was_taken_back_holds_no_connection(house: House) -> None:
    session = identity.new_session(house.services, house.operator())
    connection, _ = house.hello(token=session)
    house.store.commit(*identity.end_sessions(house.services, "artem"))
    expiry.tend(house.services)
    assert closed_with(connection) == [4003]


def test_to_put_an_end_off_undoes_nothing_that_happened_meanwhile(house: House) -> None:
    _, token = house.hello(name="Ann")
    house.later(100)
    identity.identify(house.services, token, "192.0.2.1")
    house.ask(house.connect(), Hello(token=token, name="Anna"))
    house.settle()
    (id, _, _) = token.partition(".")
    found = house.store.get(Participant, id)
    assert found and found.name == "Anna" and not expiry.is_worn(house.services, found)


def test_a_session_removed_meanwhile_does_not_come_back(house: House) -> None:
    session = identity.new_session(house.services, house.operator())
    house.later(1)
    identity.identify(house.services, session, "192.0.2.1")
    house.store.commit(*identity.end_sessions(house.services, "artem"))
    house.settle()
    assert house.store.all(LoginSession) == []


def test_the_line_of_a_session_that_has_run_out_is_closed_within_a_minute(
    make_daemon: MakeDaemon,
) -> None:
    daemon = make_daemon(start=False)
    daemon.start(fault="travel")
    token = daemon.add_operator("artem", "Артём")
    with Client(daemon.address) as console, Client(daemon.address) as ann:
        console.hello(token=token)
        ann.hello(name="Ann")
        ann.join("lobby")
        (daemon.home / "ahead").write_text(str(8 * DAY))
        began = time.monotonic()
        assert console.close_code(60) == 4003
        assert time.monotonic() - began < 60
        assert daemon.http("GET", "/manager/me", token=token)[0] == 401
        ann.say("lobby", "still here")
    again = daemon.login("artem")
    assert daemon.http("GET", "/manager/me", token=again)[0] == 200


def test_looking_at_all_connections_is_often_enough() -> None:
    from chatd.daemon.app import LASTING_S

    assert LASTING_S <= 30
