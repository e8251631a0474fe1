"""Who is named in notes is told, and nobody else; a customer's new name stands in their tickets."""

from __future__ import annotations

from typing import Any

import pytest

from chatd.domain.participant import Operator
from chatd.domain.ticket import Ticket
from chatd.domain.versions import successor
from chatd.errors import Damaged, Overtaken
from chatd.protocol.commands import Hello
from chatd.protocol.support import AcceptTicket, CloseTicket
from chatd.service import mentions, naming
from chatd.store.base import Put
from tests.handlers.stage import Person, Stage


def told(person: Person) -> list[Any]:
    """The notes in which somebody was named."""
    return person.heard("note:mention")


def test_operators_of_the_site_are_called_into_its_notes_and_nobody_else(stage: Stage) -> None:
    staff = {
        "artem": stage.staff("artem"),
        "bank": stage.staff("bank", sites=("bank",)),
        "olga": stage.staff("olga", sites=("shop",)),
        "vera": stage.staff("vera", role="admin"),
    }
    ticket = stage.visitor(site="shop").open_ticket()
    note = staff["olga"].say(f"{ticket}/notes", "@artem @bank @olga @vera look")
    heard = {name: told(one) for name, one in staff.items()}
    assert {name: len(one) for name, one in heard.items()} == {
        "artem": 1,
        "bank": 0,
        "olga": 0,
        "vera": 1,
    }
    (one,) = heard["artem"]
    assert (one["dialog_id"], one["seq"], one["sender_id"]) == (
        f"{ticket}/notes",
        note.seq,
        staff["olga"].id,
    )
    assert one["ticket"]["id"] == ticket and one["sender_name"] == "Olga"
    staff["artem"].say(f"{ticket}/notes", "artem, olga: nobody is called like this")
    staff["artem"].say(f"{ticket}/notes", "@nobody")
    staff["artem"].say(ticket, "@olga is no note")
    assert not any(told(one) for one in staff.values())


def test_who_is_shut_out_is_not_called(stage: Stage) -> None:
    artem, olga = stage.staff(), stage.staff("olga")
    ticket = stage.visitor().open_ticket()
    account = stage.store.get(Operator, "artem")
    assert account
    stage.store.commit(Put(successor(account, disabled=True)))
    olga.say(f"{ticket}/notes", "@artem")
    assert told(artem) == []


def test_a_call_has_the_beginning_of_the_note_and_the_ticket_as_it_is_by_now(
    stage: Stage,
) -> None:
    artem, olga = stage.staff(), stage.staff("olga")
    ticket = stage.visitor().open_ticket()
    olga.ask(AcceptTicket(ticket_id=ticket))
    for length in (200, 201):
        note = olga.say(f"{ticket}/notes", "@artem ".ljust(length, "x"))
        (one,) = told(artem)
        assert one["text"] == note.content[:200]
    mentions.call(stage.services, mentions.in_note(stage.services, note), note)
    (one,) = told(artem)
    assert one["ticket"]["operator"] == "olga"


def names(stage: Stage, *tickets: str) -> list[str]:
    """Under which name each goes."""
    found = [stage.store.get(Ticket, one) for one in tickets]
    return [one.customer_name for one in found if one]


@pytest.mark.parametrize("name", ["Aaron", "Zoe"])
def test_a_new_name_stands_in_all_of_ones_own_tickets(stage: Stage, name: str) -> None:
    anna, boris, artem = stage.visitor("Maria"), stage.visitor("Boris"), stage.staff()
    opened = [anna.open_ticket(str(number)) for number in range(3)]
    other = boris.open_ticket()
    artem.ask(CloseTicket(ticket_id=opened[1]))
    before = [stage.store.get(Ticket, one) for one in opened]
    anna.heard()
    anna.ask(Hello(token=anna.token, name=name))
    told_of = [one["dialog_id"] for one in anna.heard("dialog:update") if "change" in one]
    assert told_of == opened[::-1], "the newest first"
    assert names(stage, *opened, other) == [name] * 3 + ["Boris"]
    after = [stage.store.get(Ticket, one) for one in opened]
    assert [one.version for one in after if one] == [one.version + 1 for one in before if one]
    naming.keep(stage.services, anna.id)
    assert [stage.store.get(Ticket, one) for one in opened] == after, "no change is made twice"
    assert anna.heard("dialog:update") == []


def test_a_ticket_that_cannot_be_read_keeps_no_other_from_its_name(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    anna = stage.visitor("Maria")
    opened = [anna.open_ticket(str(number)) for number in range(3)]
    get = stage.store.get

    def damaged(kind: type[Any], id: str) -> Any:
        if id == opened[1]:
            raise Damaged("tickets")
        return get(kind, id)

    with monkeypatch.context() as patch:
        patch.setattr(stage.store, "get", damaged)
        anna.ask(Hello(token=anna.token, name="Zoe"))
        stage.settle()
    assert names(stage, *opened) == ["Zoe", "Maria", "Zoe"]


@pytest.mark.parametrize(("lost", "name"), [(7, "Zoe"), (9, "Maria")])
def test_a_name_is_tried_eight_times_where_others_are_faster(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, lost: int, name: str
) -> None:
    anna = stage.visitor("Maria")
    ticket = anna.open_ticket()
    commit, tried = stage.store.commit, []

    def overtaken(*changes: Any, **more: Any) -> Any:
        if any(isinstance(getattr(one, "document", None), Ticket) for one in changes):
            tried.append(ticket)
            if len(tried) <= lost:
                raise Overtaken("somebody was faster")
        return commit(*changes, **more)

    monkeypatch.setattr(stage.store, "commit", overtaken)
    anna.ask(Hello(token=anna.token, name="Zoe"))
    stage.settle()
    assert names(stage, ticket) == [name] and len(tried) == 8


def test_of_a_newcomer_without_tickets_nothing_is_begun(stage: Stage) -> None:
    anna = stage.visitor("Maria")
    anna.ask(Hello(token=anna.token, name="Zoe"))
    assert len(stage.services.tasks) == 0
    naming.keep(stage.services, "p-unknown")
