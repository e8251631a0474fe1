"""What the few steps on a file system promise each: all or nothing, nobody else's, and what failed
is named."""

from __future__ import annotations

import ctypes
import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from chatd.store.tiny import filesystem


@pytest.fixture
def synced(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was made durable, in order, and what it had in it by then."""
    noted: list[str] = []

    def noting(real: Callable[[int], None]) -> Callable[[int], None]:
        def note(descriptor: int) -> None:
            path = Path(f"/proc/self/fd/{descriptor}").readlink()
            noted.append(f"{path.name}/" if path.is_dir() else f"{path.name} {path.stat().st_size}")
            real(descriptor)

        return note

    monkeypatch.setattr(os, "fsync", noting(os.fsync))
    monkeypatch.setattr(os, "fdatasync", noting(os.fdatasync))
    return noted


def descriptors() -> int:
    """How many this process has."""
    return len([*Path("/proc/self/fd").iterdir()])


def test_a_file_is_replaced_whole_and_durably(memory: Path, synced: list[str]) -> None:
    here, open_before = memory / "here", descriptors()
    here.mkdir()
    filesystem.replace(here / "a", b"first, and long")
    assert synced == ["a.new 15", "here/"]
    filesystem.replace(here / "a", b"second", durable=False)
    assert (here / "a").read_bytes() == b"second" and len(synced) == 2
    assert (here / "a").stat().st_mode & 0o777 == 0o600
    assert [*here.iterdir()] == [here / "a"] and descriptors() <= open_before


def test_what_cannot_be_fetched_ahead_is_no_matter_and_nothing_stays_open(memory: Path) -> None:
    (memory / "a").write_bytes(b"here")
    open_before = descriptors()
    filesystem.read_ahead([memory / "none", memory, memory / "a", memory / "a" / "b"])
    assert (memory / "a").read_bytes() == b"here" and descriptors() <= open_before


def test_what_a_kill_has_left_beside_is_no_part_of_the_next(memory: Path) -> None:
    (memory / "a.new").write_bytes(b"half of something longer")
    filesystem.replace(memory / "a", b"short")
    assert (memory / "a").read_bytes() == b"short"


@pytest.mark.parametrize("step", ["create", "write_all", "sync", "rename"])
def test_a_step_that_fails_leaves_what_there_was(
    memory: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    filesystem.replace(memory / "a", b"first")
    open_before = descriptors()

    def fail(*_: Any, **__: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(filesystem, step, fail)
    with pytest.raises(OSError, match="No space"):
        filesystem.replace(memory / "a", b"second")
    assert (memory / "a").read_bytes() == b"first" and descriptors() <= open_before
    assert [*memory.iterdir()] == [memory / "a"]


def test_a_new_file_is_new_and_only_grows(memory: Path) -> None:
    made = filesystem.create(memory / "a")
    filesystem.write_all(made, b"one")
    os.lseek(made, 0, os.SEEK_SET)
    filesystem.write_all(made, b"two")
    filesystem.close(made)
    assert (memory / "a").read_bytes() == b"onetwo"
    with pytest.raises(FileExistsError):
        filesystem.create(memory / "a")
    again = filesystem.reopen(memory / "a")
    filesystem.write_all(again, b"ONE")
    filesystem.truncate(again, 4)
    filesystem.close(again)
    assert (memory / "a").read_bytes() == b"ONEt"
    with pytest.raises(FileNotFoundError):
        filesystem.reopen(memory / "b")


def test_all_is_written_though_the_system_takes_a_part_at_a_time(
    memory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.write
    monkeypatch.setattr(os, "write", lambda fd, data: real(fd, bytes(data)[:3]))
    made = filesystem.create(memory / "a")
    filesystem.write_all(made, b"0123456789")
    filesystem.close(made)
    assert (memory / "a").read_bytes() == b"0123456789"


@pytest.mark.parametrize(
    ("act", "call"),
    [
        (lambda descriptor: filesystem.write_all(descriptor, b"x"), "write"),
        (filesystem.sync, "fdatasync"),
        (lambda descriptor: filesystem.truncate(descriptor, 1), "ftruncate"),
    ],
)
def test_what_fails_behind_a_descriptor_is_named(
    memory: Path, monkeypatch: pytest.MonkeyPatch, act: Callable[[int], None], call: str
) -> None:
    def fail(*_: Any) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, call, fail)
    made = filesystem.create(memory / "a")
    with pytest.raises(OSError, match="Input/output") as failed:
        act(made)
    filesystem.close(made)
    assert failed.value.filename == str(memory / "a")
    assert filesystem.reason(failed.value) == f"{memory / 'a'}: Input/output error"


def test_a_directory_that_cannot_be_synced_is_named_and_let_go(
    memory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, "fsync", fail)
    before = descriptors()
    with pytest.raises(OSError, match="Input/output") as failed:
        filesystem.sync_directory(memory)
    assert failed.value.filename == str(memory) and descriptors() <= before
    (memory / "file").touch()
    with pytest.raises(NotADirectoryError):
        filesystem.sync_directory(memory / "file")


def test_a_fault_without_a_path_is_told_in_words() -> None:
    assert filesystem.reason(OSError(errno.EIO, "Input/output error")) == "Input/output error"
    assert filesystem.reason(OSError("odd")) == "odd"
    gone = filesystem.add_path(OSError(errno.EIO, "x"), 1_000_000)
    assert filesystem.reason(gone) == "x"


def test_directories_are_their_owners_and_each_name_is_durable(
    memory: Path, synced: list[str]
) -> None:
    filesystem.make_directory(memory / "a" / "b")
    assert [made.stat().st_mode & 0o777 for made in (memory / "a", memory / "a" / "b")] == [
        0o700
    ] * 2
    assert synced == [f"{memory.name}/", "a/"]
    filesystem.make_directory(memory / "a" / "b")
    assert len(synced) == 2


def test_names_are_exchanged_at_once_or_not_at_all(
    memory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (memory / "a").write_text("a")
    (memory / "b").write_text("b")
    if filesystem.exchange(memory / "a", memory / "b"):
        assert ((memory / "a").read_text(), (memory / "b").read_text()) == ("b", "a")
    with pytest.raises(FileNotFoundError) as failed:
        filesystem.exchange(memory / "a", memory / "c")
    assert (failed.value.filename, failed.value.filename2) == (
        str(memory / "a"),
        str(memory / "c"),
    )

    class Old:
        """A system that has no such call."""

    monkeypatch.setattr(ctypes, "CDLL", lambda *_, **__: Old())
    assert filesystem.exchange(memory / "a", memory / "b") is False
    for number, known in ((errno.EINVAL, True), (errno.ENOSYS, True), (errno.EPERM, False)):
        Old.renameat2 = staticmethod(lambda *_: -1)  # type: ignore[attr-defined]
        monkeypatch.setattr(ctypes, "get_errno", lambda number=number: number)
        if known:
            assert filesystem.exchange(memory / "a", memory / "b") is False
        else:
            with pytest.raises(PermissionError):
                filesystem.exchange(memory / "a", memory / "b")


def test_names_go_and_what_is_gone_may_go_again(memory: Path) -> None:
    (memory / "a").write_text("a")
    filesystem.link(memory / "a", memory / "b")
    assert (memory / "a").samefile(memory / "b")
    filesystem.rename(memory / "b", memory / "c")
    for _ in range(2):
        filesystem.remove(memory / "a")
    assert [*memory.iterdir()] == [memory / "c"]
