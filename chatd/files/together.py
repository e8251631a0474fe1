"""Whether a directory is the one that all have who share a database: it has their mark."""

from __future__ import annotations

import secrets
from pathlib import Path

from chatd.domain.participant import Key
from chatd.errors import ConfigError
from chatd.files.disk import BYTES
from chatd.store.base import Put, Store
from chatd.store.tiny import filesystem

FILES = "files"
MARK = "mark"


def check_same(directory: Path, store: Store, now: str) -> None:
    """The first one marks it; ConfigError where another one was marked, or this one by others: what
    a new database knows nothing of would be swept away. Not done by two at once."""
    path = directory / MARK
    key = store.get(Key, FILES)
    if key is None:
        if read(path) and (directory / BYTES).exists():
            raise ConfigError(
                f"files.directory: {directory} belongs to another database, whose file {MARK!r} it "
                "has. Who is sure that all of it is this one's removes that file"
            )
        key = Key(id=FILES, key=secrets.token_hex(16), created_at=now)
        filesystem.make_directory(directory)
        filesystem.replace(path, f"{key.key}\n".encode())
        store.commit(Put(key))
    elif read(path) != key.key:
        raise ConfigError(
            f"files.directory: {directory} is not the one that belongs to the database: it has no "
            f"file {MARK!r}, or another's. Where it was moved, that file has to be moved along"
        )


def read(path: Path) -> str:
    """The mark; nothing where there is none."""
    try:
        return path.read_text("ascii", "replace").strip()
    except FileNotFoundError:
        return ""
