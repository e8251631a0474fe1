"""What is far away: every read waits a millisecond, and what it answers may be old by then."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import gevent

A_MOMENT_S = 0.001
STORE_READS = frozenset(
    {
        "get",
        "all",
        "parts",
        "part",
        "tickets",
        "open_tickets",
        "conversation",
        "message",
        "message_asked",
        "readers",
        "find_sent",
        "history",
        "list_changed",
    }
)


class Waiting:
    """Something of which these methods wait when they have read, and the others do not."""

    def __init__(self, near: Any, reads: frozenset[str] = STORE_READS) -> None:
        self.near = near
        self._reads = reads

    def __len__(self) -> int:
        return len(self.near)

    def __iter__(self) -> Iterator[Any]:
        return iter(self.near)

    def __getattr__(self, name: str) -> Any:
        own = getattr(self.near, name)
        if name not in self._reads:
            return own

        def read(*args: Any, **named: Any) -> Any:
            found = own(*args, **named)
            gevent.sleep(A_MOMENT_S)
            return found

        return read
