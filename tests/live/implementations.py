"""Every implementation of a contract: as it is, and the same with reads that wait."""

from __future__ import annotations

from collections.abc import Callable, Set
from typing import Any

import pytest

from tests.nodes import Across, Node, Nodes
from tests.waiting import Waiting

KINDS = ["local", "local, reads wait"]
SHARED = ["shared", "shared, seen from another node"]


class Clock:
    """A monotonic clock that a test moves."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


def made(kind: str, make: Callable[[], Any], reads: Set[str]) -> Any:
    """One of them; ``reads``: the methods that may wait by the contract."""
    return Waiting(make(), frozenset(reads)) if kind.endswith("wait") else make()


def shared_by(request: pytest.FixtureRequest, make: Callable[[Node], Any], reads: Set[str]) -> Any:
    """What nodes have together, seen from the one that changes it, or from another."""
    nodes: Nodes = request.getfixturevalue("nodes")
    if request.param == "shared":
        return make(nodes.node())
    return Across(nodes.node(), nodes.node(), make, reads)


def person(id: str, name: str = "", **fields: Any) -> Any:
    """A visitor."""
    from chatd.domain.principal import Principal

    return Principal(kind="visitor", id=id, name=name or id, **fields)


def nothing(*told: Any) -> None:
    """Nobody does anything about it."""
