"""Work beside the event loop, in native threads."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from gevent.threadpool import ThreadPool

from chatd.errors import Full

T = TypeVar("T")


class BoundedThreads:
    """A few threads for one kind of work, so that no kind keeps another one waiting.

    At most ``most`` calls are under way or wait for a thread; one more is refused.
    """

    def __init__(self, threads: int, most: int = 1_000) -> None:
        self._pool = ThreadPool(threads)
        self._most = most
        self._calls = 0

    def __call__(self, work: Callable[..., T], *args: Any) -> T:
        """The result of a call that would hold the loop up; what it raises is raised here, and
        only here: what gevent's own threads see raised they print, with its stack."""
        if self._calls >= self._most:
            raise Full("too much of this at once; try again soon", retry_after=5)
        self._calls += 1
        try:
            result, error = self._pool.apply(catch, (work, args))
        finally:
            self._calls -= 1
        if error is not None:
            raise error
        return result  # type: ignore[no-any-return]

    def stop(self) -> None:
        """Lets the threads go."""
        self._pool.kill()


def catch(work: Callable[..., T], args: tuple[Any, ...]) -> tuple[T | None, BaseException | None]:
    """What came of a call."""
    try:
        return work(*args), None
    except BaseException as error:
        return None, error
