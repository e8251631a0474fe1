"""Tickets: what each change leaves behind, what who is late is told, and what episodes count."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from chatd.domain import episode, participant
from chatd.domain.conversation import Conversation
from chatd.domain.episode import (
    NOTHING_SAID,
    Episode,
    after_messages,
    begin,
    episodes_of,
    fields_of,
    follow,
    said_after,
)
from chatd.domain.message import Cursor, Earlier, Message
from chatd.domain.place import Place
from chatd.domain.principal import Principal
from chatd.domain.room import Room
from chatd.domain.ticket import OPEN, REMEMBERED_EPISODES, Past, Ticket, id_of, number, second_of
from chatd.errors import Conflict

CREATED, ASKED, TAKEN, CLOSED, LATER = (f"2026-11-21T1{hour}:00:00.000Z" for hour in range(5))
WAITING = Ticket(
    id="TKT-7",
    site="shop",
    status="waiting",
    customer_id="p-1",
    customer_name="Аня",
    created_at=CREATED,
    updated_at=CREATED,
    requested_at=ASKED,
)
ACTIVE = replace(WAITING, status="active", operator="olga", accepted_at=TAKEN)
OVER = replace(
    ACTIVE, status="closed", closed_at=CLOSED, closed_by="boris", connected=("olga",), version=9
)
PAST = Past(
    requested_at=ASKED, accepted_at=TAKEN, operator="olga", closed_at=CLOSED, closed_by="boris"
)


@pytest.mark.parametrize(
    "kind",
    [
        *(Cursor, Earlier, Message, Conversation, Ticket, Past, Episode, Room, Principal),
        *(participant.Participant, participant.Operator, participant.LoginSession, participant.Ban),
        *(participant.Newcomer, participant.Key, Place, *Place.__subclasses__()),
    ],
)
def test_nobody_changes_a_document_that_others_hold(kind: type[msgspec.Struct]) -> None:
    kinds = [kind, *kind.__subclasses__()]
    assert all(one.__struct_config__.frozen for one in kinds)


def test_a_ticket_begins_as_the_first_version_of_its_first_episode() -> None:
    assert (WAITING.version, WAITING.episode, WAITING.past) == (1, 1, ())
    assert [replace(WAITING, status=one).open for one in (*OPEN, "closed")] == [True] * 3 + [False]
    assert (number(id_of(1_730_053_200)), number("TKT-")) == (1_730_053_200, 0)
    assert second_of("1970-01-01T00:00:07.900Z") == 7


@pytest.mark.parametrize(
    ("ticket", "action", "why", "by", "at"),
    [
        (WAITING, "return", "TKT-7 is waiting at", None, ASKED),
        (ACTIVE, "reopen", "TKT-7 is active by olga at", "olga", TAKEN),
        (OVER, "accept", "TKT-7 is closed by boris at", "boris", CLOSED),
    ],
)
def test_who_is_late_is_told_who_was_first_and_what_is_possible(
    ticket: Ticket, action: Any, why: str, by: str | None, at: str
) -> None:
    with pytest.raises(Conflict) as late:
        ticket.after(action, LATER)
    assert late.value.details == {"status": ticket.status, "by": by, "at": at}
    can = {"waiting": "accept, close, transfer", "active": "close, return, transfer"}
    assert late.value.message == (
        f"{why} {at}: cannot {action}, can {can.get(ticket.status, 'reopen')}"
    )
    unknown = replace(WAITING, status="closed")
    with pytest.raises(Conflict, match=r"^TKT-7 is closed: cannot close, can reopen$"):
        unknown.after("close", LATER)


def test_again_is_the_next_episode_and_what_was_is_kept_behind_it() -> None:
    again = OVER.again("reopen", LATER)
    assert (again.status, again.version, again.episode) == ("waiting", 10, 2)
    assert again.past == (PAST,) and again.last_operator == "olga"
    assert (again.requested_at, again.opened_at, again.updated_at) == (LATER, LATER, LATER)
    kept = {"requested_at": LATER, "priority": "normal", "tags": (), "department": ""}
    kept |= {"outcome": "", "response": "", "resolution": "", "offline": False}
    assert fields_of(again) == dict.fromkeys(fields_of(again)) | kept
    assert again.connected == () and WAITING.last_operator is None
    resumed = OVER.again("resume", LATER, operator="anna")
    assert (resumed.status, resumed.operator, resumed.closed_by) == ("active", "anna", None)


def test_of_many_episodes_the_last_twenty_are_remembered() -> None:
    ticket = OVER
    for one in range(REMEMBERED_EPISODES + 2):
        ticket = replace(ticket, status="closed", operator=f"o{one}").again("reopen", LATER)
    operators = [past.operator for past in ticket.past]
    assert operators == [f"o{one}" for one in range(2, 22)] and ticket.last_operator == "o21"
    assert ticket.episode == 23


def test_an_episode_that_is_over_is_stored_short() -> None:
    assert msgspec.json.encode(Past(operator="olga")) == b'{"operator":"olga"}'
    kept = msgspec.json.decode(msgspec.json.encode(begin(WAITING, "p-1")))
    assert {"offers", "passes", "partial", "closed_at"}.isdisjoint(kept) and kept["number"] == 1


def test_an_episode_begins_with_what_its_ticket_says() -> None:
    begun = begin(WAITING, "p-1", previous="h-1")
    assert begun == Episode(
        id=WAITING.episode_id,
        ticket="TKT-7",
        number=1,
        site="shop",
        opened_at=CREATED,
        opened_by="p-1",
        requested_at=ASKED,
        previous="h-1",
    )
    numbers = (begun.offers, begun.passes, begun.transfers, begun.returns, begun.version)
    assert numbers == (0, 0, 0, 0, 1) and not begun.partial
    assert (begun.customer_messages, begun.operator_messages) == (0, 0)
    assert begin(replace(WAITING, offered_to="olga"), "p-1").offers == 1
    assert begin(WAITING, "", partial=True).partial


def test_who_accepted_first_and_who_had_it_last_is_not_forgotten() -> None:
    taken = follow(begin(WAITING, "p-1"), ACTIVE, None)
    assert (taken.accepted_by, taken.accepted_at, taken.operator) == ("olga", TAKEN, "olga")
    back = follow(taken, WAITING, "returns")
    assert (back.accepted_by, back.accepted_at, back.operator) == ("olga", TAKEN, "olga")
    other = follow(back, replace(ACTIVE, operator="boris", accepted_at=LATER), "transfers")
    assert (other.accepted_by, other.accepted_at, other.operator) == ("olga", TAKEN, "boris")
    again = follow(other, WAITING, "returns")
    assert (again.returns, again.transfers, again.passes, again.offers) == (2, 1, 0, 0)
    assert follow(again, OVER, None).closed_by == "boris"


def said(kind: Any, at: str) -> Message:
    return Message(
        dialog_id="TKT-7", sender_type=kind, sender_id="", sender_name="", content="", created_at=at
    )


def test_the_first_answer_is_kept_and_who_writes_is_here() -> None:
    begun = replace(begin(WAITING, "p-1"), customer_left_at=ASKED)
    kinds = ("system", "bot", "admin", "customer", "system")
    told = [said(kind, TAKEN) for kind in kinds]
    answered = after_messages(begun, [*told, said("admin", LATER)], "olga", ASKED)
    assert (answered.first_response_at, answered.first_response_by) == (TAKEN, "olga")
    assert answered.customer_left_at is None
    assert after_messages(answered, [said("admin", LATER)], "boris", None) is answered, "no news"
    gone = after_messages(answered, [said("bot", LATER)], "", LATER)
    assert (gone.customer_left_at, gone.first_response_by) == (LATER, "olga")
    assert after_messages(gone, [], "", LATER) is gone
    assert after_messages(gone, [said("customer", LATER)], "", LATER).customer_left_at is None


def test_what_both_sides_say_is_counted_and_nothing_else() -> None:
    kinds = ("system", "bot", "admin", "customer", "member", "admin", "customer", "customer")
    total = NOTHING_SAID
    for kind in kinds:
        total = said_after(total, said(kind, TAKEN))
    assert total == (3, 2)
    begun = begin(WAITING, "p-1")
    counted = begun.count((7, 4), since=(5, 4))
    assert (counted.customer_messages, counted.operator_messages, counted.counted) == (2, 0, (7, 4))
    more = counted.count((8, 6), since=(0, 0))
    assert (more.customer_messages, more.operator_messages, more.counted) == (3, 2, (8, 6))
    back = more.count((2, 7))
    assert (back.customer_messages, back.operator_messages) == (3, 3), "never taken back"
    assert begun.count((1, 2)).customer_messages == 1


def test_what_a_ticket_knows_of_episodes_from_before_there_were_any() -> None:
    once = episodes_of(OVER)
    assert once == [begin(OVER, "", partial=True)] and once[0].closed_by == "boris"
    told = episodes_of(replace(WAITING, episode=3, past=(PAST, Past()), opened_at=LATER))
    assert [one.number for one in told] == [1, 2, 3]
    assert [one.opened_at for one in told] == [CREATED, CREATED, LATER]
    first = told[0]
    assert (first.accepted_at, first.accepted_by, first.operator) == (TAKEN, "olga", "olga")
    assert (first.requested_at, first.closed_at, first.closed_by) == (ASKED, CLOSED, "boris")
    later = episodes_of(replace(WAITING, episode=3, past=(PAST,)))
    assert [one.opened_at for one in later] == [ASKED, ASKED], "its creation is the first one's"
    assert [one.id for one in told[:-1]] == [one.previous for one in told[1:]]
    assert set(episode.Counted.__args__) <= set(Episode.__struct_fields__)
