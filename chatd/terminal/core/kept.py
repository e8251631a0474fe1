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
        state = environ.get("XDG_STATE_HOME") or str(Path.home() / ".local" / "state")
        self.file = Path(state) / "chatd" / name

    def read(self) -> str | None:
        """What was kept, if the file is the user's own, only theirs to read, and whole."""
        try:
            descriptor = os.open(self.file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        except OSError:
            return None
        try:
            found = WORD.fullmatch(os.read(descriptor, LONGEST + 1)) if is_own(descriptor) else None
        except OSError:
            return None
        finally:
            os.close(descriptor)
        return found[1].decode() if found else None

    def write(self, word: str) -> None:
        """Keeps it, in place of what was; OSError when that cannot be."""
        self.file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor, new = tempfile.mkstemp(prefix=".new-", dir=self.file.parent)
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(f"{word}\n")
                file.flush()
                os.fsync(descriptor)
            Path(new).replace(self.file)
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
