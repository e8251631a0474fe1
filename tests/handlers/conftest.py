"""A stage for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from chatd.handlers import logins
from tests.handlers.stage import Stage

# Stories that must come out the same however far away the store is.
FAR = {"test_assignment", "test_following", "test_messages", "test_tickets"}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Runs them again with every read waiting."""
    if "far" in metafunc.fixturenames:
        far = metafunc.module.__name__.rpartition(".")[2] in FAR
        metafunc.parametrize(
            "far", [False, True] if far else [False], ids=["near", "far"][: far + 1]
        )


@pytest.fixture
def stage(tmp_path: Path, far: bool) -> Iterator[Stage]:
    """With rooms, two sites, and nobody in it."""
    made = Stage(tmp_path / "data", far=far)
    yield made
    made.close()


@pytest.fixture(autouse=True)
def quick_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """What costs a quarter of a second on purpose costs nothing here."""
    monkeypatch.setattr(logins, "ROUNDS", 4)
