"""The lock of a data directory: who gets it, whom it keeps out, where nothing can be written."""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from chatd.errors import ChatdError, Unavailable
from chatd.store.tiny import checking, copying
from chatd.store.tiny.lock import DirectoryLock, Exchanged, holder
from chatd.store.tiny.store import open_store
from tests.store.backends import SETTINGS
from tests.store.test_copying import contents, make

HOLD = """
import sys
from pathlib import Path
from chatd.errors import Unavailable
from chatd.store.tiny.lock import DirectoryLock
sys.stdin.readline()
try:
    lock = DirectoryLock(Path(sys.argv[1]))
except Unavailable as error:
    print("refused:", error, flush=True)
else:
    print("held", flush=True)
sys.stdin.readline()
"""


def test_of_many_processes_one_gets_the_lock_and_the_others_say_who(memory: Path) -> None:
    command = [sys.executable, "-c", HOLD, str(memory)]
    many = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(6)
    ]
    for one in many:
        assert one.stdin
        one.stdin.write("go\n")
        one.stdin.flush()
    answers = [one.stdout.readline() for one in many if one.stdout]
    holders = [one.pid for one, answer in zip(many, answers, strict=True) if answer == "held\n"]
    assert len(holders) == 1, answers
    with pytest.raises(Unavailable, match=f"process {holders[0]}"):
        DirectoryLock(memory)
    for one in many:
        one.communicate()
    DirectoryLock(memory).release()


def test_the_lock_does_without_its_file(memory: Path) -> None:
    """As on a disk that is full or cannot be written: the directory is locked all the same."""
    (memory / "lock").mkdir()
    held = DirectoryLock(memory)
    with pytest.raises(Unavailable, match="in use"):
        DirectoryLock(memory)
    held.release()
    DirectoryLock(memory).release()


@pytest.fixture
def read_only(memory: Path) -> Iterator[Path]:
    """A data directory on a disk that cannot be written, where mounting is permitted."""
    mounted = memory / "mounted"
    mounted.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "tmpfs", mounted], capture_output=True).returncode:
        pytest.skip("mounting is not permitted here")
    try:
        made = make(memory / "made", "m")
        shutil.copytree(made, mounted / "data", ignore=shutil.ignore_patterns("lock"))
        subprocess.run(["mount", "-o", "remount,ro", mounted], check=True)
        yield mounted / "data"
    finally:
        subprocess.run(["umount", "-l", mounted], check=True)


def test_a_disk_that_cannot_be_written_is_locked_verified_and_restored_from(
    read_only: Path, memory: Path
) -> None:
    held = DirectoryLock(read_only)
    with pytest.raises(Unavailable, match="in use"):
        checking.verify(read_only)
    held.release()
    checking.verify(read_only)
    copying.restore(read_only, memory / "data")
    assert contents(memory / "data") == contents(read_only)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root makes files for others")
def test_the_lock_that_root_takes_is_its_owners(memory: Path) -> None:
    os.chown(memory, 65534, 65534)
    DirectoryLock(memory).release()
    assert (memory / "lock").stat().st_uid == 65534
    os.chown(memory, 0, 0)


def descriptors() -> set[str]:
    """The files that this process has open."""
    found = Path("/proc/self/fd")
    return {str(one.readlink()) for one in found.iterdir() if one.is_symlink()}


def test_where_nothing_can_be_locked_nobody_is_let_in_and_nothing_stays_open(
    memory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def flock(*_: Any) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", flock)
    with pytest.raises(Unavailable, match="cannot be locked on this file system"):
        DirectoryLock(memory)
    assert not {one for one in descriptors() if one.startswith(str(memory))}
    monkeypatch.undo()
    DirectoryLock(memory).release()


def test_only_a_directory_is_locked(memory: Path) -> None:
    (memory / "file").touch()
    with pytest.raises(NotADirectoryError):
        DirectoryLock(memory / "file")


def test_who_holds_it_is_said_as_far_as_it_can_be_read(
    memory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert holder(memory) == "unknown"
    (memory / "lock").write_text("\n")
    assert holder(memory) == "unknown"
    (memory / "lock").write_text("77\n")
    assert holder(memory) == "77"

    def read_text(*_: Any) -> str:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "read_text", read_text)
    assert holder(memory) == "of another user"


def test_the_lock_notices_that_its_directory_was_exchanged(memory: Path) -> None:
    directory = memory / "data"
    directory.mkdir()
    held = DirectoryLock(directory)
    held.check()
    directory.rename(memory / "elsewhere")
    with pytest.raises(Exchanged):
        held.check()
    directory.mkdir()
    with pytest.raises(Exchanged):
        held.check()
    held.release()


@pytest.mark.parametrize("use", ["verify", "restore", "restore into", "backup into", "start"])
def test_nobody_uses_a_directory_that_is_held(memory: Path, use: str) -> None:
    data, copy = make(memory / "data", "m"), memory / "copy"
    copying.backup(data, copy, {})
    acts: dict[str, Callable[[], Any]] = {
        "verify": lambda: checking.verify(data),
        "restore": lambda: copying.restore(data, memory / "new", force=True),
        "restore into": lambda: copying.restore(copy, data, force=True),
        "backup into": lambda: copying.backup(copy, data, {}),
        "start": lambda: open_store(data, SETTINGS),
    }
    held = DirectoryLock(data)
    before = sorted(data.rglob("*"))
    with pytest.raises(ChatdError, match=r"in use|not empty") as refused:
        acts[use]()
    assert use == "backup into" or f"process {os.getpid()}" in str(refused.value)
    assert sorted(data.rglob("*")) == before
    held.release()
