"""When very many come or go at once, each who is there is told of them together, a moment later:
else everybody would be sent something for everybody."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from typing import Any, Protocol

import gevent

from chatd.protocol.events import PresenceUpdate

PATIENT = frozenset({PresenceUpdate.event})
CALM = 32  # in WINDOW_S
WINDOW_S = 0.1
WAIT_S = 0.25
PER_TURN = 512
A_MOMENT_S = 0.000_001


class Waiting(Protocol):
    """What is to be sent to so many ``mailboxes`` by ``spread``."""

    @property
    def mailboxes(self) -> Collection[Any]:
        """Of those who are told."""

    def spread(self) -> None:
        """Tells all of them what waits."""


class Rush:
    """Says whether it is one, and keeps who is to be told; what else is announced to them meanwhile
    takes along what waits, so that everything stays in order. While it is calm nothing waits."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._began, self._count, self._lasts = clock(), 0, False
        loop = gevent.get_hub().loop
        self._timer, self._moment = loop.timer(WAIT_S), loop.timer(A_MOMENT_S)
        self._waiting: dict[Waiting, None] = {}

    def holds(self) -> bool:
        """Whether one of the patient events waits; counts them."""
        now = self._clock()
        if now - self._began > WINDOW_S:
            self._lasts = self._count > CALM and now - self._began < 2 * WINDOW_S
            self._began, self._count = now, 0
        self._count += 1
        return self._lasts or self._count > CALM

    def put(self, one: Waiting) -> None:
        """It is spread soon, if nothing else does that before."""
        if not self._waiting:
            self._timer.start(self._spread)
        self._waiting[one] = None

    def _spread(self) -> None:
        """Of very many some; then the loop looks at its sockets."""
        sent = 0
        while self._waiting and sent < PER_TURN:
            one = next(iter(self._waiting))
            del self._waiting[one]
            sent += 1 + len(one.mailboxes)
            one.spread()
        if self._waiting:
            self._moment.start(self._spread)
