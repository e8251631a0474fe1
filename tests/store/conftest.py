"""Fixtures of the store's tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from loguru import logger


@pytest.fixture
def memory(tmp_path: Path) -> Iterator[Path]:
    """A directory whose syncs cost nothing, where there is one."""
    shared = Path("/dev/shm")
    if not shared.is_dir():
        yield tmp_path
        return
    with TemporaryDirectory(dir=shared) as made:
        yield Path(made)


@pytest.fixture
def said() -> Iterator[list[str]]:
    """What the log says, a line each."""
    lines: list[str] = []
    sink = logger.add(lambda line: lines.append(str(line).strip()), format="{level} {message}")
    yield lines
    logger.remove(sink)
