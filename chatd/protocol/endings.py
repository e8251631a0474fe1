"""The commands by which customers end their requests for help, and say how these were."""

from __future__ import annotations

from typing import Annotated, ClassVar

from msgspec import Meta

from chatd.domain.rating import BEST, LONGEST_COMMENT, WORST
from chatd.protocol import results
from chatd.protocol.commands import Command, TicketCommand

Score = Annotated[int, Meta(ge=WORST, le=BEST)]
Comment = Annotated[str, Meta(max_length=LONGEST_COMMENT)]


class CancelTicket(TicketCommand, frozen=True, kw_only=True):
    """Its customer wants nobody any more, as long as no operator has accepted it: it leaves the
    queue. Writing opens it again."""

    event: ClassVar[str] = "ticket:cancel"
    result: ClassVar[results.Kind] = results.OneTicket


class RateTicket(TicketCommand, frozen=True, kw_only=True):
    """How a request for help was, as its customer says once it is closed, within seven days; the
    last word counts. ``score``: from 1 (bad) to 5 (good)."""

    event: ClassVar[str] = "ticket:rate"
    result: ClassVar[results.Kind] = results.OneTicket
    score: Score
    comment: Comment = ""


COMMANDS: tuple[type[Command], ...] = (CancelTicket, RateTicket)
