"""What the clients keep between their runs, each in a file for nobody else to read."""

from __future__ import annotations

import os
import re
import stat
import tempfile
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

from chatd.terminal.core.link import socket_url

WORD = re.compile(rb"([!-~]{1,256})\n?")
LONGEST = 257
OTHERS = 0o077


class Kept:
    """A word in the user's state directory."""

    def __init__(self, name: str, environ: Mapping[str, str] = os.environ) -> None:
        self.file = directory(environ) / name

    def read(self) -> str | None:
        """What was kept, if the file is the user's own, only theirs to read, and whole."""
        found = WORD.fullmatch(contents(self.file, LONGEST + 1) or b"")
        return found[1].decode() if found else None

    def write(self, word: str) -> None:
        """Keeps it, in place of what was; OSError when that cannot be."""
        keep(self.file, f"{word}\n".encode())


def directory(environ: Mapping[str, str]) -> Path:
    """Where the user's programs keep their state; OSError for who has no home."""
    if not (state := environ.get("XDG_STATE_HOME")):
        try:
            state = str(Path.home() / ".local" / "state")
        except RuntimeError as error:
            raise OSError(str(error)) from None
    return Path(state) / "chatd"


def contents(file: Path, most: int) -> bytes | None:
    """The first bytes of a file, if it is the user's own and only theirs to read."""
    try:
        descriptor = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return None
    try:
        return os.read(descriptor, most) if is_own(descriptor) else None
    except OSError:
        return None
    finally:
        os.close(descriptor)


def keep(file: Path, told: bytes) -> None:
    """Writes a file anew, for nobody else to read; OSError when that cannot be."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor, new = tempfile.mkstemp(prefix=".new-", dir=file.parent)
    try:
        with os.fdopen(descriptor, "wb") as written:
            written.write(told)
            written.flush()
            os.fsync(descriptor)
        Path(new).replace(file)
    finally:
        Path(new).unlink(missing_ok=True)


def is_own(descriptor: int) -> bool:
    """Whether it is a file of the user's that nobody else could read or write."""
    status = os.fstat(descriptor)
    mine = status.st_uid == os.geteuid() and not status.st_mode & OTHERS
    return mine and stat.S_ISREG(status.st_mode)


def session(url: str, environ: Mapping[str, str] = os.environ) -> Kept:
    """The session token of ``--remember``, one per daemon."""
    return Kept(f"session-{quote(socket_url(url), safe='')}", environ)


def device(url: str, account: str, environ: Mapping[str, str] = os.environ) -> Kept:
    """The proof that an account of a daemon was logged in to here: it opens nothing by itself."""
    name = quote(account.lower(), safe="", errors="surrogateescape")
    return Kept(f"device-{name}@{quote(socket_url(url), safe='')}", environ)
