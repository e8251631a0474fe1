"""What a message brings along, what of its changes is told, and what is noted of who writes."""

from __future__ import annotations

from typing import Any

import pytest

from chatd.domain.errand import Errand
from chatd.domain.message import Earlier, Message
from chatd.domain.participant import Participant
from chatd.errors import Invalid, RateLimited
from chatd.handlers import messages
from chatd.protocol.commands import DeleteMessage, EditMessage, ReactToMessage, SendMessage
from chatd.store.base import Remove
from tests.files.stored import put
from tests.handlers.stage import Person, Stage

LOBBY = "lobby"
HOOK = {"url": "https://example.test/a", "secret_env": "NOT_SET"}


def visitor_of(stage: Stage, person: Person) -> Participant:
    """As they are stored."""
    found = stage.store.get(Participant, person.id)
    assert found
    return found


def test_that_a_visitor_wrote_is_noted_once(stage: Stage) -> None:
    anna = stage.visitor()
    before = visitor_of(stage, anna)
    assert not before.wrote and not anna.connection.wrote
    anna.say(LOBBY, "one")
    noted = visitor_of(stage, anna)
    assert noted.wrote and noted.version == before.version + 1
    for number in range(3):
        anna.say(LOBBY, str(number))
    assert visitor_of(stage, anna) == noted and anna.connection.wrote
    second = stage.again(anna.token, device="second")
    second.say(LOBBY, "one more")
    assert visitor_of(stage, anna) == noted and second.connection.wrote


def test_that_a_visitor_wrote_is_noted_over_http_too(stage: Stage) -> None:
    anna = stage.visitor()
    for number in range(3):
        stage.over_http(anna, SendMessage(dialog_id=LOBBY, content=str(number)))
        assert visitor_of(stage, anna).wrote
    assert visitor_of(stage, anna).version == 2
    boris = stage.visitor("Boris")
    stage.store.commit(Remove("participants", boris.id))
    assert boris.say(LOBBY, "still here").seq == 4
    artem = stage.staff()
    assert artem.say(LOBBY, "his").seq == 5 and not artem.connection.wrote


def told_of(stage: Stage) -> list[str]:
    """Of what webhooks are to be told."""
    parts = stage.store.parts(Errand)
    return sorted(one.type for part in parts for one in stage.store.part(Errand, part))


def test_webhooks_are_told_of_an_edit_and_a_deletion_and_not_of_reactions(stage: Stage) -> None:
    stage.hook({"all": HOOK})
    anna = stage.visitor()
    said = anna.say(LOBBY, "one")
    anna.ask(ReactToMessage(message_id=said.id, emoji="👍"))
    assert told_of(stage) == ["message.created"]
    anna.ask(EditMessage(message_id=said.id, content="two"))
    assert told_of(stage) == ["message.created", "message.edited"]
    anna.ask(DeleteMessage(message_id=said.id))
    assert told_of(stage) == ["message.created", "message.deleted", "message.edited"]


def test_of_a_reaction_only_reactions_are_told_and_of_an_edit_all(stage: Stage) -> None:
    anna, boris = stage.visitor(), stage.visitor("Boris")
    boris.join(LOBBY)
    said = anna.say(LOBBY, "one")
    boris.heard()
    for command, version, reactions in (
        (ReactToMessage(message_id=said.id, emoji="👍"), 1, {"👍": [anna.id]}),
        (ReactToMessage(message_id=said.id, emoji="👍", remove=True), 2, {}),
    ):
        anna.ask(command)
        (told,) = boris.heard("message:update")
        assert "content" not in told
        assert (told["version"], told["reactions"]) == (version, reactions)
        assert told["reaction_counts"] == {}
    anna.ask(EditMessage(message_id=said.id, content="two"))
    (told,) = boris.heard("message:update")
    assert (told["content"], told["version"]) == ("two", 3)


def test_a_reaction_is_an_emoji_but_whatever_it_was_is_taken_back(stage: Stage) -> None:
    anna = stage.visitor()
    said = anna.say(LOBBY, "one")
    with pytest.raises(Invalid, match="a reaction is an emoji"):
        anna.ask(ReactToMessage(message_id=said.id, emoji="x"))
    taken = anna.ask(ReactToMessage(message_id=said.id, emoji="x", remove=True)).message
    assert not taken.reactions


def test_a_file_comes_with_words_or_with_its_name(stage: Stage) -> None:
    anna = stage.visitor()

    def send(content: str, **fields: Any) -> Message:
        file = put(stage, anna.id, 5, name="a.txt")
        command = SendMessage(dialog_id=LOBBY, content=content, type="file", files=[file], **fields)
        first = anna.ask(command).message
        if fields:
            assert anna.ask(command).message.id == first.id, "sent again it is the first"
        message: Message = first
        return message

    assert [send(text).content for text in ("", "\u200b", "look")] == ["a.txt", "a.txt", "look"]
    assert send("again", client_id="first").content == "again"
    with pytest.raises(Invalid):
        anna.say(LOBBY, "\u200b")
    assert anna.say(LOBBY, "plain").content == "plain"


def test_what_is_sent_again_costs_nothing_more(stage: Stage) -> None:
    anna = stage.visitor()
    first = anna.say(LOBBY, "x" * 500, client_id="first")
    stage.services.limiter.apply(stage.limits(bytes_per_address="100/day"))
    assert [anna.say(LOBBY, "x" * 500, client_id="first").id for _ in range(3)] == [first.id] * 3
    with pytest.raises(RateLimited):
        anna.say(LOBBY, "x" * 500, client_id="second")


def test_who_is_named_in_notes_is_called_with_the_note(stage: Stage) -> None:
    artem, olga = stage.staff(), stage.staff("olga")
    ticket = stage.visitor().open_ticket()
    for number in range(2):
        note = olga.say(f"{ticket}/notes", f"@artem {number}")
        assert [one["seq"] for one in artem.heard("note:mention")] == [note.seq]


def of_texts(*sizes: int) -> list[int]:
    """The sizes of the earlier texts that are kept of a message that said these, the last of which
    it says no more."""
    *before, last = sizes
    message = Message(
        dialog_id=LOBBY,
        sender_type="member",
        sender_id="p-1",
        sender_name="Anna",
        content="x" * last,
        created_at="",
        earlier=tuple(Earlier("x" * size, "") for size in before),
    )
    return [len(one.content) for one in messages.earlier_texts(message)]


def test_of_earlier_texts_none_is_passed_over() -> None:
    most = messages.MAX_EARLIER_BYTES
    assert (messages.MAX_EARLIER, most) == (20, 64_000)
    assert of_texts(5, 10, most, 20) == [5, 20], "what is before one that does not fit is gone"
    assert of_texts(5, 10, most - 35, 20) == [5, 10, most - 35, 20]
    assert of_texts(5, 10, most - 34, 20) == [5, most - 34, 20]
    assert of_texts(5, most - 5) == [5, most - 5] and of_texts(5, most - 4) == [5]
    assert of_texts(7) == [7] and of_texts(most + 1) == [most + 1]
    assert of_texts(*range(30)) == [0, *range(11, 30)]
