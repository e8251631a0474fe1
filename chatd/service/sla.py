"""What is promised of each ticket, by the configuration; its people are told before that is missed,
and when it is: by what is stored alone, so that a restart, or another node, tells nothing twice."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

from chatd.domain import sla
from chatd.domain.times import to_text
from chatd.errors import Damaged, Overtaken, Unavailable
from chatd.protocol.events import TicketChange
from chatd.service.changes import reread, settle
from chatd.service.context import Services

A_ROUND = 100
TOLD: Mapping[str, TicketChange] = {"soon": "due_soon", "overdue": "overdue"}


def turn(services: Services) -> None:
    """Tells what is due, so much of it at a time; called every second."""
    now = to_text(services.now())
    for ticket in reread(services, services.waiting.due(now)[:A_ROUND]):
        with suppress(Overtaken, Unavailable, Damaged):  # then it is due in the next round
            warned, told = sla.warn(ticket, now)
            if told:
                settle(services, warned, TOLD[told])
