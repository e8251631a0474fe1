"""Rights that are taken while they are used: what is asked from then on goes by the new ones."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gevent
import pytest

from chatd.domain.participant import Operator
from chatd.domain.ticket import Ticket
from chatd.errors import ChatdError, Forbidden, NotFound, Unauthenticated
from chatd.live.connections import Connection
from chatd.protocol.commands import Hello
from chatd.protocol.operating import ListBans
from chatd.protocol.operators import RemoveOperator, SetDisabled, SetOperator
from chatd.protocol.support import AcceptTicket, OpenTicket, ReplyTicket
from chatd.service import identity
from chatd.store.base import Put
from tests.trust.house import House


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path / "data", sites={"shop": {}, "bank": {}})
    yield made
    made.close()


def seated(house: House, **fields: Any) -> Connection:
    """An operator's connection."""
    account = Operator(id="artem", name="Artem", password_hash="-", created_at="", **fields)
    house.store.commit(Put(account))
    connection = house.connect()
    house.ask(connection, Hello(token=identity.new_session(house.services, account)))
    return connection


def waiting(house: House) -> str:
    """A ticket of the first site."""
    visitor, _ = house.hello(site="shop")
    opened = house.ask(visitor, OpenTicket(content="help", wants_person=True))
    return str(opened.ticket.id)


@pytest.mark.parametrize(
    ("taken", "refused"),
    [
        (RemoveOperator(username="artem"), Unauthenticated),
        (SetDisabled(username="artem"), Unauthenticated),
        (SetOperator(username="artem", sites=["bank"]), NotFound),
    ],
    ids=["removed", "disabled", "other sites"],
)
def test_no_ticket_is_taken_with_rights_that_are_being_taken_away(
    house: House, taken: Any, refused: type[ChatdError]
) -> None:
    """The change is on its way to the disk, and the connection is not told of it yet."""
    connection, ticket_id = seated(house), waiting(house)
    house.ask(connection, ReplyTicket(ticket_id=waiting(house), message="mine"))
    taking = gevent.spawn(house.shell, taken)
    gevent.sleep(0)
    for command in (
        AcceptTicket(ticket_id=ticket_id),
        ReplyTicket(ticket_id=ticket_id, message="hello"),
    ):
        with pytest.raises(refused):
            house.ask(connection, command)
    taking.get(timeout=20)
    tickets = house.store.tickets(limit=10)
    assert house.store.get(Ticket, ticket_id) in tickets and len(tickets) == 2
    if not isinstance(taken, SetDisabled):  # theirs go back when the time of grace is over
        assert {one.operator for one in tickets} == {None}


def test_who_is_no_administrator_any_more_is_none_at_once(house: House) -> None:
    connection = seated(house, role="admin")
    house.ask(connection, ListBans())
    changing = gevent.spawn(house.shell, SetOperator(username="artem", role="operator"))
    gevent.sleep(0)
    with pytest.raises(Forbidden):
        house.ask(connection, ListBans())
    changing.get(timeout=20)
