"""Dialogs of people: of two always the same, groups with those whom their owner lets in; and that
to everybody else they are not there."""

from __future__ import annotations

from typing import Any

import pytest

from chatd.domain.dialog import Dialog, Pair
from chatd.domain.tokens import digest
from chatd.errors import Conflict, Forbidden, Invalid, NotFound
from chatd.protocol.commands import (
    DeleteMessage,
    EditDraft,
    EditMessage,
    GetHistory,
    MarkRead,
    ReactToMessage,
    StartTyping,
)
from chatd.protocol.groups import (
    EndLinks,
    EnterDialog,
    HandOver,
    InviteIntoDialog,
    ListDialogs,
    MakeLink,
    MuteDialog,
    QuitDialog,
    RemoveFromDialog,
    RenameDialog,
    SetPast,
)
from chatd.protocol.people import SetUserDisabled
from tests.handlers.among import direct, group, names, three
from tests.handlers.stage import Stage


def test_of_two_people_there_is_one_dialog_whoever_asks_for_it(stage: Stage) -> None:
    anna, boris, vera = three(stage)
    made = direct(anna, "boris")
    assert direct(boris, "anna").id == direct(anna, "boris", "anna").id == made.id
    assert made.id.startswith("dlg-") and len(made.id.rpartition("-")[2]) == 32
    assert names(made) == ["anna", "boris"] and not any(one.owner for one in made.members)
    assert direct(vera, "anna").id != made.id
    for wrong in ([], ["anna"], ["boris", "vera"]):
        with pytest.raises(Invalid, match="one other person"):
            direct(anna, *wrong)


def test_where_both_ask_at_once_they_get_the_same(stage: Stage) -> None:
    anna, boris = stage.person(), stage.person("boris")
    commit, made = stage.store.commit, []

    def meanwhile(*changes: Any, **how: Any) -> Any:
        stage.store.commit = commit  # type: ignore[method-assign]
        made.append(direct(boris, "anna").id)
        return commit(*changes, **how)

    stage.store.commit = meanwhile  # type: ignore[method-assign]
    assert direct(anna, "boris").id == made[0]
    both = digest("/".join(sorted((anna.id, boris.id))))
    pair = stage.store.get(Pair, both)
    assert pair and pair.dialog_id == made[0]
    for one in (anna, boris):
        assert [row.id for row in one.ask(ListDialogs()).dialogs] == made


def test_of_whom_there_is_not_or_not_here_nobody_hears(stage: Stage) -> None:
    anna = stage.person()
    olga = stage.person("olga", site="bank")
    stage.person("off")
    stage.shell(SetUserDisabled(username="off"))
    for username in ("nobody", "olga", "off"):
        with pytest.raises(NotFound, match="no such user"):
            direct(anna, username)
        with pytest.raises(NotFound, match="no such user"):
            group(anna, username)
    with pytest.raises(NotFound, match="no such user"):
        direct(olga, "anna")


def test_a_group_has_a_title_that_shows_and_an_owner(stage: Stage) -> None:
    anna, boris = stage.person(), stage.person("boris")
    made = group(anna, "boris", "boris", "anna", title=" Tea \n time ")
    assert (made.title, made.people, made.past, made.links) == ("Tea time", 2, "all", 0)
    assert [one.username for one in made.members if one.owner] == ["anna"]
    with pytest.raises(Invalid) as refused:
        group(anna, "boris", title=None)
    assert refused.value.details["field"] == "title"
    assert group(anna).people == 1
    assert boris.join(made.id).dialog.title == "Tea time"
    assert group(boris, "anna").id != made.id


def test_every_act_of_its_owner_makes_a_new_version_of_it(stage: Stage) -> None:
    anna, _ = stage.person(), stage.person("boris")
    made = group(anna, "boris")

    def version() -> int:
        stored = stage.store.get(Dialog, made.id)
        assert stored
        return stored.version

    seen = [version()]
    for title in ("one", "two", "three"):
        assert anna.ask(RenameDialog(dialog_id=made.id, title=title)).dialog.title == title
        seen.append(version())
    for past in ("none", "all"):
        anna.ask(SetPast(dialog_id=made.id, past=past))
        seen.append(version())
    assert seen == [seen[0] + more for more in range(6)]


