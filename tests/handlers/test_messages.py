"""What does not happen to messages: nobody writes, changes or reacts where they may not."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from chatd.errors import ChatdError, Conflict, Forbidden, Invalid, NotFound, TooLarge
from chatd.handlers.messages import MAX_EARLIER, MAX_EARLIER_BYTES
from chatd.protocol.commands import (
    Command,
    DeleteMessage,
    EditDraft,
    EditMessage,
    GetEarlier,
    GetHistory,
    MarkDelivered,
    MarkRead,
    ReactToMessage,
    SendMessage,
    StartTyping,
    StopTyping,
)
from chatd.protocol.support import CloseTicket, ReadTicket, ReplyTicket, ShowTicket
from tests.handlers.stage import Person, Stage

LOBBY = "lobby"


def changes_of(message_id: str) -> list[Command]:
    """All that may be done to a message."""
    return [
        EditMessage(message_id=message_id, content="другое"),
        ReactToMessage(message_id=message_id, emoji="👍"),
        ReactToMessage(message_id=message_id, emoji="👍", remove=True),
        DeleteMessage(message_id=message_id),
    ]


@pytest.mark.parametrize("which", range(4), ids=["edit", "react", "take back", "delete"])
def test_a_deleted_message_stays_as_it_is(stage: Stage, which: int) -> None:
    anna, boris = stage.visitor(), stage.visitor("Boris")
    boris.join(LOBBY)
    said = anna.say(LOBBY, "one")
    gone = anna.ask(DeleteMessage(message_id=said.id)).message
    boris.heard()
    with pytest.raises(Conflict, match="deleted"):
        anna.ask(changes_of(said.id)[which])
    assert boris.heard() == []
    assert stage.store.message(LOBBY, said.seq) == stage.store.message_asked(LOBBY, said.seq)
    assert anna.ask(GetHistory(dialog_id=LOBBY)).messages[-1].version == gone.version


def test_an_administrator_deletes_what_others_wrote_and_what_is_deleted_not_again(
    stage: Stage,
) -> None:
    anna, olga, artem = stage.visitor(), stage.staff("olga", role="admin"), stage.staff("artem")
    said = anna.say(LOBBY, "one")
    with pytest.raises(Forbidden, match="only who wrote"):
        artem.ask(DeleteMessage(message_id=said.id))
    with pytest.raises(Forbidden, match="only who wrote"):
        olga.ask(EditMessage(message_id=said.id, content="hers"))
    assert olga.ask(DeleteMessage(message_id=said.id)).message.content == ""
    with pytest.raises(Conflict, match="deleted"):
        olga.ask(DeleteMessage(message_id=said.id))


def test_in_a_read_only_room_visitors_write_change_and_type_nothing(stage: Stage) -> None:
    anna, artem = stage.visitor(), stage.staff()
    artem.join(LOBBY)
    own, other = anna.say(LOBBY, "one"), artem.say(LOBBY, "two")
    stage.furnish(lobby={"read_only": True})
    artem.heard()
    for command in (
        SendMessage(dialog_id=LOBBY, content="three"),
        EditMessage(message_id=own.id, content="other"),
        StartTyping(dialog_id=LOBBY),
        StopTyping(dialog_id=LOBBY),
        EditDraft(dialog_id=LOBBY, seq=1, reset="draft"),
    ):
        with pytest.raises(Forbidden, match="read-only"):
            anna.ask(command)
    assert artem.heard() == []
    assert texts(anna) == ["one", "two"]
    assert artem.ask(EditMessage(message_id=other.id, content="newer")).message.edited_at
    assert anna.ask(ReactToMessage(message_id=other.id, emoji="👍")).message.reactions
    assert artem.say(LOBBY, "three").seq == 3


def texts(person: Person, dialog_id: str = LOBBY) -> list[str]:
    """What somebody reads in a dialog."""
    return [one.content for one in person.ask(GetHistory(dialog_id=dialog_id)).messages]


def test_a_message_may_be_as_long_as_its_place_says_and_no_longer(stage: Stage) -> None:
    anna = stage.visitor()
    ticket = anna.open_ticket()
    for dialog_id, most in (("brief", 5), ("lobby", 8_000), (ticket, 8_000)):
        said = anna.say(dialog_id, "x" * most)
        with pytest.raises(TooLarge, match=f"at most {most} characters"):
            anna.say(dialog_id, "x" * (most + 1))
        with pytest.raises(TooLarge, match=f"at most {most} characters"):
            anna.ask(EditMessage(message_id=said.id, content="y" * (most + 1)))
        longest = anna.ask(EditMessage(message_id=said.id, content="y" * most)).message
        assert longest.content == "y" * most


def test_what_was_said_in_a_ticket_stands_when_it_is_closed(stage: Stage) -> None:
    anna, artem, olga = stage.visitor(), stage.staff(), stage.staff("olga", role="admin")
    ticket = anna.open_ticket()
    said = anna.say(ticket, "mine")
    answer = artem.ask(ReplyTicket(ticket_id=ticket, message="his")).message
    note = artem.say(f"{ticket}/notes", "a note")
    artem.ask(CloseTicket(ticket_id=ticket))
    before = texts(artem, ticket)
    for who, message in ((anna, said), (artem, answer), (artem, note)):
        for command in changes_of(message.id):
            with pytest.raises(Conflict, match="is closed"):
                who.ask(command)
    assert texts(artem, ticket) == before
    assert olga.ask(DeleteMessage(message_id=said.id)).message.deleted_at


@pytest.mark.parametrize("which", [0, 1, 3], ids=["edit", "react", "delete"])
def test_what_was_said_in_a_ticket_stands_when_it_closes_meanwhile(
    stage: Stage, which: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    anna, artem = stage.visitor(), stage.staff()
    ticket = anna.open_ticket()
    said = anna.say(ticket, "mine")
    before, commit = texts(artem, ticket), stage.services.store.commit

    def meanwhile(*changes: Any, **then: Any) -> Any:
        monkeypatch.setattr(stage.services.store, "commit", commit)
        artem.ask(CloseTicket(ticket_id=ticket))
        return commit(*changes, **then)

    monkeypatch.setattr(stage.services.store, "commit", meanwhile)
    with pytest.raises(Conflict, match="is closed"):
        anna.ask(changes_of(said.id)[which])
    assert texts(artem, ticket)[: len(before)] == before


def test_what_is_deleted_leaves_no_text_anywhere(stage: Stage) -> None:
    anna, artem = stage.visitor(), stage.staff()
    ticket = anna.open_ticket()
    said = anna.say(ticket, "secret one", meta={"word": "secret two"})
    anna.ask(EditMessage(message_id=said.id, content="secret three"))
    quoting = anna.say(ticket, "see above", reply_to=said.seq)
    artem.ask(ShowTicket(ticket_id=ticket, connect=True))
    assert artem.ask(GetEarlier(message_id=said.id)).earlier
    anna.heard()
    artem.join(ticket)
    anna.join(ticket)
    anna.ask(DeleteMessage(message_id=said.id))
    assert artem.ask(GetEarlier(message_id=said.id)).earlier == []
    shown = artem.ask(ShowTicket(ticket_id=ticket))
    read = anna.ask(ReadTicket(ticket_id=ticket))
    told = msgspec.json.encode([shown, read, *anna.heard("message:update"), *artem.heard()])
    assert b"secret" not in told and b"see above" in told
    assert quoting.meta["reply_to"]["text"] == "secret three"


def test_texts_from_before_an_edit_are_shown_to_staff_alone(stage: Stage) -> None:
    anna, artem = stage.visitor(), stage.staff()
    ticket = anna.open_ticket()
    anna.join(ticket)
    artem.join(ticket)
    said = anna.say(ticket, "before")
    answers = [anna.ask(EditMessage(message_id=said.id, content="after"))]
    answers += [anna.ask(ReadTicket(ticket_id=ticket)), anna.ask(GetHistory(dialog_id=ticket))]
    answers += [anna.join(ticket), anna.ask(GetHistory(dialog_id=ticket, after_seq=said.seq - 1))]
    answers.append(anna.ask(ReactToMessage(message_id=said.id, emoji="👍")))
    told = msgspec.json.encode([*answers, anna.heard("message:update")])
    assert b"after" in told and b"before" not in told
    assert b"before" not in msgspec.json.encode(artem.heard("message:update"))
    with pytest.raises(Forbidden):
        anna.ask(GetEarlier(message_id=said.id))
    assert b"before" in msgspec.json.encode(artem.ask(ShowTicket(ticket_id=ticket)))


def test_each_earlier_text_has_the_time_when_it_began_to_be_said(stage: Stage) -> None:
    anna, artem = stage.visitor(), stage.staff()
    said = anna.say(LOBBY, "one")
    times = [said.created_at]
    for text in ("two", "three"):
        stage.now += 60
        times.append(anna.ask(EditMessage(message_id=said.id, content=text)).message.edited_at)
    kept = artem.ask(GetEarlier(message_id=said.id)).earlier
    assert [(one.content, one.at) for one in kept] == [("one", times[0]), ("two", times[1])]
    assert len(set(times)) == 3


def test_of_many_edits_the_first_text_and_the_newest_are_kept(stage: Stage) -> None:
    anna, artem = stage.visitor(), stage.staff()
    said = anna.say(LOBBY, "text 0")
    for number in range(1, 2 + MAX_EARLIER):
        anna.ask(EditMessage(message_id=said.id, content=f"text {number}"))
    kept = [one.content for one in artem.ask(GetEarlier(message_id=said.id)).earlier]
    assert kept == ["text 0", *(f"text {number}" for number in range(2, 1 + MAX_EARLIER))]
    assert len(kept) == MAX_EARLIER


def test_of_long_texts_as_many_are_kept_as_fit(stage: Stage) -> None:
    anna, artem = stage.visitor(), stage.staff()
    size = 8_000
    said = anna.say(LOBBY, "0" * size)
    for number in range(1, 11):
        anna.ask(EditMessage(message_id=said.id, content=str(number % 10) * size))
    kept = [one.content[0] for one in artem.ask(GetEarlier(message_id=said.id)).earlier]
    assert kept == ["0", "3", "4", "5", "6", "7", "8", "9"]
    assert len(kept) * size == MAX_EARLIER_BYTES


def test_nobody_hears_of_a_message_before_it_is_stored(stage: Stage) -> None:
    anna, boris = stage.visitor(), stage.visitor("Boris")
    anna.join(LOBBY)
    boris.join(LOBBY)
    said = anna.say(LOBBY, "one")
    boris.heard()
    for command, event in (
        (SendMessage(dialog_id=LOBBY, content="two"), "message:new"),
        (EditMessage(message_id=said.id, content="other"), "message:update"),
        (ReactToMessage(message_id=said.id, emoji="👍"), "message:update"),
        (DeleteMessage(message_id=said.id), "message:update"),
    ):
        with stage.refusing_commits(), pytest.raises(ChatdError, match="disk"):
            anna.ask(command)
        assert boris.heard() == []
        anna.ask(command)
        assert len(boris.heard(event)) == 1
    anna.heard()
    mark = MarkRead(dialog_id=LOBBY, seq=2)
    with stage.refusing_commits(), pytest.raises(ChatdError, match="disk"):
        boris.ask(mark)
    assert anna.heard() == []
    boris.ask(mark)
    assert anna.heard() == ["receipt:update"]


def test_a_message_takes_its_writers_draft_along_and_nobody_elses(stage: Stage) -> None:
    anna, boris = stage.visitor(), stage.visitor("Boris")
    anna.join(LOBBY)
    boris.join(LOBBY)
    anna.ask(EditDraft(dialog_id=LOBBY, seq=1, reset="hers"))
    boris.ask(EditDraft(dialog_id=LOBBY, seq=1, reset="his"))
    anna.say(LOBBY, "hers, done")
    drafts = stage.visitor("Vera").join(LOBBY).drafts
    assert [one.text for one in drafts] == ["his"]


def test_a_receipt_points_at_no_message_that_is_not_there(stage: Stage) -> None:
    anna, boris = stage.visitor(), stage.visitor("Boris")
    anna.join(LOBBY)
    boris.join(LOBBY)
    anna.say(LOBBY, "one")
    anna.heard()
    for mark in (MarkRead, MarkDelivered):
        with pytest.raises(Invalid, match=r"only 1 message\b"):
            boris.ask(mark(dialog_id=LOBBY, seq=2))
    boris.ask(MarkRead(dialog_id=LOBBY, seq=1))
    assert [one["read"] for one in anna.heard("receipt:update")] == [1]
    for again in (MarkRead(dialog_id=LOBBY, seq=1), MarkDelivered(dialog_id=LOBBY, seq=1)):
        assert boris.ask(again).receipt.read == 1
    assert anna.heard("receipt:update") == [], "what moved nothing is told to nobody"


def test_what_has_arrived_is_not_read_and_nothing_is_neither(stage: Stage) -> None:
    anna, boris = stage.visitor(), stage.visitor("Boris")
    for number in range(3):
        anna.say(LOBBY, str(number))
    for command, cursors in (
        (MarkRead(dialog_id=LOBBY, seq=0), (0, 0)),
        (MarkDelivered(dialog_id=LOBBY, seq=0), (0, 0)),
        (MarkDelivered(dialog_id=LOBBY, seq=2), (2, 0)),
        (MarkRead(dialog_id=LOBBY, seq=1), (2, 1)),
        (MarkRead(dialog_id=LOBBY, seq=3), (3, 3)),
        (MarkDelivered(dialog_id=LOBBY, seq=1), (3, 3)),
    ):
        receipt = boris.ask(command).receipt
        assert (receipt.delivered, receipt.read) == cursors


def test_a_repeat_is_answered_with_the_first_and_told_to_nobody(stage: Stage) -> None:
    anna, boris = stage.visitor(), stage.visitor("Boris")
    boris.join(LOBBY)
    first = anna.say(LOBBY, "one", client_id="a")
    assert len(boris.heard("message:new")) == 1
    assert anna.say(LOBBY, "another", client_id="a").id == first.id
    assert boris.heard() == []
    assert boris.say(LOBBY, "his", client_id="a").id != first.id, "another's word is another's"
    assert anna.say("quiet", "elsewhere", client_id="a").id != first.id


def test_what_is_not_there_is_neither_changed_nor_named(stage: Stage) -> None:
    anna, boris = stage.visitor(), stage.visitor("Boris")
    ticket = boris.open_ticket()
    for message_id in (f"{LOBBY}:1", f"{LOBBY}:0", f"{LOBBY}:x", f"{ticket}:1", "nowhere:1"):
        for command in changes_of(message_id):
            with pytest.raises(NotFound):
                anna.ask(command)
