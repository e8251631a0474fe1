"""What people are seen as: put on, told to those who see them, taken off, gone with who had it."""

from __future__ import annotations

from typing import Any

import pytest

from chatd.domain.file import File
from chatd.domain.participant import Participant
from chatd.domain.places import AVATARS
from chatd.errors import ChatdError, Conflict, NotFound
from chatd.protocol.commands import GetHistory, Hello, JoinDialog, SendMessage
from chatd.protocol.files import CreateFile, GetFile
from chatd.protocol.groups import ListDialogs, WatchDialogs
from chatd.protocol.people import (
    FindPeople,
    RemoveUser,
    SetAvatar,
    ShowPerson,
    TakeOffAvatar,
)
from chatd.service import avatars
from tests.files.stored import put
from tests.handlers.among import direct, group, three
from tests.handlers.stage import Person, Stage


def picture(stage: Stage, who: Person, **fields: Any) -> str:
    """The id of a picture that somebody has uploaded to be seen as."""
    return put(stage, who.id, 5, dialog_id=AVATARS, type="image/webp", **fields)


def kept(stage: Stage, who: Person) -> str:
    """The file that is kept as what somebody is seen as."""
    found = stage.store.get(Participant, who.id)
    return found.avatar if found else ""


def put_on(stage: Stage, who: Person) -> str:
    """The path of the picture that somebody is seen as from now on."""
    path: str = who.ask(SetAvatar(file_id=picture(stage, who))).person.avatar
    return path


def refusal(who: Person, command: Any) -> str:
    """The code of the error."""
    with pytest.raises(ChatdError) as refused:
        who.ask(command)
    return refused.value.code


def test_a_picture_is_seen_wherever_its_person_is(stage: Stage) -> None:
    anna, boris, vera = three(stage)
    ours, tea = direct(anna, "boris").id, group(boris, "anna", "vera").id
    boris.ask(WatchDialogs())
    for one in (anna, boris, vera):
        one.join("lobby")
    vera.join(tea)
    for one in (boris, vera):
        one.heard()
    path = put_on(stage, anna)
    assert path == f"/api/avatars/{kept(stage, anna)}"
    assert vera.heard("presence:update")[0]["participant"]["avatar"] == path
    (told,) = boris.heard("dialog:update")
    assert told["dialog_id"] == ours
    assert seen(told["dialog"]["members"], anna) == path
    assert anna.ask(ShowPerson()).person.avatar == path
    (found,) = boris.ask(FindPeople(query="an")).people
    assert found.avatar == path
    rows = {one.id: one for one in boris.ask(ListDialogs()).dialogs}
    assert {one.id: one.avatar for one in rows[ours].members}[anna.id] == path
    inside = vera.ask(JoinDialog(dialog_id=tea)).dialog.members
    assert {one.id: one.avatar for one in inside}[anna.id] == path
    again = stage.again(anna.token)
    there = {one.id: one.avatar for one in vera.join("lobby").participants}
    assert there[again.id] == path
    assert stage.ask(again.connection, Hello(token=anna.token)).participant.avatar == path


def seen(rows: Any, who: Person) -> Any:
    """The picture of somebody, of rows as they are told."""
    return next(one.get("avatar") for one in rows if one["id"] == who.id)


def test_those_who_have_a_group_open_are_told(stage: Stage) -> None:
    anna, boris, _ = three(stage)
    tea = group(anna, "boris").id
    boris.join(tea)
    boris.heard()
    path = put_on(stage, anna)
    (told,) = boris.heard("dialog:update")
    assert seen(told["dialog"]["members"], anna) == path


def test_the_picture_before_goes_and_so_does_that_of_whose_account_is_removed(
    stage: Stage,
) -> None:
    anna = stage.person()
    first, second = picture(stage, anna), picture(stage, anna)
    anna.ask(SetAvatar(file_id=first))
    assert avatars.find(stage.services, first).sent
    anna.ask(SetAvatar(file_id=second))
    assert stage.store.get(File, first) is None
    anna.ask(SetAvatar())
    assert stage.store.get(File, second) is None
    assert not kept(stage, anna)
    anna.ask(SetAvatar())
    third = picture(stage, anna)
    anna.ask(SetAvatar(file_id=third))
    stage.shell(RemoveUser(username="anna"))
    assert stage.store.get(File, third) is None
    assert not kept(stage, anna)


def test_who_runs_the_daemon_takes_a_picture_off_and_whoever_sees_them_is_told(
    stage: Stage,
) -> None:
    anna, boris, _ = three(stage)
    direct(anna, "boris")
    boris.ask(WatchDialogs())
    put_on(stage, anna)
    worn = kept(stage, anna)
    boris.heard("dialog:update")
    stage.shell(TakeOffAvatar(username="anna"))
    assert stage.store.get(File, worn) is None and not kept(stage, anna)
    (told,) = boris.heard("dialog:update")
    assert not seen(told["dialog"]["members"], anna)
    with pytest.raises(Conflict, match="user anna has no picture"):
        stage.shell(TakeOffAvatar(username="anna"))
    with pytest.raises(NotFound):
        stage.shell(TakeOffAvatar(username="nobody"))
    assert refusal(boris, TakeOffAvatar(username="anna")) == "forbidden"


def test_only_what_is_ones_own_ready_and_uploaded_for_it_is_put_on(stage: Stage) -> None:
    anna, boris, _ = three(stage)
    other, elsewhere = picture(stage, boris), put(stage, anna.id, 5)
    for id in ("f-unknown", other, elsewhere):
        assert refusal(anna, SetAvatar(file_id=id)) == "not_found"
    coming = picture(stage, anna, state="uploading")
    assert refusal(anna, SetAvatar(file_id=coming)) == "conflict"
    own = picture(stage, anna)
    assert anna.ask(GetFile(file_id=own)).file.id == own
    assert refusal(boris, GetFile(file_id=own)) == "not_found"
    with pytest.raises(NotFound):
        avatars.find(stage.services, own)
    anna.ask(SetAvatar(file_id=own))
    assert refusal(anna, SetAvatar(file_id=own)) == "not_found"
    assert refusal(anna, GetFile(file_id=own)) == "not_found", "it has a path of its own"
    assert avatars.find(stage.services, own).id == own
    with pytest.raises(NotFound):
        avatars.find(stage.services, elsewhere)


def test_where_pictures_are_uploaded_nothing_else_is_done(stage: Stage) -> None:
    anna, guest = stage.person(), stage.visitor()
    asked = CreateFile(dialog_id=AVATARS, name="me.png", size=5)
    assert anna.ask(asked).file.state == "uploading"
    assert refusal(guest, asked) == "not_found"
    for command in (
        JoinDialog(dialog_id=AVATARS),
        GetHistory(dialog_id=AVATARS),
        SendMessage(dialog_id=AVATARS, content="me"),
    ):
        assert refusal(anna, command) == "forbidden"
        assert refusal(guest, command) == "not_found"
    assert refusal(guest, SetAvatar()) == "forbidden"
