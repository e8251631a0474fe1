"""The queue's rules: how long it will take, and who is offered the next ticket."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from chatd.domain.department import NOBODYS, Closed
from chatd.domain.participant import Operator
from chatd.domain.ticket import Ticket

FIRST_GUESS_S = 120.0


class Candidate(Struct):
    """An operator who takes tickets: how many they have, how many they may have, and since when
    (on any clock) they had neither a new one nor one less; ``outside``: the departments that they
    do no work in."""

    operator: Operator
    load: int
    capacity: int
    idle_since: float = 0.0
    outside: Closed = NOBODYS

    @property
    def free(self) -> bool:
        """Whether one more is possible."""
        return self.load < self.capacity

    def serves(self, site: str, department: str) -> bool:
        """Whether such tickets are their work."""
        return self.operator.serves(site) and department not in self.outside


def expected_wait(place: int, seconds_between_accepts: float, still_s: float = 0.0) -> float:
    """Seconds until the place is served at the present pace, at least as long as the queue has
    stood still."""
    return round(max(max(0, place) * seconds_between_accepts, still_s), 1)


def choose(ticket: Ticket, candidates: Sequence[Candidate]) -> Candidate | None:
    """Of those with room whose work it is and did not let it pass: who had it before, else the
    longest idle of the least loaded."""
    fitting = [
        one
        for one in candidates
        if one.free
        and one.serves(ticket.site, ticket.department)
        and one.operator.id not in ticket.passed
    ]
    before = next((one for one in fitting if one.operator.id == ticket.last_operator), None)
    return before or min(
        fitting, key=lambda one: (one.load, one.idle_since, one.operator.id), default=None
    )
