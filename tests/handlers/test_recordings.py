"""Recordings of calls: none without both stored consents, none after one is withdrawn, none of a
call that is over; what was recorded is in the ticket, and goes with it."""

from __future__ import annotations

import errno
from pathlib import Path
from typing import Any, cast

import pytest
from msgspec import to_builtins

from chatd.admin.call_verbs import write_call
from chatd.domain.file import Blob, DialogUse, File, use_id
from chatd.domain.ticket import Ticket
from chatd.errors import (
    ChatdError,
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    TooLarge,
    Unavailable,
)
from chatd.protocol.belongings import ExportPerson, ForgetPerson
from chatd.protocol.calls import AgreeToRecording, EndCall, ListCalls, RecordCall
from chatd.protocol.commands import GetHistory, SendMessage
from chatd.protocol.erasing import EraseConversation
from chatd.protocol.files import GetFile, RemoveFile
from chatd.protocol.support import CloseTicket
from chatd.service import recorded, recordings, sweeping, uploads
from chatd.service.recordings import SILENT_S, Watch
from chatd.store.base import Remove
from tests.files.test_examining import Helper
from tests.handlers.among import direct, three
from tests.handlers.calling import in_ticket, settings, talk
from tests.handlers.recording import SITES, answer, ask, running, send, stored, talking, webm
from tests.handlers.stage import Person, Stage


def told(person: Person) -> list[tuple[str, str | None]]:
    """What they heard of recordings since they were last asked."""
    heard = (one["recording"] for one in person.heard("call:recording"))
    return [(one["state"], one["reason"]) for one in heard]


def history(person: Person, ticket: str) -> list[Any]:
    """All that is said there."""
    found: list[Any] = person.ask(GetHistory(dialog_id=ticket)).messages
    return found


def kinds(person: Person, ticket: str) -> list[str]:
    """What the house has said of the call."""
    said = history(person, ticket)
    found = ("recording" if one.meta.get("recording") else one.meta.get("kind", "") for one in said)
    return [one for one in found if one.startswith(("call", "recording"))]


def test_both_consents_are_stored_before_a_byte_is_taken_and_the_file_is_in_the_ticket(
    stage: Stage,
) -> None:
    anna, artem, ticket, call = talking(stage)
    asked = ask(artem, call)
    assert (asked.state, asked.asked_by, asked.media) == ("asked", artem.id, ["audio"])
    assert asked.file_id is None and [one.id for one in asked.consents] == [artem.id]
    assert told(anna) == told(artem) == [("asked", None)]
    assert kinds(anna, ticket) == [], "nothing has begun yet"
    stage.now += 5
    began = answer(anna, call, True)
    assert [one.id for one in began.consents] == [artem.id, anna.id]
    assert began.consents[0].at < began.consents[1].at == began.began_at
    assert [one.id for one in stored(stage, call).consents] == [artem.id, anna.id]
    file = stage.store.get(File, began.file_id)
    assert file and file.recorded and file.recorded.call == call
    assert [one.name for one in file.recorded.consents] == ["Artem", "Anna"]
    assert told(anna) == told(artem) == [("running", None)]
    said = history(anna, ticket)[-1]
    assert (said.sender_type, said.meta["kind"]) == ("system", "recording_began")
    assert (said.meta["asked_by"], said.meta["agreed_by"]) == (artem.id, anna.id)
    assert said.meta["asked_at"] < said.meta["agreed_at"] == began.began_at
    again = stage.again(anna.token, call_id=call)
    assert again.connection.principal.id == anna.id
    data = webm()
    send(stage, began.file_id, 0, data[:1000])
    stage.now += 65
    send(stage, began.file_id, 1000, data[1000:])
    with pytest.raises(NotFound):
        again.ask(GetFile(file_id=began.file_id))
    assert artem.ask(GetFile(file_id=began.file_id)).file.state == "uploading"
    assert answer(artem, call, False).reason == "stopped"
    stage.turn()
    assert kinds(anna, ticket) == ["recording_began", "recording_ended", "recording"]
    message = history(anna, ticket)[-1]
    assert (message.type, message.sender_type, message.sender_id) == ("file", "admin", artem.id)
    (sent,) = message.files
    assert (sent.type, sent.size, sent.duration_s) == ("audio/webm", len(data), 65.0)
    assert sent.name == message.content and sent.name.endswith(".webm")
    assert message.meta["seconds"] == 65 and message.meta["agreed_by"] == anna.id
    assert anna.ask(GetFile(file_id=sent.id)).file.url, "and now both have it"
    assert stage.services.bytes.uploads() == []
    with pytest.raises(NotFound):
        stage.visitor("Mallory").ask(GetFile(file_id=sent.id))
    listed = stage.shell(ListCalls(call_id=call))
    (row,) = listed.calls
    assert (row.recorded, row.file_id) == ("stopped", sent.id)
    lines = write_call(to_builtins(listed)).splitlines()
    assert {"  reason: stopped", f"  file: {sent.id}"} <= set(lines)
    assert any(one.startswith("  agreed: ") and anna.id in one for one in lines)
    artem.ask(EndCall(call_id=call))
    assert kinds(anna, ticket)[-1] == "call"
    copy = str(stage.directory.parent / "export")
    assert stage.shell(ExportPerson(participant_id=anna.id, directory=copy)).files == 1
    assert (Path(copy) / "files" / f"{sent.id}.webm").read_bytes() == data
    artem.ask(CloseTicket(ticket_id=ticket))
    stage.shell(EraseConversation(what=ticket, sure=True))
    stage.turn()
    assert stage.store.get(File, sent.id) is None and stage.store.get(Blob, sent.sha256) is None
    assert stage.services.bytes.shelf(sent.sha256[:2]) == []


