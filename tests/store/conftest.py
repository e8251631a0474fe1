"""Fixtures of the store's tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from loguru import logger

from chatd.config.settings import StoreSettings
from chatd.store.base import Store
from chatd.store.memory import MemoryStore
from chatd.store.postgres import store as postgres_store
from chatd.store.postgres.store import PostgresStore
from chatd.store.tiny.store import open_store
from tests.store.backends import KINDS, SETTINGS, Bench, Open, checkpointed, crash, far, reopen


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


@pytest.fixture(params=[*KINDS, "memory, reads wait", "tiny, reads wait"])
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bench]:
    def tiny() -> Store:
        return open_store(tmp_path, SETTINGS)

    def postgres() -> Store:
        dsn: str = request.getfixturevalue("database")
        return postgres_store.open_store(StoreSettings(backend="postgres", dsn=dsn))

    def anew(store: Store) -> Store:
        store.close()
        return postgres()

    kinds: dict[str, tuple[Callable[[], Store], Callable[[Store], Store]]] = {
        "memory": (MemoryStore, lambda store: store),
        "tiny": (tiny, lambda store: store),
        "checkpointed": (tiny, checkpointed),
        "reopened": (tiny, reopen(tmp_path)),
        "crashed": (tiny, crash(tmp_path)),
        "postgres": (postgres, lambda store: store),
        "postgres, reopened": (postgres, anew),
        "memory, reads wait": (far(MemoryStore), lambda store: store),
        "tiny, reads wait": (far(tiny), lambda store: store),
    }
    made = Bench(*kinds[request.param])
    yield made
    made.store.close()


@pytest.fixture
def opened(database: str) -> Iterator[Open]:
    """Stores on one database, as those of several nodes."""
    made: list[PostgresStore] = []

    def make() -> PostgresStore:
        made.append(
            postgres_store.open_store(
                StoreSettings(backend="postgres", dsn=database, connections=4)
            )
        )
        return made[-1]

    yield make
    for store in made:
        store.close()