def test_to_everybody_else_it_is_not_there(stage: Stage) -> None:
    anna, _, vera = three(stage)
    made = group(anna, "boris")
    said = anna.say(made.id, "between us")
    outside = [vera, stage.visitor(), stage.staff(), stage.staff("boss", role="admin")]
    shells = [lambda asked: stage.shell(asked)]
    for ask in [*(one.ask for one in outside), *shells]:
        for asked in (
            GetHistory(dialog_id=made.id),
            EditMessage(message_id=said.id, content="mine"),
            DeleteMessage(message_id=said.id),
            InviteIntoDialog(dialog_id=made.id, who="vera"),
            QuitDialog(dialog_id=made.id),
            MuteDialog(dialog_id=made.id),
        ):
            with pytest.raises(NotFound) as there:
                ask(asked)
            unknown = made.id[:-1] + ("0" if made.id[-1] != "0" else "1")
            with pytest.raises(NotFound) as absent:
                ask(type(asked)(**{**fields_of(asked), **elsewhere(asked, unknown)}))
            told = (there.value.message, absent.value.message)
            assert told[0].replace(made.id, "") == told[1].replace(unknown, "")
    assert vera.heard("message:new") == []


def fields_of(command: Any) -> dict[str, Any]:
    return {name: getattr(command, name) for name in command.__struct_fields__}


def elsewhere(command: Any, dialog_id: str) -> dict[str, str]:
    """The same about another dialog."""
    if hasattr(command, "message_id"):
        return {"message_id": f"{dialog_id}:1"}
    return {"dialog_id": dialog_id}


def test_everything_of_rooms_works_in_it(stage: Stage) -> None:
    anna, boris = stage.person(), stage.person("boris")
    made = direct(anna, "boris")
    anna.join(made.id)
    assert [one.name for one in boris.join(made.id).participants] == ["Anna", "Boris"]
    anna.ask(EditDraft(dialog_id=made.id, seq=1, ops=[["i", "hel"]]))
    anna.ask(StartTyping(dialog_id=made.id))
    said = anna.say(made.id, "hello", client_id="c1")
    assert anna.say(made.id, "hello", client_id="c1").id == said.id
    boris.ask(MarkRead(dialog_id=made.id, seq=1))
    boris.ask(ReactToMessage(message_id=said.id, emoji="👍"))
    reply = boris.say(made.id, "yes", reply_to=1)
    anna.ask(EditMessage(message_id=said.id, content="hello!"))
    with pytest.raises(Forbidden):
        boris.ask(DeleteMessage(message_id=said.id))
    anna.ask(DeleteMessage(message_id=said.id))
    assert reply.meta["reply_to"]["seq"] == 1
    heard = boris.heard()
    for event in ("draft:edit", "typing:start", "message:new", "message:update"):
        assert event in heard
    assert "receipt:update" in anna.heard()
    stage.leave(boris)
    again = stage.again(boris.token).join(made.id, after_seq=1, after_rev=1)
    assert [one.content for one in again.messages] == ["yes"]
    assert [one.seq for one in again.changed] == [1]


def test_only_the_owner_says_who_is_in_it(stage: Stage) -> None:
    anna, boris, vera = three(stage)
    made = group(anna, "boris")
    for asked in (
        InviteIntoDialog(dialog_id=made.id, who="vera"),
        RemoveFromDialog(dialog_id=made.id, who="anna"),
        RenameDialog(dialog_id=made.id, title="Mine"),
        SetPast(dialog_id=made.id, past="none"),
        HandOver(dialog_id=made.id, who="boris"),
        MakeLink(dialog_id=made.id),
        EndLinks(dialog_id=made.id),
    ):
        with pytest.raises(Forbidden):
            boris.ask(asked)
        with pytest.raises(NotFound):
            vera.ask(asked)
    assert names(anna.ask(InviteIntoDialog(dialog_id=made.id, who="vera")).dialog) == [
        *("anna", "boris", "vera")
    ]
    again = anna.ask(InviteIntoDialog(dialog_id=made.id, who="vera")).dialog
    assert again.people == 3, "who is in it already stays so"
    assert vera.join(made.id).dialog.people == 3
    said = boris.say(made.id, "rude")
    assert anna.ask(DeleteMessage(message_id=said.id)).message.deleted_at


