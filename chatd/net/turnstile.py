"""HTTP requests and what is answered with a page take turns: a few begin per turn of the loop, of
each address in its turn."""

from __future__ import annotations

from collections import OrderedDict, deque
from typing import Any

import gevent
from gevent.hub import Waiter

PER_TURN = 4
A_MOMENT_S = 0.000_001


class Turnstile:
    """Whoever comes when PER_TURN have begun in this turn waits until the loop has looked at all
    its sockets; sleep(0) would not do, for up to 50 callbacks run before it looks.

    ``turns``: how often somebody had to wait.
    """

    def __init__(self) -> None:
        self._loop = gevent.get_hub().loop
        self._timer = self._loop.timer(A_MOMENT_S)
        self._begun = 0
        self._waiting: OrderedDict[str, deque[Any]] = OrderedDict()
        self.turns = 0

    def wait(self, address: str) -> None:
        """Until it is this address's turn."""
        if self._begun < PER_TURN and not self._waiting:
            self._begin()
            return
        self.turns += 1
        turn: Any = Waiter()
        self._waiting.setdefault(address, deque()).append(turn)
        turn.get()

    def _begin(self) -> None:
        self._begun += 1
        if self._begun == 1:
            self._timer.start(self._next_turn)

    def _next_turn(self) -> None:
        self._begun = 0
        while self._waiting and self._begun < PER_TURN:
            address, waiting = self._waiting.popitem(last=False)
            self._loop.run_callback(waiting.popleft().switch, None)
            self._begin()
            if waiting:
                self._waiting[address] = waiting
