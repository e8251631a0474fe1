"""Nodes on one database: each with a store, a bus and a broker of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from types import SimpleNamespace
from typing import Any, cast

import gevent

from chatd.config.settings import StoreSettings
from chatd.delivery.broker.exchange import Exchange
from chatd.delivery.broker.shared import SharedBroker
from chatd.domain.participant import Ban
from chatd.domain.ticket import Ticket
from chatd.service.catching_up import StoreReading
from chatd.store.postgres.notices import Notices
from chatd.store.postgres.over_redis import RedisNotices
from chatd.store.postgres.store import open_store


class Node:
    """One of them."""

    def __init__(self, dsn: str, redis: str = "") -> None:
        self.store = open_store(StoreSettings(backend="postgres", dsn=dsn, connections=4))
        self.bus = RedisNotices(dsn, "", redis) if redis else Notices(dsn)
        self.reading = StoreReading(lambda: cast(Any, SimpleNamespace(store=self.store)))
        self.exchange = Exchange(self.bus)
        self.broker = SharedBroker(self.exchange, self.reading)
        self.bus.open()

    def open_tickets(self) -> Sequence[Ticket]:
        """Those that are stored."""
        return self.store.open_tickets()

    def ticket(self, id: str) -> Ticket | None:
        """As it is stored."""
        return self.store.get(Ticket, id)

    def bans(self) -> Sequence[Ban]:
        """Those that are stored."""
        return self.store.all(Ban)

    def close(self) -> None:
        """It is gone."""
        self.bus.close()
        self.store.close()


class Nodes:
    """As many as a test asks for."""

    def __init__(self, dsn: str, redis: str = "") -> None:
        self.dsn, self._redis = dsn, redis
        self._made: list[Node] = []

    def node(self) -> Node:
        """One more."""
        self._made.append(Node(self.dsn, self._redis))
        return self._made[-1]

    def close(self) -> None:
        """All of them."""
        for node in self._made:
            node.close()


def wait_until(check: Callable[[], bool], seconds: float = 20) -> None:
    """With a deadline."""
    with gevent.Timeout(seconds):
        while not check():
            gevent.sleep(0.005)


class Across:
    """One thing of two nodes: changed on the one, and read on the other, which hears of each change
    before the next thing is done. ``fill`` is done on both, as when they start."""

    def __init__(
        self, here: Node, there: Node, make: Callable[[Node], Any], reads: Set[str]
    ) -> None:
        self._here, self._there = here, there
        self._near, self._far = make(here), make(there)
        self._reads = reads
        self._marks = Marks()
        there.exchange.join("mark", self._marks)
        here.exchange.join("mark", Marks())

    def __getattr__(self, name: str) -> Any:
        if name in self._reads:
            return getattr(self._far, name)

        def change(*args: Any, **named: Any) -> Any:
            done = getattr(self._near, name)(*args, **named)
            self.settle()
            return done

        return change

    def fill(self, tickets: Iterable[Any], now: float) -> None:
        """What is open when they start."""
        tickets = list(tickets)
        self._near.fill(tickets, now)
        self._far.fill(tickets, now)

    def __len__(self) -> int:
        return len(self._far)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._far)

    def settle(self) -> None:
        """Until the other node has heard of all."""
        wanted = self._marks.count + 1
        self._here.exchange.send("mark", "")
        wait_until(lambda: self._marks.count >= wanted)


class Marks:
    """Counts what it hears."""

    def __init__(self) -> None:
        self.count = 0

    def hear(self, node: str, text: str) -> None:
        self.count += 1

    def note_arrival(self, node: str) -> None:
        """Nothing is kept of nodes."""

    note_loss = note_end = note_arrival
