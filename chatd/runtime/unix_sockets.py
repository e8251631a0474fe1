"""The address of a Unix socket for the kernel, however long its path is."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# sockaddr_un holds 108 bytes, the last of them is zero.
LONGEST_ADDRESS = 107


@contextmanager
def address(path: Path) -> Iterator[str]:
    """What ``bind`` and ``connect`` take for ``path``: one that is too long for them is named by
    way of its open directory."""
    if len(os.fsencode(path)) <= LONGEST_ADDRESS:
        yield str(path)
        return
    directory = os.open(path.parent, os.O_PATH | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{directory}/{path.name}"
    finally:
        os.close(directory)
