"""Greenlets with a name and an end: what runs beside the connections, under supervision."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gevent
from gevent.pool import Group
from loguru import logger

from chatd.acting import WHO


class Tasks:
    """The daemon's own greenlets. One that raises is logged; a vital one takes the daemon down."""

    def __init__(self, on_vital_death: Callable[[str], None]) -> None:
        self._group = Group()
        self._on_vital_death = on_vital_death

    def __len__(self) -> int:
        return len(self._group)

    def spawn(self, name: str, work: Callable[..., Any], *args: Any, vital: bool = False) -> Any:
        """Starts a greenlet; it ends with the daemon at the latest."""
        greenlet = gevent.Greenlet(self._run, name, work, args, vital)
        greenlet.name = name
        self._group.start(greenlet)
        return greenlet

    def every(self, name: str, seconds: float, work: Callable[[], Any]) -> Any:
        """Runs something again and again; one failure is logged and the next turn comes."""
        return self.spawn(name, self._repeat, name, seconds, work, vital=True)

    def stop(self) -> None:
        """Ends them all."""
        self._group.kill()

    def _repeat(self, name: str, seconds: float, work: Callable[[], Any]) -> None:
        while True:
            gevent.sleep(seconds)
            try:
                work()
            except Exception:
                logger.exception("{} failed, and will be tried again", name)

    def _run(self, name: str, work: Callable[..., Any], args: tuple[Any, ...], vital: bool) -> None:
        WHO.set(name)
        try:
            work(*args)
        except Exception:
            logger.exception("task {} died", name)
            if vital:
                self._on_vital_death(name)
