"""Nothing stays for ever: what strangers can pile up goes by a rule for each kind of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from chatd.domain.participant import Ban, LoginSession, Participant
from chatd.domain.ticket import Ticket
from chatd.errors import RateLimited, TooLarge, TooManyOpen, Unauthenticated
from chatd.live.connections import Connection
from chatd.protocol.commands import (
    EditMessage,
    Hello,
    JoinDialog,
    MarkRead,
    ReactToMessage,
    SendMessage,
)
from chatd.protocol.operating import AddBan
from chatd.protocol.support import AcceptTicket, OpenTicket
from chatd.service import identity, presence, sweeping
from chatd.store.tiny.checking import verify
from tests.daemon import RELAXED
from tests.trust.house import House


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path / "data", **RELAXED, store={"sync": False})
    yield made
    made.close()


def leave(house: House, *connections: Connection) -> None:
    for connection in connections:
        presence.disconnect(house.services, connection)


def visit(house: House, **fields: Any) -> str:
    """Somebody comes, says nothing and leaves; the token."""
    connection, token = house.hello(**fields)
    leave(house, connection)
    return token


def sweep(house: House) -> None:
    """What the daemon does in ten minutes, with everything in the files."""
    house.store.checkpoint()
    for _ in sweeping.steps(house.services):
        continue
    house.settle()


def known(house: House, token: str) -> Participant | None:
    return house.store.get(Participant, token.partition(".")[0])


def test_a_visitor_who_never_wrote_is_forgotten_and_one_who_did_is_not(house: House) -> None:
    silent = visit(house, name="Silent")
    talking, talker = house.hello(name="Talker")
    house.ask(talking, SendMessage(dialog_id="lobby", content="hi"))
    asking, asker = house.hello(name="Asker")
    house.ask(asking, OpenTicket(content="help"))
    leave(house, talking, asking)
    staying, stayer = house.hello(name="Stayer")
    back = visit(house, name="Back")
    for days in (1.1, 0.8):
        house.later(days)
        sweep(house)
        assert known(house, silent), "not yet two days"
        leave(house, house.hello(token=back)[0])
        house.settle()
    house.later(0.2)
    sweep(house)
    assert known(house, silent) is None
    for token in (talker, asker, stayer, back):
        assert known(house, token), token
    with pytest.raises(Unauthenticated):
        identity.identify(house.services, silent, "192.0.2.1")
    leave(house, staying)
    sweep(house)
    assert known(house, stayer) is None, "as soon as they are not here any more"
    house.later(400)
    sweep(house)
    assert [known(house, token) for token in (talker, asker, back)] == [None] * 3
    assert house.store.message("lobby", 1), "what was written stays"


def test_of_who_is_gone_rooms_keep_no_receipt(house: House) -> None:
    talking, talker = house.hello(name="Talker")
    house.ask(talking, SendMessage(dialog_id="lobby", content="hi", client_id="c-1"))
    reading, reader = house.hello(name="Reader")
    house.ask(reading, JoinDialog(dialog_id="lobby"))
    house.ask(reading, MarkRead(dialog_id="lobby", seq=1))
    leave(house, talking, reading)
    ids = [token.partition(".")[0] for token in (talker, reader)]
    assert house.store.conversation("lobby").receipts.keys() == {*ids}
    house.later(3)
    sweep(house)
    assert house.store.conversation("lobby").receipts.keys() == {ids[0]}
    house.reopen()
    assert house.store.conversation("lobby").receipts.keys() == {ids[0]}
    house.later(400)
    sweep(house)
    assert not house.store.conversation("lobby").receipts
    assert house.store.find_sent("lobby", ids[0], "c-1") is None
    house.store.checkpoint()
    house.reopen()
    assert not house.store.conversation("lobby").receipts


def test_a_waiting_ticket_that_nobody_comes_back_to_is_closed(house: House) -> None:
    def opened(name: str) -> tuple[Connection, str]:
        connection, _ = house.hello(name=name)
        opening = OpenTicket(content="help", wants_person=True)
        return connection, house.ask(connection, opening).ticket.id

    left, abandoned = opened("Left")
    here, waiting = opened("Here")
    writing, written = opened("Writing")
    served, active = opened("Served")
    house.operator("artem")
    house.shell(AcceptTicket(ticket_id=active, operator="artem"))
    leave(house, left, served)
    house.later(6)
    house.ask(writing, SendMessage(dialog_id=written, content="anybody?"))
    leave(house, writing)
    sweep(house)
    statuses = {one.id: one.status for one in house.store.open_tickets()}
    assert len(statuses) == 4
    house.later(1.1)
    sweep(house)
    found = {id: house.store.get(Ticket, id) for id in (abandoned, waiting, written, active)}
    assert {id: one.status for id, one in found.items() if one} == {
        abandoned: "closed", waiting: "waiting", written: "waiting", active: "active",
    }  # fmt: skip
    closed = found[abandoned]
    assert closed and closed.closed_by == "chatd"
    assert house.services.waiting is not None
    house.later(30)
    leave(house, here)
    sweep(house)
    assert [one.id for one in house.store.open_tickets()] == [active]


def test_bans_and_sessions_that_are_over_are_removed(house: House) -> None:
    identity.new_session(house.services, house.operator("artem"))
    house.shell(AddBan(target="192.0.2.1", seconds=3_600))
    house.shell(AddBan(target="192.0.2.2"))
    sweep(house)
    assert (len(house.store.all(LoginSession)), len(house.store.all(Ban))) == (1, 2)
    house.later(8)
    sweep(house)
    assert (len(house.store.all(LoginSession)), len(house.store.all(Ban))) == (0, 1)
    assert [ban.id for ban in house.services.bans.holding(0)] == ["192.0.2.2"]


def test_a_visitor_has_so_many_open_tickets_and_no_more(tmp_path: Path) -> None:
    house = House(tmp_path / "few", **RELAXED, tickets={"open_per_visitor": 3})
    connection, _ = house.hello(name="Ann")
    ids = [
        house.ask(connection, OpenTicket(content=f"number {number}")).ticket.id
        for number in range(3)
    ]
    with pytest.raises(TooManyOpen) as refused:
        house.ask(connection, OpenTicket(content="one more"))
    assert (refused.value.code, refused.value.details["capacity"]) == ("conflict", 3)
    other, _ = house.hello(name="Ben")
    house.ask(other, OpenTicket(content="my own"))
    from chatd.protocol.support import CloseTicket

    house.shell(CloseTicket(ticket_id=ids[0]))
    house.ask(connection, OpenTicket(content="one more"))
    house.close()


def test_an_address_writes_so_many_bytes_a_day_and_no_more(tmp_path: Path) -> None:
    limits = {**RELAXED["limits"], "bytes_per_address": "3000/day"}
    house = House(tmp_path / "few", limits=limits)
    first, _ = house.hello("2001:db8::1", name="Ann")
    second, _ = house.hello("2001:db8::2", name="Ben")
    message = house.ask(first, SendMessage(dialog_id="lobby", content="é" * 700)).message
    house.ask(second, SendMessage(dialog_id="lobby", content="x" * 200))
    for command in (
        SendMessage(dialog_id="lobby", content="x" * 1_500),
        SendMessage(dialog_id="lobby", content="x", meta={f"m{n}": "x" * 250 for n in range(8)}),
        EditMessage(message_id=message.id, content="x" * 1_500),
        OpenTicket(content="x" * 1_500),
    ):
        for _ in range(2):
            with pytest.raises(RateLimited, match=r"3000 bytes in 1 day") as refused:
                house.ask(first, command)
            assert refused.value.details["limit"] == "bytes_per_address"
    for _ in range(2):
        with pytest.raises(TooLarge, match="8000"):
            house.ask(second, SendMessage(dialog_id="lobby", content="x" * 8_001))
    house.ask(second, SendMessage(dialog_id="lobby", content="what was refused does not count"))
    elsewhere, _ = house.hello("2001:db8:1::1", name="Eve")
    house.ask(elsewhere, SendMessage(dialog_id="lobby", content="x" * 2_500))
    house.close()


def test_what_is_sent_again_adds_nothing_to_what_is_kept(tmp_path: Path) -> None:
    limits = {**RELAXED["limits"], "bytes_per_address": "3000/day"}
    house = House(tmp_path / "again", limits=limits)
    ann, _ = house.hello("192.0.2.1", name="Ann")
    once = SendMessage(dialog_id="lobby", content="x" * 2_000, client_id="c-1")
    first = house.ask(ann, once).message
    for _ in range(5):
        assert house.ask(ann, once).message.id == first.id
    house.ask(ann, SendMessage(dialog_id="lobby", content="x" * 100, client_id="c-2"))
    with pytest.raises(RateLimited):
        house.ask(ann, SendMessage(dialog_id="lobby", content="x" * 2_000, client_id="c-3"))
    assert house.ask(ann, once).message.id == first.id, "also when nothing more may be kept"
    house.close()


def test_reactions_count_by_what_they_add_to_what_is_kept(tmp_path: Path) -> None:
    limits = {**RELAXED["limits"], "bytes_per_address": "1500/day"}
    house = House(tmp_path / "few", limits=limits)
    author, _ = house.hello("2001:db8::1", name="Ann")
    message = house.ask(author, SendMessage(dialog_id="lobby", content="x" * 1_000)).message
    eve, _ = house.hello("2001:db8:1::1", name="Eve")
    for _ in range(5):
        for remove in (False, True):
            house.ask(eve, ReactToMessage(message_id=message.id, emoji="👍", remove=remove))
        house.ask(author, ReactToMessage(message_id=message.id, emoji="🎉", remove=True))
    done = 0
    with pytest.raises(RateLimited, match="1500 bytes in 1 day"):
        for number in range(50):
            house.ask(eve, ReactToMessage(message_id=message.id, emoji=chr(0x1F600 + number)))
            done += 1
    assert 5 < done < 50
    house.close()


def test_who_comes_back_while_a_file_is_read_is_not_forgotten(house: House) -> None:
    token = visit(house, name="Ann")
    house.later(3)
    house.store.checkpoint()
    (part,) = house.store.parts(Participant)
    read = house.store.part(Participant, part)
    leave(house, house.hello(token=token, name="Anna")[0])
    house.settle()
    sweeping.forget_visitors(house.services, read)
    found = known(house, token)
    assert found and found.name == "Anna"


def everybody(house: House) -> list[Participant]:
    """All visitors that there are."""
    parts = house.store.parts(Participant)
    found = [one for part in parts for one in house.store.part(Participant, part)]
    return [one for one in found if house.store.get(Participant, one.id)]


def test_years_of_strangers_leave_only_what_was_said(house: House) -> None:
    faithful, faithful_token = house.hello(name="Faithful")
    leave(house, faithful)
    said, most = 0, 0
    for step in range(36):
        house.later(30)
        for number in range(12):
            connection, _ = house.hello(name=f"Silent {number}")
            house.ask(connection, JoinDialog(dialog_id="lobby"))
            if said:
                house.ask(connection, MarkRead(dialog_id="lobby", seq=said))
            leave(house, connection)
        talker, _ = house.hello(name="Talker")
        house.ask(talker, SendMessage(dialog_id="lobby", content=f"step {step}"))
        customer, _ = house.hello(name="Customer")
        house.ask(customer, OpenTicket(content="help", wants_person=True))
        leave(house, talker, customer)
        back, _ = house.hello(token=faithful_token)
        house.ask(back, SendMessage(dialog_id="lobby", content="here again"))
        leave(house, back)
        said += 2
        house.settle()
        sweep(house)
        if step % 7 == 0:
            most = max(most, len(everybody(house)))
    # A year of talkers and customers (13 steps each), the last step's silent ones, the faithful.
    assert 20 < most <= 2 * 14 + 12 + 1
    assert known(house, faithful_token)
    assert len(house.store.conversation("lobby").receipts) <= 14 + 12 + 1
    assert len(house.store.open_tickets()) == 1
    assert house.store.conversation("lobby").last_seq == said
    house.store.checkpoint()
    house.reopen()
    assert house.ask(house.connect(), Hello(token=faithful_token)).participant.name
    house.close()
    told = verify(house.directory)
    assert told
    house.open()


def test_a_step_is_a_file_and_a_pass_is_not_begun_anew_at_once(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    tokens = []
    for _ in range(5):
        tokens.append(visit(house, name="Ann"))
        house.later(0.1)
    house.later(3)
    house.store.checkpoint()
    assert len(house.store.parts(Participant)) == 5
    turns = sweeping.Sweep(house.services)
    left = []
    for _ in range(8):
        turns.turn()
        left.append(sum(1 for token in tokens if known(house, token)))
    assert left == [5, 4, 3, 2, 1, 0, 0, 0], "a file a turn"
    again = visit(house, name="Ann")
    house.store.checkpoint()
    monkeypatch.setattr(sweeping, "DISBELIEF_S", 0.0)
    house.later(3)
    for _ in range(8):
        turns.turn()
    assert known(house, again)
    monkeypatch.setattr(sweeping, "PASS_S", 0.0)
    for _ in range(9):
        turns.turn()
    assert known(house, again) is None


def test_a_clock_that_was_set_makes_nobody_forgotten(house: House) -> None:
    token = visit(house, name="Ann")
    house.store.checkpoint()
    turns = sweeping.Sweep(house.services)
    house.later(3_650)
    for _ in range(5):
        turns.turn()
    assert known(house, token)
    house.later(-3_650)
    for _ in range(5):
        turns.turn()
    assert known(house, token)
