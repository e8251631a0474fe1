"""Greenlets with a name and an end: what runs beside the connections, under supervision."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gevent
from gevent.pool import Group
from loguru import logger

from chatd.log.acting import WHO

RETURNED, KILLED = "it came to an end", "it was killed"


class Tasks:
    """The daemon's own greenlets. One that raises is logged and counted; a vital one, however it
    ends before :meth:`stop`, takes the daemon down.

    ``on_vital_death``: called with the name and why. ``count``: called once per death.
    ``failing``: what is done again and again, and fails just now.
    """

    def __init__(
        self, on_vital_death: Callable[[str, str], None], count: Callable[[], None]
    ) -> None:
        self._group = Group()
        self._on_vital_death = on_vital_death
        self._count = count
        self._stopped = False
        self.failing: set[str] = set()

    def __len__(self) -> int:
        return len(self._group)

    def spawn(self, name: str, work: Callable[..., Any], *args: Any, vital: bool = False) -> Any:
        """Starts a greenlet; it ends with the daemon at the latest."""
        greenlet = gevent.Greenlet(self._run, name, work, args, vital)
        greenlet.name = name
        self._group.start(greenlet)
        return greenlet

    def every(
        self, name: str, seconds: float, work: Callable[[], Any], *, at_once: bool = False
    ) -> Any:
        """Runs something again and again. A turn that fails is logged and the next one comes;
        as long as they all fail, that is said once."""
        first = 0.0 if at_once else seconds
        return self.spawn(name, self._repeat, name, first, seconds, work, vital=True)

    def stop(self) -> None:
        self._stopped = True
        self._group.kill()

    def watch_over_others(self) -> None:
        """From here on what dies in this thread's loop without being a task (the greenlet of a
        connection, a call of the loop's own) is logged and counted like one. What it was called
        with is not told: that may be somebody's message."""
        hub = gevent.get_hub()
        before = hub.handle_error

        def handle_error(context: Any, kind: Any, value: Any, trace: Any) -> None:
            if context is None or not issubclass(kind, Exception) or issubclass(kind, SystemError):
                before(context, kind, value, trace)
                return
            self._count()
            what = getattr(context, "name", None) or type(context).__name__
            logger.opt(exception=(kind, value, trace)).error("{} failed", what)

        hub.handle_error = handle_error

    def _repeat(self, name: str, first: float, seconds: float, work: Callable[[], Any]) -> None:
        gevent.sleep(first)
        while True:
            try:
                work()
            except Exception as fault:
                self._note_failure(name, fault)
            else:
                self._note_success(name)
            gevent.sleep(seconds)

    def _note_failure(self, name: str, fault: Exception) -> None:
        if name not in self.failing:
            self.failing.add(name)
            self._count()
            logger.opt(exception=fault).error("{} failed, and will be tried again", name)

    def _note_success(self, name: str) -> None:
        if name in self.failing:
            self.failing.discard(name)
            logger.warning("{} works again", name)

    def _run(self, name: str, work: Callable[..., Any], args: tuple[Any, ...], vital: bool) -> None:
        WHO.set(name)
        why = KILLED
        try:
            work(*args)
            why = RETURNED
        except Exception as fault:
            why = repr(fault)
            self._count()
            logger.exception("task {} died", name)
        finally:
            if vital and not self._stopped:
                self._on_vital_death(name, why)
