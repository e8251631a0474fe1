"""The open tickets as the queue asks for them: who waits in what order, who has which.

Kept in step with the commits, so that no question walks over all of them. Durations run on the
monotonic clock: a clock that is set changes nobody's wait.
"""

from __future__ import annotations

import heapq
from bisect import bisect_left, bisect_right, insort
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from itertools import islice

from msgspec import Struct

from chatd.domain.department import line_of
from chatd.domain.sla import next_due
from chatd.domain.ticket import HEAD_STARTS, Ticket, id_of, number
from chatd.domain.times import to_epoch, to_text
from chatd.live.base import Key


class Wait(Struct):
    """A ticket's place in its line: the request that it is for, its ``turn`` among all who
    came, the key that sorts it, and what it had waited when its clock began."""

    request: str
    turn: Key
    key: Key
    before: float
    began: float


class Line:
    """Who waits in one line, by key and by turn. Turns only rise, so that a clock set back lets
    nobody jump ahead."""

    def __init__(self) -> None:
        self.keys: list[Key] = []
        self.turns: list[Key] = []
        self.ids: dict[Key, str] = {}

    def add(self, wait: Wait, ticket_id: str) -> None:
        """Behind those with smaller keys."""
        insort(self.keys, wait.key)
        insort(self.turns, wait.turn)
        self.ids[wait.key] = self.ids[wait.turn] = ticket_id

    def run(self, after: Key | None) -> Iterator[tuple[Key, str]]:
        """Keys and ids in order, behind a key."""
        first = bisect_right(self.keys, after) if after else 0
        return ((self.keys[at], self.ids[self.keys[at]]) for at in range(first, len(self.keys)))

    def drop(self, wait: Wait) -> None:
        if self.ids.pop(wait.turn, None) is not None:
            self.ids.pop(wait.key, None)
            del self.keys[bisect_left(self.keys, wait.key)]
            del self.turns[bisect_left(self.turns, wait.turn)]


