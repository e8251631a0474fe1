"""The event loop: how late it is, what code held it up for too long, and how not to."""

from __future__ import annotations

import sys
import time
import traceback
from collections.abc import Callable, Iterable, Iterator, Sequence
from types import FrameType
from typing import TypeVar

import gevent
from gevent import monkey
from loguru import logger

BEAT_S = 0.02
STALL_S = 0.1
PER_TURN = 500
A_MOMENT_S = 0.000_001
K = TypeVar("K")
T = TypeVar("T")
_sleep: Callable[[float], None] = monkey.get_original("time", "sleep")
_ident: Callable[[], int] = monkey.get_original("_thread", "get_ident")
_start: Callable[..., int] = monkey.get_original("_thread", "start_new_thread")


def in_turns(things: Iterable[T]) -> Iterator[T]:
    """All of them, however many: others have their turn after every 500, and what they read from
    their sockets, too."""
    for number, one in enumerate(things, 1):
        yield one
        if number % PER_TURN == 0:
            gevent.sleep(A_MOMENT_S)


def in_shares(lists: Iterable[tuple[K, Sequence[T]]]) -> Iterator[tuple[K, Sequence[T]]]:
    """The same of lists, each under what it belongs to: in shares that are no longer than that."""
    handed = 0
    for key, things in lists:
        for begun in range(0, len(things), PER_TURN):
            share = things[begun : begun + PER_TURN]
            yield key, share
            handed += len(share)
            if handed >= PER_TURN:
                handed = 0
                gevent.sleep(A_MOMENT_S)


class LoopWatch:
    """A greenlet that beats and a native thread that listens. A beat that stays out for longer
    than STALL_S is logged with the stack that runs just then, once per stall."""

    def __init__(self, observe_lag: Callable[[float], None]) -> None:
        self._observe = observe_lag
        self._beat = time.monotonic()
        self._stopped = False
        self._thread = 0
        self._reported = 0.0
        self._listening = False
        self.stalls = 0

    def run(self) -> None:
        """The beating greenlet; vital. The thread, should it die of a report, is started again."""
        self._thread = _ident()
        while not self._stopped:
            if not self._listening:
                self._listening = True
                _start(self._listen, ())
            asked = time.monotonic()
            gevent.sleep(BEAT_S)
            self._beat = time.monotonic()
            self._observe(max(0.0, self._beat - asked - BEAT_S))

    def stop(self) -> None:
        """Ends the thread too."""
        self._stopped = True

    def _listen(self) -> None:
        try:
            while not self._stopped:
                _sleep(STALL_S / 2)
                beat = self._beat
                late = time.monotonic() - beat - BEAT_S
                if late > STALL_S and beat != self._reported:
                    self._reported = beat
                    self.stalls += 1
                    self._report(late)
        finally:
            self._listening = False

    def _report(self, late: float) -> None:
        frame = sys._current_frames().get(self._thread)
        logger.warning("event loop stalled for {:.0f} ms so far, in:\n{}", late * 1e3, stack(frame))


def stack(frame: FrameType | None) -> str:
    """The innermost calls of a stack."""
    return "".join(traceback.format_stack(frame, limit=8)) if frame else "(no stack)"
