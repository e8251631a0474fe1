"""Who is muted in a room or a group says nothing there until it is over, and is told why."""

from __future__ import annotations

from typing import Any

import pytest

from chatd.errors import ChatdError
from chatd.protocol.commands import (
    DeleteMessage,
    EditDraft,
    EditMessage,
    ReactToMessage,
    SendMessage,
    StartTyping,
)
from chatd.protocol.files import CreateFile
from chatd.protocol.muting import MuteMember, UnmuteMember
from tests.handlers.among import direct, group, three
from tests.handlers.stage import Person, Stage

HOUR, FOR_GOOD = 3_600, "9999-12-31T23:59:59.999Z"


def refusal(who: Person, command: Any) -> ChatdError:
    """What somebody is told who may not."""
    with pytest.raises(ChatdError) as refused:
        who.ask(command)
    return refused.value


def sayings(place: str, message_id: str) -> tuple[Any, ...]:
    """All that somebody could say."""
    return (
        SendMessage(dialog_id=place, content="?"),
        EditDraft(dialog_id=place, seq=1, reset="?"),
        StartTyping(dialog_id=place),
        EditMessage(message_id=message_id, content="?"),
        ReactToMessage(message_id=message_id, emoji="👍"),
        CreateFile(dialog_id=place, name="a.txt", size=5),
    )


def test_the_muted_one_says_nothing_and_is_told_until_when_and_why(stage: Stage) -> None:
    guest, other, artem = stage.visitor("Anna"), stage.visitor("Boris"), stage.staff()
    for one in (guest, other, artem):
        one.join("lobby")
    mine = guest.say("lobby", "one")
    told = artem.ask(
        MuteMember(dialog_id="lobby", participant_id=guest.id, seconds=HOUR, reason="spam")
    )
    assert (told.participant_id, told.name, told.reason) == (guest.id, "Anna", "spam")
    for command in sayings("lobby", mine.id):
        error = refusal(guest, command)
        assert (error.code, error.details["muted_until"]) == ("forbidden", told.until)
        assert error.details["why"] == "spam" and told.until in error.message
    guest.say("quiet", "elsewhere")
    other.say("lobby", "two")
    assert [one["content"] for one in guest.heard("message:new")][-1] == "two"
    guest.ask(DeleteMessage(message_id=mine.id))
    stage.later(HOUR / 86_400 + 0.01)
    guest.say("lobby", "three")


def test_everybody_there_sees_who_is_muted_and_what_they_were_writing_goes(stage: Stage) -> None:
    guest, other, artem = stage.visitor("Anna"), stage.visitor("Boris"), stage.staff()
    for one in (guest, other, artem):
        one.join("lobby")
    guest.ask(EditDraft(dialog_id="lobby", seq=1, reset="half"))
    other.heard()
    told = artem.ask(MuteMember(dialog_id="lobby", participant_id=guest.id))
    assert told.until == FOR_GOOD
    stage.turn()
    came = other.connection.mailbox.take()  # type: ignore[attr-defined]
    (seen,) = [data["participant"] for name, data in came if name == "presence:update"]
    assert seen["muted_until"] == FOR_GOOD
    assert [data["reset"] for name, data in came if name == "draft:edit"] == [""]
    rows = {one.id: one.muted_until for one in stage.visitor("Vera").join("lobby").participants}
    assert rows[guest.id] == FOR_GOOD
    artem.ask(UnmuteMember(dialog_id="lobby", participant_id=guest.id))
    assert "muted_until" not in other.heard("presence:update")[-1]["participant"]
    guest.say("lobby", "again")
    asked = UnmuteMember(dialog_id="lobby", participant_id=guest.id)
    assert refusal(artem, asked).code == "conflict"


def test_it_holds_on_every_connection_over_http_and_for_who_comes_back(stage: Stage) -> None:
    guest, artem = stage.visitor(), stage.staff()
    artem.ask(MuteMember(dialog_id="lobby", participant_id=guest.id))
    asked = SendMessage(dialog_id="lobby", content="?")
    assert refusal(guest, asked).code == "forbidden"
    assert refusal(stage.again(guest.token), asked).code == "forbidden"
    with pytest.raises(ChatdError, match="you are muted"):
        stage.over_http(guest, asked)
    stage.close()
    stage.open()
    assert refusal(stage.again(guest.token), asked).code == "forbidden"


def test_an_owner_mutes_in_their_group_and_stays_who_they_are(stage: Stage) -> None:
    anna, boris, vera = three(stage)
    tea, ours = group(anna, "boris").id, direct(anna, "boris").id
    anna.join(tea)
    anna.heard()
    asked = MuteMember(dialog_id=tea, participant_id=boris.id, seconds=HOUR)
    assert refusal(boris, MuteMember(dialog_id=tea, participant_id=anna.id)).code == "forbidden"
    assert refusal(vera, asked).code == "not_found"
    until = anna.ask(asked).until
    assert refusal(boris, SendMessage(dialog_id=tea, content="?")).code == "forbidden"
    (told,) = anna.heard("dialog:update")
    assert {one["id"]: one.get("muted_until") for one in told["dialog"]["members"]} == {
        anna.id: None,
        boris.id: until,
    }
    boris.say(ours, "here")
    gone = MuteMember(dialog_id=tea, participant_id=vera.id)
    assert refusal(anna, gone).code == "not_found"
    assert refusal(anna, MuteMember(dialog_id=tea, participant_id=anna.id)).code == "conflict"
    in_two = MuteMember(dialog_id=ours, participant_id=boris.id)
    assert refusal(anna, in_two).code == "forbidden", "nobody owns what two people have"


def test_operators_mute_in_rooms_and_nobody_in_tickets(stage: Stage) -> None:
    guest, artem = stage.visitor(), stage.staff()
    ticket = guest.open_ticket()
    asked = MuteMember(dialog_id=ticket, participant_id=guest.id)
    assert refusal(artem, asked).code == "conflict"
    own = MuteMember(dialog_id="lobby", participant_id=guest.id)
    assert refusal(guest, own).code == "forbidden"
    assert refusal(artem, MuteMember(dialog_id="lobby", participant_id="p-1")).code == "not_found"
    elsewhere = stage.staff("olga", sites=("bank",))
    assert refusal(elsewhere, own).code == "not_found"
    stage.shell(own)
    assert refusal(guest, SendMessage(dialog_id="lobby", content="?")).code == "forbidden"
