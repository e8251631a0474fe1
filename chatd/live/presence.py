"""Who is in which conversation, who is away, and which operators are on line."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from msgspec import Struct

from chatd.domain.principal import Principal

PresenceStatus = Literal["online", "away", "offline"]


class Present(Struct):
    """A participant of a conversation as the others see them."""

    id: str
    name: str
    kind: str
    status: PresenceStatus = "online"


class Presence:
    """Counts connections per participant and conversation; the last one to leave takes them out."""

    def __init__(self) -> None:
        self._dialogs: dict[str, dict[str, tuple[Principal, set[str]]]] = {}
        self._away: set[str] = set()

    def enter(self, dialog_id: str, principal: Principal, connection_id: str) -> bool:
        """True when the participant was not there before."""
        people = self._dialogs.setdefault(dialog_id, {})
        known = people.get(principal.id)
        connections = known[1] if known else set()
        people[principal.id] = (principal, connections | {connection_id})
        return known is None

    def leave(self, dialog_id: str, participant_id: str, connection_id: str) -> bool:
        """True when this was the participant's last connection there."""
        people = self._dialogs.get(dialog_id, {})
        known = people.get(participant_id)
        if known is None or connection_id not in known[1]:
            return False
        known[1].discard(connection_id)
        if known[1]:
            return False
        del people[participant_id]
        if not people:
            del self._dialogs[dialog_id]
        return True

    def has(self, dialog_id: str, participant_id: str) -> bool:
        """Whether somebody is in a conversation."""
        return participant_id in self._dialogs.get(dialog_id, {})

    def rename(self, dialog_id: str, principal: Principal) -> bool:
        """True when this is another name than the participant had there."""
        people = self._dialogs.get(dialog_id, {})
        known = people.get(principal.id)
        if known is None or known[0].name == principal.name:
            return False
        people[principal.id] = (principal, known[1])
        return True

    def within(self, dialog_id: str) -> list[Present]:
        """Who is in a conversation."""
        people: Iterable[tuple[Principal, set[str]]] = self._dialogs.get(dialog_id, {}).values()
        return [self.describe(principal) for principal, _ in people]

    def count(self, dialog_id: str) -> int:
        """How many people are in a conversation."""
        return len(self._dialogs.get(dialog_id, {}))

    def describe(self, principal: Principal) -> Present:
        """A participant as the others see them."""
        kind = "operator" if principal.kind == "operator" else "member"
        return Present(principal.id, principal.name, kind, self.status(principal.id))

    def set_away(self, participant_id: str, away: bool) -> bool:
        """True when that changed something."""
        before = participant_id in self._away
        (self._away.add if away else self._away.discard)(participant_id)
        return before != away

    def status(self, participant_id: str) -> PresenceStatus:
        """Here or away."""
        return "away" if participant_id in self._away else "online"


class OperatorsOnline:
    """Which operators are on line: connected and not away, or lately seen over HTTP."""

    def __init__(self, seen_for_s: float = 60.0) -> None:
        self._connected: dict[str, set[str]] = {}
        self._away: set[str] = set()
        self._seen: dict[str, float] = {}
        self.seen_for_s = seen_for_s

    def connect(self, username: str, connection_id: str) -> None:
        """A connection of this operator began."""
        self._connected.setdefault(username, set()).add(connection_id)

    def disconnect(self, username: str, connection_id: str) -> None:
        """A connection of this operator ended."""
        connections = self._connected.get(username, set())
        connections.discard(connection_id)
        if not connections:
            self._connected.pop(username, None)
            self._away.discard(username)

    def saw(self, username: str, now: float) -> None:
        """The operator asked something over HTTP."""
        self._seen[username] = now

    def set_away(self, username: str, away: bool) -> None:
        """Away operators are offered nothing."""
        (self._away.add if away else self._away.discard)(username)

    def forget(self, username: str) -> bool:
        """The operator was shut out. True when nothing else had made them off line already."""
        self._away.discard(username)
        connected = self._connected.pop(username, None)
        return self._seen.pop(username, None) is not None or connected is not None

    def fallen_silent(self, now: float) -> list[str]:
        """Who was seen over HTTP, but not lately; told once. The connected are not silent."""
        silent = [name for name in self._seen if not self._lately(name, now)]
        for name in silent:
            del self._seen[name]
        return sorted(name for name in silent if name not in self._connected)

    def status(self, username: str, now: float) -> PresenceStatus:
        """One operator's state."""
        if username not in self._connected and not self._lately(username, now):
            return "offline"
        return "away" if username in self._away else "online"

    def present(self, now: float) -> list[str]:
        """Everybody who is not off line, the away included."""
        names = set(self._connected) | {name for name in self._seen if self._lately(name, now)}
        return sorted(names)

    def available(self, now: float) -> list[str]:
        """Everybody who may be offered a ticket."""
        return [name for name in self.present(now) if name not in self._away]

    def _lately(self, username: str, now: float) -> bool:
        return now - self._seen.get(username, -self.seen_for_s) < self.seen_for_s
