"""The open calls, and those that ended lately, in one memory."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable, Iterator, Sequence

from chatd.domain.call import Call

REMEMBERED = 500


class Calls:
    """See :class:`chatd.live.calls.Calls`."""

    def __init__(self) -> None:
        self._open: dict[str, Call] = {}
        self._about: dict[str, dict[str, Call]] = {}  # by conversation, and by who is in it
        self._ended: deque[Call] = deque(maxlen=REMEMBERED)
        self._candidates: dict[tuple[str, str], dict[str, int]] = {}

    def __iter__(self) -> Iterator[Call]:
        return iter(list(self._open.values()))

    def fill(self, calls: Iterable[Call]) -> None:
        """What is open when the daemon starts."""
        for call in calls:
            self.take(call)

    def put(self, call: Call) -> None:
        self.take(call)

    def take(self, call: Call) -> None:
        """As it is now: one that has ended is so once."""
        before = self._remove(call.id)
        if call.open:
            self._open[call.id] = call
            for key in keys_of(call):
                self._about.setdefault(key, {})[call.id] = call
            return
        if before or not any(one.id == call.id for one in self._ended):
            self._ended.appendleft(call)
        for party in (before or call).parties:
            self.forget_candidates(call.id, party.id)

    def _remove(self, id: str) -> Call | None:
        """One that was open, as it was."""
        before = self._open.pop(id, None)
        for key in keys_of(before) if before else ():
            about = self._about[key]
            del about[id]
            if not about:
                del self._about[key]
        return before

    def get(self, id: str) -> Call | None:
        return self._open.get(id)

    def within(self, dialog_id: str) -> Call | None:
        return next(iter(self._about.get(dialog_id, {}).values()), None)

    def of(self, participant_id: str) -> list[Call]:
        return list(self._about.get(participant_id, {}).values())

    def list_ended(self) -> Sequence[Call]:
        return list(self._ended)

    def forget(self, whose: Collection[str]) -> None:
        self.drop(whose)

    def drop(self, whose: Collection[str]) -> None:
        """They are gone from this memory."""
        kept = [one for one in self._ended if keys_of(one).isdisjoint(whose)]
        self._ended = deque(kept, maxlen=REMEMBERED)

    def count_candidate(self, call_id: str, participant_id: str, to: str) -> int:
        counts = self._candidates.setdefault((call_id, participant_id), {})
        counts[to] = counts.get(to, 0) + 1
        return counts[to]

    def forget_candidates(self, call_id: str, participant_id: str, to: str | None = None) -> None:
        if to is None:
            self._candidates.pop((call_id, participant_id), None)
        else:
            self._candidates.get((call_id, participant_id), {}).pop(to, None)


def keys_of(call: Call) -> set[str]:
    """What a call is found by."""
    return {call.dialog_id, *(one.id for one in call.parties)}
