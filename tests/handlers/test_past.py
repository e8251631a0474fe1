"""A group that begins for newcomers where they came: nothing of what was before reaches them."""

from __future__ import annotations

from typing import Any

import pytest

from chatd.domain.file import File
from chatd.domain.versions import successor
from chatd.errors import NotFound
from chatd.protocol.commands import (
    DeleteMessage,
    EditMessage,
    GetHistory,
    ReactToMessage,
)
from chatd.protocol.files import GetFile
from chatd.protocol.groups import InviteIntoDialog, RemoveFromDialog
from chatd.store.base import Put
from tests.files.stored import put
from tests.handlers.among import group, texts, three
from tests.handlers.stage import Person, Stage

NUMBER = {"seq": 1}
WHOLE = {"seq": 1, "name": "Anna", "text": "before"}


def begun(stage: Stage) -> tuple[Person, Person, Person, Any]:
    """Boris was there when it was said, Vera came after, and all have it open."""
    anna, boris, vera = three(stage)
    made = group(anna, "boris", past="none")
    said = anna.say(made.id, "before")
    anna.ask(InviteIntoDialog(dialog_id=made.id, who="vera"))
    for one in (boris, vera):
        one.join(made.id)
        one.heard()
    return anna, boris, vera, said


def quotes(messages: Any) -> list[Any]:
    """What each quotes."""
    return [one.meta["reply_to"] for one in messages]


def test_what_becomes_of_it_is_told_to_those_alone_who_saw_it(stage: Stage) -> None:
    anna, boris, vera, said = begun(stage)
    anna.ask(EditMessage(message_id=said.id, content="secret"))
    stage.turn()
    boris.ask(ReactToMessage(message_id=said.id, emoji="👍"))
    stage.turn()
    anna.ask(DeleteMessage(message_id=said.id))
    assert len(boris.heard("message:update")) == 3
    assert vera.heard("message:update") == []
    later = anna.say(said.dialog_id, "after")
    assert [one["content"] for one in vera.heard("message:new")] == ["after"]
    anna.ask(EditMessage(message_id=later.id, content="later"))
    assert [one["content"] for one in vera.heard("message:update")] == ["later"]


def test_a_quote_of_it_tells_them_its_number_only(stage: Stage) -> None:
    anna, boris, vera, said = begun(stage)
    answer = boris.say(said.dialog_id, "answer", reply_to=1)
    assert answer.meta["reply_to"] == WHOLE
    assert [one["meta"]["reply_to"] for one in vera.heard("message:new")] == [NUMBER]
    boris.ask(EditMessage(message_id=answer.id, content="my answer"))
    assert [one["meta"]["reply_to"] for one in vera.heard("message:update")] == [NUMBER]
    asked = GetHistory(dialog_id=said.dialog_id)
    for one, told in ((anna, [WHOLE]), (vera, [NUMBER])):
        assert quotes(one.ask(asked).messages[-1:]) == told
        assert quotes(stage.over_http(one, asked).messages[-1:]) == told
        assert quotes(one.join(said.dialog_id).messages[-1:]) == told
    again = vera.ask(ReactToMessage(message_id=answer.id, emoji="👍")).message
    assert again.meta["reply_to"] == NUMBER
    anna.say(said.dialog_id, "to that", reply_to=answer.seq)
    shown = vera.heard("message:new")[-1]["meta"]["reply_to"]
    assert shown == {"seq": 2, "name": "Boris", "text": "my answer"}, "which they may see"


def test_who_comes_again_is_given_anew_what_is_theirs_now(stage: Stage) -> None:
    anna, boris, _, said = begun(stage)
    place = said.dialog_id
    anna.say(place, "second")
    before = boris.join(place)
    anna.ask(RemoveFromDialog(dialog_id=place, who="boris"))
    anna.say(place, "meanwhile")
    anna.ask(InviteIntoDialog(dialog_id=place, who="boris"))
    anna.say(place, "now")
    for known in (1, 2, 3):
        page = boris.join(place, after_seq=known, after_rev=before.rev)
        assert page.resync and [one.content for one in page.messages] == ["now"]
    page = boris.join(place, after_seq=4, after_rev=page.rev)
    assert (page.resync, page.changed, list(page.messages)) == (False, [], [])
    page = boris.join(place, after_seq=0, after_rev=before.rev)
    assert not page.resync and [one.content for one in page.messages] == ["now"]
    assert texts(boris, place) == ["now"]
    assert texts(anna, place) == ["before", "second", "meanwhile", "now"]


def has(person: Person, file_id: str) -> bool:
    """Whether a file is there for somebody."""
    try:
        return bool(person.ask(GetFile(file_id=file_id)).file.id == file_id)
    except NotFound:
        return False


def test_a_file_is_there_for_those_for_whom_its_message_is(stage: Stage) -> None:
    anna, boris, vera, said = begun(stage)
    place = said.dialog_id
    own = [put(stage, anna.id, 5, dialog_id=place) for _ in range(3)]
    first = anna.say(place, "", type="file", files=own[:1])
    assert [has(one, own[0]) for one in (anna, boris, vera)] == [True, True, True]
    anna.ask(RemoveFromDialog(dialog_id=place, who="vera"))
    assert not has(vera, own[0])
    anna.say(place, "", type="file", files=own[1:2])
    anna.ask(InviteIntoDialog(dialog_id=place, who="vera"))
    assert [has(vera, id) for id in own[:2]] == [False, False]
    assert [has(boris, id) for id in own[:2]] == [True, True]
    anna.say(place, "", type="file", files=own[2:])
    assert has(vera, own[2])
    with pytest.raises(NotFound):
        vera.ask(EditMessage(message_id=first.id, content="mine"))


def test_a_file_of_one_of_many_messages_at_once_is_judged_by_its_own(stage: Stage) -> None:
    """What is noted is what was the last when it was asked for: others may be asked for, too."""
    anna, _, vera, said = begun(stage)
    place = said.dialog_id
    early = put(stage, anna.id, 5, dialog_id=place)
    message = anna.say(place, "", type="file", files=[early])
    noted = stage.store.get(File, early)
    assert noted and noted.behind == 1 and message.seq == 2
    stage.store.commit(Put(successor(noted, behind=0)))
    assert has(vera, early), "behind what was noted, and behind where she came"
    anna.ask(RemoveFromDialog(dialog_id=place, who="vera"))
    anna.ask(InviteIntoDialog(dialog_id=place, who="vera"))
    assert not has(vera, early)
