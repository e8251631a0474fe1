"""Backup and restore: copied beside, synced, read again, and only then put in place.

While it is copied, a directory has a file ``unfinished`` in it. Whatever begins with a data
directory refuses one that has it, so an interrupted copy is never taken for a whole one.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

from chatd.audit import chain
from chatd.errors import ChatdError, Conflict, Damaged, NotFound
from chatd.store.tiny import (
    attached,
    checking,
    contents,
    filesystem,
    journal,
    lock,
    maintenance,
    sealed,
)
from chatd.store.tiny.datafiles import UNREADABLE
from chatd.store.tiny.lock import DirectoryLock, Exchanged

CHUNK = 1 << 20
FORMAT = maintenance.FORMAT_FILE
BEFORE = {lock.NAME, f"{maintenance.UNFINISHED}.new"}
NOT_DATA = {*BEFORE, maintenance.UNFINISHED}


def backup(source: Path, target: Path, sizes: Mapping[Path, int]) -> dict[str, Any]:
    """Copies a data directory that nobody checkpoints meanwhile into one that is new or empty.

    ``sizes``: the journals, and how much of each was acknowledged when the copy began. A target
    that exists is filled where it is: it may be all that we may write to. What is damaged is so in
    the copy, and ``damaged`` names it: all else would otherwise be lost with it one day.
    """
    if source.resolve() in (target.resolve(), *target.resolve().parents):
        raise Conflict(f"{target} lies inside the data directory")
    if is_occupied(target) and not (target / maintenance.UNFINISHED).exists():
        raise Conflict(f"{target} is not empty")
    place = target if target.exists() else target.with_name(f"{target.name}.partial")
    with copy_place(place):
        report = copy(source, place, sizes)
        found: list[Damaged] = []
        checked = checking.read_all(place, found)
        finish(place)
        if place != target:
            filesystem.rename(place, target)
            filesystem.sync_directory(target.parent)
    damaged = names_of(found, place)
    return {"directory": str(target), **report, "checked": checked["files"], "damaged": damaged}


def names_of(found: list[Damaged], place: Path) -> list[str]:
    """The damaged files, as they are called in a data directory."""
    return sorted({str(Path(error.details["file"]).relative_to(place)) for error in found})


def restore(
    backup: Path, directory: Path, *, force: bool = False, damaged: bool = False
) -> dict[str, Any]:
    """Puts a backup in the place of a data directory; what was there is kept beside it. Until the
    moment when both are exchanged, everything is as it was. ``damaged``: a backup that is so may
    be, but for its journal; what is damaged in it stays out of service."""
    found: list[Damaged] | None = [] if damaged else None
    directory = directory.resolve()
    if not backup.is_dir() or not (backup / FORMAT).exists():
        maintenance.refuse_unfinished(backup)
        raise NotFound(f"{backup} is no backup of chatd")
    if backup.resolve() == directory:
        raise Conflict(f"{backup} is the data directory itself")
    maintenance.refuse_strange(directory)
    maintenance.refuse_half_restored(directory)
    maintenance.refuse_strange(directory)
    filesystem.make_directory(directory)
    held = DirectoryLock(directory)
    try:
        replaced = is_occupied(directory)
        if replaced and not force:
            raise Conflict(f"{directory} is not empty; --force keeps it beside the restored one")
        checking.verify(backup, found)
        place = maintenance.restoring(directory)
        with copy_place(place):
            report = copy(backup, place, {})
            checking.read_all(place, found)
            maintenance.set_back(place)
            finish(place)
            put_in_place(place, directory)
        return {**report, "directory": str(directory), "kept": keep(place, directory, replaced)}
    finally:
        held.release()


@contextmanager
def copy_place(place: Path) -> Iterator[None]:
    """An empty directory that is locked and marked, to copy into. Where that fails before it got
    another name, it is emptied again; where we are killed, the next one begins in it anew."""
    if is_occupied(place) and not (place / maintenance.UNFINISHED).exists():
        raise Conflict(
            f"{place} is in the way: no interrupted copy has left what is in it; move it elsewhere"
        )
    existed = place.exists()
    filesystem.make_directory(place)
    held = DirectoryLock(place)
    try:
        text = "This directory is being copied, or its copying was interrupted.\n"
        filesystem.replace(place / maintenance.UNFINISHED, text.encode())
        empty(place)
        yield
    except (OSError, ChatdError):
        with suppress(OSError, Exchanged):
            held.check()
            give_up(place, existed)
        raise
    finally:
        held.release()


def give_up(place: Path, existed: bool) -> None:
    """A copy has failed: what there is of it goes away."""
    empty(place)
    for name in NOT_DATA:
        (place / name).unlink(missing_ok=True)
    if not existed:
        place.rmdir()


def empty(place: Path) -> None:
    """Removes what a copy has left; first what makes it a data directory."""
    (place / FORMAT).unlink(missing_ok=True)
    for path in place.iterdir():
        if path.name in NOT_DATA:
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


def finish(place: Path) -> None:
    """A copy is whole."""
    filesystem.remove(place / maintenance.UNFINISHED)
    filesystem.sync_directory(place)


def is_occupied(directory: Path) -> bool:
    """Whether there is anything in it but what comes before the first thing of a copy."""
    return directory.exists() and any(path.name not in BEFORE for path in directory.iterdir())


def copy(source: Path, place: Path, sizes: Mapping[Path, int]) -> dict[str, Any]:
    """Copies and syncs what belongs to a data directory; ``format.json`` last."""
    copied = copy_audit(source, place)
    for directory in directories(source):
        there = place / directory.relative_to(source)
        filesystem.make_directory(there)
        for path in parts(source, directory, sizes):
            copied.append(copy_part(path, there / path.name, sizes.get(path)))
        filesystem.sync_directory(there)
    copied += copy_attached(source, place)
    filesystem.make_directory(place / "journal")
    if sealed.path_of(place, contents.ALL).exists():
        contents.note_journal(place, max(journal.bases(place / "journal"), default=0))
    filesystem.replace(place / FORMAT, (source / FORMAT).read_bytes())
    return {"files": len(copied), "bytes": sum(copied)}


def directories(source: Path) -> Iterator[Path]:
    """The directories that have something that is copied as it is."""
    for part in (*maintenance.PARTS, "contents", "journal"):
        if (source / part).is_dir():
            yield source / part
    if (source / "messages").is_dir():
        yield from sorted(path for path in (source / "messages").iterdir() if path.is_dir())


def parts(source: Path, directory: Path, sizes: Mapping[Path, int]) -> list[Path]:
    """The files of a directory that are copied as they are."""
    if directory == source / "journal":
        return [path for path in journal.journals(directory) if not sizes or path in sizes]
    left = sealed.path_of(source, contents.JOURNAL)
    return sorted(path for path in directory.glob("*.json") if path != left)


def copy_audit(source: Path, place: Path) -> list[int]:
    """Copies the audit log, which somebody may be writing: without a line that is not whole, and
    whole even when the file that is written to becomes a full one meanwhile."""
    with ExitStack() as opened:
        current = None
        with suppress(FileNotFoundError):
            current = opened.enter_context((source / chain.NAME).open("rb"))
        found = []
        for path in chain.files(source):
            with suppress(FileNotFoundError):
                file = opened.enter_context(path.open("rb"))
                if current is None or not os.path.sameopenfile(file.fileno(), current.fileno()):
                    found.append((path.name, file))
        copied = [copy_file(file, place / name, None) for name, file in found if name != chain.NAME]
        if current is not None:
            copied.append(copy_file(current, place / chain.NAME, length_of_lines(current)))
        return copied


def copy_attached(source: Path, place: Path) -> list[int]:
    """Copies the bytes of files, which never change; nobody removes any meanwhile. What an
    interrupted copy has left of one is begun anew."""
    copied = []
    for shelf in attached.shelves(source):
        there = place / shelf.relative_to(source)
        filesystem.make_directory(there)
        for path in attached.bytes_in(shelf):
            if (there / path.name).exists():
                filesystem.remove(there / path.name)
            with path.open("rb") as file:
                copied.append(copy_file(file, there / path.name, None))
        filesystem.sync_directory(there)
    return copied


def copy_part(path: Path, target: Path, length: int | None) -> int:
    """Copies a journal, or a sheet. A sheet that the disk does not give out is left out: where it
    is missing it is as damaged as where it cannot be read."""
    if path.suffix == journal.SUFFIX:
        with path.open("rb") as file:
            return copy_file(file, target, length)
    try:
        data = path.read_bytes()
    except OSError as error:
        if error.errno not in UNREADABLE:
            raise
        return 0
    return copy_file(BytesIO(data), target, len(data))


def copy_file(file: BinaryIO, target: Path, length: int | None) -> int:
    """Copies so many bytes of a file, else all there are; durable but for its name."""
    left = copied = os.fstat(file.fileno()).st_size if length is None else length
    descriptor = filesystem.create(target)
    try:
        while left and (data := file.read(min(CHUNK, left))):
            filesystem.write_all(descriptor, data)
            left -= len(data)
        filesystem.sync(descriptor)
    finally:
        filesystem.close(descriptor)
    return copied - left


def length_of_lines(file: BinaryIO) -> int:
    """How long a log is up to the end of its last whole line."""
    end = max(0, file.seek(0, os.SEEK_END) - CHUNK)
    file.seek(end)
    whole = end + file.read().rfind(b"\n") + 1
    file.seek(0)
    return whole


def put_in_place(place: Path, directory: Path) -> None:
    """The copy gets the name, and what had it gets the copy's; at once, where the file system
    can, else one after the other."""
    if not filesystem.exchange(place, directory):
        aside = free_name(directory)
        filesystem.rename(directory, aside)
        try:
            filesystem.rename(place, directory)
        except OSError:
            filesystem.rename(aside, directory)
            raise
        filesystem.rename(aside, place)
    filesystem.sync_directory(directory.parent)


def keep(place: Path, directory: Path, replaced: bool) -> str | None:
    """Gives what was there before a name of its own; where that was nothing, it goes away."""
    if not replaced:
        shutil.rmtree(place)
        return None
    kept = free_name(directory)
    filesystem.rename(place, kept)
    filesystem.sync_directory(directory.parent)
    return str(kept)


def free_name(directory: Path) -> Path:
    """A name beside a directory that nothing has yet."""
    number = 1
    while (candidate := directory.with_name(f"{directory.name}.before-restore-{number}")).exists():
        number += 1
    return candidate
