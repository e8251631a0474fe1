"""A power cut behind every single thing that is done to a disk for files, and a full one at each of
them: what was said to be there is there, with its bytes."""

from __future__ import annotations

import errno
import hashlib
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from chatd.errors import Unavailable
from chatd.files.disk import BYTES, UPLOADS, DiskBytes
from chatd.protocol.files import CreateFile
from chatd.service import uploads
from chatd.store.tiny import filesystem
from tests.daemon import RELAXED
from tests.files.stored import file_of
from tests.files.test_receiving import Looking
from tests.store import test_powercut as cuts
from tests.trust.house import House

ONE, OTHER = b"0123456789" * 3, b"abcdefghij" * 3
TWO = b"a picture that was made anew"
WHOLE = {"f-1": ONE, "f-2": OTHER, "f-3": TWO}
LUCK = ["nothing", "everything", "some"]


class Disk(cuts.Disk):
    """Also what is gone on with, cut off and linked."""

    def __init__(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        super().__init__(root, monkeypatch)
        for name in ("reopen", "truncate", "link"):
            monkeypatch.setattr(filesystem, name, self._noted(name, getattr(filesystem, name)))

    def _noted(self, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*given: Any) -> Any:
            result = real(*given)
            if name == "reopen":
                self._open[result] = given[0]
            elif name == "truncate":
                self.steps.append((name, self._open[given[0]], given[1]))
            else:
                self.steps.append((name, *given))
            return result

        return call


class Survivors(cuts.Survivors):
    """What may be left of these."""

    def _apply(self, what: str, path: Path, *more: Any) -> None:
        if what == "create" and path in self.names:  # one that is emptied is the same file
            self.content[self.names[path] or 0] = b""
        elif what == "truncate":
            inode = self.names[path] or 0
            self.content[inode] = self.content[inode][: more[0]]
        elif what == "link":
            self.names[more[0]] = self.names[path]
        elif what == "rename" and self.names.get(more[0]) == self.names[path]:
            return  # both are the same file already: nothing is done
        else:
            super()._apply(what, path, *more)


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def work(root: Path, disk: Disk) -> None:
    """Uploads in pieces, one by a daemon that is killed as soon as bytes have their name, one that
    goes on elsewhere than it ended; and a picture."""
    held = DiskBytes(root)
    for upload, data in (("f-1", ONE), ("f-2", OTHER)):
        for offset in (0, 10, 20):
            held.write(upload, offset, data[offset : offset + 10])
            held.settle(upload)
            disk.acknowledge(f"{upload} {offset + 10}")
        if upload == "f-2":
            keep_and_die(held, upload)
        held.keep(upload, digest(data))
        disk.acknowledge(digest(data))
        disk.acknowledge(f"end {upload}")
        held.drop(upload)
    held.write("f-3", 0, b"wrong beginning")
    held.write("f-3", 0, TWO[:5])
    held.write("f-3", 5, TWO[5:9])
    held.write("f-3", 5, TWO[5:])
    held.settle("f-3")
    disk.acknowledge(f"f-3 {len(TWO)}")
    held.put(digest(TWO), TWO)
    disk.acknowledge(digest(TWO))
    disk.acknowledge(f"end {digest(ONE)}")
    held.remove(digest(ONE))


def keep_and_die(held: DiskBytes, upload: str) -> None:
    """What is renamed is not durable yet when it is found by who begins anew."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(filesystem, "sync_directory", die)
        with pytest.raises(Killed):
            held.keep(upload, digest(WHOLE[upload]))


class Killed(Exception):
    """Nothing more is done."""


def die(directory: Path) -> None:
    raise Killed


@pytest.mark.parametrize("luck", LUCK)
def test_what_was_said_to_be_there_is_there_after_a_power_cut(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, luck: str
) -> None:
    root, copy = tmp_path / "data", tmp_path / "copy"
    root.mkdir()
    disk = Disk(root, monkeypatch)
    work(root, disk)
    steps, acknowledged = list(disk.steps), list(disk.acknowledged)
    monkeypatch.undo()
    assert len(steps) > 50, "all of it was seen"
    chance = random.Random(luck)
    keeps = {"nothing": lambda: False, "everything": lambda: True}.get(
        luck, lambda: chance.random() < 0.5
    )
    held = DiskBytes(copy)
    for cut in range(len(steps) + 1):
        Survivors(steps[:cut], keeps).lay_out(root, copy)
        check(held, [text for at, text in acknowledged if at <= cut], cut)


def check(held: DiskBytes, told: list[str], cut: int) -> None:
    """Each name of bytes has these or is not there; each upload is as long as was said."""
    there: dict[str, int] = {}
    for text in told:
        name, _, length = text.removeprefix("end ").partition(" ")
        there.pop(name, None)
        if not text.startswith("end "):
            there[name] = int(length or 0)
    for name, size in there.items():
        if not size:
            assert name in held.shelf(name[:2]), (cut, name)
        else:
            assert held.read(name, 0, size) == WHOLE[name][:size], (cut, name, size)
    for shelf in held.shelves():
        for name in held.shelf(shelf):
            assert digest(b"".join(held.pieces(name, 0, 1_000))) == name, (cut, name)


class Full:
    """A disk on which one thing that is done for files fails: the one of that number."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.at = self.done = 0
        for name in DONE:
            monkeypatch.setattr(filesystem, name, self._failing(getattr(filesystem, name)))

    def _failing(self, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*given: Any, **named: Any) -> Any:
            path = given[0]
            if isinstance(path, int):
                path = Path(f"/proc/self/fd/{path}").readlink()
            if {BYTES, UPLOADS} & set(path.parts):
                self.done += 1
                if self.done == self.at:
                    raise OSError(errno.ENOSPC, "No space left on device", str(path))
            return real(*given, **named)

        return call


DONE = (
    *("create", "reopen", "write_all", "sync", "truncate", "link", "rename"),
    *("sync_directory", "make_directory"),
)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """Where every file is a text."""
    made = House(tmp_path / "data", **RELAXED, files={"keep_free_bytes": 0})
    made.services.helpers.stop()
    made.services.helpers = Looking()  # type: ignore[assignment]
    yield made
    made.close()


def test_whenever_the_disk_is_full_it_is_said_and_the_upload_goes_on_later(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    anna = house.hello(name="Anna")[0]
    full = Full(monkeypatch)
    failed = 0
    for full.at in range(1, 60):
        data = b"text number %d\n" % full.at * 3
        command = CreateFile(dialog_id="lobby", name="a.txt", size=len(data))
        id, full.done = house.ask(anna, command).file.id, 0
        tried = 0
        while file_of(house, id).state != "ready":
            at = file_of(house, id).received
            tried += 1
            assert tried < 9, "it goes on"
            try:
                if at == len(data):
                    uploads.finish_waiting(house.services)
                    continue
                received = uploads.receive(house.services, id, at, [data[at : at + 20]], bool)
                assert received.received > at
            except Unavailable as refused:
                assert "go on later" in refused.message and refused.details["retry_after"]
                failed += 1
                assert file_of(house, id).received >= at, "what was said is there"
        digest = hashlib.sha256(data).hexdigest()
        assert file_of(house, id).sha256 == digest
        assert b"".join(house.services.bytes.pieces(digest, 0, 1_000)) == data
        assert house.services.bytes.uploads() == []
        if full.done < full.at:
            break
    assert 10 < failed < 60 and full.done < full.at, "each of them failed once"
