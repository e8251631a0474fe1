"""One directory for all who share a database, and for nobody else."""

from __future__ import annotations

from pathlib import Path

import pytest

from chatd.errors import ConfigError
from chatd.files.disk import BYTES, DiskBytes
from chatd.files.together import MARK, check_same
from chatd.store.memory import MemoryStore

NOW = "2026-11-27T00:00:00.000Z"


def test_a_new_database_does_not_take_the_files_of_another(tmp_path: Path) -> None:
    """It would know nothing of them, and sweep them away."""
    first, second = MemoryStore(), MemoryStore()
    check_same(tmp_path, first, NOW)
    mark = (tmp_path / MARK).read_bytes()
    DiskBytes(tmp_path, sync=False).put("ab12", b"kept")
    for _ in range(2):
        with pytest.raises(ConfigError, match="belongs to another database"):
            check_same(tmp_path, second, NOW)
        check_same(tmp_path, first, NOW)
    assert (tmp_path / MARK).read_bytes() == mark
    (tmp_path / MARK).unlink()
    check_same(tmp_path, second, NOW)
    with pytest.raises(ConfigError, match="is not the one that belongs to the database"):
        check_same(tmp_path, first, NOW)


def test_who_was_killed_before_the_mark_was_noted_starts_again(tmp_path: Path) -> None:
    check_same(tmp_path, MemoryStore(), NOW)
    assert not (tmp_path / BYTES).exists()
    again = MemoryStore()
    check_same(tmp_path, again, NOW)
    check_same(tmp_path, again, NOW)


def test_bytes_that_nobody_has_marked_are_taken_over(tmp_path: Path) -> None:
    """Those of a daemon that had a data directory before, say."""
    DiskBytes(tmp_path, sync=False).put("ab12", b"kept")
    store = MemoryStore()
    check_same(tmp_path, store, NOW)
    check_same(tmp_path, store, NOW)
