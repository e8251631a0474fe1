"""When checkpoints are made: one at a time, again later when one fails, and not for longer than a
stopping daemon has."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, TypeVar

import gevent
from gevent.lock import Semaphore
from loguru import logger

from chatd.errors import ChatdError, Unavailable
from chatd.runtime.threads import BoundedThreads, catch
from chatd.store.tiny import checkpoint
from chatd.store.tiny.checkpoint import Frozen
from chatd.store.tiny.datafiles import DataFiles
from chatd.store.tiny.filesystem import reason

FIRST_RETRY_S = 1.0
LAST_RETRY_S = 60.0
LAST_FILE_S = 1.5
T = TypeVar("T")


class Checkpoints:
    """Makes them. ``freeze`` gives what is to be written, ``None`` when that is nothing; ``thaw``
    is told when it is written and its journals are gone; ``allow`` raises what forbids to write a
    file. What was frozen stays so until then: a
    checkpoint that failed is finished before there is another one."""

    def __init__(
        self,
        freeze: Callable[[], Frozen | None],
        thaw: Callable[[Frozen], None],
        allow: Callable[[], None],
        datafiles: DataFiles,
        beside: BoundedThreads,
    ) -> None:
        self._freeze, self._thaw, self._allow = freeze, thaw, allow
        self._datafiles, self._beside = datafiles, beside
        self._turn = Semaphore()
        self._ending = False
        self._pause = self._not_before = 0.0
        self.frozen: Frozen | None = None
        self.fault: str | None = None
        self.at = time.monotonic()

    def run(self) -> None:
        """One, now; raises why there is none."""
        self.alone(self.make)

    def alone(self, work: Callable[..., T], *args: Any) -> T:
        """Does something while nothing else touches the files. It goes on when whoever asked for it
        is gone: a thread that writes cannot be called back, so nobody else may begin."""
        result, error = gevent.spawn(catch, self._in_turn, (work, *args)).get()
        if error is not None:
            raise error
        return result  # type: ignore[no-any-return]

    def attempt(self) -> None:
        """One, unless the last one failed only just now."""
        if time.monotonic() >= self._not_before:
            self.run()

    def stop(self, seconds: float) -> bool:
        """A last one, as far as it gets in this time; what is not in the files stays in the
        journal. Whether nothing writes any more."""
        last = gevent.spawn(catch, self._in_turn, (self.make,))
        last.join(seconds)
        self._ending = True
        last.join(LAST_FILE_S)
        if not last.ready():
            return False
        if last.value[1]:
            logger.bind(area="storage").warning("stopping, files behind: {}", last.value[1])
        return True

    def make(self) -> None:
        """One, by who is alone. Twice, when it finds out that a file is damaged: the second one
        takes what belongs into that file along into a new journal."""
        try:
            self._write()
            for _ in range(2):
                self.frozen = self._freeze()
                if not self._write():
                    break
        except (OSError, ChatdError) as error:
            self._note_failure(error)
            raise
        self.fault, self._pause = None, 0.0
        self.at = time.monotonic()

    def _in_turn(self, work: Callable[..., T], *args: Any) -> T:
        with self._turn:
            self._go_on()
            return work(*args)

    def _write(self) -> bool:
        """Writes what is frozen; whether something of it has no file."""
        if (frozen := self.frozen) is None:
            return False
        self._beside(checkpoint.write, self._datafiles, frozen, self._go_on)
        self._thaw(frozen)
        self.frozen = None
        return bool(frozen.left)

    def _go_on(self) -> None:
        """Called by the thread that writes, before each file."""
        if self._ending:
            raise Unavailable("the daemon is stopping; the journal keeps what is not in the files")
        self._allow()

    def _note_failure(self, error: OSError | ChatdError) -> None:
        self._pause = min(LAST_RETRY_S, max(FIRST_RETRY_S, 2 * self._pause))
        self._not_before = time.monotonic() + self._pause
        if isinstance(error, Unavailable):
            return  # the journal's fault, or the end
        words = reason(error) if isinstance(error, OSError) else error.message
        self.fault = f"the files cannot be written: {words}"
        logger.bind(area="storage").error("{}; the journal keeps it", self.fault)
