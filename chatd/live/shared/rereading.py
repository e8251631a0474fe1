"""What nodes told and perhaps nobody heard is read where it is stored, as often as it takes."""

from __future__ import annotations

from collections.abc import Callable

import gevent
from loguru import logger

from chatd.errors import Unavailable

AGAIN_S = 0.5


class Rereading:
    """Reads ``what`` soon, one time after the other, until what was read is not older than what was
    lost. ``compare``: reads it, and takes it over; may wait, and fail."""

    def __init__(self, what: str, compare: Callable[[], None]) -> None:
        self._what = what
        self._compare = compare
        self._wanted = self.running = False

    def begin(self) -> None:
        """Soon: something may not have been told, also while it is being read."""
        self._wanted = True
        if not self.running:
            self.running = True
            gevent.spawn(self._read)

    def _read(self) -> None:
        try:
            while self._wanted:
                self._wanted = False
                try:
                    self._compare()
                except (Unavailable, OSError) as error:
                    logger.bind(area="nodes").debug("cannot read {}: {}", self._what, error)
                    self._wanted = True
                    gevent.sleep(AGAIN_S)
        finally:
            self.running = False
