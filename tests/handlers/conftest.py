"""A stage for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.handlers.stage import Stage


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """With rooms, two sites, and nobody in it."""
    made = Stage(tmp_path / "data")
    yield made
    made.close()
