"""Whole conversations are removed: for everybody at once, and no word of theirs is left."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from chatd.domain.dialog import Dialog, Memberships
from chatd.domain.erasure import Erasure
from chatd.domain.errand import Errand
from chatd.domain.file import Blob, DialogUse, File, Use
from chatd.domain.mention import Mention
from chatd.domain.message import revise
from chatd.domain.ticket import NOTES, Ticket
from chatd.errors import Conflict, Forbidden, Invalid, NotFound
from chatd.protocol.commands import GetHistory, ReactToMessage
from chatd.protocol.endings import RateTicket
from chatd.protocol.erasing import EraseConversation
from chatd.protocol.files import GetFile
from chatd.protocol.groups import ListDialogs
from chatd.protocol.support import AcceptTicket, CloseTicket, ListTickets
from chatd.service import blanking, erasing
from chatd.store.base import Append, Put, Replace
from tests.files.stored import put
from tests.handlers.among import direct, group, texts
from tests.handlers.stage import Person, Stage
from tests.store.backends import message

SECRET = "Мой-адрес-Тверская-7"
HOOK = {
    "all": {"url": "https://example.net/hook", "secret_env": "HOOK", "events": ["message.created"]}
}


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    monkeypatch.setenv("HOOK", "whsec_" + "A" * 32)
    made = Stage(tmp_path / "data", webhooks=HOOK)
    yield made
    made.close()


@pytest.fixture
def root(stage: Stage) -> Person:
    return stage.staff("root", role="admin")


def closed(stage: Stage, anna: Person, said: str = SECRET) -> str:
    """A ticket in which a customer, an operator and their colleagues have spoken."""
    artem = stage.staff("artem", sites=("shop",))
    id = anna.open_ticket(said)
    artem.ask(AcceptTicket(ticket_id=id))
    artem.say(f"{id}{NOTES}", f"@root {said}")
    artem.say(id, f"Записал: {said}")
    file = put(stage, anna.id, 5, dialog_id=id, name=f"{said}.txt")
    share = {"shop": (2, 10)}
    stage.store.commit(Put(Use("shop", 2, 10)), Put(DialogUse(id, id, share)))
    anna.say(id, "", type="file", files=[file])
    put(stage, anna.id, 5, dialog_id=id, name=f"{said} unsent.txt")
    artem.ask(CloseTicket(ticket_id=id))
    anna.ask(RateTicket(ticket_id=id, score=4, comment=said))
    return id


def erase(person: Person, id: str, *, sure: bool = True) -> Any:
    return person.ask(EraseConversation(what=id, sure=sure))


def files_with(stage: Stage, word: str) -> list[str]:
    """The files of the data directory in which a word stands."""
    stage.app.store.checkpoint()
    files = [one for one in stage.directory.rglob("*") if one.is_file()]
    escaped = word.encode("ascii", "backslashreplace")
    return [
        one.name for one in files if word.encode() in (data := one.read_bytes()) or escaped in data
    ]


def files_of(stage: Stage) -> list[File]:
    return [one for part in stage.store.parts(File) for one in stage.store.part(File, part)]


def errands(stage: Stage) -> list[Errand]:
    return [one for part in stage.store.parts(Errand) for one in stage.store.part(Errand, part)]


def test_it_is_only_looked_at_until_one_is_sure(stage: Stage, root: Person) -> None:
    anna = stage.visitor()
    id = closed(stage, anna)
    held = erase(root, id, sure=False)
    assert (held.gone, held.kind, held.files, held.bytes) == (False, "ticket", 2, 10)
    spoken = [stage.store.conversation(one).last_seq for one in (id, f"{id}{NOTES}")]
    assert held.messages == sum(spoken) > 4
    assert SECRET in texts(anna, id) and files_with(stage, SECRET)


def test_of_a_ticket_no_word_is_left_and_its_people_are_told(stage: Stage, root: Person) -> None:
    anna = stage.visitor()
    id = closed(stage, anna)
    other = stage.visitor("Boris")
    kept = other.open_ticket("Я о другом")
    file = next(one for one in files_of(stage) if one.sent)
    assert errands(stage) and stage.store.all(Mention)
    for each in (anna, root):
        each.heard()
    assert erase(root, id).gone
    told = {"dialog_id": id, "change": "erased", "dialog": None}
    assert told in anna.heard("dialog:update")
    for person in (anna, root):
        with pytest.raises(NotFound, match="no such"):
            person.ask(GetHistory(dialog_id=id))
    assert [one.id for one in root.ask(ListTickets(status="closed")).tickets] == []
    with pytest.raises(NotFound):
        anna.ask(GetFile(file_id=file.id))
    assert files_with(stage, SECRET) == []
    assert [one.type for one in errands(stage) if one.message and one.message.dialog_id == id] == []
    assert not files_of(stage) and not stage.store.all(Mention) and not stage.store.all(Erasure)
    use, dialog_use = stage.store.get(Use, "shop"), stage.store.get(DialogUse, id)
    assert use and (use.files, use.bytes) == (0, 0) and dialog_use is None
    blob = stage.store.get(Blob, file.sha256)
    assert blob and blob.uses == 97  # the others have them still
    assert files_with(stage, "Я о другом") and "Я о другом" in texts(other, kept)
    with pytest.raises(NotFound):
        erase(root, id)


def test_a_message_keeps_its_place_and_when_it_was_deleted_and_is_blanked_once(
    stage: Stage,
) -> None:
    senders = ("bot", "o-artem", "p-1-a", "system")
    stage.store.commit(*(Append(message(SECRET, "lobby", sender)) for sender in senders))
    first = stage.store.history("lobby")[0]
    stage.store.commit(Replace(revise(first, deleted_at=first.created_at)))
    blanking.blank_some(stage.services, "lobby", 0, blanking.blank)()
    blanked = stage.store.history("lobby")
    assert [one.seq for one in blanked] == [1, 2, 3, 4]
    assert {(one.sender_id, one.sender_name, one.content) for one in blanked} == {
        (blanking.GONE, "", "")
    }
    assert blanked[0].deleted_at == first.created_at
    assert all(one.deleted_at for one in blanked)
    blanking.blank_some(stage.services, "lobby", 0, blanking.blank)()
    assert stage.store.history("lobby") == blanked


def test_what_was_begun_is_finished_after_a_crash(stage: Stage, root: Person) -> None:
    anna = stage.visitor()
    id = closed(stage, anna)
    ticket = stage.store.get(Ticket, id)
    assert ticket
    list(islice(erasing.steps(stage.services, erasing.begin(stage.services, ticket)), 1))
    stage.reopen()
    assert stage.store.get(Ticket, id) is None and stage.store.all(Erasure)
    for _ in erasing.finish_all(stage.services):
        pass
    assert not stage.store.all(Erasure) and files_with(stage, SECRET) == []


def test_a_group_is_gone_for_all_who_were_in_it(stage: Stage, root: Person) -> None:
    anna, boris = stage.person(), stage.person("boris")
    tea = group(anna, "boris")
    said = boris.say(tea.id, SECRET)
    anna.ask(ReactToMessage(message_id=said.id, emoji="👍"))
    for each in (anna, boris):
        each.join(tea.id)
        each.heard()
    assert erase(root, tea.id).kind == "dialog"
    for each in (anna, boris):
        told = each.heard("dialog:update")
        assert [one["dialog"] for one in told if one["dialog_id"] == tea.id] == [None]
        assert each.ask(ListDialogs()).dialogs == []
        lists = stage.store.get(Memberships, each.id)
        assert lists and tea.id not in lists.dialogs
        with pytest.raises(NotFound):
            each.say(tea.id, "Есть кто?")
    assert stage.store.get(Dialog, tea.id) is None and files_with(stage, SECRET) == []


def test_two_people_begin_anew_where_theirs_was_removed(stage: Stage, root: Person) -> None:
    anna, boris = stage.person(), stage.person("boris")
    before = direct(anna, "boris")
    anna.say(before.id, SECRET)
    erase(root, before.id)
    again = direct(boris, "anna")
    assert again.id != before.id and again.id == direct(anna, "boris").id
    assert texts(anna, again.id) == []


def test_what_cannot_be_removed_is_said(stage: Stage, root: Person) -> None:
    anna, artem = stage.visitor(), stage.staff()
    waiting = anna.open_ticket("Жду")
    with pytest.raises(Conflict, match="is waiting: close it first"):
        erase(root, waiting)
    for id, error in (("lobby", Invalid), ("TKT-1", NotFound), ("dlg-1", NotFound)):
        with pytest.raises(error):
            erase(root, id)
    with pytest.raises(Invalid):
        erase(root, f"lobby{NOTES}")
    for person in (artem, anna):
        with pytest.raises(Forbidden):
            erase(person, waiting)
    assert "Жду" in texts(anna, waiting)
