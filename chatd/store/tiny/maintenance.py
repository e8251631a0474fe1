"""A data directory as a whole: prepared at the start, and of which format it is."""

from __future__ import annotations

import time
import zlib
from pathlib import Path

import msgspec
from loguru import logger
from msgspec import Struct
from msgspec.structs import replace

from chatd.errors import Conflict, NotFound, Unavailable
from chatd.store.tiny import contents, episodic, filesystem, journal, migrate
from chatd.store.tiny.lock import DirectoryLock
from chatd.store.tiny.naming import TYPES

FORMAT = 8
WITHOUT_FILES = 6
WITHOUT_EPISODES = 5
LISTED = 3  # the first that lists its files, and seals what says so
FORMAT_FILE = "format.json"
UNFINISHED = "unfinished"
BLOBS = "bytes"
UPLOADS = "uploads"
MARKS = {FORMAT_FILE, UNFINISHED, migrate.OLD, "lock", "conversations", "participants"}
BESIDE = {
    *("audit.log", "admin", "journal", "contents", FORMAT_FILE, "lock", "lost+found"),
    *(episodic.PLACE, BLOBS, UPLOADS, "search"),
}
PARTS = ("messages", "conversations", *sorted(set(TYPES) - {"conversations"}))


class Format(Struct, frozen=True, omit_defaults=True):
    """What ``format.json`` says: the format, and since format 3 how many messages a segment has
    (this belongs to the data: they could not be found again with another value), sealed.
    ``counts_from``: what was told before may be lost, so changes are numbered from there on."""

    format: int
    segment_messages: int = 0
    crc32: str = ""
    counts_from: int = 0

    def seal(self) -> Format:
        """With the checksum of the rest."""
        text = f"{self.format} {self.segment_messages}"
        text += f" {self.counts_from}" if self.counts_from else ""
        return replace(self, crc32=f"{zlib.crc32(text.encode()):08x}")

    def set_back(self) -> Format:
        """The same where something may be gone that people were told: its changes go on with
        numbers that none can have had, and which grow slower than the microseconds."""
        counts_from = max(time.time_ns() // 1_000, self.counts_from + 1)
        return replace(self, counts_from=counts_from).seal()


def prepare(directory: Path, segment_messages: int) -> Format:
    """A directory of the present format, migrated if need be; what it says of itself. Unavailable
    for one that a newer chatd has written, or that is half copied."""
    refuse_unfinished(directory)
    found = format_of(directory)
    if found is None:
        found = begin(directory, segment_messages)
    elif found.format < LISTED:
        found = migrate_lists(directory, found, segment_messages)
    if (directory / migrate.OLD).exists():
        migrate.leave_behind(directory)
    if found.format < WITHOUT_FILES:
        found = add_episodes(directory, found)
    elif found.format < FORMAT:
        found = replace(found, format=FORMAT).seal()
        finish(directory, found)
    if restoring(directory).exists():
        logger.warning("{} is left of an interrupted restore", restoring(directory))
    if found.segment_messages != segment_messages:
        logger.bind(area="storage").warning(
            "store.segment_messages = {} is without effect: {} was made with {}",
            *(segment_messages, directory, found.segment_messages),
        )
    return found


def begin(directory: Path, segment_messages: int) -> Format:
    """A new directory, or one that format 1 has left."""
    old = (directory / migrate.OLD).exists()
    made = Format(WITHOUT_EPISODES if old else FORMAT, segment_messages).seal()
    strange = journal.journals(directory / "journal") or ([] if old else existing_parts(directory))
    if strange:
        raise journal.damage(directory / FORMAT_FILE, 0, f"it is missing beside {strange[0]}")
    filesystem.make_directory(directory / "journal")
    if old:
        migrate.migrate(directory, segment_messages, lambda: finish(directory, made))
    else:
        contents.start(directory)
        finish(directory, made)
    return made


def refuse_strange(directory: Path) -> None:
    """Conflict for a directory that is somebody else's: what is there is not chatd's."""
    try:
        entries = {path.name: path for path in directory.iterdir()}
    except (FileNotFoundError, NotADirectoryError):
        return
    if MARKS & entries.keys():
        return
    known = {*PARTS, *BESIDE}
    strange = sorted(
        name
        for name, path in entries.items()
        if name.removesuffix(".new") not in known and not path.is_socket()
    )
    if strange:
        raise Conflict(
            f"{directory} is not chatd's: there is {strange[0]!r} in it; "
            "a data directory is a new or empty one, or one that chatd has made"
        )


def existing_parts(directory: Path) -> list[Path]:
    """Directories of files that there are already."""
    return [directory / part for part in PARTS if (directory / part).exists()]


def migrate_lists(directory: Path, found: Format, segment_messages: int) -> Format:
    """From data format 2, which has the same files without lists."""
    per_segment = migrate.segment_messages(directory, segment_messages)
    made = replace(found, format=WITHOUT_EPISODES, segment_messages=per_segment).seal()
    migrate.list_files(directory)
    finish(directory, made)
    logger.info("migrated {} from data format 2", directory)
    return made


def add_episodes(directory: Path, found: Format, *, damaged: bool = False) -> Format:
    """From data formats 3, which does not count the changes of a conversation, 4, which has no
    errands, and 5, which has no episodes. What they have is read as it is."""
    added = episodic.make(directory, found.segment_messages, damaged=damaged)
    made = replace(found, format=FORMAT).seal()
    finish(directory, made)
    logger.info("migrated {} from data format {}: {}", directory, found.format, added)
    return made


def bring_up(directory: Path, segment_messages: int, *, dry_run: bool, damaged: bool) -> str:
    """What the start would do to an older directory, while no daemon has it: done now, or only
    said. What it did, in words."""
    refuse_none(directory)
    lock = DirectoryLock(directory)
    try:
        found = format_of(directory)
        if found and found.format == FORMAT:
            return f"data format {FORMAT} already, nothing is to be done"
        if dry_run:
            return foretold(directory, found, damaged=damaged)
        if found and LISTED <= found.format < WITHOUT_FILES:
            add_episodes(directory, found, damaged=damaged)
        prepare(directory, segment_messages)
        return f"migrated to data format {FORMAT}"
    finally:
        lock.release()


def foretold(directory: Path, found: Format | None, *, damaged: bool) -> str:
    """What a migration would do."""
    if found is None or found.format < LISTED:
        raise Conflict(
            f"{directory} has a data format older than {LISTED}: what becomes of it can be told "
            f"only when its files are listed, which the migration begins with"
        )
    if found.format >= WITHOUT_FILES:
        return f"data format {found.format} would become {FORMAT}; nothing was changed"
    added = episodic.look(directory, found.segment_messages, damaged=damaged)
    return f"data format {found.format} would become {FORMAT}, with {added}; nothing was changed"


def set_back(directory: Path) -> None:
    """Something that people were told may be gone from here: see :class:`Format`."""
    if found := format_of(directory):
        finish(directory, found.set_back())


def finish(directory: Path, made: Format) -> None:
    """Makes the format valid: what it needs is there."""
    filesystem.replace(directory / FORMAT_FILE, msgspec.json.encode(made))


def format_of(directory: Path) -> Format | None:
    """The format of a data directory, ``None`` for an empty one; Unavailable for a newer one."""
    path = directory / FORMAT_FILE
    try:
        found = msgspec.json.decode(path.read_bytes(), type=Format)
    except FileNotFoundError:
        return None
    except msgspec.DecodeError as error:
        raise journal.damage(path, 0, str(error)) from None
    if found.format > FORMAT or found.format < 2:
        raise Unavailable(
            f"{directory} has data format {found.format}, this chatd knows {FORMAT}: use the chatd "
            f"that wrote it, or restore a backup"
        )
    if found.format >= LISTED and found != found.seal():
        raise journal.damage(path, 0, "the file does not match its checksum")
    return found


def refuse_unfinished(directory: Path) -> None:
    """What was interrupted while it was copied is nothing to start from."""
    if (directory / UNFINISHED).exists():
        raise Unavailable(
            f"{directory} is an interrupted backup or restore, and not whole: remove it, and "
            f"make or restore the backup again"
        )


def refuse_none(directory: Path) -> None:
    """NotFound where there is no data directory, or none that is whole."""
    refuse_unfinished(directory)
    if format_of(directory) is None:
        raise NotFound(f"{directory} is no data directory of chatd")


def refuse_half_restored(directory: Path) -> None:
    """A restore was interrupted between its two renamings, which is where one cannot do: what it
    has copied is whole, and has to get its name before anything else does."""
    place = restoring(directory)
    if not directory.exists() and place.exists() and not (place / UNFINISHED).exists():
        raise Unavailable(
            f"{directory} is missing since a restore was interrupted: rename {place} to {directory}"
        )


def restoring(directory: Path) -> Path:
    """Where a restore copies to, before both directories are exchanged."""
    return directory.with_name(f"{directory.name}.restoring")
