"""Who is in which conversation, over all nodes: what each tells of its own connections."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from msgspec import convert, to_builtins

from chatd.delivery.broker.exchange import Exchange
from chatd.domain.principal import Principal
from chatd.live.base import MAX_PEOPLE
from chatd.live.local import presence as local
from chatd.live.shared.facts import Fact, Facts, Told
from chatd.protocol.views import Participant, PresenceStatus

HERE, AWAY = "here", "away"


class Presence:
    """See :class:`chatd.live.base.Presence`. Of two nodes that one participant comes to at the same
    moment, both may say that they were not there before; who is there is right all the same.

    ``note_ends``: who is in which conversation no more because a node is gone, or again.
    """

    def __init__(
        self,
        exchange: Exchange,
        note_ends: Callable[[Iterator[tuple[str, Principal]], bool], None],
    ) -> None:
        self._all = local.Presence()
        self._facts = Facts(
            exchange, "presence", self, lambda facts, back: note_ends(people(facts), back)
        )

    def enter(self, dialog_id: str, principal: Principal, connection_id: str) -> bool:
        marked = self._facts.mark(connection_id)
        came = self._all.enter(dialog_id, principal, marked)
        self._facts.hold((HERE, dialog_id, principal.id, marked), to_builtins(principal))
        return came

    def leave(self, dialog_id: str, participant_id: str, connection_id: str) -> bool:
        marked = self._facts.mark(connection_id)
        self._facts.drop((HERE, dialog_id, participant_id, marked))
        return self._all.leave(dialog_id, participant_id, marked)

    def has(self, dialog_id: str, participant_id: str) -> bool:
        return self._all.has(dialog_id, participant_id)

    def rename(self, dialog_id: str, principal: Principal) -> bool:
        """Told by whoever has a connection of theirs there; by others it is heard."""
        renamed = self._all.rename(dialog_id, principal)
        for fact in tuple(self._facts.own):
            if fact[:3] == (HERE, dialog_id, principal.id):
                self._facts.hold(fact, to_builtins(principal))
        return renamed

    def within(self, dialog_id: str, most: int = MAX_PEOPLE) -> list[Participant]:
        return self._all.within(dialog_id, most)

    def count(self, dialog_id: str) -> int:
        return self._all.count(dialog_id)

    def with_operators(self) -> list[str]:
        return self._all.with_operators()

    def describe(self, principal: Principal, dialog_id: str) -> Participant:
        return self._all.describe(principal, dialog_id)

    def set_away(self, participant_id: str, away: bool) -> bool:
        changed = self._all.set_away(participant_id, away)
        if away:
            self._facts.hold((AWAY, participant_id))
        elif changed:
            self._facts.revoke((AWAY, participant_id))
        return changed

    def status(self, participant_id: str) -> PresenceStatus:
        return self._all.status(participant_id)

    def believe(self, fact: Fact, value: Any) -> None:
        """See :class:`chatd.live.shared.facts.Believer`."""
        if fact[0] == HERE:
            _, dialog_id, _, connection_id = fact
            principal = convert(value, Principal)
            self._all.enter(dialog_id, principal, connection_id)
            self._all.rename(dialog_id, principal)
        else:
            self._all.set_away(fact[1], True)

    def forget_fact(self, fact: Fact) -> None:
        if fact[0] == HERE:
            self._all.leave(*fact[1:])
        else:
            self._all.set_away(fact[1], False)


def people(facts: Told) -> Iterator[tuple[str, Principal]]:
    """Who is told to be in which conversation, each once."""
    found = {fact[1:3]: value for fact, value in facts.items() if fact[0] == HERE}
    for (dialog_id, _), value in found.items():
        yield dialog_id, convert(value, Principal)