def test_of_a_dialog_of_two_nobody_comes_or_goes(stage: Stage) -> None:
    anna, _, _ = three(stage)
    made = direct(anna, "boris")
    for asked in (
        InviteIntoDialog(dialog_id=made.id, who="vera"),
        RenameDialog(dialog_id=made.id, title="x"),
    ):
        with pytest.raises(Forbidden):
            anna.ask(asked)


def test_who_is_put_out_hears_and_reads_nothing_more(stage: Stage) -> None:
    anna, boris, vera = three(stage)
    made = group(anna, "boris", "vera")
    second = stage.again(boris.token)
    for one in (anna, boris, second, vera):
        one.join(made.id)
    anna.say(made.id, "before")
    code = anna.ask(MakeLink(dialog_id=made.id)).code
    for one in (boris, second, vera):
        one.heard()
    told = anna.ask(RemoveFromDialog(dialog_id=made.id, who="boris")).dialog
    assert names(told) == ["anna", "vera"] and told.links == 0
    anna.say(made.id, "after")
    for one in (boris, second):
        (gone,) = one.heard("dialog:update")
        assert (gone["dialog_id"], gone["change"], gone["dialog"]) == (made.id, "left", None)
        assert gone["by"] == "Anna"
        assert one.heard("message:new") == []
        with pytest.raises(NotFound):
            one.join(made.id)
    with pytest.raises(NotFound):
        boris.say(made.id, "still here?")
    with pytest.raises(Forbidden, match="invitation"):
        boris.ask(EnterDialog(code=code))
    assert boris.ask(ListDialogs()).dialogs == []
    assert [one["content"] for one in vera.heard("message:new")] == ["after"]
    with pytest.raises(NotFound, match="'boris' is not in this group"):
        anna.ask(RemoveFromDialog(dialog_id=made.id, who="boris"))
    for command in (RemoveFromDialog, HandOver):
        with pytest.raises(Conflict, match="this is you: name somebody else, or quit the group"):
            anna.ask(command(dialog_id=made.id, who="anna"))
        with pytest.raises(Forbidden, match=f"^{command.event} is for the owner of a group$"):
            vera.ask(command(dialog_id=made.id, who="anna"))


def test_who_is_put_out_while_they_come_in_follows_nothing(stage: Stage) -> None:
    anna, boris = stage.person(), stage.person("boris")
    made = group(anna, "boris")
    hold = stage.services.hub.hold

    def meanwhile(*args: Any) -> Any:
        stage.services.hub.hold = hold  # type: ignore[method-assign]
        anna.ask(RemoveFromDialog(dialog_id=made.id, who="boris"))
        return hold(*args)

    stage.services.hub.hold = meanwhile  # type: ignore[method-assign]
    with pytest.raises(NotFound):
        boris.join(made.id)
    boris.heard()
    anna.say(made.id, "alone")
    assert boris.heard("message:new") == []


def test_who_goes_is_gone_and_the_one_longest_in_it_owns_it(stage: Stage) -> None:
    anna, boris, vera = three(stage)
    made = group(anna, "boris", "vera")
    boris.join(made.id)
    assert anna.ask(QuitDialog(dialog_id=made.id)).dialog_id == made.id
    with pytest.raises(NotFound):
        anna.join(made.id)
    (own,) = anna.heard("dialog:update")
    assert own["dialog"] is None and "by" not in own, "who goes was put out by nobody"
    (told,) = boris.heard("dialog:update")
    assert told["change"] == "left" and told["dialog"]["people"] == 2
    boris.ask(RenameDialog(dialog_id=made.id, title="Boris's"))
    boris.ask(HandOver(dialog_id=made.id, who="vera"))
    with pytest.raises(Forbidden):
        boris.ask(RenameDialog(dialog_id=made.id, title="again"))
    assert vera.ask(RenameDialog(dialog_id=made.id, title="Vera's")).dialog.title == "Vera's"
    boris.ask(QuitDialog(dialog_id=made.id))
    vera.ask(QuitDialog(dialog_id=made.id))
    left = stage.store.get(Dialog, made.id)
    assert left and left.members == () and left.owner == ""
