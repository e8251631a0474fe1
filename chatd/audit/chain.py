"""The audit log's files: JSON lines, each holding the SHA-256 of the line before it.

``audit.log`` is written to; when it is full it becomes ``audit-NUMBER.log``, and the chain goes on
in a new one. What blocks is meant for a thread beside the loop.
"""

from __future__ import annotations

import hashlib
import os
from collections import deque
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import msgspec

NAME = "audit.log"
REMEMBERED = 10_000
START = "0" * 64
TORN = "torn line"


class Chain:
    """The files of one directory, to be written to.

    A last line that a crash has torn is no entry; the next write replaces it by one that tells its
    bytes, so that the chain goes on and nothing that was in the file is lost without a word.
    """

    def __init__(self, directory: Path, *, max_bytes: int, keep_files: int) -> None:
        self._directory = directory
        self._max_bytes, self._keep_files = max_bytes, keep_files
        self.newest: deque[bytes] = deque(maxlen=REMEMBERED)
        self._descriptor: int | None = None
        self._last, self._torn = START, b""
        for path in files(directory):
            with path.open("rb") as lines:
                self._last, self._torn = self._read(lines)
        self._torn_bytes = len(self._torn)

    def append(self, entries: Sequence[dict[str, Any]], *, may_rotate: bool = True) -> list[bytes]:
        """Writes entries behind each other, all or none; returns their lines. OSError when they
        cannot be kept whole."""
        if may_rotate and self._size() >= self._max_bytes:
            self._rotate()
        if self._descriptor is None:
            self._descriptor = self._open()
        torn = [{"command": TORN, "target": decode_torn(self._torn)}] if self._torn else []
        lines, last = [], self._last
        for entry in (*torn, *entries):
            lines.append(msgspec.json.encode({**entry, "previous": last}))
            last = digest(lines[-1])
        data = b"".join(line + b"\n" for line in lines)
        if self._torn_bytes:
            os.ftruncate(self._descriptor, self._size() - self._torn_bytes)
            self._torn_bytes = 0
        before = self._size()
        if os.write(self._descriptor, data) < len(data):
            os.ftruncate(self._descriptor, before)
            raise OSError("the audit log could not be written whole")
        self._last, self._torn = last, b""
        return lines

    def sync(self) -> None:
        """What was written is on the disk."""
        if self._descriptor is not None:
            os.fdatasync(self._descriptor)

    def close(self) -> None:
        """Nothing more is written."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def _rotate(self) -> None:
        """The full file gets a number; the oldest go."""
        old = [path for path in files(self._directory) if path.name != NAME]
        number = number_of(old[-1]) + 1 if old else 1
        self.sync()
        (self._directory / NAME).rename(self._directory / f"audit-{number:08d}.log")
        self.close()
        for path in old[: max(0, len(old) + 1 - self._keep_files)]:
            path.unlink(missing_ok=True)

    def _size(self) -> int:
        return 0 if self._descriptor is None else os.fstat(self._descriptor).st_size

    def _open(self) -> int:
        flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
        return os.open(self._directory / NAME, flags, 0o600)

    def _read(self, lines: Iterable[bytes]) -> tuple[str, bytes]:
        """The hash of the last whole line, and what stands behind it without an end."""
        last = self._last
        for line in lines:
            if not line.endswith(b"\n"):
                return last, line
            last = digest(line[:-1])
            self.newest.append(line[:-1])
        return last, b""


def files(directory: Path) -> list[Path]:
    """All files of the log, the oldest first; the last one is written to."""
    numbered = sorted(directory.glob("audit-[0-9]*.log"), key=number_of)
    current = directory / NAME
    return [*numbered, current] if current.exists() else numbered


def number_of(path: Path) -> int:
    """The number of a full file."""
    digits = path.stem.partition("-")[2]
    return int(digits) if digits.isdecimal() else 0


def decode_torn(torn: bytes) -> str:
    """What stands behind the last whole line, as text."""
    return torn.decode("utf-8", "backslashreplace")


def digest(line: bytes) -> str:
    """What the next line says of this one."""
    return hashlib.sha256(line).hexdigest()


def entry_of(line: bytes) -> dict[str, Any]:
    """A line as an entry; an empty one where it is none."""
    try:
        return msgspec.json.decode(line, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeError):
        return {}


def verify(directory: Path) -> int:
    """How many entries the log has; ValueError names the first line that does not fit the chain.

    The chain shows what was changed or taken out of the middle; that lines are missing at the end
    only shows beside a copy, and where the oldest files were let go the first line is taken at its
    word. A line without an end is being written, or is torn by a crash: the next start deals with
    it.
    """
    last, number = "", 0
    for path in files(directory):
        with path.open("rb") as lines:
            for count, line in enumerate(lines, 1):
                if not line.endswith(b"\n"):
                    break
                previous = entry_of(line).get("previous")
                expected = last or (previous if number_of(path) > 1 else START)
                if previous != expected or not previous:
                    raise ValueError(f"{path}: line {count} does not fit the one before it")
                last, number = digest(line[:-1]), number + 1
    return number
