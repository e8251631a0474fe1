"""Who is in which conversation, who is away, and which operators are on line."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from itertools import islice
from typing import Literal, NamedTuple

from msgspec import UNSET
from msgspec.structs import replace

from chatd.domain import mute
from chatd.domain.mute import Mutes
from chatd.domain.person import avatar_path
from chatd.domain.principal import Principal
from chatd.live.base import MAX_PEOPLE
from chatd.protocol.views import Participant, PresenceStatus


class Here(NamedTuple):
    """Somebody in a conversation, over which connections, and as the others see who is not away."""

    principal: Principal
    connections: set[str]
    online: Participant


class Presence:
    """Counts connections per participant and conversation; the last one to leave takes them out."""

    def __init__(self) -> None:
        self._dialogs: dict[str, dict[str, Here]] = {}
        self._away: set[str] = set()
        self._operators: Counter[str] = Counter()

    def enter(self, dialog_id: str, principal: Principal, connection_id: str) -> bool:
        """True when the participant was not there before."""
        people = self._dialogs.setdefault(dialog_id, {})
        known = people.get(principal.id)
        connections = known.connections if known else set()
        connections.add(connection_id)
        people[principal.id] = Here(principal, connections, seen_online(principal, dialog_id))
        if known is None and principal.kind == "operator":
            self._operators[dialog_id] += 1
        return known is None

    def leave(self, dialog_id: str, participant_id: str, connection_id: str) -> bool:
        """True when this was the participant's last connection there."""
        people = self._dialogs.get(dialog_id, {})
        known = people.get(participant_id)
        if known is None or connection_id not in known.connections:
            return False
        known.connections.discard(connection_id)
        if known.connections:
            return False
        del people[participant_id]
        if not people:
            del self._dialogs[dialog_id]
        if known.principal.kind == "operator":
            self._operators[dialog_id] -= 1
            if not self._operators[dialog_id]:
                del self._operators[dialog_id]
        return True

    def has(self, dialog_id: str, participant_id: str) -> bool:
        """Whether somebody is in a conversation."""
        return participant_id in self._dialogs.get(dialog_id, {})

    def rename(self, dialog_id: str, principal: Principal) -> bool:
        """True when the participant looked otherwise there: by their name, say."""
        people = self._dialogs.get(dialog_id, {})
        known = people.get(principal.id)
        if known is None or look(known.principal) == look(principal):
            return False
        online = seen_online(principal, dialog_id)
        people[principal.id] = known._replace(principal=principal, online=online)
        return True

    def within(self, dialog_id: str, most: int = MAX_PEOPLE) -> list[Participant]:
        """Who is in a conversation; of very many those who came last."""
        people = self._dialogs.get(dialog_id, {})
        newest = [one.online for one in islice(reversed(people.values()), most)]
        return [self._as_now(one) for one in reversed(newest)] if self._away else newest[::-1]

    def count(self, dialog_id: str) -> int:
        """How many people are in a conversation."""
        return len(self._dialogs.get(dialog_id, {}))

    def with_operators(self) -> list[str]:
        """Where any operators are."""
        return list(self._operators)

    def describe(self, principal: Principal, dialog_id: str) -> Participant:
        """A participant as the others see them there."""
        known = self._dialogs.get(dialog_id, {}).get(principal.id)
        if known is None or known.principal is not principal:
            return self._as_now(seen_online(principal, dialog_id))
        return self._as_now(known.online)

    def _as_now(self, online: Participant) -> Participant:
        return replace(online, status="away") if online.id in self._away else online

    def set_away(self, participant_id: str, away: bool) -> bool:
        """True when that changed something."""
        before = participant_id in self._away
        (self._away.add if away else self._away.discard)(participant_id)
        return before != away

    def status(self, participant_id: str) -> PresenceStatus:
        return "away" if participant_id in self._away else "online"


def seen_online(principal: Principal, dialog_id: str) -> Participant:
    """A participant as the others see them in a conversation while they are not away."""
    kind: Literal["member", "operator"] = "operator" if principal.kind == "operator" else "member"
    avatar, muted = avatar_path(principal.avatar), mute.until(principal.mutes, dialog_id)
    return Participant(principal.id, principal.name, kind, "online", avatar, muted or UNSET)


def look(principal: Principal) -> tuple[str, str, Mutes]:
    """What others see of somebody."""
    return principal.name, principal.avatar, principal.mutes


