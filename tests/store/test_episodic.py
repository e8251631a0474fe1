"""Data format 5, which has no episodes: made of its tickets, or left as it was."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import pytest

from chatd.domain.episode import Episode
from chatd.domain.ticket import Past, Ticket
from chatd.errors import Damaged, Unavailable
from chatd.store.base import Append, Put
from chatd.store.tiny import checking, copying, episodic, filesystem, maintenance
from chatd.store.tiny.lock import DirectoryLock
from chatd.store.tiny.store import TinyStore, open_store
from tests.disks import mounted
from tests.store.backends import SETTINGS, abandon, message, ticket

HOUR = 3_600
FIRST = 1_730_053_200
FORMAT_5 = msgspec.json.encode(maintenance.Format(5, SETTINGS.segment_messages).seal())


def at(second: int) -> str:
    return f"2024-10-27T{18 + second // HOUR:02d}:{second // 60 % 60:02d}:00.000Z"


def tickets() -> list[Ticket]:
    """Waiting, closed for good, opened again after another hour."""
    waiting = ticket(f"TKT-{FIRST}", requested_at=at(0), created_at=at(0))
    closed = ticket(
        f"TKT-{FIRST + 1}",
        status="closed",
        created_at=at(60),
        requested_at=None,
        closed_at=at(120),
        closed_by="olga",
    )
    over = Past(
        requested_at=at(180), accepted_at=at(240), operator="olga", closed_at=at(300), closed_by="o"
    )
    again = ticket(
        f"TKT-{FIRST + 2}",
        status="active",
        operator="boris",
        created_at=at(120),
        requested_at=at(4 * HOUR),
        accepted_at=at(4 * HOUR + 60),
        episode=2,
        past=(over,),
    )
    return [waiting, closed, again]


def as_format_5(directory: Path) -> None:
    (directory / "format.json").write_bytes(FORMAT_5)


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A directory of format 5 with files and a journal, as a kill leaves it; the second ticket is
    as it was in the files, and closed in the journal."""
    directory = tmp_path / "data"
    store = open_store(directory, SETTINGS)
    waiting, closed, again = tickets()
    store.commit(Put(waiting), Put(ticket(closed.id, created_at=at(60))))
    store.commit(Append(message("before", waiting.id)))
    store.checkpoint()
    store.commit(Put(msgspec.structs.replace(closed, version=2)), Put(again))
    abandon(store)
    assert not (directory / "episodes").exists()
    as_format_5(directory)
    return directory


def kept(store: TinyStore) -> dict[tuple[str, int], Episode]:
    """All episodes by ticket and number, as they are gone through by time."""
    all_of_them = [one for part in store.parts(Episode) for one in store.part(Episode, part)]
    return {(one.ticket, one.number): one for one in all_of_them}


def check(directory: Path) -> None:
    """All of it is there, also over a checkpoint and a start, and the tickets go on in it."""
    for turn in range(2):
        store = open_store(directory, SETTINGS)
        waiting, closed, again = (store.get(Ticket, one.id) for one in tickets())
        assert waiting and closed and again
        found = kept(store)
        assert sorted(found) == [(waiting.id, 1), (closed.id, 1), (again.id, 1), (again.id, 2)]
        assert all(one.partial for one in found.values())
        assert all(store.get(Episode, one.id) == one for one in found.values())
        for one in (waiting, closed, again):
            assert found[one.id, one.episode].id == one.episode_id
        assert found[waiting.id, 1].requested_at == at(0) and not found[waiting.id, 1].closed_at
        assert (found[closed.id, 1].closed_at, found[closed.id, 1].closed_by) == (at(120), "olga")
        first, second = found[again.id, 1], found[again.id, 2]
        assert (first.accepted_by, first.accepted_at, first.closed_at) == ("olga", at(240), at(300))
        assert (first.opened_at, first.previous, second.previous) == (at(120), "", first.id)
        assert (second.opened_at, second.accepted_by) == (at(4 * HOUR), "boris")
        if turn == 0:
            store.commit(Append(message("after", waiting.id)))
        store.checkpoint()
        store.close()
        assert checking.verify(directory)["files"] > 5
    format = maintenance.format_of(directory)
    assert format and format.format == maintenance.FORMAT
    assert not (directory / episodic.PLACE).exists()


def all_files(directory: Path) -> dict[str, bytes]:
    found = (path for path in directory.rglob("*") if path.is_file() and path.name != "lock")
    return {str(path.relative_to(directory)): path.read_bytes() for path in found}


def test_the_start_makes_them(old: Path) -> None:
    before = all_files(old)
    abandon(open_store(old, SETTINGS))
    after = all_files(old)
    changed = {name for name in before if after.get(name) != before[name]}
    assert changed == {"format.json", "contents/all.json", "contents/journal.json"}
    check(old)


def test_a_backup_of_format_5_is_restored(old: Path, tmp_path: Path) -> None:
    copying.restore(old, tmp_path / "restored")
    check(tmp_path / "restored")


