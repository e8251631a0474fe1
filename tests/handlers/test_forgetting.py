"""Somebody is forgotten: for everybody at once, and no word of theirs is left; of others all is."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from chatd.domain.dialog import Dialog, Memberships, Pair
from chatd.domain.erasure import Erasure
from chatd.domain.file import DialogUse, Use
from chatd.domain.participant import Ban, LoginSession, Participant
from chatd.domain.person import Account
from chatd.domain.ticket import Ticket
from chatd.errors import Conflict, Forbidden, Invalid, NotFound, Unauthenticated
from chatd.protocol.belongings import ForgetPerson
from chatd.protocol.commands import GetHistory, ReactToMessage
from chatd.protocol.endings import RateTicket
from chatd.protocol.envelope import convert
from chatd.protocol.groups import ListDialogs, QuitDialog, WatchDialogs
from chatd.protocol.operating import AddBan
from chatd.protocol.support import (
    AcceptTicket,
    CloseTicket,
    ListTickets,
    ReopenTicket,
    UpdateTicket,
)
from chatd.service import erasing, forgetting
from chatd.store.base import Put
from tests.files.stored import put
from tests.handlers.among import direct, group, names, texts
from tests.handlers.stage import Person, Stage
from tests.handlers.test_erasing import SECRET, files_of, files_with

NAME = "Аннета"
ADDRESS = "annetta@mail.example"


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    made = Stage(tmp_path / "data")
    yield made
    made.close()


@pytest.fixture
def root(stage: Stage) -> Person:
    return stage.staff("root", role="admin")


def forget(person: Person, id: str, *, sure: bool = True) -> Any:
    return person.ask(ForgetPerson(participant_id=id, sure=sure))


def asked_for_help(stage: Stage, root: Person, anna: Person) -> str:
    """A closed ticket of somebody's, with an address and a file."""
    id = anna.open_ticket(SECRET)
    root.ask(AcceptTicket(ticket_id=id))
    root.ask(UpdateTicket(ticket_id=id, contact=ADDRESS))
    root.say(id, f"Записал: {SECRET}")
    file = put(stage, anna.id, 5, dialog_id=id, name=f"{SECRET}.txt")
    stage.store.commit(Put(Use("shop", 1, 5)), Put(DialogUse(id, id, {"shop": (1, 5)})))
    anna.say(id, "", type="file", files=[file])
    root.ask(CloseTicket(ticket_id=id))
    anna.ask(RateTicket(ticket_id=id, score=2, comment=SECRET))
    return id


def holds(path: Path, word: str) -> bool:
    return path.is_file() and word.encode() in path.read_bytes()


def test_a_visitor_is_only_counted_until_one_is_sure(stage: Stage, root: Person) -> None:
    anna = stage.visitor(NAME)
    id = asked_for_help(stage, root, anna)
    anna.say("lobby", SECRET)
    put(stage, anna.id, 7, dialog_id="lobby", name="unsent.txt")
    told = forget(root, anna.id, sure=False)
    assert (told.gone, told.tickets, told.dialogs, told.files, told.bytes) == (False, 1, 0, 2, 12)
    assert told.messages == stage.store.conversation(id).last_seq + 1
    assert SECRET in texts(anna, id) and stage.store.get(Participant, anna.id)


def test_of_a_visitor_nothing_is_left_and_others_keep_theirs(stage: Stage, root: Person) -> None:
    anna, boris = stage.visitor(NAME), stage.visitor("Boris")
    id = asked_for_help(stage, root, anna)
    kept = boris.open_ticket("Я о другом")
    for each in (anna, boris):
        each.join("lobby")
    anna.say("lobby", SECRET)
    said = boris.say("lobby", "Слово Бориса")
    for each in (anna, boris):
        each.ask(ReactToMessage(message_id=said.id, emoji="👍"))
    assert stage.store.conversation("lobby").receipt(anna.id).read
    stage.shell(AddBan(target=anna.id, reason="по ошибке", sure=True))
    boris.heard()
    assert files_with(stage, SECRET) and files_with(stage, NAME) and files_with(stage, ADDRESS)
    assert forget(root, anna.id).gone and not stage.services.connections.has(anna.id)
    for word in (SECRET, NAME, ADDRESS, ADDRESS.partition("@")[0]):
        assert files_with(stage, word) == [], word
    # By a number that is nobody's any more the figures and the audit log go on to tell.
    told = {path.parent.name for path in stage.directory.rglob("*") if holds(path, anna.id)}
    assert told == {"episodes", stage.directory.name}
    assert not files_of(stage) and not stage.store.all(Erasure) and not stage.store.all(Ban)
    assert texts(boris, "lobby") == ["", "Слово Бориса"]
    assert stage.store.history("lobby")[1].reactions == {"👍": [boris.id]}
    changed = {one["message"]["content"] for one in boris.heard("message:edit")}
    assert changed <= {""}
    assert [one.id for one in root.ask(ListTickets()).tickets] == [kept]
    with pytest.raises(Unauthenticated):
        stage.again(anna.token)
    with pytest.raises(NotFound):
        root.ask(GetHistory(dialog_id=id))
    with pytest.raises(NotFound):
        forget(root, anna.id)


