"""What is done to a whole data directory: prepare, migrate, copy, restore, verify."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from chatd.domain.message import Message
from chatd.errors import Conflict, NotFound, Unavailable
from chatd.store import files, journal, migrate, sheets
from chatd.store.shelves import TYPES

FORMAT = 2
ATTEMPTS = 20
PARTS = ("messages", "conversations", *sorted(set(TYPES) - {"conversations"}), "journal")


def prepare(directory: Path, segment_messages: int) -> None:
    """A directory of the present format, migrated if need be; Unavailable for one that a newer
    chatd has written."""

    def finish() -> None:
        files.make_directory(directory / "journal")
        files.replace(directory / "format.json", json.dumps({"format": FORMAT}).encode())

    found = format_of(directory)
    if found is None and (directory / migrate.OLD).exists():
        migrate.migrate(directory, segment_messages, finish)
    elif found is None:
        finish()
    elif found != FORMAT:
        raise Unavailable(
            f"{directory} has data format {found}, this chatd knows {FORMAT}: use the chatd that "
            f"wrote it, or restore a backup"
        )


def format_of(directory: Path) -> int | None:
    """The format number of a data directory, ``None`` for an empty one."""
    try:
        number = json.loads((directory / "format.json").read_bytes())["format"]
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError) as error:
        raise journal.damaged(directory / "format.json", 0, str(error)) from None
    return int(number)


def copy(source: Path, target: Path) -> dict[str, Any]:
    """Copies a data directory that nobody checkpoints meanwhile into one that is new or empty."""
    if target.exists() and any(target.iterdir()):
        raise Conflict(f"{target} is not empty")
    if source.resolve() in target.resolve().parents:
        raise Conflict(f"{target} lies inside the data directory")
    files.make_directory(target)
    count = size = 0
    for path in sorted(source.rglob("*")):
        relative = path.relative_to(source)
        if relative.parts[0] not in PARTS or not path.is_file() or path.suffix == ".new":
            continue
        files.make_directory((target / relative).parent)
        shutil.copy2(path, target / relative)
        count, size = count + 1, size + path.stat().st_size
    files.make_directory(target / "journal")
    files.replace(target / "format.json", json.dumps({"format": FORMAT}).encode())
    report = verify(target)
    return {"directory": str(target), "files": count, "bytes": size, "checked": report["files"]}


def restore(backup: Path, directory: Path, *, force: bool = False) -> dict[str, Any]:
    """Puts a backup in the place of a data directory; what was there is kept beside it."""
    if format_of(backup) is None:
        raise NotFound(f"{backup} is no backup of chatd")
    verify(backup)
    kept = None
    if directory.exists() and any(directory.iterdir()):
        if not force:
            raise Conflict(f"{directory} is not empty; --force keeps it beside the restored one")
        kept = free_name(directory)
        directory.rename(kept)
    report = copy(backup, directory)
    return {**report, "kept": str(kept) if kept else None}


def free_name(directory: Path) -> Path:
    """A name beside a directory that nothing has yet."""
    number = 1
    while (candidate := directory.with_name(f"{directory.name}.before-restore-{number}")).exists():
        number += 1
    return candidate


def verify(directory: Path) -> dict[str, Any]:
    """Reads everything; Damaged names the first file and offset that does not add up. A daemon
    may run meanwhile: what its checkpoint took away under our hands is read anew."""
    if format_of(directory) is None:
        raise NotFound(f"{directory} is no data directory of chatd")
    for _ in range(ATTEMPTS):
        try:
            return read_all(directory)
        except FileNotFoundError:
            continue
    raise Unavailable(f"{directory} changes too fast to be verified; try again")


def read_all(directory: Path) -> dict[str, Any]:
    """Every file and frame, counted."""
    checked = frames = messages = 0
    for kind, type in TYPES.items():
        for path in sorted((directory / kind).glob("*.json")):
            sheets.read(path, kind, type)
            checked += 1
    for path in sorted((directory / "messages").glob("*/*.json")):
        segment = sheets.read(path, "messages", Message)
        messages, checked = messages + len(segment), checked + 1
        if sorted(segment) != list(range(min(segment), min(segment) + len(segment))):
            raise journal.damaged(path, 0, "messages are missing between others")
    for frame in journal.replay(directory / "journal"):
        frames += len(frame.commits)
    return {"files": checked, "messages_in_files": messages, "commits_in_journal": frames}
