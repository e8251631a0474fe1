"""Where things lie, by their ids; the bytes of files beside them; what a place tells of itself."""

from __future__ import annotations

import hashlib
import os
import time
from pathlib import Path
from typing import Any

import pytest

from chatd.domain.file import Blob, File
from chatd.errors import Damaged
from chatd.store import examining
from chatd.store.tiny import attached, naming

DIGEST = hashlib.sha256(b"what it says").hexdigest()


@pytest.mark.parametrize(
    ("kind", "id", "name"),
    [
        ("operators", "artem", "all"),
        ("bans", "TKT-4096", "all"),
        ("blobs", DIGEST, f"x{DIGEST[:2]}"),
        ("tickets", "TKT-4095", "0000000000"),
        ("tickets", "TKT-4096", "0000000001"),
        ("tickets", "TKT-8191", "0000000001"),
        ("tickets", "TKT-x", "standing"),
        ("conversations", "TKT-8192", "0000000002"),
        ("conversations", "TKT-8192/notes", "0000000002"),
        ("conversations", "lobby", "standing"),
        ("conversations", "lobby-2", "standing"),
        ("episodes", "h-1000-1", "0000000001"),
        ("errands", "e-1000-1", "0000000001"),
        ("participants", "p-fff-1", "0000000000"),
        ("participants", "p-xyz-1", "standing"),
        ("participants", "q-fff-1", "standing"),
    ],
)
def test_an_id_says_in_which_file_it_is(kind: str, id: str, name: str) -> None:
    assert naming.bucket(kind, id) == name


def test_of_one_time_with_very_many_there_are_more_files_than_one() -> None:
    names = {naming.bucket("participants", f"p-{4096:x}-{number:x}-0") for number in range(300)}
    assert len(names) > 1
    for name in names:
        assert naming.window(name) == "0000000001" and len(name) in (10, 14)
    assert {naming.bucket("tickets", f"TKT-4096/{number}") for number in range(9)} == {"standing"}


def test_a_file_has_the_seconds_up_to_the_next_ones() -> None:
    for name in ("0000000000", "0000000001", "0000400000"):
        last = naming.last_second(name)
        assert naming.bucket("tickets", f"TKT-{last}") == name
        assert naming.bucket("tickets", f"TKT-{last + 1}") != name


def test_a_conversation_is_a_directory_whatever_it_is_called() -> None:
    assert naming.folder("lobby") == "messages/lobby"
    assert naming.folder("TKT-1/notes") == "messages/TKT-1%2Fnotes"
    assert naming.folder("..") == "messages/.."
    assert naming.segment_name("lobby", 12) == "messages/lobby/000012"


def kept(directory: Path, data: bytes = b"what it says") -> Path:
    """Bytes where they belong."""
    path = attached.path_of(directory, DIGEST)
    path.parent.mkdir(parents=True)
    path.write_bytes(data)
    return path


def test_bytes_are_below_the_beginning_of_their_digest(tmp_path: Path) -> None:
    assert attached.shelves(tmp_path) == []
    path = kept(tmp_path)
    assert path.parent.name == DIGEST[:2] and path.name == DIGEST
    (path.parent.parent / "note").write_text("no directory")
    path.with_suffix(".new").write_text("half of it")
    assert attached.shelves(tmp_path) == [path.parent]
    assert attached.bytes_in(path.parent) == [path]


def test_files_count_each_of_their_bytes_once_for_each_file() -> None:
    def file(id: str, sha256: str, preview: str = "") -> File:
        values: dict[str, Any] = {"dialog_id": "lobby", "site": "shop", "owner": "p-1-a"}
        return File(
            id=id, name="a", size=1, created_at="", sha256=sha256, preview=preview, **values
        )

    files = {"1": file("1", "a", "b"), "2": file("2", "a"), "3": file("3", "")}
    assert attached.count_uses(files) == {"a": 2, "b": 1}


