"""How a kept message is given out: quotes as they read today, and nothing that nobody vouches for;
and what of a command's surroundings is whose."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec import UNSET
from msgspec.structs import replace

from chatd.domain.file import Attached
from chatd.domain.message import Earlier, Message
from chatd.domain.place import NOTHING, RoomPlace, TicketPlace
from chatd.domain.principal import Principal
from chatd.domain.room import Room
from chatd.domain.ticket import Ticket
from chatd.protocol.commands import DeleteMessage
from chatd.protocol.results import MessagePage, OneMessage
from chatd.service import showing
from chatd.service.context import Caller
from tests.handlers.stage import Stage
from tests.trust.house import SHELL

LOBBY = "lobby"


def made(seq: int = 9, **fields: Any) -> Message:
    """A message as it is stored."""
    values: dict[str, Any] = {
        "id": f"{LOBBY}:{seq}",
        "dialog_id": LOBBY,
        "seq": seq,
        "sender_type": "member",
        "sender_id": "p-1",
        "sender_name": "Anna",
        "content": "one",
        "created_at": "",
        **fields,
    }
    return Message(**values)


def quotes(seq: object, at: int = 9) -> Message:
    """One that quotes another."""
    return made(at, meta={"reply_to": {"seq": seq}})


FILE = Attached(id="f-1", name="a.txt", size=1, type="text/plain", sha256="abc")
MARKED = {"reactions": {"👍": ["p-1"]}, "reactors": {"👍": "AAAAAAAA"}}
KEPT: list[tuple[dict[str, Any], bool]] = [
    ({}, True),
    ({"reactions": {"👍": ["p-1"]}}, True),
    ({"meta": {"kind": "action"}}, False),
    ({"earlier": (Earlier("before", ""),)}, False),
    (MARKED, False),
    ({"files": (FILE,)}, False),
]


@pytest.mark.parametrize(("fields", "plain"), KEPT)
def test_most_are_given_out_as_they_are_stored(
    stage: Stage, fields: dict[str, Any], plain: bool
) -> None:
    message = made(**fields)
    assert showing.is_plain(message) is plain
    shown = showing.one(stage.services, message)
    assert (shown is message) is plain
    answer = OneMessage(message=message)
    result = showing.result(stage.services, answer)
    assert (result is answer) is plain
    assert result.message == shown
    (listed,) = showing.page(stage.services, [message])
    assert listed == shown and not shown.reactors and not shown.earlier
    if shown.files:
        assert shown.files[0].url


def test_texts_before_an_edit_are_for_whom_they_are(stage: Stage) -> None:
    message = made(earlier=(Earlier("before", ""),), reactors={"👍": "AAAAAAAA"})
    for earlier in (True, False):
        (shown,) = showing.page(stage.services, [message], earlier=earlier)
        assert bool(shown.earlier) is earlier and not shown.reactors
        page = MessagePage(rev=1, messages=[message, made(1)], more=False)
        told = showing.result(stage.services, page, earlier=earlier)
        assert [bool(one.earlier) for one in told.messages] == [earlier, False]
        alone = MessagePage(rev=1, messages=[message], more=False)
        (shown,) = showing.result(stage.services, alone, earlier=earlier).messages
        assert bool(shown.earlier) is earlier
    assert showing.page(stage.services, [message])[0].earlier is UNSET
    assert showing.result(stage.services, "no result") == "no result"


def quoted(stage: Stage, *messages: Message) -> list[Any]:
    """What each is told to quote."""
    return [one.meta.get("reply_to") for one in showing.page(stage.services, messages)]


def test_only_what_stands_above_is_quoted(stage: Stage) -> None:
    first = made(1, content="first")
    told = {"seq": 1, "name": "Anna", "text": "first"}
    assert quoted(stage, first, quotes(1)) == [None, told]
    for strange in (0, -1, 9, 10, "1", True, 1.0, None):
        assert quoted(stage, quotes(strange)) == [None]
    assert quoted(stage, made(9, meta={"reply_to": 1})) == [None]
    assert quoted(stage, quotes(8)) == [{"seq": 8}], "which cannot be read"


def test_of_what_is_deleted_nothing_is_quoted(stage: Stage) -> None:
    anna = stage.visitor()
    said = anna.say(LOBBY, "secret")
    anna.say(LOBBY, "answer", reply_to=said.seq)
    later = stage.store.message(LOBBY, 2)
    assert later
    assert quoted(stage, later) == [{"seq": 1, "name": "Anna", "text": "secret"}]
    anna.ask(DeleteMessage(message_id=said.id))
    assert quoted(stage, later) == [{"seq": 1, "name": "Anna", "deleted": True}]


def test_so_many_quotes_are_looked_up_outside_the_page(stage: Stage) -> None:
    anna = stage.visitor()
    for number in range(30):
        anna.say(LOBBY, str(number))
    page = [quotes(number, 100 + number) for number in range(1, 26)]
    looked_up = [bool(one.get("name")) for one in quoted(stage, *page)]
    assert looked_up == [True] * 20 + [False] * 5
    again = [quotes(1, 100 + number) for number in range(25)]
    assert all(one.get("name") for one in quoted(stage, *again)), "each is looked up once"


def test_a_quote_is_the_beginning_on_one_line() -> None:
    assert showing.shorten(" a \n b  c ") == "a b c"
    assert showing.shorten("x" * 141) == "x" * 140
    assert showing.shorten(" " * 280 + "x") == ""
    assert showing.shorten(" " * 279 + "x") == "x"


def test_what_the_house_says_of_a_message_only_the_house_says() -> None:
    words = {"language": "ru", "key": "greeting", "values": {"name": "Anna"}}
    meta = {"kind": "greeting", "words": words}
    for sender in ("system", "bot"):
        assert showing.trusted_meta(made(sender_type=sender, meta=meta)) == meta
        bare = {"kind": "answer", "words": {"language": "ru"}}
        assert showing.trusted_meta(made(sender_type=sender, meta=bare)) == bare
    for sender in ("member", "customer", "admin"):
        assert showing.trusted_meta(made(sender_type=sender, meta=meta)) == {}
        action = {"kind": "action", "words": words}
        assert showing.trusted_meta(made(sender_type=sender, meta=action)) == {"kind": "action"}
    strange = made(sender_type="system", meta={"kind": 7, "words": "none"})
    assert showing.trusted_meta(strange) == {}
    long = made(sender_type="system", meta={"kind": "x" * 99})
    assert showing.trusted_meta(long) == {"kind": "x" * 64}


def test_whose_reading_is_counted_and_what_a_caller_is_unless_it_is_said(stage: Stage) -> None:
    assert Caller(SHELL, "192.0.2.1").reader == SHELL.id
    nobody = Caller(Principal(kind="anonymous", id=""), "192.0.2.1")
    assert nobody.reader == "192.0.2.1"
    assert (nobody.own, nobody.connection, nobody.sites, nobody.token) == (False, None, None, None)


def test_a_ticket_is_looked_for_only_for_whom_it_can_be(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    anna, boris, artem = stage.visitor(), stage.visitor("Boris"), stage.staff()
    ticket = anna.open_ticket()
    people = (anna.connection.principal, artem.connection.principal, SHELL)
    for who in people:
        found = stage.services.ticket_for(who, ticket)
        assert found and found.id == ticket
    read: list[str] = []
    get = stage.store.get

    def watched(kind: type[Any], id: str) -> Any:
        read.append(id)
        return get(kind, id)

    monkeypatch.setattr(stage.store, "get", watched)
    for who in (boris.connection.principal, Principal(kind="anonymous", id="")):
        assert stage.services.ticket_for(who, ticket) is None
        assert ticket not in read
    gone = replace(boris.connection.principal, id="p-gone")
    assert stage.services.ticket_for(gone, ticket) is None


def test_a_command_has_the_ticket_of_its_place(stage: Stage) -> None:
    cx = stage.surroundings(SHELL)
    assert cx.place is NOTHING and cx.principal is SHELL
    for place in (NOTHING, RoomPlace(LOBBY, Room(id=LOBBY))):
        with pytest.raises(AssertionError):
            assert replace(cx, place=place).ticket
    ticket = stage.store.get(Ticket, stage.visitor().open_ticket())
    assert ticket
    place = TicketPlace(ticket.id, ticket, stage.services.terms)
    assert place.max_message_chars == stage.services.config.tickets.max_message_chars
    assert replace(cx, place=place).ticket is ticket
