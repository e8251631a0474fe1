"""The contract with the other processes that keep the same together with this one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol


class Nodes(Protocol):
    """The other processes that keep the same together with this one; ``name``: what this one is
    called among them."""

    @property
    def name(self) -> str: ...

    def tell(self, act: str, *words: Any) -> None:
        """Has each of them do the same for its own connections, soon; ``words`` as JSON. Never
        waits, never raises."""

    def ask(self, question: Any, node: str | None = None) -> Mapping[str, Any]:
        """What each of them answers, or the one that is named; ``None`` of who did not within a
        second. Question and answers as JSON."""

    def figures(self) -> Mapping[str, int]:
        """How many others there are, how many notices they were sent, and have sent."""


class Marked(Protocol):
    """What is being done just now, by id, on whatever process. Never waits."""

    def __contains__(self, id: object, /) -> bool: ...

    def add(self, id: str, /) -> None:
        """This process does it."""

    def discard(self, id: str, /) -> None:
        """It does so no longer; harmless twice."""
