"""The contract of the open tickets: of one process in its memory, of many wherever they keep it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Protocol

from chatd.domain.ticket import Ticket

Key = tuple[str, int]


class OpenTickets(Protocol):
    """The open tickets as the queue asks for them, kept in step with what is stored: who waits in
    what order, who has which. A line is a site's, or a site's and a department's (see
    :mod:`chatd.domain.department`); ``None`` is all of them. Durations are seconds of the
    monotonic clock: a clock that is set changes nobody's wait. While an iterator is gone through
    nothing is committed."""

    def __len__(self) -> int: ...

    def __iter__(self) -> Iterator[Ticket]: ...

    def fill(self, tickets: Iterable[Ticket], now: float) -> None:
        """What is open when the daemon starts."""

    def put(self, ticket: Ticket, now: float) -> None:
        """A ticket as it now is; ``now`` is the wall clock."""

    def lines(self) -> dict[str, int]:
        """How many wait in each line where somebody does."""

    def waiting(
        self, lines: Iterable[str] | None = None, *, after: Key | None = None, limit: int
    ) -> list[Ticket]:
        """Who waits in these lines, by priority and time, behind a key: so many at most."""

    def find(self, id: str) -> Ticket | None:
        """The open one of this id, if any."""

    def newest_first(self, before: str | None = None) -> Iterator[Ticket]:
        """All open tickets, newest first, those older than an id."""

    def key(self, ticket: Ticket) -> str:
        """Where a page ends that ends with this one, in words."""

    def count(self, lines: Iterable[str] | None = None) -> int:
        """How many wait in these lines."""

    def place(self, ticket: Ticket) -> int:
        """The place in its line, from 1; 0 for who does not wait."""

    def wait_s(self, ticket: Ticket) -> float:
        """Seconds since a person was asked for, in this very request."""

    def longest_wait(self, lines: Iterable[str] | None = None) -> float:
        """Seconds that who came first waits in these lines; 0 when nobody does."""

    def due(self, until: str) -> list[Ticket]:
        """Those of which there is something to tell by then of what is promised."""

    def asleep(self, until: str) -> list[Ticket]:
        """Those that are put aside until then, or until before."""

    def of(self, operator: str) -> list[Ticket]:
        """What an operator answers, and what is offered to them, in the order it came to be."""

    def open_count(self, customer_id: str) -> int:
        """How many a customer has."""

    def load(self, operator: str) -> int:
        """How many an operator has, running offers included, without those put aside."""

    def all_loads(self) -> Mapping[str, int]:
        """How many each operator has who has any."""

    def loads(self, operator: str) -> Counter[str]:
        """The same by site."""

    def holders(self) -> list[str]:
        """Every operator with at least one ticket."""

    def with_for(self, ticket: Ticket) -> float:
        """Seconds that a ticket has been with whom it is with, or offered to them."""

    def last_change(self, operator: str) -> float:
        """When an operator was last given a ticket or rid of one."""

    def offers(self) -> list[Ticket]:
        """Those with an offer that runs."""