def test_nobody_else_asks_agrees_ends_or_sends(stage: Stage) -> None:
    anna, artem, ticket, call = talking(stage)
    bella, mallory = stage.staff("bella"), stage.visitor("Mallory")
    tab, desk = (stage.again(one.token, device="second") for one in (anna, artem))
    for stranger, error in ((bella, NotFound), (mallory, NotFound), (anna, Forbidden)):
        with pytest.raises(error):
            ask(stranger, call)
    with pytest.raises(Conflict, match="another of your connections"):
        ask(desk, call)
    with pytest.raises(Invalid, match="media"):
        ask(artem, call, "video")
    with pytest.raises(Conflict, match="nobody has asked"):
        answer(anna, call, True)
    ask(artem, call)
    with pytest.raises(Conflict, match="asked"):
        ask(artem, call)
    for stranger in (bella, mallory):
        for agrees in (True, False):
            with pytest.raises(NotFound):
                answer(stranger, call, agrees)
    with pytest.raises(Conflict, match="another of your connections"):
        answer(tab, call, True)
    with pytest.raises(Conflict, match="asker cannot agree"):
        answer(artem, call, True)
    for nobody in (RecordCall(call_id=call, media=["audio"]),):
        with pytest.raises(Invalid, match="live connection"):
            stage.over_http(artem, nobody)
    with pytest.raises(Invalid, match="live connection"):
        stage.over_http(anna, AgreeToRecording(call_id=call, agree=True))
    assert stored(stage, call).state == "asked"
    file = answer(anna, call, True).file_id
    for stranger in (bella, mallory, anna):
        with pytest.raises((NotFound, Forbidden)):
            stage.over_http(stranger, GetFile(file_id=file))
    with pytest.raises(Conflict, match="call:consent"):
        artem.ask(RemoveFile(file_id=file))
    with pytest.raises(NotFound, match="no file"):
        artem.ask(SendMessage(dialog_id=ticket, content="", type="file", files=[file]))


def test_after_refusal_withdrawal_or_the_end_of_the_call_nothing_is_taken(stage: Stage) -> None:
    anna, artem, ticket, call = talking(stage)
    ask(artem, call)
    assert answer(anna, call, False).reason == "refused"
    assert kinds(anna, ticket) == [] and told(artem)[-1] == ("ended", "refused")
    with pytest.raises(Conflict, match="ended"):
        answer(anna, call, True)
    ask(artem, call)
    assert answer(artem, call, False).reason == "withdrawn"
    ask(artem, call)
    file = answer(anna, call, True).file_id
    send(stage, file, 0, webm()[:900])
    tab = stage.again(anna.token)
    assert answer(tab, call, False).ended_by == anna.id, "from whichever of one's tabs"
    with pytest.raises(Conflict, match="recording has ended"):
        send(stage, file, 900, webm()[900:])
    stage.turn()
    assert history(anna, ticket)[-1].files[0].size == 900, "what came before is kept"
    for late in (b"more", webm()):
        with pytest.raises(Conflict):
            send(stage, file, 900, late)
    with pytest.raises(Conflict, match="at most 3 times"):
        ask(artem, call)
    artem.ask(EndCall(call_id=call))
    for over in (lambda: ask(artem, call), lambda: answer(anna, call, True)):
        with pytest.raises(ChatdError):
            over()


