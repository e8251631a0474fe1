"""A bot that says what a test wants."""

from __future__ import annotations

from collections.abc import Sequence

from chatd.bot.base import Passage, Task, Turn
from chatd.domain.message import Message


class Engine:
    """The bot of every site; ``turn``: what it always says and does."""

    def __init__(self, turn: Turn | None = None, *, active: bool = True) -> None:
        self.active = active
        self.turn = turn or Turn(say="answer")

    def of(self, site: str) -> Engine:
        """All have the same."""
        return self

    def answer(self, history: Sequence[Message], passages: Sequence[Passage] = ()) -> Turn:
        """Always the same."""
        return self.turn

    def write(self, task: Task, history: Sequence[Message], passages: Sequence[Passage]) -> str:
        """Which task it is."""
        return f"{task.name} of {len(history)}"
