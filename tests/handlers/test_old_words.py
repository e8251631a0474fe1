"""What was said in rooms and dialogs goes when its time is over: by the rule of its place, with all
that was made of it; and nothing else does."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import gevent
import psycopg
import pytest
from msgspec.structs import replace

from chatd.domain.conversation import Conversation
from chatd.domain.errand import Errand
from chatd.domain.file import DialogUse, Use
from chatd.domain.message import EXPIRED
from chatd.domain.ticket import NOTES
from chatd.domain.times import to_text
from chatd.live.kept_since import PAUSE_S, KeptSince
from chatd.protocol.commands import EditMessage, GetHistory, ReactToMessage
from chatd.protocol.groups import ListDialogs, WatchDialogs
from chatd.protocol.searching import SearchMessages
from chatd.service import forgetting, old_words, sweeping
from chatd.store.base import Append, Put
from tests.files.stored import put
from tests.handlers.among import direct, group, texts
from tests.handlers.stage import SETTINGS, Person, Stage
from tests.handlers.test_erasing import HOOK, SECRET, files_of, files_with
from tests.store.backends import message

DAY = 86_400.0
ROOMS = {
    **SETTINGS["rooms"],
    "news": {"keep_messages_days": -1},
    "quiet": {"keep_messages_days": 5},
}
KEEP = {"room_messages_days": 30, "dialog_messages_days": 100}


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    monkeypatch.setenv("HOOK", "whsec_" + "A" * 32)
    made = Stage(tmp_path / "data", rooms=ROOMS, keep=KEEP, webhooks=HOOK)
    yield made
    made.close()


def sweep(stage: Stage, *, days: float = 0.0) -> int:
    """A whole pass, so much later; how many steps there were of what is kept here."""
    stage.now += days * DAY
    stage.services.search.turn()
    found = sum(1 for _ in old_words.remove_old(stage.services))
    stage.services.search.turn()
    return found


def said(stage: Stage, dialog_id: str) -> list[str]:
    return [one.content for one in stage.store.history(dialog_id, limit=100)]


def entries(stage: Stage) -> list[tuple[Any, ...]]:
    """What the audit log says of it."""
    with gevent.Timeout(30):
        while stage.services.audit.status()["waiting"]:
            gevent.sleep(0.001)
    return [
        (one["target"], one["arguments"])
        for one in stage.services.audit.list_newest(50)
        if one["who"] == "chatd"
    ]


def test_each_place_has_its_rule_and_tickets_have_theirs(stage: Stage) -> None:
    anna, boris, artem = stage.person(), stage.person("boris"), stage.staff()
    two, tea = direct(anna, "boris").id, group(anna, "boris").id
    visitor = stage.visitor("Vera")
    ticket = visitor.open_ticket("ticket")
    artem.say(ticket + NOTES, "note")
    for place in ("lobby", "news", "quiet", two, tea):
        anna.say(place, "old")
    stage.now += 4 * DAY
    for place in ("lobby", "news", "quiet", two, tea):
        boris.say(place, "younger")
    gone, half, whole = ["", ""], ["", "younger"], ["old", "younger"]

    def now() -> list[list[str]]:
        return [said(stage, place) for place in ("lobby", "news", "quiet", two, tea)]

    for days, then in (
        (0.9, [whole, whole, whole, whole, whole]),
        (0.2, [whole, whole, half, whole, whole]),
        (24.8, [whole, whole, gone, whole, whole]),
        (0.2, [half, whole, gone, whole, whole]),
        (69.8, [gone, whole, gone, whole, whole]),
        (0.2, [gone, whole, gone, half, half]),
        (10_000, [gone, whole, gone, gone, gone]),
    ):
        sweep(stage, days=days)
        assert now() == then, days
    assert "ticket" in said(stage, ticket) and said(stage, ticket + NOTES) == ["note"]
    assert "ticket" in texts(visitor, ticket)


def test_without_a_rule_everything_is_kept_and_nothing_is_read(tmp_path: Path) -> None:
    stage = Stage(tmp_path / "data")
    anna, boris = stage.person(), stage.person("boris")
    two = direct(anna, "boris").id
    for place in ("lobby", two):
        boris.say(place, "old")
    assert sweep(stage, days=10_000) == 0 and len(stage.services.kept_since) == 0
    assert said(stage, "lobby") == said(stage, two) == ["old"] and not entries(stage)
    stage.close()


def fill(stage: Stage, anna: Person, boris: Person, dialog_id: str) -> None:
    """A conversation whose words, names of files, earlier texts and quotes all are told."""
    first = anna.say(dialog_id, f"{SECRET} zuerst")
    anna.ask(EditMessage(message_id=first.id, content=SECRET))
    boris.say(dialog_id, f"So: {SECRET}", reply_to=first.seq)
    boris.ask(ReactToMessage(message_id=first.id, emoji="👍"))
    file = put(stage, anna.id, 5, dialog_id=dialog_id, name=f"{SECRET}.txt")
    use, share = stage.store.get(Use, "shop"), {"shop": (1, 5)}
    files, version = (use.files, use.version + 1) if use else (0, 1)
    used = Use("shop", files + 1, 5 * (files + 1), version=version)
    stage.store.commit(Put(used), Put(DialogUse(dialog_id, dialog_id, share)))
    anna.say(dialog_id, SECRET, type="file", files=[file])


def test_no_file_of_the_directory_has_a_word_of_it_and_the_young_stay(stage: Stage) -> None:
    anna, boris = stage.person(), stage.person("boris")
    two = direct(anna, "boris").id
    for place in ("lobby", two):
        fill(stage, anna, boris, place)
    stage.now += 99 * DAY
    for place in ("lobby", two):
        boris.say(place, "Jung", reply_to=1)
    assert files_with(stage, SECRET) and len(files_of(stage)) == 2
    sweep(stage, days=2)
    for _ in sweeping.steps(stage.services):
        pass
    assert files_with(stage, SECRET) == [] and not files_of(stage)
    assert files_with(stage, "Jung")
    assert anna.ask(SearchMessages(query=SECRET)).found == []
    assert {one.dialog_id for one in anna.ask(SearchMessages(query="jung")).found} == {two, "lobby"}
    for place in ("lobby", two):
        assert said(stage, place) == ["", "", "", "Jung"]
        (one,) = anna.join(place).messages
        assert one.meta["reply_to"] == {"seq": 1, "name": "", "deleted": True}
    assert entries(stage) == [
        ("lobby", {"reason": "age", "dialogs": 1, "messages": 3, "files": 1}),
        ("dialogs", {"reason": "age", "dialogs": 1, "messages": 3, "files": 1}),
    ]


def test_what_is_still_to_be_told_of_it_goes_and_what_is_young_does_not(stage: Stage) -> None:
    anna = stage.visitor()
    anna.say("lobby", SECRET)
    ticket = anna.open_ticket(SECRET)
    stage.now += 20 * DAY
    anna.say("lobby", "Jung")

    def waiting() -> list[tuple[str, str]]:
        parts = stage.store.parts(Errand)
        found = [one for part in parts for one in stage.store.part(Errand, part) if one.message]
        return sorted((one.message.dialog_id, one.message.content) for one in found if one.message)

    assert ("lobby", SECRET) in waiting()
    stage.now += 11 * DAY
    for part in stage.store.parts(Errand):
        for _ in old_words.silence(stage.services, stage.store.part(Errand, part)):
            pass
    assert ("lobby", SECRET) not in waiting()
    assert ("lobby", "Jung") in waiting() and (ticket, SECRET) in waiting()


def test_who_is_there_sees_it_and_so_does_who_comes_back(stage: Stage) -> None:
    anna, boris = stage.person(), stage.person("boris")
    two = direct(anna, "boris").id
    boris.say(two, SECRET)
    known = anna.join(two)
    boris.say(two, f"{SECRET} auch")
    for one in (anna, boris):
        one.heard()
    sweep(stage, days=101)
    told = anna.heard("message:update")
    assert [(one["seq"], one["content"], bool(one["deleted_at"])) for one in told] == [
        (1, "", True),
        (2, "", True),
    ]
    sweep(stage)
    assert anna.heard() == [] and "message:update" not in boris.heard()
    for one in (anna, boris):
        row = one.ask(ListDialogs()).dialogs[0]
        assert (row.unread, row.last_message.text, row.last_message.deleted) == (0, "", True)
    again = anna.join(two, after_seq=2, after_rev=known.rev)
    assert [(one.seq, one.content) for one in again.changed] == [(1, ""), (2, "")]
    assert not again.resync


def test_the_list_hears_of_it_once_and_the_unread_are_those_that_stay(stage: Stage) -> None:
    anna, boris = stage.person(), stage.person("boris")
    two = direct(anna, "boris").id
    store(stage, two, 350)
    stage.now += 90 * DAY
    boris.say(two, "Jung")
    anna.ask(WatchDialogs())
    anna.heard()
    assert anna.ask(ListDialogs()).dialogs[0].unread == 351
    stage.now += 11 * DAY
    sweep(stage)
    rows = [one["dialog"] for one in anna.heard("dialog:update")]
    assert [(one["unread"], one["last_message"]["text"]) for one in rows] == [(1, "Jung")]
    assert rows[0]["rev"] == stage.store.conversation(two).rev


def store(stage: Stage, dialog_id: str, many: int) -> None:
    """Messages that somebody has said just now."""
    at = to_text(stage.now)
    for first in range(0, many, 100):
        texts = [f"{SECRET} {one}" for one in range(first, min(many, first + 100))]
        made = [replace(message(text, dialog_id), created_at=at) for text in texts]
        stage.store.commit(*map(Append, made))


def test_many_are_worked_through_in_steps_and_told_as_a_page(stage: Stage) -> None:
    """Who has one that many others changed after reads anew."""
    anna = stage.visitor()
    store(stage, "lobby", 1_250)
    known = anna.join("lobby")
    stage.now += 31 * DAY
    steps = old_words.remove_old(stage.services)
    next(steps)
    left = [one for one in stage.store.history("lobby", after=0, limit=2_000) if one.content]
    assert (len(left), left[0].seq) == (750, 501)
    anna.say("lobby", "amid")
    assert sum(1 for _ in steps) == 2
    assert [one for one in said(stage, "lobby") if one] == ["amid"]
    again = anna.join("lobby", after_seq=1_250, after_rev=known.rev)
    assert again.resync and [one.content for one in again.messages] == ["amid"]


def test_a_conversation_begins_behind_what_is_gone(stage: Stage) -> None:
    anna, vera = stage.visitor(), stage.visitor("Vera")
    first = anna.say("lobby", "one")
    amid = vera.join("lobby")
    for text in ("two", "three"):
        anna.say("lobby", text)
    stage.now += 31 * DAY
    for text in ("four", "five", "six"):
        anna.say("lobby", text)
    sweep(stage)

    def read(**asked: Any) -> tuple[list[int], bool]:
        page = anna.ask(GetHistory(dialog_id="lobby", **asked))
        return [one.seq for one in page.messages], page.more

    assert read() == read(limit=4) == ([4, 5, 6], False)
    assert read(limit=2) == ([5, 6], True)
    assert read(before_seq=6, limit=9) == ([4, 5], False) and read(before_seq=4) == ([], False)
    assert read(after_seq=0, limit=2) == ([4, 5], True) and read(after_seq=3) == ([4, 5, 6], False)
    # Who has one of them gets what is left of those behind it, in order, or reads anew.
    assert read(after_seq=1, limit=2) == ([2, 3], True)
    again = vera.join("lobby", after_seq=first.seq, after_rev=amid.rev)
    assert again.resync and [one.seq for one in again.messages] == [4, 5, 6] and not again.changed
    assert vera.join("lobby", after_seq=6, after_rev=again.rev).changed == []


def test_only_those_that_somebody_may_hold_are_told_and_few_at_once_to_very_many(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    anna, vera = stage.visitor(), stage.visitor("Vera")
    store(stage, "lobby", 120)
    for one in (anna, vera):
        one.join("lobby")
        one.heard()
    monkeypatch.setattr(old_words, "TOLD", 5)
    monkeypatch.setattr(old_words, "SPREAD", 4)
    stage.now += 31 * DAY
    told = []
    for _ in old_words.remove_old(stage.services):
        told.append([one["seq"] for one in anna.heard("message:update")])
    assert [seq for some in told for seq in some] == [116, 117, 118, 119, 120]
    assert max(map(len, told)) == 2, "to two people each"
    assert not any(said(stage, "lobby"))


def test_a_pass_that_has_nothing_to_do_reads_nothing(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    anna, boris = stage.person(), stage.person("boris")
    two = direct(anna, "boris").id
    boris.say("lobby", "old")
    boris.say(two, "old")
    sweep(stage, days=200)
    assert entries(stage) and said(stage, "lobby") == [""]
    before = stage.store.conversation("lobby").rev, stage.store.conversation(two).rev
    seen: list[str] = []
    ask = stage.store.conversation

    def watched(dialog_id: str) -> Conversation:
        seen.append(dialog_id)
        return ask(dialog_id)

    with monkeypatch.context() as patched:
        patched.setattr(stage.services.store, "conversation", watched)
        for _ in range(3):
            sweep(stage, days=1.5)
    assert seen == [] and before == (ask("lobby").rev, ask(two).rev)
    assert len(entries(stage)) == 2


def test_what_ended_amid_goes_on_where_it_was(stage: Stage) -> None:
    anna = stage.visitor()
    store(stage, "lobby", 700)
    stage.now += 31 * DAY
    next(old_words.remove_old(stage.services))
    begun = stage.store.conversation("lobby").rev
    stage.reopen()
    sweep(stage)
    assert not any(one.content for one in stage.store.history("lobby", after=0, limit=800))
    # Each was changed once, and the room as a whole at the end.
    assert stage.store.conversation("lobby").rev == begun + 200 + 1
    assert files_with(stage, SECRET) == [] and anna.id


def test_what_was_forgotten_amid_is_not_taken_for_the_end(stage: Stage) -> None:
    anna, boris, vera = stage.visitor(), stage.visitor("Boris"), stage.visitor("Vera")
    for one in (anna, boris, vera, boris):
        one.say("lobby", one.id)
    forgetting.forget(stage.services, boris.id)
    sweep(stage, days=31)
    kept = stage.store.history("lobby")
    assert {(one.content, one.sender_id) for one in kept} == {("", EXPIRED)}
    assert entries(stage)[-1][1]["messages"] == 2, "those that were there"


def test_a_clock_that_was_wrong_removes_nothing_young_and_keeps_nothing_for_ever(
    stage: Stage,
) -> None:
    """A message is no older than the one before it, and one from the future as old as the next."""
    stage.now += 400 * DAY
    times = [-40, 500, -35, -10, -50, 500]
    for number, days in enumerate(times):
        at = to_text(stage.now + days * DAY)
        said_then = replace(message(str(number)), created_at=at)
        stage.store.commit(Append(said_then))
    sweep(stage)
    assert said(stage, "lobby") == ["", "", "", "3", "4", "5"]
    sweep(stage, days=21)
    assert said(stage, "lobby") == ["", "", "", "", "", "5"]
    sweep(stage, days=600)
    assert said(stage, "lobby") == [""] * 6


def test_of_how_many_it_is_known_when_they_are_due_is_bounded() -> None:
    known = KeptSince(most=2)
    assert known.is_due("a", "2026", 0)
    for number, id in enumerate("abc"):
        known.note(id, "2026", number)
    assert len(known) == 2 and known.is_due("a", "2020", 0)
    assert not known.is_due("b", "2025", PAUSE_S + 1), "nothing is that old"
    assert not known.is_due("b", "2027", PAUSE_S), "it was looked at an hour ago"
    assert known.is_due("b", "2027", PAUSE_S + 1)


def test_no_row_of_a_database_has_a_word_of_it(tmp_path: Path, database: str) -> None:
    store = {"backend": "postgres", "dsn": database}
    stage = Stage(tmp_path / "data", store=store, rooms=ROOMS, keep=KEEP)
    anna, boris = stage.person(), stage.person("boris")
    two = direct(anna, "boris").id
    for place in ("lobby", two):
        fill(stage, anna, boris, place)
    stage.now += 99 * DAY
    anna.say(two, "Jung")
    assert rows_with(database, SECRET)
    list(islice(old_words.remove_old(stage.services), 1))
    sweep(stage, days=2)
    assert rows_with(database, SECRET) == [] and rows_with(database, "Jung")
    assert texts(boris, two) == ["Jung"]
    row = boris.ask(ListDialogs()).dialogs[0]
    assert (row.unread, row.last_message.text) == (1, "Jung")
    stage.close()


def rows_with(database: str, word: str) -> list[str]:
    """The tables that have it."""
    found = []
    with psycopg.connect(database) as connection:
        tables = connection.execute(
            "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables "
            "WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
        ).fetchall()
        for (table,) in tables:
            query = f"SELECT 1 FROM {table} AS t WHERE t::text LIKE %s LIMIT 1"
            if connection.execute(query, (f"%{word}%",)).fetchone():
                found.append(table)
    return found