def test_what_ends_the_call_ends_the_recording(stage: Stage) -> None:
    anna, artem, ticket, call, file = running(stage)
    send(stage, file, 0, webm())
    artem.ask(CloseTicket(ticket_id=ticket))
    with pytest.raises(Conflict, match="recording has ended"):
        send(stage, file, len(webm()), b"more")
    stage.turn()
    assert kinds(anna, ticket) == ["recording_began", "recording_ended", "call", "recording"]
    (row,) = stage.shell(ListCalls(call_id=call)).calls
    assert row.recorded == "over" and row.recording.ended_by == row.ended_by


def test_what_is_asked_again_hides_nothing_that_was_recorded(stage: Stage) -> None:
    anna, artem, ticket, call, file = running(stage)
    send(stage, file, 0, webm())
    assert answer(artem, call, False).left == 2
    stage.turn()
    ask(artem, call)
    assert answer(anna, call, False).left == 1
    stage.reopen()
    anna, artem = stage.again(anna.token, call_id=call), stage.again(artem.token, call_id=call)
    listed = stage.shell(ListCalls(call_id=call))
    assert [(one.reason, one.file_id) for one in listed.recordings] == [
        ("stopped", file),
        ("refused", None),
    ]
    people = [[who.id for who in one.consents] for one in listed.recordings]
    assert people == [[artem.id, anna.id], [artem.id]]
    (row,) = listed.calls
    assert (row.recorded, row.file_id) == ("stopped, refused", file)
    assert stage.shell(ListCalls()).recordings == [], "of one that was asked for"
    artem.ask(CloseTicket(ticket_id=ticket))
    stage.shell(EraseConversation(what=ticket, sure=True))
    assert stage.shell(ListCalls()).calls == []
    with pytest.raises(NotFound):
        stage.shell(ListCalls(call_id=call))
    boris, _, vera = three(stage)
    boris.ask(EndCall(call_id=talk(boris, vera, direct(boris, "vera").id)))
    assert len(stage.shell(ListCalls()).calls) == 1
    stage.shell(ForgetPerson(participant_id=boris.id, sure=True))
    assert stage.shell(ListCalls()).calls == []


def test_there_is_none_where_it_is_not_switched_on(stage: Stage) -> None:
    anna, artem, ticket = in_ticket(stage)
    call = talk(artem, anna, ticket)
    with pytest.raises(Forbidden, match="not recorded here"):
        ask(artem, call)
    settings(stage, sites=SITES)
    with pytest.raises(Forbidden, match="operator who is in it"):
        ask(artem, call)
    artem.ask(EndCall(call_id=call))
    call = talk(anna, artem, ticket)
    settings(stage, sites=SITES, files={"enabled": False})
    with pytest.raises(Forbidden):
        ask(artem, call)
    settings(stage, sites=SITES)
    ask(artem, call)
    answer(anna, call, True)
    settings(stage)
    Watch(stage.services).turn()
    assert told(anna)[-1] == told(artem)[-1] == ("ended", "off")
    boris, _, vera = three(stage)
    call = talk(boris, vera, direct(boris, "vera").id)
    with pytest.raises(Forbidden):
        ask(boris, call)


def test_it_ends_when_it_is_too_long_too_large_or_nobody_sends_it(stage: Stage) -> None:
    anna, artem, ticket, call, file = running(stage, calls={"recording_minutes": 1})
    watch = Watch(stage.services, lambda: stage.clock)
    watch.turn()
    stage.now += 59
    watch.turn()
    assert told(anna)[-1] == ("running", None)
    stage.now += 1
    watch.turn()
    assert told(anna)[-1] == told(artem)[-1] == ("ended", "limit")
    stage.turn()
    assert stage.store.get(File, file) is None, "nothing ever came of it"
    settings(stage, sites=SITES)
    ask(artem, call)
    file = answer(anna, call, True).file_id
    watch.turn()
    for part in range(3):
        stage.clock += SILENT_S - 1
        send(stage, file, part, webm()[part : part + 1])
        watch.turn()
    stage.clock += SILENT_S - 1
    watch.turn()
    assert told(anna)[-1] == ("running", None)
    stage.clock += 1
    watch.turn()
    assert told(anna)[-1] == ("ended", "lost")
    settings(stage, sites=SITES, calls={"recording_bytes": 1_048_576})
    ask(artem, call)
    file = answer(anna, call, True).file_id
    use = stage.store.get(DialogUse, use_id(ticket))
    assert use and use.sites["shop"] == (2, 3 + 1_048_576), "its place is kept"
    send(stage, file, 0, webm())
    with pytest.raises(TooLarge):
        send(stage, file, len(webm()), bytes(1_048_576))
    assert told(anna)[-1] == ("ended", "limit")
    stage.turn()
    use = stage.store.get(DialogUse, use_id(ticket))
    assert use and use.sites["shop"] == (2, 3 + len(webm()))
    artem.ask(EndCall(call_id=call))


