"""Which operators are on line, over all nodes."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from chatd.delivery.broker.exchange import Exchange
from chatd.live.local import presence as local
from chatd.live.shared.facts import Fact, Facts, Told
from chatd.protocol.views import PresenceStatus

CONNECTED, SEEN, AWAY, DECLARED = "connected", "seen", "away", "declared"


class OperatorsOnline:
    """See :class:`chatd.live.base.OperatorsOnline`. Who is seen over HTTP is told once a second at
    most; when they came and left is when it was heard here. ``note_ends``: who is perhaps not here
    any more because a node is gone, or again."""

    def __init__(
        self,
        exchange: Exchange,
        note_ends: Callable[[set[str], bool], None],
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._wall = wall
        self._all = local.OperatorsOnline(clock)
        self._facts = Facts(
            exchange, "operators", self, lambda facts, back: note_ends(names(facts), back)
        )

    def connect(self, username: str, connection_id: str) -> bool:
        marked = self._facts.mark(connection_id)
        came = self._all.connect(username, marked)
        self._facts.hold((CONNECTED, username, marked))
        return came

    def disconnect(self, username: str, connection_id: str) -> bool:
        marked = self._facts.mark(connection_id)
        left = self._all.disconnect(username, marked)
        self._facts.drop((CONNECTED, username, marked))
        if not self._all.is_connected(username):  # which ends being away, too
            self._facts.drop((AWAY, username))
        return left

    def note_seen(self, username: str) -> bool:
        came = self._all.note_seen(username)
        self._facts.hold((SEEN, username), int(self._wall()))
        return came

    def set_away(self, username: str, away: bool, *, declared: bool = False) -> None:
        self._all.set_away(username, away, declared=declared)
        (self._facts.hold if away else self._facts.revoke)((AWAY, username))
        if declared:
            (self._facts.revoke if away else self._facts.hold)((DECLARED, username))

    def forget(self, username: str) -> bool:
        was_here = self._all.forget(username)
        for fact in self._facts.all():
            if fact[1] == username:
                self._facts.revoke(fact)
        return was_here

    def drop_silent(self) -> list[str]:
        silent = self._all.drop_silent()
        for kind, username, *_ in self._facts.all():
            if kind in (SEEN, DECLARED) and not self._all.is_seen(username):
                self._facts.revoke((kind, username))
        return silent

    def status(self, username: str) -> PresenceStatus:
        return self._all.status(username)

    def absent_for(self, username: str) -> float | None:
        return self._all.absent_for(username)

    def arrival(self, username: str) -> float:
        return self._all.arrival(username)

    def present(self) -> list[str]:
        return self._all.present()

    def online(self) -> list[str]:
        return self._all.online()

    def available(self) -> list[str]:
        return self._all.available()

    def is_available(self, username: str) -> bool:
        return self._all.is_available(username)

    def believe(self, fact: Fact, value: Any) -> None:
        """See :class:`chatd.live.shared.facts.Believer`."""
        kind, username, *connection = fact
        if kind == CONNECTED:
            self._all.connect(username, *connection)
        elif kind == SEEN:
            ago = max(0.0, self._wall() - value)  # told again is not seen again
            if ago < self._all.seen_for_s:
                self._all.note_seen(username, ago)
        else:
            self._all.set_away(username, kind == AWAY, declared=kind == DECLARED)

    def forget_fact(self, fact: Fact) -> None:
        kind, username, *connection = fact
        if kind == CONNECTED:
            self._all.disconnect(username, *connection)
        elif kind == SEEN:
            self._all.note_unseen(username)
        elif kind == AWAY:
            self._all.set_away(username, False)
        elif kind == DECLARED:
            away = self._all.status(username) == "away"
            self._all.set_away(username, True, declared=True)
            self._all.set_away(username, away)


def names(facts: Told) -> set[str]:
    """Whom they are about."""
    return {username for _, username, *_ in facts}
