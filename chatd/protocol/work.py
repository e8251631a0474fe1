"""The commands that share out an operator's own work."""

from __future__ import annotations

from typing import Annotated, ClassVar

from msgspec import Meta

from chatd.protocol import results
from chatd.protocol.commands import Command, TicketCommand


class SnoozeTicket(TicketCommand, frozen=True, kw_only=True):
    """Puts a ticket that somebody has aside: it is in no list of what there is to do until a time,
    or until its customer writes. ``until``: null brings it back now."""

    event: ClassVar[str] = "ticket:snooze"
    result: ClassVar[results.Kind] = results.OneTicket
    until: Annotated[str, Meta(max_length=40)] | None


COMMANDS: tuple[type[Command], ...] = (SnoozeTicket,)
