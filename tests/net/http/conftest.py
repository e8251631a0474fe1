"""One daemon for the tests that ask it in their own process."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from chatd.handlers import logins
from tests.net.http.inside import Inside


@pytest.fixture
def inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Inside]:
    """With two sites, and nobody in it."""
    monkeypatch.setattr(logins, "ROUNDS", 4)
    made = Inside(tmp_path / "data")
    yield made
    made.stage.close()
