"""The few things that the store does to a file system, in an order that survives a power cut.

What a disk promises is little: the content of a file is there after it was synced, a name in a
directory (new, renamed, removed) after that directory was synced; everything younger may be there
or not, in any combination. So a file replaced with :func:`replace` is written beside, synced,
renamed over the old one, and its directory synced: there is the old content or the new. A journal
file is written the same way, its first frame in it, and only then used. Journals are removed after
the files that took their changes over are synced under their names, the oldest first, and the
directory synced behind each: what is left is always whole from some journal on. That the last name
may come back does no harm, since replaying it changes nothing that is newer.

Whatever fails here says which path it was about: the system does not, behind a descriptor.

``tests/store/test_powercut.py`` records these calls and cuts the power behind every one of them;
``tests/store/test_failing.py`` has every one of them fail.
"""

from __future__ import annotations

import ctypes
import errno
import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

HERE = -100  # AT_FDCWD
EXCHANGE = 2  # RENAME_EXCHANGE


def replace(path: Path, data: bytes, *, durable: bool = True) -> None:
    """The file's whole content, all or nothing."""
    beside = path.with_name(path.name + ".new")
    try:
        descriptor = create(beside, anew=True)
        try:
            write_all(descriptor, data)
            if durable:
                sync(descriptor)
        finally:
            close(descriptor)
        rename(beside, path)
    except OSError:
        with suppress(OSError):
            remove(beside)  # half a file would only take the space that is missing
        raise
    if durable:
        sync_directory(path.parent)


def create(path: Path, *, anew: bool = False) -> int:
    """A descriptor to append to a new file; ``anew``: one that may exist is emptied."""
    how = os.O_TRUNC if anew else os.O_EXCL | os.O_APPEND
    return os.open(path, os.O_WRONLY | os.O_CREAT | how, 0o600)


def reopen(path: Path) -> int:
    """A descriptor to write to a file that is there, from its beginning."""
    return os.open(path, os.O_WRONLY)


def write_all(descriptor: int, data: bytes) -> None:
    """Writes until everything is written."""
    view = memoryview(data)
    try:
        while view:
            view = view[os.write(descriptor, view) :]
    except OSError as error:
        raise add_path(error, descriptor) from None


def sync(descriptor: int) -> None:
    """Makes a file's content durable, its length included."""
    try:
        os.fdatasync(descriptor)
    except OSError as error:
        raise add_path(error, descriptor) from None


def read_ahead(paths: Iterable[Path]) -> None:
    """Has the disk fetch files that are read soon, all of them together, and waits for none. Where
    that cannot be, reading them will tell why."""
    for path in paths:
        with suppress(OSError):
            descriptor = os.open(path, os.O_RDONLY)
            try:
                os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_WILLNEED)
            finally:
                os.close(descriptor)


def truncate(descriptor: int, length: int) -> None:
    """Cuts off what was written behind a length."""
    try:
        os.ftruncate(descriptor, length)
    except OSError as error:
        raise add_path(error, descriptor) from None


def add_path(error: OSError, descriptor: int) -> OSError:
    """An error with the path that it is about."""
    with suppress(OSError):
        error.filename = str(Path(f"/proc/self/fd/{descriptor}").readlink())
    return error


def reason(error: OSError) -> str:
    """An error in words, with its path if it is known."""
    words = error.strerror or str(error)
    return f"{error.filename}: {words}" if error.filename else words


def close(descriptor: int) -> None:
    """Lets go of a file."""
    os.close(descriptor)


def link(old: Path, new: Path) -> None:
    """Another name of the same file."""
    os.link(old, new)


def rename(old: Path, new: Path) -> None:
    """One name takes the place of another."""
    old.replace(new)


def exchange(one: Path, other: Path) -> bool:
    """Two names take each other's place at once; False where the system cannot do that."""
    renameat2 = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if renameat2 is None:
        return False
    if renameat2(HERE, os.fsencode(one), HERE, os.fsencode(other), EXCHANGE) == 0:
        return True
    number = ctypes.get_errno()
    if number in (errno.EINVAL, errno.ENOSYS):
        return False
    raise OSError(number, os.strerror(number), str(one), None, str(other))


def sync_directory(directory: Path) -> None:
    """Makes the names in a directory durable."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        raise add_path(error, descriptor) from None
    finally:
        os.close(descriptor)


def make_directory(directory: Path) -> None:
    """A directory that only its owner enters, its name durable, and those above it likewise."""
    if directory.is_dir():
        return
    make_directory(directory.parent)
    directory.mkdir(mode=0o700, exist_ok=True)
    sync_directory(directory.parent)


def remove(path: Path) -> None:
    """A file that is no longer needed; the name may come back after a power cut, harmlessly."""
    path.unlink(missing_ok=True)
