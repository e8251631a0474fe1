"""Work beside the event loop, in gevent's pool of native threads."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import gevent

T = TypeVar("T")


def beside(work: Callable[..., T], *args: Any) -> T:
    """The result of a call that would hold the loop up; what it raises is raised here.

    It does so only here: what gevent's own threads see raised they print, with its stack.
    """
    result, error = gevent.get_hub().threadpool.apply(caught, (work, args))
    if error is not None:
        raise error
    return result  # type: ignore[no-any-return]


def caught(work: Callable[..., T], args: tuple[Any, ...]) -> tuple[T | None, BaseException | None]:
    """What came of a call."""
    try:
        return work(*args), None
    except BaseException as error:
        return None, error