def run(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "chatd", *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_the_command_says_what_it_would_do_and_does_it(old: Path) -> None:
    before = all_files(old)
    said = run("migrate", "--dry-run", str(old))
    assert said.returncode == 0 and "with 4 episodes of 3 tickets" in said.stderr, said.stderr
    assert all_files(old) == before
    lock = DirectoryLock(old)
    try:
        assert run("migrate", str(old)).returncode != 0, "a daemon has it"
    finally:
        lock.release()
    assert all_files(old) == before
    done = run("migrate", str(old))
    assert done.returncode == 0 and f"to data format {maintenance.FORMAT}" in done.stderr, (
        done.stderr
    )
    again = run("migrate", str(old))
    assert again.returncode == 0 and "nothing is to be done" in again.stderr
    check(old)
    assert run("migrate", str(old / "nowhere")).returncode == 5


def test_of_damaged_tickets_nothing_is_made_unless_that_is_said(old: Path) -> None:
    (damaged,) = (old / "tickets").glob("open.json")
    damaged.write_bytes(b"nonsense")
    before = all_files(old)
    for use in (
        lambda: open_store(old, SETTINGS),
        lambda: maintenance.bring_up(old, 10, dry_run=True, damaged=False),
        lambda: maintenance.bring_up(old, 10, dry_run=False, damaged=False),
    ):
        with pytest.raises(Damaged, match=r"open\.json"):
            use()
        assert all_files(old) == before
    assert run("migrate", str(old)).returncode == 1
    said = maintenance.bring_up(old, 10, dry_run=True, damaged=True)
    assert "3 episodes of 2 tickets" in said, "what the journal has of them"
    maintenance.bring_up(old, 10, dry_run=False, damaged=True)
    store = open_store(old, SETTINGS)
    assert len(kept(store)) == 3
    abandon(store)


def test_what_was_not_written_as_it_is_is_noticed(
    old: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, real = all_files(old), filesystem.replace

    def spoil(path: Path, data: bytes, **more: Any) -> None:
        real(path, data.replace(b'"olga"', b'"olya"') if "episodes" in str(path) else data, **more)

    monkeypatch.setattr(filesystem, "replace", spoil)
    with pytest.raises(Damaged, match="checksum"):
        open_store(old, SETTINGS)
    monkeypatch.undo()
    assert all_files(old) == before
    check(old)


class Killed(BaseException):
    """Ends the process: nothing is cleared away behind it."""


@pytest.mark.parametrize("how", [Killed, KeyboardInterrupt, OSError(28, os.strerror(28))])
def test_interrupted_at_any_step_it_begins_again(
    old: Path, memory: Path, monkeypatch: pytest.MonkeyPatch, how: Any
) -> None:
    before = all_files(old)
    number, reached, untouched, left = 0, True, 0, 0
    while reached:
        directory = memory / "data"
        shutil.rmtree(directory, ignore_errors=True)
        shutil.copytree(old, directory)
        reached = interrupted(directory, number, monkeypatch, how)
        files = all_files(directory)
        untouched += {name: files[name] for name in before} == before
        left += (directory / episodic.PLACE).exists()
        check(directory)
        number += 1
    assert number > 10 and untouched > 5 and (left > 5) == (how is Killed)


def interrupted(directory: Path, number: int, monkeypatch: pytest.MonkeyPatch, how: Any) -> bool:
    """A start that ends at the step of this number; whether it came to it."""
    left, reached = iter(range(number)), False

    def step(real: Any, *given: Any, **named: Any) -> Any:
        nonlocal reached
        if next(left, None) is None and (directory / "format.json").read_bytes() == FORMAT_5:
            reached = True
            raise how
        return unless_killed(real, *given, **named)

    def unless_killed(real: Any, *given: Any, **named: Any) -> Any:
        if reached and how is Killed:
            raise how
        return real(*given, **named)

    for name in ("create", "write_all", "rename"):
        monkeypatch.setattr(filesystem, name, partial(step, getattr(filesystem, name)))
    for place, name in ((filesystem, "remove"), (shutil, "rmtree")):
        monkeypatch.setattr(place, name, partial(unless_killed, getattr(place, name)))
    with suppress(Killed, KeyboardInterrupt, OSError, Unavailable):
        abandon(open_store(directory, SETTINGS))
    monkeypatch.undo()
    return reached


def test_a_full_disk_leaves_it_as_it_was_until_there_is_space(old: Path, tmp_path: Path) -> None:
    with mounted(tmp_path / "small", 400) as disk:
        directory = disk.home / "data"
        shutil.copytree(old, directory)
        before = all_files(directory)
        disk.fill()
        refused = run("migrate", str(directory))
        assert refused.returncode == 1 and "No space left" in refused.stderr
        assert "Traceback" not in refused.stderr
        assert all_files(directory) == before
        assert not (directory / episodic.PLACE).exists()
        assert run("migrate", str(directory), "--dry-run").returncode == 0
        disk.free()
        assert run("migrate", str(directory)).returncode == 0
        check(directory)


def test_many_are_made_some_at_a_time(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(episodic, "AT_ONCE", 1)
    check(old)
