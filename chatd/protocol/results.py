"""What commands are answered with, as typed structures; what is shown in them is in ``views``.

A member that may be ``UNSET`` is left out where it was not asked for, or is not the reader's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from chatd.protocol import views

if TYPE_CHECKING:
    from chatd.domain.message import Message
else:  # given out as it is stored, without being made anew; a test compares the two
    from chatd.protocol.views import Message


class Result(Struct, frozen=True, kw_only=True):
    """What a command is answered with."""


class OneMessage(Result, frozen=True, kw_only=True):
    """A message as it is now stored."""

    message: Message


class OneTicket(Result, frozen=True, kw_only=True):
    """A ticket as who asks sees it by now."""

    ticket: views.Ticket


class TransferredTicket(OneTicket, frozen=True, kw_only=True):
    """A ticket in another operator's hands; ``returns_in_s``: when it goes back to the queue if
    they stay off line, null for who is there."""

    operator_status: views.PresenceStatus
    returns_in_s: float | None


class TicketInLine(OneTicket, frozen=True, kw_only=True):
    """A ticket, and its place in the queue: from 1, 0 for who does not wait. ``expected_wait_s``:
    null when nobody is there to serve it."""

    position: int
    expected_wait_s: float | None
    operators_online: int


class OpenedTicket(TicketInLine, frozen=True, kw_only=True):
    """A ticket that was made; ``message``: the customer's first, null where they wrote none."""

    message: Message | None
