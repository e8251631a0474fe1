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
        "is_behind",
        "find_sent",
        "history",
        "list_changed",
    }
)
# What may wait by the contracts of what lives in memory.
LIVE_READS: dict[str, frozenset[str]] = {
    "presence": frozenset({"has", "within", "count", "status"}),
    "operators": frozenset(
        {"status", "absent_for", "arrival", "present", "online", "available", "is_available"}
    ),
    "waiting": frozenset(
        {
            *(
                "lines",
                "waiting",
                "newest_first",
                "key",
                "count",
                "place",
                "wait_s",
                "longest_wait",
            ),
            *("of", "open_count", "load", "loads", "all_loads", "holders", "with_for"),
            *("last_change", "offers"),
        }
    ),
    "pace": frozenset({"seconds", "expect"}),
    "places": frozenset({"is_news", "take_turns"}),
    "drafts": frozenset({"within"}),
    "newcomers": frozenset({"participant_of", "choose_outdated"}),
}


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


def move_away(services: Any) -> None:
    """What lives in memory is far away from now on."""
    for name, reads in LIVE_READS.items():
        setattr(services, name, Waiting(getattr(services, name), reads))
