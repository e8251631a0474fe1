"""kill -9 at random moments: a ticket, what was said in it and its episodes are always in step."""

from __future__ import annotations

import random
import signal
import threading
import time
from collections.abc import Sequence

from websockets.exceptions import ConnectionClosed, InvalidHandshake

from chatd.config.settings import StoreSettings
from chatd.domain.episode import NOTHING_SAID, Episode, said_after
from chatd.domain.message import Message
from chatd.domain.ticket import Ticket
from chatd.store.tiny.store import TinyStore, open_store
from tests.client import Client
from tests.conftest import MakeDaemon
from tests.daemon import Daemon, eventually

ROUNDS = 8
CUSTOMERS = 3
BROKEN = (ConnectionClosed, InvalidHandshake, OSError, TimeoutError, EOFError)


class Customer:
    """Writes into one ticket as fast as it is answered, sends again what was not."""

    def __init__(self, number: int) -> None:
        self.name = f"c{number}"
        self.token: str | None = None
        self.ticket: str | None = None
        self.number = 0
        self.acknowledged = 0
        self.closed = 0

    def run(self, daemon: Daemon) -> None:
        """Until the connection breaks."""
        try:
            with Client(daemon.address) as client:
                client.hello(**({"token": self.token} if self.token else {"name": self.name}))
                self.token = client.token
                if self.ticket is None:
                    opened = client.ask("ticket:open", content="first", client_id="open")
                    self.ticket = opened["ticket"]["id"]
                while True:
                    client.say(self.ticket, "ещё", client_id=f"{self.name}-{self.number}")
                    self.number += 1
                    self.acknowledged += 1
        except BROKEN:
            return


def answer_and_close(daemon: Daemon, customers: list[Customer], ended: threading.Event) -> None:
    """At the machine, one after the other: answered, and closed, which the next word reopens."""
    while not ended.is_set():
        for one in customers:
            if one.ticket and not ended.is_set():
                daemon.admin("reply", one.ticket, "да")
                one.closed += daemon.admin("close", one.ticket).returncode == 0


def chain_of(store: TinyStore, ticket: Ticket) -> list[Episode]:
    """All episodes of a ticket, the newest first."""
    found: list[Episode] = []
    id = ticket.episode_id
    while id:
        episode = store.get(Episode, id)
        assert episode, id
        found.append(episode)
        id = episode.previous
    return found


def check(store: TinyStore, ticket: Ticket) -> int:
    """A ticket is what its episodes say; how many these are."""
    episodes = chain_of(store, ticket)
    assert [one.number for one in episodes] == [*range(ticket.episode, 0, -1)]
    newest = episodes[0]
    assert (newest.opened_at, newest.closed_at) == (ticket.began_at, ticket.closed_at)
    assert newest.requested_at == ticket.requested_at and not newest.partial
    for past, kept in zip(reversed(ticket.past), episodes[1:], strict=False):
        assert (past.requested_at, past.closed_at) == (kept.requested_at, kept.closed_at)
    episodes[0] = newest.count(store.conversation(ticket.id).said)
    counted = [(one.customer_messages, one.operator_messages) for one in reversed(episodes)]
    assert counted == sides_by_episode(store.history(ticket.id, limit=1_000_000))
    return len(episodes)


def sides_by_episode(messages: Sequence[Message]) -> list[tuple[int, int]]:
    """How much each side said until the ticket was opened again, and so on."""
    found = [NOTHING_SAID]
    for one in messages:
        if one.meta.get("kind") == "ticket_reopened":
            found.append(NOTHING_SAID)
        found[-1] = said_after(found[-1], one)
    return found


def test_kill_9_keeps_a_ticket_and_its_episodes_in_step(make_daemon: MakeDaemon) -> None:
    daemon = make_daemon({"store": {"checkpoint_bytes": 20_000}}, start=False)
    customers = [Customer(number) for number in range(CUSTOMERS)]
    chance = random.Random(6)
    for over in range(ROUNDS):
        daemon.start()
        ended = threading.Event()
        threads = [threading.Thread(target=one.run, args=(daemon,)) for one in customers]
        threads.append(threading.Thread(target=answer_and_close, args=(daemon, customers, ended)))
        for thread in threads:
            thread.start()
        eventually(lambda over=over: min(one.closed for one in customers) > over, 120)  # type: ignore[misc]
        time.sleep(chance.uniform(0, 0.5))
        ended.set()
        daemon.stop(signal.SIGKILL)
        for thread in threads:
            thread.join(30)
    store = open_store(daemon.data, StoreSettings(checkpoint_bytes=20_000))
    many = 0
    for one in customers:
        ticket = store.get(Ticket, one.ticket or "")
        assert ticket and one.acknowledged
        many += check(store, ticket)
    store.close()
    assert many > CUSTOMERS, "some were opened again"
