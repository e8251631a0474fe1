"""The audit log: who did what through the admin socket; each line is chained to the last."""

from __future__ import annotations

import hashlib
import os
from collections import deque
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec

KEPT = 10_000
START = "0" * 64
TORN = "torn line"


class AuditLog:
    """JSON lines; each holds the SHA-256 of the line before it, so that a missing or changed one
    shows. Message texts and passwords never come here.

    A last line that a crash has torn is no entry; it is replaced by one that tells its bytes, so
    that the chain goes on and nothing that was in the file is lost without a word.
    """

    def __init__(self, path: Path) -> None:
        self._newest: deque[dict[str, Any]] = deque(maxlen=KEPT)
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        with path.open("rb") as lines:
            self._last, torn = self._read(lines)
        if torn:
            os.ftruncate(self._descriptor, os.fstat(self._descriptor).st_size - len(torn))
            self.write({"verb": TORN, "target": torn.decode("utf-8", "backslashreplace")})

    def write(self, entry: dict[str, Any]) -> None:
        """Appends an entry, in one write; OSError when it cannot be kept whole."""
        chained = {**entry, "previous": self._last}
        line = msgspec.json.encode(chained)
        before = os.fstat(self._descriptor).st_size
        if os.write(self._descriptor, line + b"\n") <= len(line):
            os.ftruncate(self._descriptor, before)
            raise OSError("the audit log could not be written whole")
        self._last = digest(line)
        self._newest.append(chained)

    def newest(self, limit: int) -> list[dict[str, Any]]:
        """The last entries, oldest first."""
        return list(self._newest)[-limit:]

    def close(self) -> None:
        """Nothing more is written."""
        os.close(self._descriptor)

    def _read(self, lines: Iterable[bytes]) -> tuple[str, bytes]:
        """The hash of the last whole line, and what stands behind it without an end."""
        last = START
        for line in lines:
            if not line.endswith(b"\n"):
                return last, line
            last = digest(line[:-1])
            self._newest.append(entry_of(line))
        return last, b""


def digest(line: bytes) -> str:
    """What the next line says of this one."""
    return hashlib.sha256(line).hexdigest()


def entry_of(line: bytes) -> dict[str, Any]:
    """A line as an entry; an empty one where it is none."""
    try:
        return msgspec.json.decode(line, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeError):
        return {}


def verify(path: Path) -> int:
    """How many entries the log has; ValueError names the first line that does not fit the chain.

    The chain shows what was changed or taken out of the middle; that lines are missing at the end
    only shows beside a copy. A line without an end is being written, or is torn by a crash: the
    next start deals with it.
    """
    last, number = START, 0
    with path.open("rb") as lines:
        for count, line in enumerate(lines, 1):
            if not line.endswith(b"\n"):
                break
            if entry_of(line).get("previous") != last:
                raise ValueError(f"{path}: line {count} does not fit the one before it")
            last, number = digest(line[:-1]), count
    return number
