"""What nobody sends goes by itself, and what a crash has left; nothing else does."""

from __future__ import annotations

import hashlib
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from chatd.domain.file import Blob, File, Use
from chatd.errors import NotFound
from chatd.helper.helpers import HelperFailed, Helpers
from chatd.live.connections import Connection
from chatd.protocol.commands import DeleteMessage, SendMessage
from chatd.protocol.files import CreateFile, GetFile, RemoveFile
from chatd.service import sweeping, uploads
from chatd.store.tiny.checking import verify
from tests.daemon import RELAXED
from tests.trust.house import House

TEXT = b"what it says"
DIGEST = hashlib.sha256(TEXT).hexdigest()


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path / "data", **RELAXED, store={"sync": False})
    yield made
    made.services.helpers.stop()
    made.close()


@pytest.fixture
def anna(house: House) -> Connection:
    return house.hello(name="Anna")[0]


def begin(house: House, who: Connection, data: bytes = TEXT) -> str:
    """A new upload's id."""
    command = CreateFile(dialog_id="lobby", name="a.txt", size=len(data))
    return str(house.ask(who, command).file.id)


def upload(house: House, who: Connection, data: bytes = TEXT) -> str:
    """A file's id, when it is ready."""
    id = begin(house, who, data)
    assert receive(house, id, data).state == "ready"
    return id


def receive(house: House, id: str, data: bytes, offset: int = 0) -> File:
    """An upload with more of it."""
    return uploads.receive(house.services, id, offset, [data], lambda: None)


def sweep(house: House) -> None:
    """What the daemon does in ten minutes, with everything in the files."""
    house.store.checkpoint()
    for _ in sweeping.steps(house.services):
        continue


def kept(house: House) -> set[str]:
    """All bytes that there are."""
    held = house.services.bytes
    return {digest for shelf in held.shelves() for digest in held.shelf(shelf)}


def test_what_no_message_has_goes_after_a_day(house: House, anna: Connection) -> None:
    unsent, coming, sent = upload(house, anna), begin(house, anna), upload(house, anna, b"two")
    receive(house, coming, TEXT[:5])
    house.ask(anna, SendMessage(dialog_id="lobby", content="", type="file", files=[sent]))
    for days in (0.5, 0.49):
        house.later(days)
        sweep(house)
        assert house.store.get(File, unsent) and house.store.get(File, coming)
    house.later(0.02)
    sweep(house)
    assert house.store.get(File, unsent) is None and house.store.get(File, coming) is None
    assert kept(house) == {hashlib.sha256(b"two").hexdigest()}
    assert house.services.bytes.uploads() == []
    assert house.store.get(Use, "default") == Use("default", 1, 3, version=house_version(house))
    house.later(400)
    sweep(house)
    assert house.store.get(File, sent), "what was said stays"
    verify_data(house)


def house_version(house: House) -> int:
    use = house.store.get(Use, "default")
    assert use
    return use.version


def verify_data(house: House) -> None:
    """Bytes, files and counts are in step."""
    house.store.checkpoint()
    house.services.helpers.stop()
    house.close()
    assert verify(Path(house.directory))["attached_files"] >= 0
    house.open()


def test_what_a_crash_left_goes_and_nothing_else(house: House, anna: Connection) -> None:
    upload(house, anna)
    held = house.services.bytes
    stray = held.name(b"of nobody")
    held.put(stray, b"of nobody")
    held.write("f-1-dead", 0, b"of nobody")
    shelf = house.directory / "bytes" / DIGEST[:2]
    old, new = shelf / "a.new", shelf / "b.new"
    for half, age in ((old, 2 * 86_400), (new, 0)):
        half.write_bytes(b"half")
        os.utime(half, (time.time() - age,) * 2)
    with held.hold():
        sweep(house)
        assert kept(house) == {DIGEST, stray}, "not while a backup is made"
    sweep(house)
    assert kept(house) == {DIGEST} and held.uploads() == []
    assert new.exists() and not old.exists()


def test_bytes_go_with_the_last_who_has_them(house: House, anna: Connection) -> None:
    first, second = upload(house, anna), upload(house, anna)
    blob = house.store.get(Blob, DIGEST)
    assert blob and blob.uses == 2
    sending = SendMessage(dialog_id="lobby", content="", type="file", files=[first])
    message = house.ask(anna, sending).message
    house.ask(anna, RemoveFile(file_id=second))
    assert kept(house) == {DIGEST}
    house.ask(anna, DeleteMessage(message_id=message.id))
    assert kept(house) == set() and house.store.get(Blob, DIGEST) is None
    with pytest.raises(NotFound):
        house.ask(anna, GetFile(file_id=first))
    use = house.store.get(Use, "default")
    assert use and (use.files, use.bytes) == (0, 0)


def dying() -> Helpers:
    """Helpers that all end before they have said anything."""
    return Helpers(lambda: None, (sys.executable, "-c", ""))


def test_what_nobody_can_look_at_is_tried_again_and_then_refused(
    house: House, anna: Connection
) -> None:
    working, house.services.helpers = house.services.helpers, dying()
    id = begin(house, anna)
    with pytest.raises(HelperFailed):
        receive(house, id, TEXT)
    known = house.store.get(File, id)
    assert known and (known.state, known.tries) == ("checking", 1)
    house.services.helpers = working
    uploads.finish_waiting(house.services)
    known = house.store.get(File, id)
    assert known and known.state == "ready"
    house.services.helpers = dying()
    other = begin(house, anna)
    with pytest.raises(HelperFailed):
        receive(house, other, TEXT)
    for _ in range(uploads.TRIES):
        uploads.finish_waiting(house.services)
    known = house.store.get(File, other)
    assert known and known.state == "refused" and known.kept == 0
    assert house.services.bytes.uploads() == []
    house.services.helpers = working


def test_an_upload_that_is_whole_is_looked_at_after_a_start(house: House, anna: Connection) -> None:
    working, house.services.helpers = house.services.helpers, dying()
    id = begin(house, anna)
    with pytest.raises(HelperFailed):
        receive(house, id, TEXT)
    working.stop()
    house.reopen()
    uploads.finish_waiting(house.services)
    known = house.store.get(File, id)
    assert known and known.state == "ready" and kept(house) == {DIGEST}
