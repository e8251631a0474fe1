"""The contract of calls: those that are open, and those that ended lately."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

from chatd.domain.call import Call


class Calls(Protocol):
    """The calls that are open, kept in step with what is stored, and the 500 that ended last, since
    the process began. Never waits."""

    def __iter__(self) -> Iterator[Call]:
        """All that are open."""

    def fill(self, calls: Iterable[Call]) -> None:
        """What is open when the daemon starts."""

    def put(self, call: Call) -> None:
        """A call as it now is."""

    def get(self, id: str) -> Call | None:
        """One that is open."""

    def within(self, dialog_id: str) -> Call | None:
        """The one that is open in a conversation."""

    def of(self, participant_id: str) -> list[Call]:
        """Those that somebody is in, or that ring at them."""

    def list_ended(self) -> Sequence[Call]:
        """Those that ended lately, the last one first."""

    def count_candidate(self, call_id: str, participant_id: str) -> int:
        """One more was named by somebody who is connected to this process: so many by now."""

    def forget_candidates(self, call_id: str, participant_id: str) -> None:
        """They are counted anew."""
