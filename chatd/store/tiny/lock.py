"""One process per data directory: a lock that the kernel lets go of when the process dies."""

from __future__ import annotations

import errno
import fcntl
import os
from contextlib import suppress
from pathlib import Path

from chatd.errors import Unavailable

NAME = "lock"


class Exchanged(Unavailable):
    """The directory that was locked is not the one that has its name any more."""


class DirectoryLock:
    """Held from construction to :meth:`release`; Unavailable says who holds it.

    Locked are the directory itself, which works where nothing can be written, and the file
    ``lock`` in it, which says who has it, and works where a directory cannot be locked.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
        self._file: int | None = None
        try:
            locked = take(self._descriptor)
            self._file = open_file(directory / NAME)
            if self._file is not None:
                locked = take(self._file) or locked
            if not locked:
                raise Unavailable(f"{directory} cannot be locked on this file system")
            self.check()
        except BlockingIOError:
            self.release()
            raise Unavailable(
                f"{directory} is in use by another chatd (process {holder(directory)})"
            ) from None
        except BaseException:
            self.release()
            raise
        self._sign()

    def check(self) -> None:
        """Exchanged when the directory was renamed away under us, or another put in its place."""
        try:
            same = os.path.samestat(self._directory.stat(), os.fstat(self._descriptor))
        except FileNotFoundError:
            same = False
        if not same:
            raise Exchanged(
                f"{self._directory} is not the directory any more that it was: another is in its "
                f"place, or none, and is left alone"
            )

    def release(self) -> None:
        """Another process may have it."""
        for descriptor in (self._file, self._descriptor):
            if descriptor is not None:
                os.close(descriptor)
        self._file = None

    def _sign(self) -> None:
        """Says who has it, where that can be written: a full disk is no reason not to read."""
        if self._file is None:
            return
        signature = f"{os.getpid()}\n".encode()
        with suppress(OSError):
            os.pwrite(self._file, signature, 0)
            os.ftruncate(self._file, len(signature))


def take(descriptor: int) -> bool:
    """Whether it could be locked; BlockingIOError when somebody else has it."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise
    except OSError:
        return False
    return True


def open_file(path: Path) -> int | None:
    """The file to lock, made if need be; as the directory's owner would have made it."""
    for how in (os.O_RDWR | os.O_CREAT, os.O_RDONLY):
        with suppress(OSError):
            descriptor = os.open(path, how | os.O_NOFOLLOW, 0o600)
            owner = path.parent.stat()
            with suppress(OSError):
                os.fchown(descriptor, owner.st_uid, owner.st_gid)
            return descriptor
    return None


def holder(directory: Path) -> str:
    """The process that has signed the lock."""
    try:
        return (directory / NAME).read_text("ascii", "replace").strip() or "unknown"
    except OSError as error:
        return "unknown" if error.errno == errno.ENOENT else "of another user"