def test_who_has_an_account_is_in_no_dialog_any_more(stage: Stage, root: Person) -> None:
    anna, boris = stage.person("annetta", name=NAME), stage.person("boris")
    both, tea, left = direct(anna, "boris"), group(boris, "annetta"), group(boris, "annetta")
    for dialog in (both, tea, left):
        anna.say(dialog.id, SECRET)
        boris.say(dialog.id, "Слово Бориса")
    anna.ask(QuitDialog(dialog_id=left.id))
    stage.turn()
    boris.ask(WatchDialogs())
    boris.heard()
    assert forget(root, anna.id).dialogs == 2
    told = [one["dialog"] for one in boris.heard("dialog:update") if one["dialog_id"] == both.id]
    assert [one["username"] for one in told[-1]["members"] if one["id"] == anna.id] == [""]
    for word in (SECRET, NAME, "annetta"):
        assert files_with(stage, word) == [], word
    for dialog in (both, tea, left):
        assert "Слово Бориса" in texts(boris, dialog.id) and SECRET not in texts(boris, dialog.id)
    listed = {one.id: one for one in boris.ask(ListDialogs()).dialogs}
    assert set(listed) == {both.id, tea.id, left.id}
    other = next(one for one in listed[both.id].members if one.id == anna.id)
    assert (other.username, other.name) == ("", "Удалённый пользователь")
    assert names(stage.store.get(Dialog, tea.id)) == ["boris"]
    assert stage.store.get(Account, "annetta") is None
    assert stage.store.get(Memberships, anna.id) is None and not stage.store.parts(Pair)
    sessions = stage.store.all(LoginSession)
    assert sessions and not any(one.account == "annetta" for one in sessions)
    with pytest.raises(NotFound):
        direct(boris, "annetta")
    again = stage.person("annetta")
    assert direct(boris, "annetta").id != both.id
    with pytest.raises(NotFound):
        texts(again, both.id)


def test_what_was_begun_is_finished_after_a_crash(stage: Stage, root: Person) -> None:
    anna = stage.visitor(NAME)
    asked_for_help(stage, root, anna)
    anna.say("lobby", SECRET)
    (begun,) = forgetting.begin(stage.services, anna.id)
    list(islice(erasing.steps(stage.services, begun), 1))
    stage.reopen()
    assert stage.store.get(Participant, anna.id) is None and stage.store.all(Erasure)
    for _ in erasing.finish_all(stage.services):
        pass
    assert not stage.store.all(Erasure)
    assert files_with(stage, SECRET) == [] and files_with(stage, NAME) == []


def test_what_is_not_done_is_said(stage: Stage, root: Person) -> None:
    anna, artem = stage.visitor(NAME), stage.staff()
    id = asked_for_help(stage, root, anna)
    root.ask(ReopenTicket(ticket_id=id))
    with pytest.raises(Conflict, match=f"{id} is open: close it first"):
        forget(root, anna.id, sure=False)
    with pytest.raises(Conflict):
        forget(root, anna.id)
    assert SECRET in texts(anna, id) and stage.store.get(Ticket, id)
    with pytest.raises(NotFound):
        forget(root, "p-1-a")
    for person in (artem, anna):
        with pytest.raises(Forbidden):
            forget(person, anna.id)
    for wrong in (id, "annetta", ADDRESS, "", "p-../x"):
        with pytest.raises(Invalid, match="'person WHO' tells"):
            convert(ForgetPerson, {"participant_id": wrong})


def test_which_backups_have_it_still_is_said(stage: Stage, root: Person) -> None:
    anna = stage.visitor(NAME)
    anna.say("lobby", SECRET)
    assert forget(root, anna.id, sure=False).backups == []
    entry = {
        "command": "store:backup",
        "outcome": "done",
        "target": "/srv/copy",
        "at": "2026-01-02",
    }
    stage.services.audit.write(entry)
    stage.services.audit.write({**entry, "target": "/srv/failed", "outcome": "failed"})
    assert forget(root, anna.id, sure=False).backups == ["/srv/copy (2026-01-02)"]