class OpenTickets:
    """All open tickets, by id, by line (see :func:`line_of`) in the order of the queue, by whom
    they are with."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._tickets: dict[str, Ticket] = {}
        self._ids: list[int] = []
        self._customers: Counter[str] = Counter()
        self._lines: dict[str, Line] = {}
        self._waits: dict[str, Wait] = {}
        self._of: dict[str, dict[str, Ticket]] = {}
        self._with_since: dict[str, float] = {}
        self._touched: dict[str, float] = {}
        self._offered: dict[str, Ticket] = {}
        self._last_turn: Key = ("", 0)
        self._asleep: dict[str, str] = {}
        self._due: dict[str, str] = {}

    def __len__(self) -> int:
        return len(self._tickets)

    def __iter__(self) -> Iterator[Ticket]:
        return iter(list(self._tickets.values()))

    def find(self, id: str) -> Ticket | None:
        """The open one of this id, if any."""
        return self._tickets.get(id)

    def fill(self, tickets: Iterable[Ticket], now: float) -> None:
        """What is open when the daemon starts."""
        for ticket in sorted(tickets, key=lambda one: (line_time(one), one.id)):
            self.take(ticket, now)

    def put(self, ticket: Ticket, now: float) -> None:
        """A ticket as it now is; ``now`` is the wall clock, as times are written by."""
        self.take(ticket, now)

    def take(self, ticket: Ticket, now: float) -> None:
        """The same, wherever it was made so."""
        before = self._tickets.get(ticket.id)
        self._stand(before, ticket, now)
        self._hand(holder(before), ticket)
        self._lay(ticket)
        if promised := next_due(ticket):
            self._due[ticket.id] = promised[0]
        else:
            self._due.pop(ticket.id, None)
        if ticket.open:
            if before is None:
                insort(self._ids, number(ticket.id))
                self._customers[ticket.customer_id] += 1
            self._tickets[ticket.id] = ticket
        elif before is not None:
            del self._tickets[ticket.id]
            self._customers[ticket.customer_id] -= 1
            if not self._customers[ticket.customer_id]:
                del self._customers[ticket.customer_id]
            del self._ids[bisect_left(self._ids, number(ticket.id))]
            self._waits.pop(ticket.id, None)

    def _stand(self, before: Ticket | None, ticket: Ticket, now: float) -> None:
        """Into its line, or out of it."""
        wait = self._waits.get(ticket.id)
        if before and wait and before.status == "waiting":
            self._lines[line_of(before)].drop(wait)
        if ticket.status != "waiting":
            return
        if wait is None or wait.request != line_time(ticket):
            waited = max(0.0, now - to_epoch(line_time(ticket)))
            turn = self._next_turn(ticket)
            wait = Wait(line_time(ticket), turn, turn, waited, self._clock())
            self._waits[ticket.id] = wait
        wait.key = ahead(wait.turn, HEAD_STARTS[ticket.priority])
        self._lines.setdefault(line_of(ticket), Line()).add(wait, ticket.id)

    def _next_turn(self, ticket: Ticket) -> Key:
        self._last_turn = max(line_time(ticket), self._last_turn[0]), self._last_turn[1] + 1
        return self._last_turn

    def _hand(self, before: str | None, ticket: Ticket) -> None:
        """From one operator to another, offers included."""
        after = holder(ticket)
        if before != after:
            for name in filter(None, (before, after)):
                self._touched[name] = self._clock()
            self._with_since[ticket.id] = self._clock()
        if before and before != after:
            self._of[before].pop(ticket.id, None)
        if after:
            self._of.setdefault(after, {})[ticket.id] = ticket
        else:
            self._with_since.pop(ticket.id, None)
        if ticket.status == "waiting" and ticket.offered_to:
            self._offered[ticket.id] = ticket
        else:
            self._offered.pop(ticket.id, None)

    def _lay(self, ticket: Ticket) -> None:
        """Aside, or to hand again: only now its operator is waited for."""
        if ticket.open and ticket.snoozed_until:
            self._asleep[ticket.id] = ticket.snoozed_until
        elif self._asleep.pop(ticket.id, None) and ticket.id in self._with_since:
            self._with_since[ticket.id] = self._clock()

    def asleep(self, until: str) -> list[Ticket]:
        """Those that are put aside until then, or until before."""
        return [self._tickets[id] for id, at in self._asleep.items() if at <= until]

    def due(self, until: str) -> list[Ticket]:
        """Those of which there is something to tell by then of what is promised."""
        return [self._tickets[id] for id, at in self._due.items() if at <= until]

    def lines(self) -> dict[str, int]:
        """How many wait in each line where somebody does."""
        return {name: len(line.keys) for name, line in self._lines.items() if line.keys}

    def waiting(
        self, lines: Iterable[str] | None = None, *, after: Key | None = None, limit: int
    ) -> list[Ticket]:
        """Who waits in these lines (``None``: in all), by priority and time, behind a key."""
        chosen = self._lines if lines is None else [one for one in lines if one in self._lines]
        merged = heapq.merge(*(self._lines[line].run(after) for line in chosen))
        return [self._tickets[ticket_id] for _, ticket_id in islice(merged, limit)]

    def newest_first(self, before: str | None = None) -> Iterator[Ticket]:
        """All open tickets, newest first, those older than an id. Do not commit meanwhile."""
        end = bisect_left(self._ids, number(before)) if before else len(self._ids)
        return (self._tickets[id_of(self._ids[at])] for at in range(end - 1, -1, -1))

    def key(self, ticket: Ticket) -> str:
        """Where a page ends that ends with this one, in words."""
        request, count = self._waits[ticket.id].key
        return f"{request}~{count}"

    def count(self, lines: Iterable[str] | None = None) -> int:
        """How many wait in these lines."""
        known = self.lines()
        return sum(known.values() if lines is None else (known.get(one, 0) for one in lines))

    def place(self, ticket: Ticket) -> int:
        """The place in its line, from 1; 0 for who does not wait."""
        wait, known = self._waits.get(ticket.id), self._tickets.get(ticket.id)
        if wait is None or known is None or known.status != "waiting":
            return 0
        return bisect_left(self._lines[line_of(known)].keys, wait.key) + 1

    def wait_s(self, ticket: Ticket) -> float:
        """Seconds since a person was asked for, in this very request."""
        wait = self._waits.get(ticket.id)
        return wait.before + self._clock() - wait.began if wait else 0.0

    def longest_wait(self, lines: Iterable[str] | None = None) -> float:
        """Seconds that who came first waits in these lines; 0 when nobody does."""
        known = self._lines.values() if lines is None else map(self._lines.get, lines)
        heads = [line.ids[line.turns[0]] for line in known if line and line.turns]
        return max((self.wait_s(self._tickets[id]) for id in heads), default=0.0)

    def of(self, operator: str) -> list[Ticket]:
        """What an operator answers, and what is offered to them, in the order it came to be."""
        return list(self._of.get(operator, {}).values())

    def open_count(self, customer_id: str) -> int:
        """How many a customer has."""
        return self._customers[customer_id]

    def load(self, operator: str) -> int:
        """How many an operator has, running offers included, without those put aside."""
        return sum(one.snoozed_until is None for one in self._of.get(operator, {}).values())

    def all_loads(self) -> dict[str, int]:
        """How many each has who has any."""
        return {name: self.load(name) for name, tickets in self._of.items() if tickets}

    def loads(self, operator: str) -> Counter[str]:
        """The same by site."""
        return Counter(ticket.site for ticket in self._of.get(operator, {}).values())

    def holders(self) -> list[str]:
        """Every operator with at least one ticket."""
        return [name for name, tickets in self._of.items() if tickets]

    def with_for(self, ticket: Ticket) -> float:
        """Seconds that a ticket has been with whom it is with, or offered to them."""
        return self._clock() - self._with_since.get(ticket.id, self._clock())

    def last_change(self, operator: str) -> float:
        """When, on the monotonic clock, an operator was last given a ticket or rid of one."""
        return self._touched.get(operator, 0.0)

    def offers(self) -> list[Ticket]:
        """Those with an offer that runs."""
        return list(self._offered.values())


def ahead(turn: Key, seconds: int) -> Key:
    """The turn of who came so many seconds earlier."""
    return (to_text(to_epoch(turn[0]) - seconds), turn[1]) if seconds else turn


def line_time(ticket: Ticket) -> str:
    """When a person was asked for, else when it began."""
    return ticket.requested_at or ticket.created_at


def holder(ticket: Ticket | None) -> str | None:
    """Whom a ticket is with: who answers it, or who is asked to."""
    if ticket is None or not ticket.open:
        return None
    return ticket.operator if ticket.status == "active" else ticket.offered_to
