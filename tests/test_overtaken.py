"""Who was overtaken is run again from what there is then, where a store's reads wait."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import gevent
import pytest

from chatd.domain.message import Message, revise
from chatd.domain.participant import LoginSession, Operator, Participant
from chatd.domain.ticket import Ticket
from chatd.domain.versions import TRIES
from chatd.errors import Conflict, NotFound, Overtaken
from chatd.live.connections import Connection
from chatd.protocol.commands import DeleteMessage, EditMessage, Hello, ReactToMessage, SendMessage
from chatd.protocol.operators import SetOperator
from chatd.protocol.support import AcceptTicket, OpenTicket
from chatd.service import expiry, identity
from chatd.store.base import Remove, Replace
from tests.trust.house import House
from tests.waiting import Waiting

LIMITS = {"changes_per_participant": "1000/second", "changes_per_address": "1000/second"}


class Distant:
    """A store that is far away: something else happens after each read of a message."""

    def __init__(self, store: Any, meanwhile: Callable[[Message], None]) -> None:
        self._store = store
        self._meanwhile = meanwhile

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def message_asked(self, dialog_id: str, seq: int) -> Message | None:
        found: Message | None = self._store.message_asked(dialog_id, seq)
        if found:
            self._meanwhile(found)
        return found


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    house = House(tmp_path / "data", limits=LIMITS)
    yield house
    house.close()


def test_many_changes_of_one_message_are_all_made_when_reads_wait(house: House) -> None:
    author, _ = house.hello(name="author")
    people = [house.hello(name=f"p{number}")[0] for number in range(30)]
    said = house.ask(author, SendMessage(dialog_id="lobby", content="m")).message
    house.services.store = Distant(house.store, lambda message: gevent.sleep(0.001))  # type: ignore[assignment]
    react = ReactToMessage(message_id=said.id, emoji="👍")
    edit = EditMessage(message_id=said.id, content="edited")
    acts = [gevent.spawn(house.ask, one, react) for one in people]
    acts.insert(15, gevent.spawn(house.ask, author, edit))
    gevent.joinall(acts, raise_error=True)
    stored = house.store.message("lobby", said.seq)
    assert stored and stored.content == "edited" and stored.version == 31
    assert sorted((stored.reactions or {})["👍"]) == sorted(one.principal.id for one in people)


def test_what_is_decided_is_decided_anew(house: House) -> None:
    """A reaction that is overtaken by a deletion is refused as one that comes behind it."""
    author, _ = house.hello(name="author")
    said = house.ask(author, SendMessage(dialog_id="lobby", content="m")).message
    rival = [DeleteMessage(message_id=said.id)]

    def meanwhile(message: Message) -> None:
        if rival:
            house.ask(author, rival.pop())

    house.services.store = Distant(house.store, meanwhile)  # type: ignore[assignment]
    with pytest.raises(Conflict, match="deleted"):
        house.ask(author, ReactToMessage(message_id=said.id, emoji="👍"))
    stored = house.store.message("lobby", said.seq)
    assert stored and stored.deleted_at and stored.content == "" and not stored.reactions


def test_who_is_overtaken_again_and_again_is_told_so(house: House) -> None:
    author, _ = house.hello(name="author")
    said = house.ask(author, SendMessage(dialog_id="lobby", content="m")).message
    rivals: list[int] = []

    def meanwhile(message: Message) -> None:
        rivals.append(message.version or 0)
        house.store.commit(Replace(revise(message, content=f"rival {len(rivals)}")))

    house.services.store = Distant(house.store, meanwhile)  # type: ignore[assignment]
    with pytest.raises(Overtaken):
        house.ask(author, EditMessage(message_id=said.id, content="edited"))
    assert rivals == list(range(1 + TRIES))
    stored = house.store.message("lobby", said.seq)
    assert stored and stored.content == f"rival {1 + TRIES}"


def far(house: House) -> None:
    """From now on every read of the store waits."""
    house.services.store = Waiting(house.store)  # type: ignore[assignment]


def test_of_many_who_accept_a_ticket_when_reads_wait_one_wins(house: House) -> None:
    visitor, _ = house.hello()
    opened = house.ask(visitor, OpenTicket(content="help", wants_person=True)).ticket.id
    seats = []
    for number in range(12):
        account = house.operator(f"op{number}")
        seat = house.connect()
        house.ask(seat, Hello(token=identity.new_session(house.services, account)))
        seats.append(seat)
    far(house)
    outcome: list[str] = []

    def accept(seat: Connection) -> None:
        try:
            house.ask(seat, AcceptTicket(ticket_id=opened))
            outcome.append(seat.principal.operator or "")
        except Conflict:
            outcome.append("")

    gevent.joinall([gevent.spawn(accept, seat) for seat in seats], raise_error=True, timeout=60)
    stored = house.store.get(Ticket, opened)
    assert stored and len(outcome) == 12
    assert [one for one in outcome if one] == [stored.operator]


def test_what_is_done_to_a_visitor_at_once_is_all_kept_when_reads_wait(house: House) -> None:
    visitor, token = house.hello(name="Ann")
    id = visitor.principal.id
    far(house)
    opening = [gevent.spawn(house.ask, visitor, OpenTicket(content=f"{n}")) for n in range(3)]
    writing = gevent.spawn(house.ask, visitor, SendMessage(dialog_id="lobby", content="hi"))
    renaming = gevent.spawn(house.ask, house.connect(), Hello(token=token, name="Anna"))
    gevent.joinall([*opening, writing, renaming], raise_error=True, timeout=60)
    known = house.store.get(Participant, id)
    assert known and known.name == "Anna" and known.wrote
    assert set(known.tickets) == {one.value.ticket.id for one in opening}


def test_a_session_that_was_ended_is_not_prolonged_into_being_again(house: House) -> None:
    account = house.operator("artem")
    id = identity.new_session(house.services, account).partition(".")[0]
    house.later(0.4)
    far(house)
    prolonging = gevent.spawn(expiry.prolong, house.services, id)
    gevent.sleep(0)
    house.store.commit(Remove("sessions", id))
    prolonging.get(timeout=20)
    assert house.store.get(LoginSession, id) is None


def test_an_account_that_is_removed_while_it_is_changed_stays_removed(house: House) -> None:
    house.operator("artem")
    far(house)
    changing = gevent.spawn(house.shell, SetOperator(username="artem", display_name="Artem B"))
    gevent.sleep(0)
    house.store.commit(Remove("operators", "artem"))
    with pytest.raises(NotFound):
        changing.get(timeout=20)
    assert house.store.get(Operator, "artem") is None
