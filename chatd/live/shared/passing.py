"""What one node learns and the others should know: who was new, how fast queues move, how long
first answers take, which rooms are crowds."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import Any

from msgspec import convert

from chatd.delivery.broker.exchange import Exchange
from chatd.domain.participant import Newcomer
from chatd.live import crowds
from chatd.live.local import answers as local_answers
from chatd.live.local import newcomers as local_newcomers
from chatd.live.local import pace as local_pace
from chatd.live.shared.telling import Telling


class Newcomers(Telling):
    """See :class:`chatd.live.base.Newcomers`. A request that was first sent to another node, a
    moment ago, may not have been told of yet: who is unknown is ``stored``, or was never here."""

    def __init__(
        self,
        exchange: Exchange,
        known: Iterable[Newcomer],
        stored: Callable[[str], Newcomer | None],
    ) -> None:
        super().__init__(exchange, "newcomer")
        self._known = local_newcomers.Newcomers(known)
        self._stored = stored

    def participant_of(self, request: str, now: float) -> str | None:
        known = self._known.participant_of(request, now)
        if known is None and (found := self._stored(request)):
            self._known.add(found, ())
            known = self._known.participant_of(request, now)
        return known

    def choose_outdated(self, now: float) -> list[str]:
        return self._known.choose_outdated(now)

    def add(self, newcomer: Newcomer, forgotten: Iterable[str]) -> None:
        forgotten = list(forgotten)
        self._known.add(newcomer, forgotten)
        self.tell_others(newcomer, forgotten)

    def take(self, words: list[Any]) -> None:
        newcomer, forgotten = words
        self._known.add(convert(newcomer, Newcomer), forgotten)


class QueuePace(Telling):
    """See :class:`chatd.live.base.QueuePace`."""

    def __init__(self, exchange: Exchange, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(exchange, "pace")
        self._all = local_pace.QueuePace(clock)
        self.seconds = self._all.seconds
        self.expect = self._all.expect

    def note_acceptance(self, line: str, waited_s: float) -> None:
        self._all.note_acceptance(line, waited_s)
        self.tell_others(line, waited_s)

    def take(self, words: list[Any]) -> None:
        self._all.note_acceptance(*words)


class Answers(Telling):
    """See :class:`chatd.live.base.Answers`."""

    def __init__(self, exchange: Exchange, now: Callable[[], float] = time.time) -> None:
        super().__init__(exchange, "answer")
        self._all = local_answers.Answers(now)
        self.usual_s = self._all.usual_s

    def note(self, site: str, episode_id: str, at: float, waited_s: float) -> None:
        self._all.note(site, episode_id, at, waited_s)
        self.tell_others(site, episode_id, at, waited_s)

    def take(self, words: list[Any]) -> None:
        self._all.note(*words)


class Crowds(crowds.Crowds, Telling):
    """See :class:`chatd.live.crowds.Crowds`. That a room has moved is told once, until it is told
    here how many it has; who leads tells the people."""

    def __init__(self, exchange: Exchange) -> None:
        crowds.Crowds.__init__(self)
        Telling.__init__(self, exchange, "crowd")

    def move(self, room_id: str) -> None:
        told = self._moved.get(room_id, False)
        super().move(room_id)
        if not told:
            self.tell_others(room_id, True)

    def end(self, room_id: str) -> None:
        super().end(room_id)
        self.tell_others(room_id, False)

    def take(self, words: list[Any]) -> None:
        room_id, goes_on = words
        if goes_on:
            super().move(room_id)
        elif room_id in self:
            super().end(room_id)

    def note_arrival(self, node: str) -> None:
        for room_id in self:
            self.tell_others(room_id, True)
