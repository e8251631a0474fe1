"""The audit log: who did what through the admin socket; each line is chained to the last."""

from __future__ import annotations

import hashlib
import os
from collections import deque
from pathlib import Path
from typing import Any

import msgspec

KEPT = 10_000
START = "0" * 64


class AuditLog:
    """JSON lines; each holds the SHA-256 of the line before it, so that a missing or changed one
    shows. Message texts and passwords never come here."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._last = START
        self._newest: deque[dict[str, Any]] = deque(maxlen=KEPT)
        if path.exists():
            self._read()
        self._descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def write(self, entry: dict[str, Any]) -> None:
        """Appends an entry, in one write."""
        chained = {**entry, "previous": self._last}
        line = msgspec.json.encode(chained)
        os.write(self._descriptor, line + b"\n")
        self._last = hashlib.sha256(line).hexdigest()
        self._newest.append(chained)

    def newest(self, limit: int) -> list[dict[str, Any]]:
        """The last entries, oldest first."""
        return list(self._newest)[-limit:]

    def close(self) -> None:
        """Nothing more is written."""
        os.close(self._descriptor)

    def _read(self) -> None:
        lines = self._path.read_bytes().splitlines()
        for line in lines[-KEPT:]:
            try:
                self._newest.append(msgspec.json.decode(line, type=dict[str, Any]))
            except msgspec.DecodeError:
                continue
        if lines:
            self._last = hashlib.sha256(lines[-1]).hexdigest()


def verify(path: Path) -> int:
    """How many entries the log has; ValueError names the first line that does not fit the chain."""
    last, number = START, 0
    for number, line in enumerate(path.read_bytes().splitlines(), 1):
        try:
            entry = msgspec.json.decode(line, type=dict[str, Any])
        except msgspec.DecodeError:
            entry = {}
        if entry.get("previous") != last:
            raise ValueError(f"{path}: line {number} does not fit the one before it")
        last = hashlib.sha256(line).hexdigest()
    return number
