"""Where passwords are hashed: who is known here does not queue behind strangers who guess."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any, TypeVar

from chatd.errors import Full
from chatd.runtime.threads import BoundedThreads

T = TypeVar("T")
AT_ONCE = 40
PER_NETWORK = 4


class Hashing:
    """Two queues with a thread each. Of the strangers' one, a network has a few places only."""

    def __init__(self) -> None:
        self._known = BoundedThreads(1, most=AT_ONCE)
        self._strangers = BoundedThreads(1, most=AT_ONCE)
        self._networks: Counter[str] = Counter()

    def for_known(self, work: Callable[..., T], *args: Any) -> T:
        """For who was here before, and for what operators do with accounts."""
        return self._known(work, *args)

    def for_stranger(self, network: str, work: Callable[..., T], *args: Any) -> T:
        """For anybody; Full when too many wait, or too many of one network."""
        if self._networks[network] >= PER_NETWORK:
            raise Full("too many passwords are being checked for you; try again", retry_after=2)
        self._networks[network] += 1
        try:
            return self._strangers(work, *args)
        finally:
            self._networks[network] -= 1
            if not self._networks[network]:
                del self._networks[network]
