"""Who comes into dialogs of people, what they see of the past, and how many there may be."""

from __future__ import annotations

from typing import Any

import pytest

from chatd.domain.dialog import MOST_LINKS, Memberships
from chatd.errors import ChatdError, Conflict, Forbidden, Invalid, NotFound, RateLimited
from chatd.protocol.commands import (
    EditMessage,
    GetHistory,
    LeaveDialog,
    ReactToMessage,
    StartTyping,
)
from chatd.protocol.groups import (
    EndLinks,
    EnterDialog,
    InviteIntoDialog,
    ListDialogs,
    MakeLink,
    MuteDialog,
    QuitDialog,
    SetPast,
    WatchDialogs,
)
from chatd.protocol.people import RemoveUser
from tests.handlers.among import direct, group, limit, names, texts, three
from tests.handlers.stage import Stage


@pytest.mark.parametrize(("past", "seen"), [("all", ["one", "two", "three"]), ("none", ["three"])])
def test_newcomers_see_as_much_as_the_group_says(stage: Stage, past: Any, seen: list[str]) -> None:
    anna, boris, vera = three(stage)
    made = group(anna, "boris", past="none" if past == "all" else "all")
    first = anna.say(made.id, "one @vera")
    anna.say(made.id, "two")
    assert anna.ask(SetPast(dialog_id=made.id, past=past)).dialog.past == past
    anna.ask(InviteIntoDialog(dialog_id=made.id, who="vera"))
    (row,) = vera.ask(ListDialogs()).dialogs
    assert (row.unread, row.mentions) == (0, [])
    assert (row.last_message is None) == (past == "none")
    anna.say(made.id, "three")
    whole = [text.split(" @")[0] for text in texts(vera, made.id)]
    assert whole == seen
    assert [text.split(" @")[0] for text in texts(vera, made.id, after_seq=0)] == seen
    page = vera.join(made.id, after_seq=0, after_rev=0)
    assert [one.content.split(" @")[0] for one in page.messages] == seen and not page.more
    assert vera.ask(GetHistory(dialog_id=made.id, limit=1)).more is (past == "all")
    anna.ask(EditMessage(message_id=first.id, content="one, edited"))
    changed = vera.ask(GetHistory(dialog_id=made.id, after_seq=3, after_rev=page.rev)).changed
    assert [one.seq for one in changed] == ([1] if past == "all" else [])
    if past == "none":
        for asked in (
            ReactToMessage(message_id=first.id, emoji="👍"),
            EditMessage(message_id=first.id, content="x"),
        ):
            with pytest.raises(NotFound, match="no such message"):
                vera.ask(asked)
        with pytest.raises(NotFound, match="to reply to"):
            vera.say(made.id, "what?", reply_to=2)
        assert texts(vera, made.id, before_seq=3) == []
    assert vera.say(made.id, "yes", reply_to=3).seq == 4
    assert len(texts(boris, made.id)) == 4, "who was there sees all"


def test_an_invitation_lets_so_many_in_until_then(stage: Stage) -> None:
    anna, boris, vera = three(stage)
    olga = stage.person("olga", site="bank")
    made = group(anna)
    link = anna.ask(MakeLink(dialog_id=made.id, uses=1, hours=24))
    assert (link.uses, link.dialog_id) == (1, made.id)
    assert anna.ask(EnterDialog(code=link.code)).dialog.people == 1, "in it already"
    for person, code in (
        (olga, link.code),
        (boris, f"{made.id}.wrong"),
        (boris, f"dlg-1-2{link.code[-25:]}"),
        (boris, "lobby.x"),
        (boris, ""),
    ):
        with pytest.raises(Forbidden, match="unknown, used up or has run out"):
            person.ask(EnterDialog(code=code))
    assert names(boris.ask(EnterDialog(code=link.code)).dialog) == ["anna", "boris"]
    with pytest.raises(Forbidden):
        vera.ask(EnterDialog(code=link.code))
    second = anna.ask(MakeLink(dialog_id=made.id, uses=5, hours=24)).code
    stage.later(1)
    with pytest.raises(Forbidden):
        vera.ask(EnterDialog(code=second))
    third = anna.ask(MakeLink(dialog_id=made.id)).code
    assert anna.ask(EndLinks(dialog_id=made.id)).dialog.links == 0
    with pytest.raises(Forbidden):
        vera.ask(EnterDialog(code=third))


def test_so_many_invitations_people_and_dialogs_and_no_more(stage: Stage) -> None:
    anna, boris, _ = three(stage)
    limit(stage, group_size=2, dialogs=2)
    with pytest.raises(Conflict, match="2 people"):
        group(anna, "boris", "vera")
    made = group(anna, "boris")
    with pytest.raises(Conflict, match="2 people"):
        anna.ask(InviteIntoDialog(dialog_id=made.id, who="vera"))
    code, *_ = [anna.ask(MakeLink(dialog_id=made.id)).code for _ in range(MOST_LINKS)]
    with pytest.raises(Conflict, match=f"{MOST_LINKS} invitations"):
        anna.ask(MakeLink(dialog_id=made.id))
    with pytest.raises(Conflict, match="2 people"):
        stage.person("eva").ask(EnterDialog(code=code))
    direct(boris, "anna")
    with pytest.raises(Conflict, match="is in 2 dialogs") as refused:
        direct(boris, "vera")
    assert refused.value.details["allowed"] == 2


