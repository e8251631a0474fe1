"""Whoever counts all connections lets others have their turn meanwhile: turns are counted here."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gevent
import msgspec
import pytest

from chatd.domain.principal import Principal, of_operator
from chatd.live.connections import Connection
from chatd.protocol.commands import Command
from chatd.protocol.operating import AddBan, GetConnectionStats, GetStats, ListConnections
from chatd.protocol.operators import SetDisabled
from chatd.service.context import Caller
from tests.live.implementations import person
from tests.trust.house import Bare, Box, House, closed_with

MANY = 20_345
PER_TURN = 1_000
"""So many at most are looked at before somebody else has a turn."""


class Turns:
    """A greenlet that is always ready, and how many connections are looked at between two turns of
    its."""

    def __init__(self) -> None:
        self.most = 0
        self.turns = 0
        self._touched: set[int] = set()

    def run(self) -> None:
        """Takes every turn that there is."""
        while True:
            self.most = max(self.most, len(self._touched))
            self._touched.clear()
            self.turns += 1
            gevent.sleep(0)

    def touch(self, connection: Connection) -> None:
        """One is looked at."""
        self._touched.add(id(connection))


class Watched(Connection):
    """A connection that says when it is looked at."""

    __slots__ = ("watch",)
    watch: Turns

    def __getattribute__(self, name: str) -> Any:
        object.__getattribute__(self, "watch").touch(self)
        return super().__getattribute__(name)


def connect(house: House, watch: Turns, number: int) -> Watched:
    """One more; on every second one nobody is identified yet."""
    made = Watched.__new__(Watched)
    made.watch = watch
    made.__init__(  # type: ignore[misc]
        id=f"c-{number:08}",
        transport="socketio-polling" if number % 4 == 0 else "websocket",
        address="192.0.2.1",
        since="",
        codec=Bare(),
        mailbox=Box(),
        close=lambda code, reason: None,
        traffic=lambda: {"in_bytes": number % 3},
    )
    house.services.connections.add(made)
    if number % 2:
        site = "default" if number % 8 == 1 else "elsewhere"
        house.services.connections.identify(made, person(f"p-{number}", site=site), f"{number}")
    return made


@pytest.fixture(scope="module")
def crowd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[House, Turns]]:
    directory: Path = tmp_path_factory.mktemp("crowd")
    house, watch = House(directory), Turns()
    for number in reversed(range(MANY)):
        connect(house, watch, number)
    yield house, watch
    house.close()


def asked(crowd: tuple[House, Turns], command: Command, who: Principal | None) -> dict[str, Any]:
    """What is answered, when others have their turns."""
    house, watch = crowd
    other = gevent.spawn(watch.run)
    try:
        gevent.sleep(0)
        watch.most, begun = 0, watch.turns
        if who is None:
            found = house.shell(command)
        else:
            found = house._dispatcher.carry_out(Caller(who, "192.0.2.9"), command)
        gevent.sleep(0)
        assert watch.turns >= begun + MANY // PER_TURN
    finally:
        other.kill()
    plain: dict[str, Any] = msgspec.to_builtins(found)
    return plain


def test_statistics_of_very_many_let_others_have_their_turn(crowd: tuple[House, Turns]) -> None:
    found = asked(crowd, GetConnectionStats(), None)
    assert 0 < crowd[1].most <= PER_TURN
    assert found["total"] == MANY and found["more"]
    assert found["by_transport"] == {"websocket": 15_258, "socketio-polling": 5_087}
    assert found["by_state"] == {"anonymous": 10_173, "visitor": 10_172}
    assert found["by_site"] == {"default": 2_543, "elsewhere": 7_629}
    assert found["traffic"] == {"in_bytes": sum(number % 3 for number in range(MANY))}
    assert [one["id"] for one in found["connections"]] == [f"c-{n:08}" for n in range(200)]


def test_so_do_those_for_an_operator(crowd: tuple[House, Turns]) -> None:
    house, _ = crowd
    account = house.operator()
    who = of_operator(account)
    found = asked(crowd, GetConnectionStats(), who)
    assert 0 < crowd[1].most <= PER_TURN
    assert found["total"] == sum(found["by_site"].values()) == sum(found["by_state"].values())


@pytest.mark.parametrize("after", [0, 20_000])
def test_so_does_a_page_of_the_list(crowd: tuple[House, Turns], after: int) -> None:
    cursor = f"c-{after:08}" if after else None
    found = asked(crowd, ListConnections(cursor=cursor, limit=100), None)
    assert 0 < crowd[1].most <= PER_TURN
    first = after + 1 if after else 0
    assert [one["id"] for one in found["connections"]] == [
        f"c-{number:08}" for number in range(first, first + 100)
    ]
    assert found["more"] and found["cursor"] == f"c-{first + 99:08}"


def test_what_is_gone_meanwhile_breaks_nothing(crowd: tuple[House, Turns]) -> None:
    house, watch = crowd
    gone = connect(house, watch, MANY)
    ending = gevent.spawn(house.services.connections.remove, gone)
    assert asked(crowd, GetConnectionStats(), None)["total"] in (MANY, MANY + 1)
    ending.get(timeout=10)
    assert asked(crowd, GetConnectionStats(), None)["total"] == MANY


@pytest.mark.parametrize(
    "command",
    [GetStats(), AddBan(target="198.51.100.7"), SetDisabled(username="boris")],
    ids=lambda command: command.event,
)
def test_so_do_figures_a_ban_and_the_end_of_an_account(
    crowd: tuple[House, Turns], command: Command
) -> None:
    house, _ = crowd
    if isinstance(command, SetDisabled):
        house.operator(command.username)
    asked(crowd, command, None)
    assert 0 < crowd[1].most <= PER_TURN


def test_a_ban_ends_the_connections_of_whom_it_keeps_out_and_no_others(
    crowd: tuple[House, Turns],
) -> None:
    house, _ = crowd
    theirs, other = house.connect("203.0.113.9"), house.connect("203.0.113.10")
    assert asked(crowd, AddBan(target="203.0.113.9"), None)["ended"] == 1
    assert closed_with(theirs) and not closed_with(other)
    for one in (theirs, other):
        house.services.connections.remove(one)