def test_a_full_disk_ends_the_recording_and_not_the_call(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    anna, artem, ticket, call, file = running(stage)
    send(stage, file, 0, webm())
    write = stage.services.bytes.write

    def fail(*given: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(stage.services.bytes, "write", fail)
    with pytest.raises(Unavailable):
        send(stage, file, len(webm()), b"more")
    assert told(anna)[-1] == told(artem)[-1] == ("ended", "full")
    stage.turn()
    monkeypatch.setattr(stage.services.bytes, "write", write)
    assert history(anna, ticket)[-1].files[0].size == len(webm())
    artem.ask(EndCall(call_id=call))
    settings(stage, sites=SITES, files={"site_bytes": 1_000_000})
    call = talk(artem, anna, ticket)
    ask(artem, call)
    with pytest.raises(TooLarge, match="all files of this site"):
        answer(anna, call, True)
    assert stored(stage, call).state == "asked"
    monkeypatch.setattr(stage.services.bytes, "free", lambda: 0)
    with pytest.raises(Unavailable, match="no room"):
        answer(anna, call, True)
    with pytest.raises(Conflict, match="is asked"):
        ask(artem, call)


def test_what_a_killed_daemon_has_left_is_finished_once(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed while it runs, and between its being ready and its message."""
    anna, _, ticket, call, file = running(stage)
    send(stage, file, 0, webm()[:900])
    stage.reopen()
    uploads.finish_waiting(stage.services)
    found = stage.store.get(File, file)
    assert found and (found.state, found.received) == ("uploading", 900), "it may go on"
    send(stage, file, 900, webm()[900:1200])
    with monkeypatch.context() as patched:
        patched.setattr(uploads.recorded, "deliver", lambda *given: 1 / 0)
        recordings.stop(stage.services, call, "lost")
        stage.turn()
    found = stage.store.get(File, file)
    assert found and (found.state, found.sent) == ("ready", False)
    stage.reopen()
    for _ in range(2):
        uploads.finish_waiting(stage.services)
    again = stage.again(anna.token)
    assert kinds(again, ticket) == ["recording_began", "recording_ended", "recording"]
    assert history(again, ticket)[-1].files[0].size == 1200


def test_what_is_ready_when_its_ticket_is_gone_goes_too(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, artem, ticket, _, file = running(stage)
    send(stage, file, 0, webm())
    with monkeypatch.context() as patched:
        patched.setattr(uploads.recorded, "deliver", lambda *given: None)
        artem.ask(CloseTicket(ticket_id=ticket))
        stage.turn()
    found = stage.store.get(File, file)
    assert found and (found.state, found.sent) == ("ready", False)
    known = stage.store.get(Ticket, ticket)
    assert known
    stage.store.commit(Remove("tickets", ticket, known.version))
    recorded.deliver(stage.services, file)
    assert stage.store.get(File, file) is None and stage.store.get(Blob, found.sha256) is None


def test_what_is_no_recording_is_not_kept_and_a_running_one_is_not_swept(stage: Stage) -> None:
    anna, artem, ticket, call, file = running(stage)
    stage.now += 30 * 3600
    cast(Helper, stage.services.helpers).kind = "text/html"
    send(stage, file, 0, b"<html><script>alert(1)</script></html>")
    for _ in sweeping.sweep_files(stage.services):
        pass
    assert stage.store.get(File, file), "it still grows"
    answer(artem, call, False)
    stage.turn()
    found = stage.store.get(File, file)
    assert found and found.state == "refused" and "video/webm" in found.reason
    stage.services.bytes.write(file, 0, b"its end could not be told to the disk")
    uploads.finish_waiting(stage.services)
    assert stage.services.bytes.uploads() == []
    assert kinds(anna, ticket) == ["recording_began", "recording_ended"]
    for _ in sweeping.sweep_files(stage.services):
        pass
    assert stage.store.get(File, file) is None and stage.services.bytes.uploads() == []
