"""One daemon per data directory: a lock that the kernel lets go of when the process dies."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from chatd.errors import Unavailable
from chatd.store import files


class DirectoryLock:
    """Held from construction to :meth:`release`; Unavailable says who holds it."""

    def __init__(self, directory: Path) -> None:
        self._path = directory / "lock"
        self._descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(self._descriptor, 32).decode("ascii", "replace").strip()
            os.close(self._descriptor)
            raise Unavailable(
                f"{directory} is in use by another chatd (process {holder or 'unknown'})"
            ) from None
        os.ftruncate(self._descriptor, 0)
        files.write_all(self._descriptor, f"{os.getpid()}\n".encode())

    def release(self) -> None:
        """Another daemon may have it."""
        os.close(self._descriptor)
