"""Pages of messages, to the last one, and what became of those that a reader has."""

from __future__ import annotations

from typing import Any

import pytest

from chatd.domain.message import Earlier, Message
from chatd.live.kept_pages import PAGE_BYTES, KeptPages
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


def test_a_page_that_was_read_lately_is_not_read_again(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    anna, boris = write(stage, 5), stage.visitor()
    first = page(anna, Known(2, 2))
    monkeypatch.setattr(stage.services.store, "history", None)
    assert page(boris, Known(2, 2)) is first, "to everybody the same"
    for other in ({"limit": 49}, {"share": 2}, {"earlier": True}):
        with pytest.raises(TypeError):
            page(boris, Known(2, 2), **other)
    with pytest.raises(TypeError):
        page(boris, Known(2, 1))
    monkeypatch.undo()
    edit(anna, 1)
    again = page(boris, Known(2, 2))
    assert (again.rev, seqs(again.changed), seqs(first.changed)) == (6, [1], [])
    kept = len(stage.services.pages)
    page(boris, before=4)
    assert len(stage.services.pages) == kept, "of what is far back nobody else asks"


def test_who_is_given_a_page_that_is_kept_has_read_it_all_the_same(stage: Stage) -> None:
    anna, spent = write(stage, 5), []
    for person in (anna, stage.visitor(), stage.visitor()):
        counted: list[tuple[str, int]] = []
        limiter = stage.services.limiter
        stage.services.limiter = Counting(counted)
        page(person, Known(2, 2))
        stage.services.limiter = limiter
        spent.append(counted)
    assert spent[0] == spent[1] == spent[2]
    assert [rate for rate, _ in spent[0]] == [
        "read_bytes_per_participant",
        "read_bytes_per_address",
    ]


class Counting:
    """Limits that only note how much is spent."""

    def __init__(self, counted: list[tuple[str, int]]) -> None:
        self._counted = counted

    def spend(self, rate: str, key: str, amount: int) -> None:
        """So much of it."""
        self._counted.append((rate, amount))


def test_of_very_many_pages_those_asked_for_last_are_kept() -> None:
    kept = KeptPages(most_bytes=3 * PAGE_BYTES + 100)
    one = MessagePage(rev=1, messages=[], more=False)
    for name in "abc":
        kept.keep(name, one, 30)
    assert kept.get("a") == (one, 30)
    kept.keep("d", one, 30)
    assert [name for name in "abcd" if kept.get(name)] == ["a", "c", "d"]
    kept.keep("e", one, 2 * PAGE_BYTES + 101)
    assert len(kept) == 3, "what is larger than all of it is not kept"
    kept.keep("a", one, 30)
    kept.keep("f", one, 2 * PAGE_BYTES + 100)
    assert [name for name in "abcdef" if kept.get(name)] == ["f"]


def test_pages_without_messages_are_bounded_too() -> None:
    kept = KeptPages(most_bytes=3 * PAGE_BYTES)
    for name in "abcd":
        kept.keep(name, MessagePage(rev=1, messages=[], more=False), 0)
    assert [name for name in "abcd" if kept.get(name)] == ["b", "c", "d"]
