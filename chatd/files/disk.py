"""Bytes in a directory: written beside, synced, and only then under their name.

``bytes/ab/abcd…`` are bytes by their SHA-256, ``uploads/f-…`` what is still to be complete. Several
daemons may have the same directory; no name of it is looked up on the loop, because it may lie on
another machine.
"""

from __future__ import annotations

import errno
import hashlib
import os
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path

from chatd.errors import NotFound
from chatd.files.locks import NoLocks, RangeLocks
from chatd.runtime.threads import BoundedThreads
from chatd.store.tiny import filesystem

BYTES = "bytes"
UPLOADS = "uploads"
PIECE = 262_144
THREADS = 4
BESIDE = ".new"
STALE_S = 86_400.0


class DiskBytes:
    """See :class:`chatd.files.base.Bytes`."""

    def __init__(self, directory: Path, *, sync: bool = True, shared: bool = False) -> None:
        self._locks = RangeLocks(directory) if shared else NoLocks()
        self._bytes = directory / BYTES
        self._uploads = directory / UPLOADS
        self._sync = sync
        self._holds = 0
        self._beside = BoundedThreads(THREADS)

    def write(self, upload: str, offset: int, data: bytes) -> None:
        self._beside(self._write, self._uploads / upload, offset, data)

    def settle(self, upload: str) -> None:
        if self._sync:
            self._beside(settle, self._uploads / upload)

    def length(self, upload: str) -> int:
        return self._beside(length_of, self._uploads / upload)

    def read(self, upload: str, offset: int, size: int) -> bytes:
        return self._beside(read_part, self._uploads / upload, offset, size)

    def digest(self, upload: str) -> str:
        return self._beside(digest_of, self._uploads / upload)

    def keep(self, upload: str, digest: str) -> None:
        self._beside(self._keep, self._uploads / upload, self._path(digest))

    def name(self, data: bytes) -> str:
        return self._beside(lambda: hashlib.sha256(data).hexdigest())

    def put(self, digest: str, data: bytes) -> None:
        self._beside(self._put, self._path(digest), data)

    def drop(self, upload: str) -> None:
        self._beside(filesystem.remove, self._uploads / upload)

    def uploads(self) -> list[str]:
        return self._beside(names_in, self._uploads)

    def pieces(self, digest: str, offset: int, size: int) -> Iterator[bytes]:
        try:
            file = self._beside(self._path(digest).open, "rb")
        except FileNotFoundError:
            raise NotFound("the bytes of this file are not there") from None
        with file:
            while size > 0:
                piece = self._beside(os.pread, file.fileno(), min(PIECE, size), offset)
                if not piece:
                    return
                offset, size = offset + len(piece), size - len(piece)
                yield piece

    def remove(self, digest: str) -> None:
        if not self._holds:
            self._beside(filesystem.remove, self._path(digest))

    def shelves(self) -> list[str]:
        return self._beside(names_in, self._bytes)

    def shelf(self, name: str) -> list[str]:
        return self._beside(names_in, self._bytes / name)

    def tidy(self, name: str) -> None:
        self._beside(remove_stale, self._bytes / name)

    @contextmanager
    def hold(self) -> Iterator[None]:
        """See :class:`chatd.files.base.Bytes`."""
        self._holds += 1
        try:
            yield
        finally:
            self._holds -= 1

    def alone(
        self, what: str, patience: float, ask: Callable[[], None]
    ) -> AbstractContextManager[None]:
        return self._locks.alone(what, patience, ask)

    def is_taken(self, what: str) -> bool:
        return self._locks.is_taken(what)

    def free(self) -> int:
        found = self._beside(os.statvfs, self._bytes.parent)
        return found.f_bavail * found.f_frsize

    def _path(self, digest: str) -> Path:
        return self._bytes / digest[:2] / digest

    def _write(self, path: Path, offset: int, data: bytes) -> None:
        if offset == 0:
            filesystem.make_directory(path.parent)
            descriptor = filesystem.create(path, anew=True)
        else:
            descriptor = filesystem.reopen(path)
        try:
            if offset > 0:
                filesystem.truncate(descriptor, offset)
                os.lseek(descriptor, offset, os.SEEK_SET)
            filesystem.write_all(descriptor, data)
        finally:
            filesystem.close(descriptor)
        if offset == 0 and self._sync:
            filesystem.sync_directory(path.parent)

    def _keep(self, upload: Path, target: Path) -> None:
        if not self._is_whole(target, upload.stat().st_size):
            filesystem.make_directory(target.parent)
            beside = target.with_name(f"{target.name}.{secrets.token_hex(4)}{BESIDE}")
            give_name(upload, beside)
            filesystem.rename(beside, target)
            filesystem.remove(beside)  # both were the same file already: a rename does nothing
        self._settle_name(target)

    def _put(self, target: Path, data: bytes) -> None:
        if not self._is_whole(target, len(data)):
            filesystem.make_directory(target.parent)
            filesystem.replace(target, data, durable=self._sync)
        self._settle_name(target)

    def _settle_name(self, target: Path) -> None:
        """Also of what was there: who gave it that name may have been killed right behind it."""
        if self._sync:
            filesystem.sync_directory(target.parent)
            filesystem.sync_directory(target.parent.parent)

    def _is_whole(self, target: Path, size: int) -> bool:
        """Whether the same bytes are here already. What is of another length was never synced."""
        with suppress(FileNotFoundError):
            return target.stat().st_size == size
        return False


def settle(path: Path) -> None:
    """A file's content is durable."""
    descriptor = filesystem.reopen(path)
    try:
        filesystem.sync(descriptor)
    finally:
        filesystem.close(descriptor)


def length_of(path: Path) -> int:
    """How long a file is; 0 where there is none. It is opened for that, because only then does a
    directory of another machine tell what others have written."""
    try:
        with path.open("rb") as file:
            return os.fstat(file.fileno()).st_size
    except FileNotFoundError:
        return 0


def read_part(path: Path, offset: int, size: int) -> bytes:
    """So many bytes from there on."""
    with path.open("rb") as file:
        file.seek(offset)
        return file.read(size)


def digest_of(path: Path) -> str:
    """The SHA-256 of a whole file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def give_name(file: Path, beside: Path) -> None:
    """A name of the same file, or of a copy where there can be none."""
    try:
        filesystem.link(file, beside)
    except OSError as error:
        if error.errno not in (errno.EPERM, errno.EOPNOTSUPP, errno.EMLINK, errno.EXDEV):
            raise
        copy_durably(file, beside)


def copy_durably(source: Path, target: Path) -> None:
    """A copy, its content durable."""
    descriptor = filesystem.create(target)
    try:
        with source.open("rb") as file:
            while data := file.read(PIECE):
                filesystem.write_all(descriptor, data)
        filesystem.sync(descriptor)
    finally:
        filesystem.close(descriptor)


def remove_stale(directory: Path) -> None:
    """What was being written when a daemon ended."""
    before = time.time() - STALE_S
    for path in directory.glob(f"*{BESIDE}"):
        with suppress(FileNotFoundError):
            if path.stat().st_mtime < before:
                path.unlink()


def names_in(directory: Path) -> list[str]:
    """The names in a directory, but for those of what is being written."""
    try:
        return sorted(one.name for one in directory.iterdir() if one.suffix != BESIDE)
    except FileNotFoundError:
        return []
