"""Backup and restore, interrupted or failing at every step."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from chatd.audit import chain
from chatd.errors import ChatdError, Conflict, Damaged, NotFound, Unavailable
from chatd.store.base import Append, Put
from chatd.store.tiny import checking, copying, filesystem, maintenance
from chatd.store.tiny.store import open_store
from tests.store.backends import SETTINGS, abandon, message, ticket

STEPS = ("create", "write_all", "sync", "rename", "sync_directory", "remove", "exchange")


def make(directory: Path, text: str) -> Path:
    """A data directory with some files, a journal and an audit log."""
    store = open_store(directory, SETTINGS)
    for number in range(12):
        store.commit(Append(message(f"{text} {number}")))
    store.commit(Put(ticket("TKT-1730053200", status="closed")))
    store.checkpoint()
    store.commit(Append(message(f"{text} in the journal")))
    abandon(store)
    (directory / "audit.log").write_bytes(b'{"verb": "one"}\n')
    return directory


def contents(directory: Path) -> dict[str, bytes]:
    """Everything that is in it and can be read; the lock is nobody's, and from where on changes
    are numbered after a restore is another matter."""
    checking.read_all(directory)
    found = {
        path.relative_to(directory).as_posix(): path.read_bytes()
        for path in sorted(directory.rglob("*"))
        if path.is_file() and path.name != "lock"
    }
    says = maintenance.format_of(directory)
    assert says
    return found | {"format.json": str(replace(says, counts_from=0).seal()).encode()}


class Killed(BaseException):
    """Ends the process in the middle of what it does, as far as files can tell."""


def at_step(
    monkeypatch: pytest.MonkeyPatch, number: int, raised: Callable[[], BaseException]
) -> Iterator[bool]:
    """Something happens instead of the step of this number; then yields whether it came to it.
    Nothing is really synced: nobody takes the power away here."""
    left = iter(range(number))
    reached = [False]

    def step(real: Callable[..., Any], *given: Any, **named: Any) -> Any:
        if next(left, None) is None and not reached[0]:
            reached[0] = True
            raise raised()
        return real(*given, **named)

    for name in STEPS:
        real = (lambda *given: None) if name.startswith("sync") else getattr(filesystem, name)
        monkeypatch.setattr(
            filesystem, name, lambda *given, real=real, **named: step(real, *given, **named)
        )
    yield True
    monkeypatch.undo()
    yield reached[0]


def full() -> OSError:
    return OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.mark.parametrize("raised", [Killed, full])
def test_a_backup_that_ends_at_any_step_is_whole_or_refused(
    memory: Path, monkeypatch: pytest.MonkeyPatch, raised: Callable[[], BaseException]
) -> None:
    data, target = make(memory / "data", "m"), memory / "copy"
    partial = memory / "copy.partial"
    expected, reached, number = contents(data), True, 0
    while reached:
        ending = at_step(monkeypatch, number, raised)
        next(ending)
        with suppress(Killed, OSError):
            copying.backup(data, target, {})
        reached = next(ending)
        assert not target.exists() or contents(target) == expected
        if partial.exists() and any(partial.iterdir()):
            assert raised is Killed, number
            refuse(partial, memory)
        shutil.rmtree(target, ignore_errors=True)
        if whole(partial):
            with pytest.raises(Conflict, match="in the way"):
                copying.backup(data, target, {})
            shutil.rmtree(partial)
        copying.backup(data, target, {})
        assert contents(target) == expected and not partial.exists()
        assert (target / "audit.log").read_bytes() == (data / "audit.log").read_bytes()
        shutil.rmtree(target)
        number += 1
    assert number > 40


def whole(directory: Path) -> bool:
    """Whether it is a copy that only wants its name."""
    marked = (directory / maintenance.UNFINISHED).exists()
    return (directory / "format.json").exists() and not marked


def refuse(directory: Path, memory: Path) -> None:
    """What is not whole is refused by whoever is given it; what is whole may be had."""
    if whole(directory):
        checking.verify(directory)
        return
    for use in (
        checking.verify,
        lambda given: copying.restore(given, memory / "elsewhere"),
    ):
        with pytest.raises((Unavailable, NotFound), match=r"interrupted|no backup|no data"):
            use(directory)
    assert not (memory / "elsewhere" / "format.json").exists()


@pytest.mark.parametrize("raised", [Killed, full])
@pytest.mark.parametrize("at_once", [True, False])
def test_a_restore_that_ends_at_any_step_leaves_the_old_or_the_new(
    memory: Path,
    monkeypatch: pytest.MonkeyPatch,
    raised: Callable[[], BaseException],
    at_once: bool,
) -> None:
    data, copy = make(memory / "data", "old"), memory / "copy"
    made = make(memory / "made", "new")
    copying.backup(made, copy, {})
    old, new = contents(data), contents(made)
    kept = memory / "kept"
    data.rename(kept)
    reached, number = True, 0
    while reached:
        shutil.copytree(kept, data)
        if not at_once:
            monkeypatch.setattr(filesystem, "exchange", lambda one, other: False)
        ending = at_step(monkeypatch, number, raised)
        next(ending)
        with suppress(Killed, OSError):
            copying.restore(copy, data, force=True)
        reached = next(ending)
        if data.exists():
            assert contents(data) in (old, new), number
        else:
            assert not at_once and raised is Killed
            with pytest.raises(Unavailable, match="rename"):
                open_store(data, SETTINGS)
            maintenance.restoring(data).rename(data)
            assert contents(data) == new
        clear(memory, old, new)
        number += 1
    assert number > 40


def clear(memory: Path, old: dict[str, bytes], new: dict[str, bytes]) -> None:
    """Nothing that was there is gone; then everything beside goes away."""
    found = []
    for directory in memory.glob("data*"):
        if (directory / maintenance.UNFINISHED).exists() or not any(directory.glob("f*")):
            shutil.rmtree(directory)
            continue
        found.append(contents(directory))
        shutil.rmtree(directory)
    assert old in found, found
    assert all(one in (old, new) for one in found)


def test_what_was_restored_is_started_with(memory: Path) -> None:
    copying.backup(make(memory / "made", "m"), memory / "copy", {})
    copying.restore(memory / "copy", memory / "data")
    store = open_store(memory / "data", SETTINGS)
    assert [one.content for one in store.history("lobby", limit=100)] == [
        *(f"m {number}" for number in range(12)),
        "m in the journal",
    ]
    abandon(store)


def test_a_restore_into_a_directory_that_is_not_there_makes_it(memory: Path) -> None:
    made = make(memory / "made", "m")
    copying.backup(made, memory / "copy", {})
    report = copying.restore(memory / "copy", memory / "deep" / "data")
    assert report["kept"] is None and contents(memory / "deep" / "data") == contents(made)
    assert [one.name for one in (memory / "deep").iterdir()] == ["data"]


def test_a_backup_into_an_empty_directory_fills_it_where_it_is(
    memory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data, target = make(memory / "data", "m"), memory / "copy"
    target.mkdir()
    ending = at_step(monkeypatch, 30, Killed)
    next(ending)
    with suppress(Killed):
        copying.backup(data, target, {})
    next(ending)
    with pytest.raises(Unavailable, match="interrupted"):
        checking.verify(target)
    with pytest.raises(Unavailable, match="interrupted"):
        open_store(target, SETTINGS)
    inode = target.stat().st_ino
    copying.backup(data, target, {})
    assert contents(target) == contents(data) and target.stat().st_ino == inode


def test_a_backup_replaces_nothing_that_is_whole_or_somebody_elses(memory: Path) -> None:
    data = make(memory / "data", "m")
    copying.backup(data, memory / "copy", {})
    with pytest.raises(Conflict, match="not empty"):
        copying.backup(data, memory / "copy", {})
    (memory / "next.partial").mkdir()
    (memory / "next.partial" / "letter").touch()
    with pytest.raises(Conflict, match="in the way"):
        copying.backup(data, memory / "next", {})
    with pytest.raises(Conflict, match="inside"):
        copying.backup(data, data / "copy", {})
    with pytest.raises(Conflict, match="itself"):
        copying.restore(data, data, force=True)
    assert (memory / "next.partial" / "letter").exists()


def test_nothing_is_restored_over_what_is_not_chatds(memory: Path) -> None:
    data = make(memory / "data", "m")
    (memory / "etc").mkdir()
    (memory / "etc" / "passwd").touch()
    with pytest.raises(Conflict, match="passwd"):
        copying.restore(data, memory / "etc", force=True)
    assert [path.name for path in (memory / "etc").iterdir()] == ["passwd"]


def test_of_a_journal_only_what_was_acknowledged_is_copied(memory: Path) -> None:
    data = make(memory / "data", "m")
    expected = contents(data)
    (path,) = (data / "journal").glob("*.log")
    size = path.stat().st_size
    with path.open("ab") as journal:
        journal.write(b"F 000")
    copying.backup(data, memory / "copy", {path: size})
    assert contents(memory / "copy") == expected


def test_an_audit_log_that_gets_full_meanwhile_is_copied_whole(
    memory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data, real = make(memory / "data", "m"), chain.files
    (data / "audit.log").unlink()
    log = chain.Chain(data, max_bytes=1, keep_files=2)
    for number in range(4):
        log.append([{"command": f"{number}"}])

    def full_now(directory: Path) -> list[Path]:
        monkeypatch.undo()
        log.append([{"command": "new"}])
        return real(directory)

    monkeypatch.setattr(chain, "files", full_now)
    copying.backup(data, memory / "copy", {})
    assert len(real(data)) == 3 and "new" in (data / "audit.log").read_text()
    assert chain.verify(memory / "copy") == 2, "the oldest went meanwhile"
    assert '"3"' in (memory / "copy" / "audit.log").read_text()


def test_of_the_audit_log_whole_lines_are_copied(memory: Path) -> None:
    data = make(memory / "data", "m")
    lines = b'{"verb": "one"}\n' * 100_000
    (data / "audit.log").write_bytes(lines + b'{"verb": "tw')
    copying.backup(data, memory / "copy", {})
    assert (memory / "copy" / "audit.log").read_bytes() == lines


def test_what_is_damaged_is_named_in_a_backup_and_keeps_nothing_else_out(memory: Path) -> None:
    data, copy, new = make(memory / "data", "m"), memory / "copy", memory / "new"
    segment = data / "messages" / "lobby" / "000000.json"
    segment.write_bytes(segment.read_bytes().replace(b"m 3", b"m 4"))
    store = open_store(data, SETTINGS)
    store.commit(Append(message("elsewhere", "tea")))
    report = store.backup(str(copy))
    store.close()
    assert report["damaged"] == ["messages/lobby/000000.json"]
    for use in (checking.verify, lambda given: copying.restore(given, new)):
        with pytest.raises(Damaged, match="000000"):
            use(copy)
    copying.restore(copy, new, damaged=True)
    store = open_store(new, SETTINGS)
    assert [one.content for one in store.history("tea")] == ["elsewhere"]
    with pytest.raises(Damaged):
        store.history("lobby")
    store.close()


def test_of_what_the_disk_does_not_give_out_the_rest_is_backed_up(memory: Path) -> None:
    data, copy = make(memory / "data", "m"), memory / "copy"
    (data / "tickets" / "0000422376.json").unlink()
    (data / "tickets" / "0000422376.json").mkdir()
    report = copying.backup(data, copy, {})
    assert report["damaged"] == ["tickets/0000422376.json"]
    with pytest.raises(Damaged, match="missing"):
        checking.verify(copy)


def test_a_backup_whose_journal_or_first_list_is_damaged_is_none(memory: Path) -> None:
    for name in ("journal/*.log", "contents/all.json", "format.json"):
        data = make(memory / name.partition(".")[0].replace("/*", ""), "m")
        (path,) = data.glob(name)
        whole = path.read_bytes()
        path.write_bytes(whole[:60] + b"?" + whole[61:] if len(whole) > 99 else b"{}")
        with pytest.raises(ChatdError):
            copying.backup(data, memory / "copy", {})
        with pytest.raises(ChatdError):
            copying.restore(data, memory / "new", damaged=True)
        assert not (memory / "copy").exists() and not (memory / "copy.partial").exists()
