"""The stories of other modules, told once more with their sides on two nodes."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.client import Client
from tests.cluster import Clusters, settled
from tests.conftest import MakeDaemon
from tests.postgres import Server

FIXTURE = "FixtureFunctionDefinition"


@pytest.fixture
def make_daemon(postgres: Server, tmp_path: Path) -> Iterator[MakeDaemon]:
    """What is a daemon elsewhere is two nodes here."""
    clusters = Clusters(postgres, tmp_path)
    with settled(clusters.made, Client):
        yield clusters.make
    clusters.end()


def stories(
    module: ModuleType, *, only: Collection[str] = (), but: Collection[str] = ()
) -> dict[str, Any]:
    """What a module is to have of another: its tests, all, only some or all but some, and the
    fixtures that they need and are not given here."""
    found = vars(module)
    unknown = {*only, *but} - found.keys()
    assert not unknown, f"{module.__name__} has no {unknown}"
    tests = {name for name in found if name.startswith("test_")} & set(only or found)
    fixtures = {name for name, one in found.items() if type(one).__name__ == FIXTURE}
    taken = {name: found[name] for name in (tests | fixtures) - set(but)}
    return {"make_daemon": make_daemon, **taken}
