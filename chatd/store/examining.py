"""What can be found out about a place where chatd keeps its data, whether it runs or not."""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Iterator
from pathlib import Path

from chatd.protocol.views import Finding, FindingState

LITTLE_SPACE, NO_SPACE = 1_073_741_824, 104_857_600
FEW_FILES = 1_000
SLIP_S = 5.0


def of_places(data: Path, socket: Path) -> Iterator[Finding]:
    """Everything about the directory and the socket, as the caller sees them."""
    yield data_modes(data)
    yield socket_modes(socket)
    yield from disk(data)


def data_modes(data: Path) -> Finding:
    """Whether nobody else can read what people wrote."""
    if not data.is_dir():
        return Finding("data directory", "warning", f"{data}: not there yet")
    for path in (data, *sorted(data.iterdir())):
        mode = stat.S_IMODE(path.lstat().st_mode)
        if path == data and not mode & 0o077:
            return Finding("data directory", "ok", f"{data}: nobody else can enter it")
        if mode & 0o007 and path.name != "admin":
            said = f"{path}: others can read or write it (mode {mode:o}): chmod o-rwx"
            return Finding("data directory", "warning", said)
    return Finding("data directory", "ok", f"{data}: others can read nothing in it")


def socket_modes(socket: Path) -> Finding:
    """Whether the admin socket is there, and whom it lets in."""
    try:
        mode = stat.S_IMODE(socket.stat().st_mode)
    except OSError as error:
        return Finding("admin socket", "wrong", f"{socket}: {error.strerror}")
    if mode & 0o002:
        said = f'{socket}: everybody may knock (mode {mode:o}); [admin] mode = "660" is enough'
        return Finding("admin socket", "warning", said)
    return Finding("admin socket", "ok", f"{socket}: mode {mode:o}")


def disk(data: Path) -> Iterator[Finding]:
    """Whether there is space for what comes."""
    place = next(path for path in (data, *data.absolute().parents) if path.exists())
    found = os.statvfs(place)
    free = found.f_bavail * found.f_frsize
    state: FindingState = (
        "ok" if free >= LITTLE_SPACE else "warning" if free >= NO_SPACE else "wrong"
    )
    yield Finding("disk space", state, f"{place}: {free / 1e9:.1f} GB free")
    if found.f_files and found.f_favail < FEW_FILES:
        yield Finding("disk files", "wrong", f"{place}: only {found.f_favail} more files fit")


def clock(began: tuple[float, float], data: Path) -> Finding:
    """Whether the clock goes on evenly since ``began`` (by the wall, monotonic), and not behind
    what is stored already."""
    slip = (time.time() - began[0]) - (time.monotonic() - began[1])
    newest = max((path.stat().st_mtime for path in data.glob("journal/*")), default=0.0)
    if newest > time.time() + SLIP_S:
        said = "it is behind the newest file of the journal: times and order will be wrong"
        return Finding("clock", "wrong", said)
    if abs(slip) > SLIP_S:
        return Finding("clock", "warning", f"it was set by {slip:+.0f} s since the daemon began")
    return Finding("clock", "ok", "steady since the daemon began")
