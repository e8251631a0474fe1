"""Which files a message may bring, who may have a file, and how long its links open it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from chatd.domain.file import attach
from chatd.domain.message import Message
from chatd.errors import ChatdError, Conflict, Forbidden, Invalid, NotFound, TooLarge
from chatd.live.connections import Connection
from chatd.protocol.commands import SendMessage
from chatd.protocol.files import GetFile
from chatd.protocol.support import OpenTicket
from chatd.service import attachments
from tests.daemon import RELAXED
from tests.files.stored import file_of, put
from tests.trust.house import House

ROOMS: dict[str, Any] = {"lobby": {}, "attic": {}, "zoo": {}}


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """With three rooms, and three files for each message."""
    made = House(
        tmp_path / "data",
        **RELAXED,
        store={"sync": False},
        sites={"shop": {}, "bank": {}},
        rooms=ROOMS,
        files={"per_message": 3},
    )
    yield made
    made.close()


@pytest.fixture
def anna(house: House) -> Connection:
    """A visitor of the shop."""
    return house.hello(name="Anna", site="shop")[0]


def own(house: House, who: Connection, **fields: Any) -> str:
    """A file of theirs that may be sent into the lobby."""
    return put(house, who.principal.id, 5, **fields)


def send(house: House, who: Connection, *files: str, **fields: Any) -> Message:
    """A message with files, as stored."""
    values = {"dialog_id": "lobby", "content": "", "type": "file", **fields}
    message: Message = house.ask(who, SendMessage(**values, files=list(files))).message
    return message


def test_a_message_has_files_as_its_type_says_and_no_more_than_it_may(
    house: House, anna: Connection
) -> None:
    ids = [own(house, anna) for _ in range(5)]
    with pytest.raises(Invalid, match="of type file or voice"):
        send(house, anna, ids[0], type="text", content="one")
    assert not send(house, anna, type="text", content="one").files
    for kind in ("file", "voice"):
        with pytest.raises(Invalid, match=f"type {kind} has files"):
            send(house, anna, type=kind, content="one")
    with pytest.raises(TooLarge, match="at most 3 files") as refused:
        send(house, anna, *ids[:4])
    assert refused.value.details["limit"] == 3
    with pytest.raises(Invalid, match="named twice"):
        send(house, anna, ids[0], ids[1], ids[0])
    sent = send(house, anna, *ids[:3])
    assert [one.id for one in sent.files or ()] == ids[:3]
    assert [file_of(house, id).sent for id in ids] == [True, True, True, False, False]


def test_a_voice_message_is_one_file_with_sound(house: House, anna: Connection) -> None:
    for kind in ("audio/ogg", "audio/webm", "video/webm"):
        assert send(house, anna, own(house, anna, type=kind), type="voice").files
    for kind in ("video/mp4", "video/zzz", "text/plain", "image/png"):
        with pytest.raises(Invalid, match="one file with sound"):
            send(house, anna, own(house, anna, type=kind), type="voice")
        assert send(house, anna, own(house, anna, type=kind)).files
    both = [own(house, anna, type="audio/ogg") for _ in range(2)]
    with pytest.raises(Invalid, match="one file with sound"):
        send(house, anna, *both, type="voice")


def test_only_what_is_ones_own_here_ready_and_unsent_is_sent(
    house: House, anna: Connection
) -> None:
    people = [house.hello(name=name, site="shop")[0] for name in ("Boris", "Vera")]
    strange = [own(house, one) for one in people]
    elsewhere = [own(house, anna, dialog_id=room) for room in ("attic", "zoo")]
    for id in (*strange, *elsewhere, "f-unknown"):
        with pytest.raises(NotFound, match=f"no file {id} of yours was uploaded into this dialog"):
            send(house, anna, id)
    for who, id in zip(people, strange, strict=True):
        with pytest.raises(NotFound):
            send(house, who, own(house, anna))
        assert send(house, who, id).files
    with pytest.raises(Conflict, match="was refused: too ugly"):
        send(house, anna, own(house, anna, state="refused", reason="too ugly"))
    for state in ("uploading", "checking"):
        with pytest.raises(Conflict, match="is not ready yet") as refused:
            send(house, anna, own(house, anna, state=state))
        assert refused.value.details["state"] == state
    sent = own(house, anna)
    send(house, anna, sent)
    with pytest.raises(Conflict, match="was sent already"):
        send(house, anna, sent)


def test_what_is_sent_again_is_the_message_that_it_was(house: House, anna: Connection) -> None:
    one, two = own(house, anna), own(house, anna)
    first = send(house, anna, one, client_id="first")
    again = send(house, anna, one, client_id="first")
    assert (again.id, again.seq) == (first.id, first.seq)
    assert send(house, anna, two, client_id="second").id != first.id
    for fields in ({}, {"client_id": "third"}):
        with pytest.raises(Conflict, match="was sent already"):
            send(house, anna, one, **fields)
    with pytest.raises(NotFound):
        send(house, anna, "f-unknown", client_id="fourth")


def test_of_two_messages_with_one_file_one_is_refused(house: House, anna: Connection) -> None:
    ids = [own(house, anna), own(house, anna)]
    files = tuple(attach(file_of(house, id)) for id in ids)
    message = Message(
        dialog_id="lobby",
        sender_type="member",
        sender_id=anna.principal.id,
        sender_name="Anna",
        content="",
        created_at="",
        files=files,
    )
    assert len(attachments.sending(house.services, message)) == 2
    assert attachments.sending(house.services) == []
    send(house, anna, ids[1])
    with pytest.raises(Conflict, match="was sent, or is gone, by now"):
        attachments.sending(house.services, message)


def has(house: House, who: Connection, id: str) -> bool:
    """Whether a file is there for somebody."""
    try:
        found: bool = house.ask(who, GetFile(file_id=id)).file.id == id
    except NotFound as error:
        assert error.message == "no such file"
        return False
    return found


def test_a_file_is_there_for_who_may_read_its_dialog_once_it_is_sent(
    house: House, anna: Connection
) -> None:
    people = [house.hello(name=name, site="shop")[0] for name in ("Boris", "Vera")]
    ticket: str = house.ask(anna, OpenTicket(content="help")).ticket.id
    cases = (("lobby", True), (ticket, False), ("gone", False))
    for dialog, readable in cases:
        unsent, sent = (own(house, anna, dialog_id=dialog, sent=sent) for sent in (False, True))
        there = dialog != "gone"
        assert [has(house, anna, id) for id in (unsent, sent)] == [there, there]
        for other in people:
            assert [has(house, other, id) for id in (unsent, sent)] == [False, readable]
    for other in people:
        assert has(house, other, own(house, other))
    assert not has(house, anna, "f-unknown")


def test_a_link_opens_a_file_for_one_to_two_spans(house: House) -> None:
    services = house.services
    span = services.config.files.link_seconds
    for at in (0, 1, span - 1, span, span + 1):
        house.now = 1_800_000_000.0 + at
        whole = attachments.link(services, "f-1", "content", "a b/ж.txt")
        base, signed, name = whole.rsplit("/", 2)
        assert (base, name) == ("/api/files/f-1/content", "a%20b%2F%D0%B6.txt")
        until = 1_800_000_000 + (3 if at >= span else 2) * span
        assert attachments.check_link(services, "f-1", "content", signed) == until
        house.now = float(until)
        assert attachments.check_link(services, "f-1", "content", signed) == until
        house.now = until + 0.5
        with pytest.raises(Forbidden, match="this link has ended"):
            attachments.check_link(services, "f-1", "content", signed)
    bare = attachments.link(services, "f-1", "preview", "")
    assert bare.count("/") == 5 and not bare.endswith("/")


def test_a_link_opens_nothing_but_what_it_was_made_for(house: House) -> None:
    services = house.services
    until = int(house.now) + 60
    mark = attachments.signature(services, "f-1", "content", until)
    assert attachments.check_link(services, "f-1", "content", f"{until}-{mark}") == until
    for id, what, signed in (
        ("f-2", "content", f"{until}-{mark}"),
        ("f-1", "preview", f"{until}-{mark}"),
        ("f-1", "content", f"{until + 1}-{mark}"),
        ("f-1", "content", f"{until}-{mark}x"),
        ("f-1", "content", f"{until}-"),
        ("f-1", "content", f"{until}"),
        ("f-1", "content", f"-{mark}"),
        ("f-1", "content", f"x-{mark}"),
        ("f-1", "content", f"１-{mark}"),
        ("f-1", "content", f"{until}-ж"),
    ):
        with pytest.raises(Forbidden, match="does not open the file"):
            attachments.check_link(services, id, what, signed)
    for digits, opens in ((11, True), (12, False), (13, False)):
        later = 10 ** (digits - 1)
        signed = f"{later}-{attachments.signature(services, 'f-1', 'content', later)}"
        if opens:
            assert attachments.check_link(services, "f-1", "content", signed) == later
        else:
            with pytest.raises(Forbidden):
                attachments.check_link(services, "f-1", "content", signed)


def test_only_what_is_ready_has_links(house: House, anna: Connection) -> None:
    for state in ("uploading", "checking", "refused"):
        shown = attachments.with_links(
            house.services, attach(file_of(house, own(house, anna, state=state)))
        )
        assert not shown.url and not shown.preview_url
    plain = attach(file_of(house, own(house, anna)))
    (shown,) = attachments.show(house.services, [plain])
    assert shown.url and not shown.preview_url
    pictured = attach(file_of(house, own(house, anna, preview="1" * 64)))
    (shown,) = attachments.show(house.services, [pictured])
    assert shown.url and "/preview/" in str(shown.preview_url)


def test_where_nothing_was_written_stand_the_names(house: House, anna: Connection) -> None:
    ids = [own(house, anna, name=f"{letter * 299}.txt") for letter in "ab"]
    said = send(house, anna, *ids)
    assert said.content == f"{'a' * 299}.txt, {'b' * 299}.txt"[:500]
    assert send(house, anna, own(house, anna), content="look").content == "look"
    with pytest.raises(ChatdError):
        send(house, anna, type="text", content=" ")