@pytest.mark.parametrize(
    ("data", "blob", "uses", "said"),
    [
        (b"what it says", Blob(DIGEST, 12, 2), 2, ""),
        (b"what it says", Blob(DIGEST, 12, 1), 2, "2 files have it, where 1 are counted"),
        (b"what it says", Blob(DIGEST, 12, 3), 2, "2 files have it, where 3 are counted"),
        (b"what it says", None, 1, "1 files have it, where 0 are counted"),
        (b"what it says", Blob(DIGEST, 13, 1), 1, "its 12 bytes are not those"),
        (b"what it sayS", Blob(DIGEST, 12, 1), 1, "its 12 bytes are not those"),
        (None, Blob(DIGEST, 12, 1), 1, "missing"),
    ],
)
def test_bytes_are_those_of_their_name_and_counted(
    tmp_path: Path, data: bytes | None, blob: Blob | None, uses: int, said: str
) -> None:
    path = attached.path_of(tmp_path, DIGEST) if data is None else kept(tmp_path, data)
    if not said:
        attached.check_one(path, DIGEST, blob, uses)
        return
    with pytest.raises(Damaged) as caught:
        attached.check_one(path, DIGEST, blob, uses)
    assert said in str(caught.value) and "damaged at byte 0" in str(caught.value)


@pytest.mark.parametrize(
    ("own", "inside", "judged"),
    [
        (0o700, 0o666, "ok"),
        (0o750, 0o640, "ok"),
        (0o750, 0o644, "warning"),
        (0o750, 0o641, "warning"),
        (0o755, 0o600, "warning"),
        (0o701, 0o600, "warning"),
    ],
)
def test_others_can_read_nothing_of_what_people_wrote(
    tmp_path: Path, own: int, inside: int, judged: str
) -> None:
    data = tmp_path / "data"
    assert examining.data_modes(data).state == "warning", "it is not there yet"
    data.mkdir()
    (data / "admin").mkdir(mode=0o777)
    (data / "admin").chmod(0o777)
    (data / "journal").write_text("x")
    (data / "journal").chmod(inside)
    data.chmod(own)
    assert examining.data_modes(data).state == judged


def test_the_socket_lets_in_whom_its_mode_says(tmp_path: Path) -> None:
    socket = tmp_path / "admin.sock"
    assert examining.socket_modes(socket).state == "wrong"
    socket.write_text("")
    for mode in (0o600, 0o660, 0o661, 0o664):
        socket.chmod(mode)
        assert examining.socket_modes(socket).state == "ok", oct(mode)
    socket.chmod(0o662)
    assert examining.socket_modes(socket).state == "warning"
    socket.chmod(0o600)
    names = [one.check for one in examining.of_places(tmp_path, socket)]
    assert names[:3] == ["data directory", "admin socket", "disk space"]


class Space:
    """What a disk says of itself."""

    f_frsize = 4_096

    def __init__(self, free: int, files: int, more: int) -> None:
        self.f_bavail, self.f_files, self.f_favail = free // 4_096, files, more


@pytest.mark.parametrize(
    ("free", "files", "more", "judged"),
    [
        (2**30, 0, 0, ["ok"]),
        (2**40, 10**6, 10**6, ["ok"]),
        (2**30 - 4_096, 9, 1_000, ["warning"]),
        (104_857_600, 9, 999, ["warning", "wrong"]),
        (104_857_600 - 4_096, 0, 5, ["wrong"]),
    ],
)
def test_a_disk_is_full_before_there_is_nothing_left(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    free: int,
    files: int,
    more: int,
    judged: list[str],
) -> None:
    monkeypatch.setattr(os, "statvfs", lambda place: Space(free, files, more))
    found = [*examining.disk(tmp_path / "not" / "there")]
    assert [one.state for one in found] == judged
    assert found[0].said == f"{tmp_path}: {free / 1e9:.1f} GB free"


@pytest.mark.parametrize(
    ("slip", "newest", "judged"),
    [
        (0.0, None, "ok"),
        (4.5, -60.0, "ok"),
        (-4.5, 4.0, "ok"),
        (5.5, None, "warning"),
        (60.0, None, "warning"),
        (-60.0, None, "warning"),
        (0.0, 60.0, "wrong"),
    ],
)
def test_a_clock_goes_on_evenly_and_not_behind_what_is_stored(
    tmp_path: Path, slip: float, newest: float | None, judged: str
) -> None:
    began = time.time() - 100 - slip, time.monotonic() - 100
    (tmp_path / "journal").mkdir()
    if newest is not None:
        (tmp_path / "journal" / "1").write_text("")
        at = time.time() + newest
        os.utime(tmp_path / "journal" / "1", (at, at))
    assert examining.clock(began, tmp_path).state == judged
