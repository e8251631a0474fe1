"""One live connection: who is connected, since when, from where, with what traffic."""

from __future__ import annotations

from collections.abc import Callable

from chatd.delivery.codec import EventCodec
from chatd.delivery.mailbox import Mailbox
from chatd.domain.principal import ANONYMOUS, Principal
from chatd.domain.topics import Topic, dialog_of
from chatd.protocol import views
from chatd.protocol.views import Transport

CLOSE_REPLACED = 4001
CLOSE_UNIDENTIFIED = 4002
CLOSE_KICKED = 4003
CLOSE_BANNED = 4004


class Connection:
    """One live connection. ``close`` ends it with a WebSocket close code and a reason.

    ``origin`` is the page that opened it (``None``: it is no browser's), ``sites`` those that it
    may speak for (``None``: it is no page's, or our own). ``used``: something was asked lately;
    ``wrote``: a message; ``ends_at``: when the token of whose it is would end, and ``renews_at``:
    when it is told that the site has to say again who this is, where it has to.
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
        "mailbox",
        "origin",
        "principal",
        "renews_at",
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
        codec: EventCodec,
        mailbox: Mailbox,
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
        self.mailbox = mailbox
        self.close = close
        self.origin = origin
        self.sites = sites
        self.traffic = traffic
        self.principal: Principal = ANONYMOUS
        self.key = ""
        self.topics: set[Topic] = set()
        self.commands = 0
        self.ends_at = ""
        self.renews_at = ""
        self.used = False
        self.wrote = False

    @property
    def secret(self) -> str:
        """That of the token in its key."""
        return self.key.partition(".")[2].partition("/")[0]

    def dialogs(self) -> list[str]:
        """The conversations that it follows."""
        return [id for id in map(dialog_of, self.topics) if id is not None]

    def describe(self) -> views.Connection:
        """The connection as operators see it."""
        return views.Connection(
            id=self.id,
            transport=self.transport,
            address=self.address,
            agent=self.agent,
            since=self.since,
            kind=self.principal.kind,
            participant=self.principal.id,
            name=self.principal.name,
            site=self.principal.site,
            dialogs=sorted(one for one in self.dialogs() if "/" not in one),
            commands=self.commands,
            **self.traffic(),
        )
