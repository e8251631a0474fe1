"""A connection ends whatever became of the files: all that it held is let go."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from chatd.domain import topics
from chatd.domain.participant import Operator, Participant
from chatd.domain.principal import of_operator
from chatd.domain.ticket import Ticket
from chatd.errors import Damaged
from chatd.live.connections import Connection
from chatd.protocol.commands import EditDraft, JoinDialog
from chatd.protocol.support import CloseTicket, OpenTicket
from chatd.service import presence
from tests.trust.house import House


@pytest.fixture()
def house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path / "data", sites={"default": {}}, store={"sync": False})
    yield made
    made.close()


def spoil(house: House, kind: str) -> None:
    """What is in the files of a kind cannot be read any more."""
    house.store.checkpoint()
    for path in (house.directory / kind).iterdir():
        data = path.read_bytes()
        middle = len(data) // 2
        path.write_bytes(data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :])


def writing(house: House) -> tuple[str, Connection, Connection]:
    """A ticket; the customer's first connection, which is writing in it, and their second."""
    first, token = house.hello()
    second, _ = house.hello(token=token)
    opened: str = house.ask(first, OpenTicket(content="help", wants_person=True)).ticket.id
    for one in (first, second):
        house.ask(one, JoinDialog(dialog_id=opened))
    house.ask(first, EditDraft(dialog_id=opened, seq=1, reset="and more"))
    return opened, first, second


def test_what_was_written_in_a_ticket_that_cannot_be_read_is_forgotten(house: House) -> None:
    ticket, first, second = writing(house)
    who = first.principal
    house.shell(CloseTicket(ticket_id=ticket))
    spoil(house, "tickets")
    with pytest.raises(Damaged):
        house.store.get(Ticket, ticket)

    assert [*house.services.drafts.within(ticket)]
    presence.disconnect(house.services, first)
    assert not [*house.services.drafts.within(ticket)]
    assert first.topics == set() and second.topics and house.services.presence.has(ticket, who.id)
    assert [*house.services.connections.of(who.id)] == [second]

    presence.disconnect(house.services, second)
    assert not house.services.presence.has(ticket, who.id)
    assert topics.dialog(ticket) not in house.services.hub._topics


def test_an_operator_whose_account_cannot_be_read_is_off_line(house: House) -> None:
    artem = of_operator(house.operator())
    connection, _ = house.hello()
    connection.principal = artem
    presence.connect_operator(house.services, "artem", connection)
    house.services.presence.set_away(artem.id, True)
    spoil(house, "operators")
    with pytest.raises(Damaged):
        house.store.get(Operator, "artem")

    presence.disconnect(house.services, connection)
    assert house.services.operators.status("artem") == "offline"
    assert house.services.presence.status(artem.id) != "away"


def test_a_customer_who_cannot_be_read_leaves_no_incident(house: House) -> None:
    _, first, second = writing(house)
    spoil(house, "participants")
    house.store._recent.clear()
    with pytest.raises(Damaged):
        house.store.get(Participant, first.principal.id)
    for one in (first, second):
        presence.disconnect(house.services, one)
    house.settle()
    told = house.services.metrics.registry.get_sample_value
    assert told("chatd_incidents_total") == 0
