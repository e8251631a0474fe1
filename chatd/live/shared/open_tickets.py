"""The open tickets of all nodes: what is stored on another is told, and what was lost is read."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Protocol

import msgspec

from chatd.delivery.broker.exchange import Exchange
from chatd.domain.ticket import Ticket
from chatd.live.local import open_tickets as local
from chatd.live.shared.rereading import Rereading

KIND = "ticket"
REMEMBERED = 10_000
Told = tuple[Ticket, float]
encode = msgspec.json.Encoder().encode
decode = msgspec.json.Decoder(Told).decode


class Stored(Protocol):
    """Where the tickets are. May wait; Unavailable and OSError where they cannot be read."""

    def open_tickets(self) -> Sequence[Ticket]: ...

    def ticket(self, id: str) -> Ticket | None:
        """As it is now."""


class OpenTickets(local.OpenTickets):
    """See :class:`chatd.live.base.OpenTickets`. What nodes tell may cross on its way: of a ticket
    the newest version counts, also of those that were closed lately. ``note_ticket``: told of what
    became of one on another node."""

    def __init__(
        self,
        exchange: Exchange,
        stored: Stored,
        note_ticket: Callable[[Ticket], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(clock)
        self._exchange = exchange
        self._stored = stored
        self._note_ticket = note_ticket
        self._versions: OrderedDict[str, int] = OrderedDict()
        self._rereading = Rereading("the open tickets", self._compare)
        exchange.join(KIND, self)

    def put(self, ticket: Ticket, now: float) -> None:
        self.take(ticket, now)
        self._exchange.send(KIND, encode((ticket, now)).decode())

    def hear(self, node: str, text: str) -> None:
        """See :class:`chatd.delivery.broker.exchange.Listener`."""
        ticket, now = decode(text)
        self.take(ticket, now)
        self._note_ticket(ticket)

    def note_loss(self, node: str) -> None:
        self.read_again()

    def read_again(self) -> None:
        """Soon: something may not have been told."""
        self._rereading.begin()

    def note_arrival(self, node: str) -> None:
        """What it stored before is read by :meth:`fill`, or was told."""

    def note_end(self, node: str) -> None:
        """Its last changes may be stored, and were told nobody."""
        self.read_again()

    def take(self, ticket: Ticket, now: float) -> None:
        known = self._versions.pop(ticket.id, 0)
        self._versions[ticket.id] = max(known, ticket.version)
        if ticket.version >= known:
            super().take(ticket, now)
        if len(self._versions) > REMEMBERED + len(self):
            self._versions.popitem(last=False)

    def _compare(self) -> None:
        found = {one.id: one for one in self._stored.open_tickets()}
        closed = [self._stored.ticket(one.id) for one in self if one.id not in found]
        for ticket in (*found.values(), *filter(None, closed)):
            self.take(ticket, time.time())
            self._note_ticket(ticket)
