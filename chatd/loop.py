"""Watches the event loop: how late it is, and what code held it up for too long."""

from __future__ import annotations

import sys
import threading
import time
import traceback
from collections.abc import Callable
from types import FrameType

import gevent
from gevent import monkey
from loguru import logger

BEAT_S = 0.02
STALL_S = 0.1
_sleep: Callable[[float], None] = monkey.get_original("time", "sleep")
_start: Callable[..., int] = monkey.get_original("_thread", "start_new_thread")


class LoopWatch:
    """A greenlet that beats and a native thread that listens. A beat that stays out for longer
    than STALL_S is logged with the stack that runs just then, once per stall."""

    def __init__(self, observe_lag: Callable[[float], None]) -> None:
        self._observe = observe_lag
        self._beat = time.monotonic()
        self._stopped = False
        self.stalls = 0

    def run(self) -> None:
        """The beating greenlet; vital."""
        _start(self._listen, ())
        while not self._stopped:
            asked = time.monotonic()
            gevent.sleep(BEAT_S)
            self._beat = time.monotonic()
            self._observe(max(0.0, self._beat - asked - BEAT_S))

    def stop(self) -> None:
        """Ends the thread too."""
        self._stopped = True

    def _listen(self) -> None:
        reported = 0.0
        while not self._stopped:
            _sleep(STALL_S / 2)
            beat = self._beat
            late = time.monotonic() - beat - BEAT_S
            if late > STALL_S and beat != reported:
                reported = beat
                self.stalls += 1
                self._report(late)

    def _report(self, late: float) -> None:
        frame = sys._current_frames().get(main_thread_ident())
        logger.warning("event loop stalled for {:.0f} ms so far, in:\n{}", late * 1e3, stack(frame))


def main_thread_ident() -> int:
    """The native thread that the event loop runs in."""
    return threading.main_thread().ident or 0


def stack(frame: FrameType | None) -> str:
    """The innermost calls of a stack."""
    return "".join(traceback.format_stack(frame, limit=8)) if frame else "(no stack)"