@pytest.mark.parametrize(
    ("rate", "most"), [("dialogs_per_participant", 3), ("dialogs_per_address", 4)]
)
def test_an_owner_lets_so_many_in_at_once_and_no_more(stage: Stage, rate: str, most: int) -> None:
    anna, boris, _ = three(stage)
    made, own = group(anna), group(boris)
    stage.services.limiter.apply(stage.limits(**{rate: f"{most}/hour"}))
    asked = InviteIntoDialog(dialog_id=made.id, who="vera")
    for _ in range(2):
        anna.ask(asked)
    with pytest.raises(RateLimited) as refused:
        anna.ask(asked)
    assert refused.value.details["limit"] == rate
    others = InviteIntoDialog(dialog_id=own.id, who="vera")
    if rate == "dialogs_per_address":
        with pytest.raises(RateLimited):
            boris.ask(others)
    else:
        boris.ask(others)


def test_who_mutes_is_asked_how_long_and_only_they_know(stage: Stage) -> None:
    anna, boris = stage.person(), stage.person("boris")
    made = direct(anna, "boris")
    assert made.muted_until == ""
    until = anna.ask(MuteDialog(dialog_id=made.id, until="2030-01-31T08:00:00Z")).dialog
    assert until.muted_until == "2030-01-31T08:00:00.000Z"
    assert anna.ask(MuteDialog(dialog_id=made.id)).dialog.muted_until.startswith("9999")
    assert boris.ask(ListDialogs()).dialogs[0].muted_until == ""
    assert anna.ask(MuteDialog(dialog_id=made.id, off=True)).dialog.muted_until == ""
    for wrong in ("soon", "0001-01-01T00:00:00"):
        with pytest.raises(Invalid, match="until"):
            anna.ask(MuteDialog(dialog_id=made.id, until=wrong))


def test_what_two_owners_acts_change_at_once_is_both_changed(stage: Stage) -> None:
    anna, boris, _ = three(stage)
    made = group(anna)
    commit = stage.store.commit

    def meanwhile(*changes: Any, **how: Any) -> Any:
        stage.store.commit = commit  # type: ignore[method-assign]
        anna.ask(InviteIntoDialog(dialog_id=made.id, who="vera"))
        return commit(*changes, **how)

    stage.store.commit = meanwhile  # type: ignore[method-assign]
    code = anna.ask(InviteIntoDialog(dialog_id=made.id, who="boris")).dialog
    assert sorted(names(code)) == ["anna", "boris", "vera"]
    known = stage.store.get(Memberships, boris.id)
    assert known and set(known.dialogs) == {made.id}


def test_who_has_no_account_any_more_is_in_no_group(stage: Stage) -> None:
    anna, boris, _ = three(stage)
    made, ours = group(anna, "boris", "vera"), direct(anna, "boris")
    anna.say(ours.id, "bye")
    stage.shell(RemoveUser(username="anna"))
    told = boris.join(made.id).dialog
    assert names(told) == ["boris", "vera"] and told.members[0].owner
    assert texts(boris, ours.id) == ["bye"]
    with pytest.raises(ChatdError):
        stage.over_http(anna, ListDialogs())


def test_what_is_kept_after_a_restart(stage: Stage) -> None:
    anna, boris = stage.person(), stage.person("boris")
    made, ours = group(anna, "boris"), direct(anna, "boris")
    anna.say(made.id, "kept")
    stage.store.checkpoint()  # type: ignore[attr-defined]
    boris.say(ours.id, "kept, too")
    stage.reopen()
    anna, boris = stage.again(anna.token), stage.again(boris.token)
    assert {one.id for one in anna.ask(ListDialogs()).dialogs} == {made.id, ours.id}
    assert (texts(boris, made.id), texts(anna, ours.id)) == (["kept"], ["kept, too"])
    assert direct(boris, "anna").id == ours.id


def test_who_leaves_the_screen_is_still_in_it(stage: Stage) -> None:
    anna, boris = stage.person(), stage.person("boris")
    made = group(anna, "boris")
    boris.join(made.id)
    boris.ask(LeaveDialog(dialog_id=made.id))
    anna.say(made.id, "later")
    assert boris.ask(ListDialogs()).dialogs[0].unread == 1


def test_a_dialog_of_two_is_out_of_the_list_of_who_leaves_it_until_somebody_begins_it_again(
    stage: Stage,
) -> None:
    anna, boris, _ = three(stage)
    ours = direct(anna, "boris").id
    anna.say(ours, "one")
    for one in (anna, boris):
        one.ask(WatchDialogs())
        one.join(ours)
        one.heard()
    boris.ask(QuitDialog(dialog_id=ours))
    assert boris.ask(ListDialogs()).dialogs == []
    (gone,) = boris.heard("dialog:update")
    assert gone["dialog"] is None
    assert anna.heard("dialog:update") == [], "nobody is told"
    with pytest.raises(NotFound):
        boris.join(ours)
    anna.ask(StartTyping(dialog_id=ours))
    assert boris.heard() == []
    anna.say(ours, "two")
    (back,) = boris.heard("dialog:update")
    assert back["dialog"]["id"] == ours and back["change"] == "created"
    assert texts(boris, ours) == ["one", "two"], "what was said stays that of both"
    boris.ask(QuitDialog(dialog_id=ours))
    anna.ask(QuitDialog(dialog_id=ours))
    assert direct(anna, "boris").id == ours
    assert boris.ask(ListDialogs()).dialogs == []
    assert [one.id for one in anna.ask(ListDialogs()).dialogs] == [ours]
    anna.say(ours, "three")
    assert [one.unread for one in boris.ask(ListDialogs()).dialogs] == [3]
