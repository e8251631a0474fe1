"""The few things that the store does to a file system, in an order that survives a power cut.

A file replaced with :func:`replace` is written beside, synced, renamed over the old one, and its
directory synced: after a power cut there is the old content or the new, never a mixture.
"""

from __future__ import annotations

import os
from pathlib import Path


def replace(path: Path, data: bytes, *, sync: bool = True) -> None:
    """The file's whole content, all or nothing."""
    beside = path.with_name(path.name + ".new")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        write_all(descriptor, data)
        if sync:
            os.fsync(descriptor)
    finally:
        os.close(descriptor)
    beside.replace(path)
    if sync:
        sync_directory(path.parent)


def write_all(descriptor: int, data: bytes) -> None:
    """Writes until everything is written."""
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def sync_directory(directory: Path) -> None:
    """Makes names in a directory durable."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def make_directory(directory: Path) -> None:
    """A directory that only its owner enters, its name durable."""
    if not directory.is_dir():
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        sync_directory(directory.parent)


def remove(path: Path) -> None:
    """A file that is no longer needed; the name may come back after a power cut, harmlessly."""
    path.unlink(missing_ok=True)
