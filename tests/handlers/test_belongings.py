"""All that is one person's is counted, and written down; of others nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from chatd.domain.ticket import NOTES, Ticket
from chatd.errors import Conflict, Forbidden, Invalid, NotFound, Unavailable
from chatd.protocol.belongings import ExportPerson, ShowPerson
from chatd.protocol.envelope import convert
from chatd.protocol.support import AcceptTicket, UpdateTicket
from chatd.service import belongings, exporting
from chatd.store.base import Put
from tests.files.stored import put
from tests.handlers.among import group
from tests.handlers.stage import Person, Stage

ADDRESS = "anna@mail.example"


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    made = Stage(tmp_path / "data")
    yield made
    made.close()


def kept(stage: Stage, data: bytes) -> str:
    """Bytes that are there."""
    digest = stage.services.bytes.name(data)
    stage.services.bytes.put(digest, data)
    return digest


def export(stage: Stage, who: str, **fields: Any) -> tuple[Any, Path]:
    target = stage.directory.parent / f"of-{who}"
    return stage.shell(ExportPerson(participant_id=who, directory=str(target), **fields)), target


def furnish(stage: Stage) -> tuple[Person, str]:
    """A customer of whom there is something everywhere, and their ticket."""
    anna, artem = stage.visitor("<b>Anna</b>"), stage.staff()
    id = anna.open_ticket("Мой адрес: Тверская 7")
    artem.ask(AcceptTicket(ticket_id=id))
    artem.ask(UpdateTicket(ticket_id=id, contact=ADDRESS))
    artem.say(id, "Записал")
    artem.say(f"{id}{NOTES}", "Заметка о ней")
    digest = kept(stage, b"hello")
    file = put(stage, anna.id, 5, dialog_id=id, name="../../x/План.TXT", sha256=digest)
    anna.say(id, "", type="file", files=[file])
    anna.say("lobby", "Я в комнате")
    stage.visitor("Boris").say("lobby", "Чужое слово")
    return anna, id


def written(directory: Path) -> str:
    """All of it that is text."""
    return "".join(one.read_text() for one in sorted(directory.iterdir()) if one.is_file())


def test_everything_of_a_visitor_is_written_and_nothing_of_others(stage: Stage) -> None:
    anna, id = furnish(stage)
    done, directory = export(stage, id)
    assert (done.participant_id, done.files, done.bytes, done.missing) == (anna.id, 1, 5, [])
    lines = [json.loads(line) for line in (directory / "messages.jsonl").read_text().splitlines()]
    assert done.messages == len(lines) and {one["dialog_id"] for one in lines} == {id, "lobby"}
    (path,) = [file["path"] for one in lines for file in one.get("files", ())]
    assert (directory / path).read_bytes() == b"hello" and Path(path).suffix == ".txt"
    page = (directory / "index.html").read_text()
    for text in ("Тверская 7", "Записал", "Я в комнате", "&lt;b&gt;Anna&lt;/b&gt;", path):
        assert text in page
    everything = written(directory)
    for text in ("Чужое слово", "Заметка о ней", "token_hash", "artem"):
        assert text not in everything, text
    assert "<b>Anna</b>" not in page
    told = json.loads((directory / "person.json").read_text())
    assert told["participant"]["id"] == anna.id and told["tickets"][0]["contact"] == ADDRESS
    assert {one.stat().st_mode & 0o077 for one in directory.rglob("*")} == {0}
    assert directory.stat().st_mode & 0o077 == 0


def test_notes_come_along_only_where_they_are_asked_for(stage: Stage) -> None:
    _, id = furnish(stage)
    _, directory = export(stage, id, notes=True)
    assert "Заметка о ней" in (directory / "index.html").read_text()


def test_a_person_is_found_by_name_with_what_they_said_in_dialogs(stage: Stage) -> None:
    anna, boris = stage.person(), stage.person("boris")
    tea = group(anna, "boris")
    anna.say(tea.id, "Слово Анны")
    boris.say(tea.id, "Слово Бориса")
    _, directory = export(stage, "anna")
    everything = written(directory)
    assert everything.count("<h2>") == 1, "of what there is none, there is no heading"
    assert "Слово Анны" in everything and "Слово Бориса" not in everything
    told = json.loads((directory / "person.json").read_text())
    assert told["account"]["id"] == "anna" and "password" not in everything
    assert [one["id"] for one in told["dialogs"]] == [tea.id] and told["sessions"]
    accounts = [belongings.account_of(stage.services, one.id) for one in (anna, boris)]
    assert [one and one.id for one in accounts] == ["anna", "boris"]


def test_who_gave_an_address_is_found_and_counted(stage: Stage) -> None:
    anna, id = furnish(stage)
    for who in (ADDRESS, ADDRESS.upper(), id, anna.id):
        found = stage.shell(ShowPerson(who=who))
        assert (found.participants, found.tickets, found.files, found.bytes, found.more) == (
            *([anna.id], 1, 1, 5, False),
        )


def test_of_a_visitor_who_ran_out_the_tickets_are_found(stage: Stage) -> None:
    ticket = Ticket(
        id="TKT-1700000000",
        site="shop",
        status="closed",
        customer_id="p-1-gone",
        customer_name="Vera",
        created_at="2024-01-01T00:00:00.000Z",
        updated_at="",
    )
    stage.store.commit(Put(ticket))
    assert stage.shell(ShowPerson(who="p-1-gone")).tickets == 1
    _, directory = export(stage, "p-1-gone")
    assert json.loads((directory / "person.json").read_text())["participant"] is None


def test_bytes_that_are_not_there_are_named(stage: Stage) -> None:
    anna, _ = furnish(stage)
    lost = put(stage, anna.id, 3, name="lost.txt", sha256="1" * 64)
    done, _ = export(stage, anna.id)
    assert done.missing == [lost] and done.files == 1


def test_what_cannot_be_exported_is_said_and_leaves_nothing(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    anna, _ = furnish(stage)
    above = stage.directory.parent
    (above / "full").mkdir()
    (above / "full" / "x").touch()
    for directory, error in (
        ("somewhere", Invalid),
        (str(stage.directory / "out"), Invalid),
        (str(above / "full"), Conflict),
        (str(above / "none" / "out"), Unavailable),
    ):
        with pytest.raises(error):
            stage.shell(ExportPerson(participant_id=anna.id, directory=directory))
    for who in ("p-1-none", "nobody", "TKT-1", "none@mail.example"):
        with pytest.raises(NotFound):
            stage.shell(ShowPerson(who=who))
    with pytest.raises(Invalid, match="'person ADDRESS' tells"):
        convert(ExportPerson, {"participant_id": ADDRESS, "directory": "/x"})
    for person in (anna, stage.staff("root", role="admin")):
        with pytest.raises(Forbidden):
            person.ask(ShowPerson(who=anna.id))
    before = sorted(one.name for one in above.iterdir())

    def fail(*given: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(exporting, "settle", fail)
    with pytest.raises(Unavailable, match="No space left"):
        export(stage, anna.id)
    assert sorted(one.name for one in above.iterdir()) == before
