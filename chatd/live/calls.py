"""The contracts of calls, open and ended lately, and of who is in which voice channel."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Protocol

from chatd.domain.call import Call
from chatd.domain.quality import Measured, Quality
from chatd.domain.voice import Voice


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

    def forget(self, whose: Collection[str]) -> None:
        """Those that ended in these conversations, or of these people, are remembered no more;
        harmless twice."""

    def count_candidate(self, call_id: str, participant_id: str, to: str) -> int:
        """One more was named to somebody, by who is connected to this process: so many by now."""

    def forget_candidates(self, call_id: str, participant_id: str, to: str | None = None) -> None:
        """They are counted anew: those named to somebody, or to all."""


class Qualities(Protocol):
    """How good calls are, as the browsers of those who are in them tell; of the 1,000 of which
    something was told last, since the process began. Never waits."""

    def put(self, call_id: str, participant_id: str, quality: Quality, at: str) -> None:
        """What one side tells."""

    def of(self, call_id: str) -> Mapping[str, Measured]:
        """What each side of a call told, by who it is."""


class Voices(Protocol):
    """Who is in which voice channel, each in one at most. Never waits. Of several processes two
    may let in one more than there may be; who came last then goes."""

    def put(self, dialog_id: str, voice: Voice) -> None:
        """Somebody came, or is otherwise than before; in place of what they were."""

    def drop(self, dialog_id: str, participant_id: str) -> None:
        """They left; harmless twice."""

    def within(self, dialog_id: str) -> list[Voice]:
        """Who is in a channel, in the order of their coming."""

    def find(self, participant_id: str) -> tuple[str, Voice] | None:
        """In which conversation's channel somebody is, and how."""

    def channels(self) -> list[str]:
        """The conversations in whose channels anybody is."""
