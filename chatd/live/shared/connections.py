"""The connections of this node, and who has one to another."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Any

from chatd.delivery.broker.exchange import Exchange
from chatd.domain.network import network_of
from chatd.domain.principal import Principal
from chatd.domain.tokens import digest
from chatd.live.connections import Connection
from chatd.live.local import connections as local
from chatd.live.shared.facts import Fact, Facts, Told
from chatd.live.shared.telling import Telling

SEEN_AGAIN_S = 15.0


class Connections(local.Connections):
    """See :class:`chatd.live.base.Connections`. ``replaced_by_other``: told of a connection whose
    token and device are used to another node since; ``note_ends``: as of facts."""

    def __init__(
        self,
        exchange: Exchange,
        replaced_by_other: Callable[[Connection], None],
        note_ends: Callable[[Told, bool], None],
    ) -> None:
        super().__init__()
        self._facts = Facts(exchange, "connections", self, note_ends)
        self._seen = Seen(exchange, super().note_seen)
        self._replaced_by_other = replaced_by_other
        self._elsewhere: dict[str, dict[str, str]] = {}

    def has(self, participant_id: str, *, but: Connection | None = None) -> bool:
        return self.has_elsewhere(participant_id) or super().has(participant_id, but=but)

    def has_elsewhere(self, participant_id: str) -> bool:
        return participant_id in self._elsewhere

    def is_live(self, participant_id: str, connection_id: str) -> bool:
        others = self._elsewhere.get(participant_id, {})
        marks = (marked.rpartition("/")[2] for marked in others)
        return super().is_live(participant_id, connection_id) or connection_id in marks

    def elsewhere(self) -> Sequence[tuple[str, str]]:
        found = self._elsewhere.items()
        return [(id, address) for id, own in found for address in own.values()]

    def note_seen(self, participant_id: str, address: str, at: float) -> None:
        super().note_seen(participant_id, address, at)
        self._seen.tell(participant_id, address, at)

    def networks(self, participant_id: str) -> list[str]:
        elsewhere = self._elsewhere.get(participant_id, {}).values()
        return sorted({*super().networks(participant_id), *map(network_of, elsewhere)})

    def identify(self, connection: Connection, principal: Principal, key: str) -> Connection | None:
        old = super().identify(connection, principal, key)
        if principal.id:
            told = connection.address, digest(key), connection.since
            self._facts.hold(self._fact(connection), told)
        return old

    def _forget(self, connection: Connection) -> None:
        self._facts.drop(self._fact(connection))
        super()._forget(connection)

    def _fact(self, connection: Connection) -> Fact:
        return connection.principal.id, self._facts.mark(connection.id)

    def believe(self, fact: Fact, value: Any) -> None:
        """See :class:`chatd.live.shared.facts.Believer`."""
        participant_id, marked = fact
        address, key, since = value
        self._elsewhere.setdefault(participant_id, {})[marked] = address
        for one in self.of(participant_id):
            if one.since < since and digest(one.key) == key:
                self._replaced_by_other(one)

    def forget_fact(self, fact: Fact) -> None:
        participant_id, marked = fact
        others = self._elsewhere.get(participant_id, {})
        others.pop(marked, None)
        if not others:
            self._elsewhere.pop(participant_id, None)


class Seen(Telling):
    """Who asked something without a connection: told every quarter of a minute at most."""

    def __init__(self, exchange: Exchange, note: Callable[[str, str, float], None]) -> None:
        super().__init__(exchange, "seen")
        self._note = note
        self._told: OrderedDict[str, float] = OrderedDict()

    def tell(self, participant_id: str, address: str, at: float) -> None:
        """Perhaps it is known well enough."""
        if abs(at - self._told.get(participant_id, float("-inf"))) < SEEN_AGAIN_S:
            return
        self._told[participant_id] = at
        self._told.move_to_end(participant_id)
        if len(self._told) > local.WHEREABOUTS:
            self._told.popitem(last=False)
        self.tell_others(participant_id, address, at)

    def take(self, words: list[Any]) -> None:
        self._note(*words)