class OperatorsOnline:
    """Which operators are here: connected, or lately seen over HTTP; and who of them is available.

    Available is a state, not any request: whoever is connected and not away, and whoever has said
    so over HTTP, for as long as they are seen. Times are the monotonic clock's.
    """

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, seen_for_s: float = 60.0
    ) -> None:
        self._clock = clock
        self._connected: dict[str, set[str]] = {}
        self._away: set[str] = set()
        self._declared: set[str] = set()
        self._seen: dict[str, float] = {}
        self._came: dict[str, float] = {}
        self._left: dict[str, float] = {}
        self._began = clock()
        self.seen_for_s = seen_for_s

    def connect(self, username: str, connection_id: str) -> bool:
        """A connection of this operator began. True when they were off line."""
        came = self._comes(username)
        self._connected.setdefault(username, set()).add(connection_id)
        return came

    def disconnect(self, username: str, connection_id: str) -> bool:
        """A connection of this operator ended. True when they are off line now."""
        connections = self._connected.get(username, set())
        if connection_id not in connections:
            return False
        connections.discard(connection_id)
        if connections:
            return False
        del self._connected[username]
        self._away.discard(username)
        return not self._lately(username) and self._goes(username)

    def is_connected(self, username: str) -> bool:
        """Whether a connection of this operator's lasts."""
        return username in self._connected

    def is_seen(self, username: str) -> bool:
        """Whether this operator asked something over HTTP lately."""
        return self._lately(username)

    def note_seen(self, username: str, ago: float = 0.0) -> bool:
        """The operator asked something over HTTP, so many seconds ago. True when they were off
        line."""
        came = self._comes(username)
        self._seen[username] = self._clock() - ago
        return came

    def note_unseen(self, username: str) -> bool:
        """They do not ask over HTTP any more. True when they are off line now."""
        was_here = self.status(username) != "offline"
        self._seen.pop(username, None)
        return was_here and self.status(username) == "offline" and self._goes(username)

    def set_away(self, username: str, away: bool, *, declared: bool = False) -> None:
        """Away operators are offered nothing. ``declared``: said over HTTP."""
        (self._away.add if away else self._away.discard)(username)
        if declared:
            (self._declared.discard if away else self._declared.add)(username)

    def forget(self, username: str) -> bool:
        """The operator was shut out. True when nothing else had made them off line already."""
        was_here = self.status(username) != "offline"
        self._away.discard(username)
        self._declared.discard(username)
        self._connected.pop(username, None)
        self._seen.pop(username, None)
        return was_here and self._goes(username)

    def drop_silent(self) -> list[str]:
        """Who was seen over HTTP, but not lately; told once. The connected are not silent."""
        silent = [name for name in self._seen if not self._lately(name)]
        for name in silent:
            del self._seen[name]
            self._declared.discard(name)
        return sorted(name for name in silent if name not in self._connected and self._goes(name))

    def status(self, username: str) -> PresenceStatus:
        if username not in self._connected and not self._lately(username):
            return "offline"
        return "away" if username in self._away else "online"

    def absent_for(self, username: str) -> float | None:
        """Seconds since an operator was here, or since the daemon began; ``None``: is here."""
        if self.status(username) != "offline":
            return None
        last_seen = self._seen.get(username, self._began - self.seen_for_s) + self.seen_for_s
        return self._clock() - max(self._left.get(username, self._began), last_seen)

    def arrival(self, username: str) -> float:
        """When an operator who is here came."""
        return self._came.get(username, self._began)

    def present(self) -> list[str]:
        """Everybody who is not off line, the away included."""
        return sorted({*self._connected, *(name for name in self._seen if self._lately(name))})

    def online(self) -> list[str]:
        """Everybody who is here and not away."""
        return [name for name in self.present() if name not in self._away]

    def available(self) -> list[str]:
        """Everybody who may be offered a ticket, if they take any."""
        declared = (name for name in self._declared if self._lately(name))
        return sorted({*self._connected, *declared} - self._away)

    def is_available(self, username: str) -> bool:
        """Whether this one may."""
        here = username in self._connected or (
            username in self._declared and self._lately(username)
        )
        return here and username not in self._away

    def _comes(self, username: str) -> bool:
        if self.status(username) != "offline":
            return False
        self._came[username] = self._clock()
        self._left.pop(username, None)
        return True

    def _goes(self, username: str) -> bool:
        self._came.pop(username, None)
        self._left[username] = self._clock()
        return True

    def _lately(self, username: str) -> bool:
        seen = self._seen.get(username)
        return seen is not None and self._clock() - seen < self.seen_for_s
