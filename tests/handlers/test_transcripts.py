"""Transcripts: what was said in a ticket as it is written down, page by page."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from chatd.domain.file import File
from chatd.domain.ticket import NOTES
from chatd.errors import Forbidden, Invalid, NotFound
from chatd.protocol.commands import DeleteMessage, SendMessage
from chatd.protocol.support import AcceptTicket
from chatd.protocol.transcripts import GetTranscript, Transcript
from chatd.store.base import Put
from tests.handlers.stage import Person, Stage


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    made = Stage(tmp_path / "data")
    yield made
    made.close()


def talked(stage: Stage) -> tuple[Person, Person, str]:
    """A customer, an operator, and the ticket in which both have spoken."""
    anna, artem = stage.visitor(), stage.staff(sites=("shop",))
    id = anna.open_ticket("Где заказ?")
    artem.ask(AcceptTicket(ticket_id=id))
    stage.now += 1
    artem.say(f"{id}{NOTES}", "осторожно")
    stage.now += 1
    gone = artem.say(id, "не то")
    artem.ask(DeleteMessage(message_id=gone.id))
    artem.say(id, "Едет\nзавтра")
    return anna, artem, id


def said(told: Transcript) -> list[str]:
    """What is in it."""
    return [one.text for one in told.lines]


def all_pages(person: Person, id: str, **fields: Any) -> list[Transcript]:
    """Until there is no more."""
    found = [person.ask(GetTranscript(ticket_id=id, **fields))]
    while found[-1].more:
        again = GetTranscript(ticket_id=id, cursor=found[-1].cursor, **fields)
        found.append(person.ask(again))
    return found


def test_it_has_what_was_said_and_notes_only_for_operators_who_want_them(stage: Stage) -> None:
    anna, artem, id = talked(stage)
    for person in (anna, artem):
        told = person.ask(GetTranscript(ticket_id=id))
        assert [one for one in said(told) if "Artem" not in one][1:] == [
            "Где заказ?",
            "Едет\nзавтра",
        ]
        assert (told.more, told.cursor, told.ticket_id) == (False, None, id)
        assert not any(one.note for one in told.lines)
    noted = artem.ask(GetTranscript(ticket_id=id, notes=True))
    assert said(noted)[-2:] == ["осторожно", "Едет\nзавтра"], "where it was noted"
    assert [one.text for one in noted.lines if one.note] == ["осторожно"]
    with pytest.raises(Forbidden, match="no customer's transcript"):
        anna.ask(GetTranscript(ticket_id=id, notes=True))


@pytest.mark.parametrize("limit", [1, 2, 3])
def test_pages_have_each_message_once(stage: Stage, limit: int) -> None:
    _, artem, id = talked(stage)
    for notes in (False, True):
        whole = said(artem.ask(GetTranscript(ticket_id=id, notes=notes)))
        pages = all_pages(artem, id, notes=notes, limit=limit)
        assert [one for page in pages for one in said(page)] == whole
        assert len(pages) > 1 and all(len(page.lines) <= limit for page in pages)


@pytest.mark.parametrize("cursor", ["1", "1.", "a.b", "-1.0", "1.2.3", "١.٢"])
def test_a_cursor_of_nothing_is_refused(stage: Stage, cursor: str) -> None:
    _, artem, id = talked(stage)
    with pytest.raises(Invalid, match="of this transcript gave"):
        artem.ask(GetTranscript(ticket_id=id, cursor=cursor))


def test_it_is_in_the_language_that_is_asked_for_else_the_customers(stage: Stage) -> None:
    _, artem, id = talked(stage)
    told = artem.ask(GetTranscript(ticket_id=id))
    assert told.language == "ru" and told.title == f"Переписка {id} · shop"
    assert "подключился" in said(told)[2] and told.about.startswith("С клиентом Anna, с 20")
    told = artem.ask(GetTranscript(ticket_id=id, language="en"))
    assert told.language == "en" and told.title == f"Conversation {id} · shop"
    assert "has joined" in said(told)[2] and told.about.endswith(" UTC")


def test_files_are_named(stage: Stage) -> None:
    anna, artem, id = talked(stage)
    made = File("f-1-1", id, "shop", anna.id, "план.pdf", 3, "", state="ready", sha256="a" * 64)
    stage.store.commit(Put(made), Put(replace(made, id="f-1-2", name="смета.pdf")))
    for file, words in (("f-1-1", ""), ("f-1-2", "вот")):
        anna.ask(SendMessage(dialog_id=id, type="file", content=words, files=[file]))
    told = said(artem.ask(GetTranscript(ticket_id=id)))
    assert told[-2:] == ["[файл: план.pdf]", "вот\n[файл: смета.pdf]"]


def test_it_is_nobodys_elses(stage: Stage) -> None:
    *_, id = talked(stage)
    for person in (stage.visitor(), stage.staff("olga", sites=("bank",))):
        with pytest.raises(NotFound):
            person.ask(GetTranscript(ticket_id=id))
