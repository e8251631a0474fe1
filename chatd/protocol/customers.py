"""The commands of customers about themselves: their own tickets, and to be nobody here again."""

from __future__ import annotations

from typing import ClassVar

from chatd.protocol import results
from chatd.protocol.commands import Command, Paged


class ListCustomersTickets(Paged, frozen=True, kw_only=True):
    """A customer's own tickets, the open ones first, the newest first of each."""

    event: ClassVar[str] = "ticket:own"
    result: ClassVar[results.Kind] = results.TicketList


class EndIdentity(Command, frozen=True, kw_only=True):
    """Of whom their site names: nobody is that by this token any more."""

    event: ClassVar[str] = "identity:end"
    result: ClassVar[results.Kind] = results.Done


COMMANDS: tuple[type[Command], ...] = (ListCustomersTickets, EndIdentity)
