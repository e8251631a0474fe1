"""Every implementation of a contract: as it is, and the same with reads that wait."""

from __future__ import annotations

from collections.abc import Callable, Set
from typing import Any

from tests.waiting import Waiting

KINDS = ["local", "local, reads wait"]


class Clock:
    """A monotonic clock that a test moves."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


def made(kind: str, make: Callable[[], Any], reads: Set[str]) -> Any:
    """One of them; ``reads``: the methods that may wait by the contract."""
    return Waiting(make(), frozenset(reads)) if kind.endswith("wait") else make()


def person(id: str, name: str = "", **fields: Any) -> Any:
    """A visitor."""
    from chatd.domain.principal import Principal

    return Principal(kind="visitor", id=id, name=name or id, **fields)
