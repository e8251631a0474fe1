"""Greenlets that are used again: to make one, with a stack of its own, costs about as much as to
carry out a command in it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gevent
from gevent import get_hub, getcurrent
from gevent.hub import Waiter

MOST_IDLE = 64
Job = tuple[Callable[..., object], tuple[Any, ...]]


class Workers:
    """Begins work as :func:`gevent.spawn` does, in its order; so many greenlets wait for more. The
    work lets nothing out: what it raises ends its greenlet."""

    def __init__(self, most_idle: int = MOST_IDLE) -> None:
        self._most_idle = most_idle
        self._idle: list[Any] = []

    def __len__(self) -> int:
        return len(self._idle)

    def begin(self, work: Callable[..., object], *args: Any) -> None:
        """Has it called soon, beside the caller."""
        if self._idle:
            get_hub().loop.run_callback(self._idle.pop().switch, (work, args))
        else:
            gevent.spawn(self._serve, (work, args))

    def carry_out(self, work: Callable[..., object], *args: Any) -> None:
        """Has it called beside the caller, who waits until it is done."""
        done: Any = Waiter()
        self.begin(self._do, done, work, args)
        done.get()

    def _do(self, done: Any, work: Callable[..., object], args: tuple[Any, ...]) -> None:
        try:
            work(*args)
        finally:
            get_hub().loop.run_callback(done.switch, None)

    def _serve(self, job: Job) -> None:
        while True:
            work, args = job
            work(*args)
            del work, args, job  # nothing of it is kept while there is nothing to do
            if len(self._idle) >= self._most_idle:
                return
            self._idle.append(getcurrent())
            job = get_hub().switch()


WORKERS = Workers()
