"""The connection manager: who is connected, since when, from where, with what traffic."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator
from typing import Any, Literal

from chatd.delivery.hub import Codec, Mailbox
from chatd.domain.network import network_of
from chatd.domain.principal import ANONYMOUS, Principal
from chatd.domain.topics import Topic, dialog_of

Transport = Literal["websocket", "socketio", "admin"]
CLOSE_REPLACED = 4001
CLOSE_UNIDENTIFIED = 4002
CLOSE_KICKED = 4003
CLOSE_BANNED = 4004
WHEREABOUTS = 10_000


class Connection:
    """One live connection. ``close`` ends it with a WebSocket close code and a reason.

    ``origin`` is the page that opened it (``None``: it is no browser's), ``sites`` those that it
    may speak for (``None``: it is no page's, or our own). ``used``: something was asked lately;
    ``wrote``: a message; ``ends_at``: when the token of whose it is would end.
    """

    __slots__ = (
        "address",
        "agent",
        "close",
        "codec",
        "commands",
        "ends_at",
        "id",
        "key",
        "origin",
        "outbox",
        "principal",
        "since",
        "sites",
        "topics",
        "traffic",
        "transport",
        "used",
        "wrote",
    )

    def __init__(
        self,
        *,
        id: str,
        transport: Transport,
        address: str,
        since: str,
        codec: Codec,
        outbox: Mailbox,
        close: Callable[[int, str], None],
        origin: str | None = None,
        sites: tuple[str, ...] | None = None,
        agent: str = "",
        traffic: Callable[[], dict[str, int]] = dict,
    ) -> None:
        self.id = id
        self.transport: Transport = transport
        self.address = address
        self.agent = agent
        self.since = since
        self.codec = codec
        self.outbox = outbox
        self.close = close
        self.origin = origin
        self.sites = sites
        self.traffic = traffic
        self.principal: Principal = ANONYMOUS
        self.key = ""
        self.topics: set[Topic] = set()
        self.commands = 0
        self.ends_at = ""
        self.used = False
        self.wrote = False

    def dialogs(self) -> list[str]:
        """The conversations that it follows."""
        return [id for id in map(dialog_of, self.topics) if id is not None]

    def describe(self) -> dict[str, Any]:
        """The connection as operators see it."""
        return {
            "id": self.id,
            "transport": self.transport,
            "address": self.address,
            "agent": self.agent,
            "since": self.since,
            "kind": self.principal.kind,
            "participant": self.principal.id,
            "name": self.principal.name,
            "site": self.principal.site,
            "dialogs": sorted(one for one in self.dialogs() if "/" not in one),
            "commands": self.commands,
            **self.traffic(),
        }


class Connections:
    """All live connections, found by id and by participant. ``dropped``: how many
    events those that have ended were not told."""

    def __init__(self) -> None:
        self._by_id: dict[str, Connection] = {}
        self._by_participant: dict[str, dict[str, Connection]] = {}
        self._whereabouts: OrderedDict[str, str] = OrderedDict()
        self.opened = 0
        self.replaced = 0
        self.dropped = 0

    def __len__(self) -> int:
        return len(self._by_id)

    def __iter__(self) -> Iterator[Connection]:
        return iter(list(self._by_id.values()))

    def add(self, connection: Connection) -> None:
        """A connection that has just been made; nobody is identified on it yet."""
        self._by_id[connection.id] = connection
        self.opened += 1

    def remove(self, connection: Connection) -> None:
        """A connection that has ended."""
        self._forget(connection)
        if self._by_id.pop(connection.id, None) is None:
            return
        self.dropped += connection.traffic().get("dropped", 0)

    def get(self, id: str) -> Connection | None:
        """By id."""
        return self._by_id.get(id)

    def of(self, participant_id: str) -> list[Connection]:
        """The connections of a participant."""
        return list(self._by_participant.get(participant_id, {}).values())

    def saw(self, participant_id: str, address: str) -> None:
        """Somebody asked something from there; of very many the latest are remembered."""
        self._whereabouts[participant_id] = address
        self._whereabouts.move_to_end(participant_id)
        if len(self._whereabouts) > WHEREABOUTS:
            self._whereabouts.popitem(last=False)

    def networks(self, participant_id: str) -> list[str]:
        """Where a participant is connected from, or was lately seen."""
        addresses = [one.address for one in self.of(participant_id)]
        addresses += filter(None, [self._whereabouts.get(participant_id)])
        return sorted(set(map(network_of, addresses)))

    def identify(self, connection: Connection, principal: Principal, key: str) -> Connection | None:
        """Somebody said who they are; returns the connection that this one replaces.

        ``key``: token and device, which no two connections have at once.
        """
        self._forget(connection)
        old = next((one for one in self.of(principal.id) if one.key == key), None)
        connection.principal, connection.key, connection.wrote = principal, key, False
        self._by_participant.setdefault(principal.id, {})[connection.id] = connection
        self.replaced += old is not None
        self.saw(principal.id, connection.address)
        return old

    def _forget(self, connection: Connection) -> None:
        own = self._by_participant.get(connection.principal.id, {})
        own.pop(connection.id, None)
        if not own:
            self._by_participant.pop(connection.principal.id, None)
