"""The queue: who waits in what order, how long it will take, and who is offered the next ticket."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from chatd.domain.participant import Operator
from chatd.domain.ticket import Ticket

FIRST_GUESS_S = 120.0
SMOOTHING = 0.2


class Candidate(Struct, frozen=True):
    """An operator on line: how many tickets they have, how many they may have."""

    operator: Operator
    load: int
    capacity: int


def in_order(tickets: Iterable[Ticket]) -> list[Ticket]:
    """The waiting tickets, first come first served."""
    waiting = [ticket for ticket in tickets if ticket.status == "waiting"]
    return sorted(waiting, key=lambda ticket: (ticket.requested_at or ticket.created_at, ticket.id))


def position(waiting: Sequence[Ticket], ticket_id: str) -> int:
    """The place in the queue, from 1; 0 for who does not wait."""
    return next((n for n, ticket in enumerate(waiting, 1) if ticket.id == ticket_id), 0)


def expected_wait(place: int, seconds_between_accepts: float) -> float:
    """Seconds until the place is served at the present pace."""
    return round(max(0, place) * seconds_between_accepts, 1)


def smoothed(before: float | None, sample: float) -> float:
    """A moving average in which the newest sample weighs a fifth."""
    return sample if before is None else before + SMOOTHING * (sample - before)


def choose(ticket: Ticket, candidates: Sequence[Candidate]) -> Operator | None:
    """The least loaded operator with room, who serves the site and did not let it pass."""
    fitting = [
        candidate
        for candidate in candidates
        if candidate.load < candidate.capacity
        and candidate.operator.serves(ticket.site)
        and candidate.operator.id not in ticket.passed
    ]
    best = min(fitting, key=lambda one: (one.load, one.operator.id), default=None)
    return best.operator if best else None


def loads(tickets: Iterable[Ticket]) -> Mapping[str, int]:
    """How many tickets each operator has, running offers included."""
    count: dict[str, int] = {}
    for ticket in tickets:
        owner = ticket.operator if ticket.status == "active" else ticket.offered_to
        if owner and ticket.open:
            count[owner] = count.get(owner, 0) + 1
    return count
