"""Who writes has read what stands above it: where that is news, whoever looks is told."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chatd.errors import ChatdError
from chatd.protocol.commands import MarkRead, SendMessage
from chatd.protocol.groups import WatchDialogs
from chatd.protocol.support import PostSystem, ReplyTicket
from tests.handlers.among import direct, group
from tests.handlers.stage import Person, Stage

ROOM = "lobby"


def of_room(stage: Stage) -> tuple[str, Person, Person]:
    return ROOM, stage.visitor(), stage.visitor("Boris")


def of_ticket(stage: Stage) -> tuple[str, Person, Person]:
    anna, artem = stage.visitor(), stage.staff()
    return anna.open_ticket(), anna, artem


def of_notes(stage: Stage) -> tuple[str, Person, Person]:
    ticket = stage.visitor().open_ticket()
    return f"{ticket}/notes", stage.staff(), stage.staff("olga")


def of_direct(stage: Stage) -> tuple[str, Person, Person]:
    anna, boris = stage.person(), stage.person("boris")
    return direct(anna, "boris").id, anna, boris


def of_group(stage: Stage) -> tuple[str, Person, Person]:
    anna, boris = stage.person(), stage.person("boris")
    return group(anna, "boris").id, anna, boris


PLACES = {
    "room": of_room,
    "ticket": of_ticket,
    "notes": of_notes,
    "two": of_direct,
    "group": of_group,
}


def receipts(person: Person) -> list[tuple[str, int]]:
    """Who has read how far by what somebody hears."""
    return [(one["participant_id"], one["read"]) for one in person.heard("receipt:update")]


@pytest.mark.parametrize("begin", PLACES.values(), ids=PLACES)
def test_who_writes_has_read_what_stands_above_it(
    stage: Stage, begin: Callable[[Stage], tuple[str, Person, Person]]
) -> None:
    place, anna, boris = begin(stage)
    elsewhere = stage.again(anna.token)
    for one in (anna, boris, elsewhere):
        one.join(place)
    boris.say(place, "one")
    for one in (boris, elsewhere):
        one.heard()
    said = anna.say(place, "two", client_id="two")
    for one in (boris, elsewhere):
        assert receipts(one) == [(anna.id, said.seq)]
    assert boris.join(place).receipts[anna.id].read == said.seq
    anna.say(place, "two", client_id="two")
    anna.say(place, "three")
    assert receipts(boris) == [], "nothing new was above it"
    boris.ask(MarkRead(dialog_id=place, seq=said.seq + 1))
    boris.say(place, "four")
    boris.heard()
    with stage.refusing_commits(), pytest.raises(ChatdError):
        anna.say(place, "five")
    assert receipts(boris) == [], "what was not said was not written"


def test_ones_own_lists_elsewhere_are_told_and_nobody_elses(stage: Stage) -> None:
    anna, boris = stage.person(), stage.person("boris")
    elsewhere, other = stage.again(anna.token), stage.again(boris.token)
    ours = direct(anna, "boris").id
    for one in (elsewhere, other):
        one.ask(WatchDialogs())
    boris.say(ours, "one")
    for one in (elsewhere, other):
        one.heard()
    said = anna.say(ours, "two")
    assert receipts(elsewhere) == [(anna.id, said.seq)] and receipts(other) == []
    row = elsewhere.ask(WatchDialogs()).dialogs[0]
    assert (row.unread, row.read) == (0, said.seq)


def test_whoever_answers_in_a_crowd_is_told_of_like_any_reader_there(stage: Stage) -> None:
    stage.furnish(hall={"crowd": 2})
    people = [stage.visitor(name) for name in ("Anna", "Boris", "Vera", "Gleb")]
    for one in people:
        one.join("hall")
    anna, *others = people
    anna.say("hall", "one")
    for one in people:
        one.heard()
    for reader in others:
        reader.ask(MarkRead(dialog_id="hall", seq=1))
    assert len(receipts(anna)) == 2, "of the first two"
    gleb = others[-1]
    boris_said = others[0].say("hall", "two")
    vera_said = others[1].say("hall", "three")
    anna.heard(), gleb.heard()
    said = gleb.say("hall", "four")
    assert said.seq > vera_said.seq > boris_said.seq
    assert receipts(anna) == receipts(gleb) == [(gleb.id, said.seq)], "the farthest of all"


def test_the_house_reads_nothing_and_operators_in_whose_name_it_answers_do(stage: Stage) -> None:
    anna, artem = stage.visitor(), stage.staff()
    anna.join(ROOM)
    stage.shell(SendMessage(dialog_id=ROOM, content="from the house"))
    anna.say(ROOM, "one")
    anna.heard()
    stage.shell(PostSystem(dialog_id=ROOM, message="the house says"))
    assert anna.heard() == ["message:new"]
    ticket = anna.open_ticket()
    anna.join(ticket)
    anna.heard()
    said = stage.shell(ReplyTicket(ticket_id=ticket, message="his", operator="artem")).message
    assert receipts(anna) == [(artem.id, said.seq)]
