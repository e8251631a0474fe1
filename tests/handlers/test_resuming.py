"""Pages of messages, to the last one, and what became of those that a reader has."""

from __future__ import annotations

from typing import Any

import pytest

from chatd.domain.message import Earlier, Message
from chatd.protocol.commands import EditMessage
from chatd.protocol.envelope import encode_json
from chatd.protocol.results import MessagePage
from chatd.service import pages, resuming
from chatd.service.resuming import Known
from chatd.store.base import Append
from tests.handlers.stage import Person, Stage

LOBBY = "lobby"


def page(person: Person, known: Known = Known(), **fields: Any) -> MessagePage:  # noqa: B008
    """A page of the lobby, by its numbers."""
    cx = person.stage.surroundings(person.connection.principal)
    return resuming.page(cx, LOBBY, known, **{"limit": 50, **fields})


def seqs(messages: Any) -> list[int]:
    """Their numbers."""
    return [one.seq for one in messages]


def write(stage: Stage, texts: int) -> Person:
    """Somebody who has written so often."""
    anna = stage.visitor()
    for number in range(1, texts + 1):
        anna.say(LOBBY, f"{number:100}")
    return anna


def edit(person: Person, *numbers: int) -> None:
    """Other texts of the same length."""
    for number in numbers:
        command = EditMessage(message_id=f"{LOBBY}:{number}", content=f"{number:0100}")
        person.ask(command)


def test_a_page_says_whether_there_are_more_in_its_direction(stage: Stage) -> None:
    anna = write(stage, 5)
    for limit in range(1, 7):
        newest = page(anna, limit=limit)
        assert seqs(newest.messages) == [1, 2, 3, 4, 5][-limit:]
        assert newest.more is (limit < 5)
        for known in range(6):
            after = page(anna, Known(known), limit=limit)
            assert seqs(after.messages) == [1, 2, 3, 4, 5][known : known + limit]
            assert after.more is (known + limit < 5 and known < 5)
        for before in range(2, 8):
            older = page(anna, before=before, limit=limit)
            assert seqs(older.messages) == [1, 2, 3, 4, 5][: before - 1][-limit:]


def test_what_changed_is_what_changed_since_of_what_is_known(stage: Stage) -> None:
    anna = write(stage, 4)
    rev = page(anna).rev
    assert page(anna, Known(4, rev)).changed == []
    edit(anna, 2, 4)
    for known, changed in ((4, [2, 4]), (3, [2]), (1, []), (2, [2])):
        told = page(anna, Known(known, rev))
        assert (seqs(told.changed), told.resync) == (changed, False)
        assert seqs(told.messages) == [1, 2, 3, 4][known:]
        assert told.rev == rev + 2
    assert seqs(page(anna, Known(1, 0)).changed) == [1], "who knows of no change"
    for known in (Known(5, rev), Known(4, rev + 3)):
        lost = page(anna, known)
        assert (lost.changed, lost.resync, seqs(lost.messages)) == ([], True, [1, 2, 3, 4])
    assert page(anna, Known(4, rev + 2)).resync is False


def test_of_very_much_that_changed_readers_read_anew(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert resuming.MAX_CHANGED == 200
    monkeypatch.setattr(resuming, "MAX_CHANGED", 2)
    anna = write(stage, 4)
    rev = page(anna).rev
    edit(anna, 1, 2)
    assert seqs(page(anna, Known(4, rev)).changed) == [1, 2]
    edit(anna, 3)
    told = page(anna, Known(4, rev))
    assert (told.changed, told.resync) == ([], True)


def test_what_changed_has_half_of_a_page_and_what_is_new_the_other(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    anna = write(stage, 8)
    rev = page(anna).rev
    edit(anna, 1, 2)
    length = max(len(encode_json(one)) + 1 for one in page(anna, Known(0), limit=2).messages)
    for share in (1, 2):
        monkeypatch.setattr(pages, "PAGE_BYTES", share * 4 * length)
        told = page(anna, Known(4, rev), share=share)
        assert (seqs(told.changed), told.resync) == ([1, 2], False)
        assert seqs(told.messages) == [5, 6] and told.more
        monkeypatch.setattr(pages, "PAGE_BYTES", share * (4 * length - 8))
        assert page(anna, Known(4, rev), share=share).resync
    monkeypatch.setattr(pages, "PAGE_BYTES", 4 * length)
    unchanged = page(anna, Known(1, page(anna).rev))
    assert seqs(unchanged.messages) == [2, 3, 4, 5], "a whole page, where nothing changed"


def test_pages_have_no_marks_and_texts_before_an_edit_only_for_whom_these_are(
    stage: Stage,
) -> None:
    anna = stage.visitor()
    kept = Message(
        dialog_id=LOBBY,
        sender_type="member",
        sender_id=anna.id,
        sender_name="Anna",
        content="now",
        created_at="",
        reactions={"👍": ["m-1"]},
        reaction_counts={"👍": 2},
        reactors={"👍": "AAAAAAAA"},
        earlier=(Earlier("before", ""),),
    )
    stage.store.commit(Append(kept))
    for known in (Known(), Known(0), Known(1, 0)):
        for earlier in (False, True):
            told = page(anna, known, earlier=earlier)
            (shown,) = told.changed if known.rev == 0 else told.messages
            assert bool(shown.earlier) is earlier and not shown.reactors
            assert shown.reaction_counts == {"👍": 2}
    assert not page(anna).messages[0].earlier
