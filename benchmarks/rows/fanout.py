"""One room, 500 receivers: under load (64 messages unacknowledged), and one message at a time."""

from __future__ import annotations

import select
import time
from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial

from benchmarks.drain import Drain
from benchmarks.measuring import OWN, Figures, Found, Plan, Row, against, core_share, rounds
from benchmarks.servers import CALLS, CHATD, CONFIG, PEERS, Peer, Running, started
from benchmarks.sockets import TEXT, Broken, Client, Load, received, take_frames

RECEIVERS = 500
WINDOW = 64
SIZE = 200
SAMPLED = 5
HEADER = (
    "server",
    "deliveries a second",
    "chatd is",
    "its CPU time for a message, µs",
    "load's core busy",
)
NOTE_LOADED = (
    f"One room, {RECEIVERS} receivers, one sender with {WINDOW} unacknowledged messages of {SIZE} "
    "bytes. chatd stores every message durably before it is delivered; the others store nothing "
    "and deliver the text alone, without an envelope."
)
NOTE_SINGLE = (
    "The same room; the next message is sent when all have the last one, so a durable message's "
    "wait for the disk is in every one of chatd's figures, and nothing can be batched. “System "
    "calls alone” is a compiled loop that sends to every socket, and nothing else; then the same "
    "with a write and a sync before each message; then both in Python, which no durable server in "
    "Python surpasses that sends to each receiver apart."
)


class Sample:
    """A receiver whose bytes are kept, counted in messages as they come, decoded afterwards."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.received = 0
        self.buffer = bytearray()
        self.payloads: list[bytes] = []

    def take(self) -> None:
        """Reads what has arrived."""
        data = received(self.client.sock)
        self.received += len(data)
        self.buffer += data
        self.payloads += [payload for opcode, payload in take_frames(self.buffer) if opcode == TEXT]


class Room:
    """A sender and its audience. Every receiver is sent the same bytes: where the counts agree and
    the samples decode to all that was sent, in order, nothing is lost, doubled or swapped."""

    def __init__(self, running: Running, receivers: int) -> None:
        self.receivers = receivers
        self.dialect = running.peer.dialect
        self.load = Load()
        path, enter = self.dialect.path, self.dialect.enter
        clients = (Client(running.port, path) for _ in range(receivers))
        everybody = self.load.log_in((one, enter(one, "bench")) for one in clients)
        sender = Client(running.port, path)
        self.load.log_in([(sender, enter(sender, "bench", follow=False))])
        self.sender = sender
        self.sender.on_text = self._told
        self.sent = self.acknowledged = 0
        self._wait_until_quiet(everybody)
        self.samples = {one.fd: Sample(one) for one in everybody[:SAMPLED]}
        self.reference = self.samples[everybody[0].fd]
        self.others = Drain(self.load.epoll, everybody[SAMPLED:])

    def _wait_until_quiet(self, everybody: list[Client]) -> None:
        """Until the announcements of who came are through: a marker has reached everybody."""
        waiting = set(everybody)
        for client in everybody:
            client.on_text = self._marker_for(client, waiting)
        self._send()
        self.load.until(lambda: not waiting and self.acknowledged == 1, 30, "the marker")

    def _marker_for(self, client: Client, waiting: set[Client]) -> Callable[[bytes], None]:
        def on_text(payload: bytes) -> None:
            if self.dialect.content(payload) == text(0):
                waiting.discard(client)

        return on_text

    def _told(self, payload: bytes) -> None:
        self.acknowledged += self.dialect.acknowledged(payload)

    def _send(self) -> None:
        self.sender.send(self.dialect.speak("bench", self.sent, text(self.sent)))
        self.sent += 1

    def turn(self) -> None:
        """Takes what has arrived."""
        for fd in self.others.turn():
            if fd in self.samples:
                self.samples[fd].take()
            else:
                self.load.serve(self.sender, select.EPOLLIN | select.EPOLLOUT)

    def everybody_has(self, messages: int) -> bool:
        """Whether so many messages have arrived everywhere, and not a byte more."""
        if self.acknowledged < self.sent or len(self.reference.payloads) < messages:
            return False
        wanted = self.reference.received
        samples = self.samples.values()
        return self.others.all_have(wanted) and all(one.received == wanted for one in samples)

    def finish(self, first: int) -> None:
        """Until everybody has everything that was sent since ``first``."""
        deadline = time.monotonic() + 20
        while not self.everybody_has(self.sent - first):
            self.turn()
            if time.monotonic() > deadline:
                raise Broken(f"not the same arrived everywhere: {self.differences(first)}")

    def differences(self, first: int) -> str:
        """What tells why not everybody has the same: what is unanswered, and who has how much."""
        counts = Counter([*self.others.counts(), *(one.received for one in self.samples.values())])
        sizes = ", ".join(f"{many} have {size} bytes" for size, many in counts.most_common(10))
        return (
            f"{self.sent - first} sent, {self.sent - self.acknowledged} unanswered, "
            f"{len(self.reference.payloads)} frames at the first receiver; {sizes}"
        )

    def check(self, first: int) -> None:
        """Decodes the samples; then begins a new count."""
        for sample in self.samples.values():
            contents = [self.dialect.content(payload) for payload in sample.payloads]
            heard = [content for content in contents if content is not None]
            if heard != [text(number) for number in range(first, self.sent)]:
                raise Broken("a sample is not what was sent, in order and complete")
            sample.payloads.clear()
            sample.received = 0
        self.others.reset()

    def under_load(self, seconds: float) -> float:
        """Deliveries a second."""
        first, began = self.sent, time.perf_counter()
        while time.perf_counter() - began < seconds:
            while self.sent - self.acknowledged < WINDOW:
                self._send()
            self.turn()
        self.finish(first)
        took = time.perf_counter() - began
        self.check(first)
        return (self.sent - first) * self.receivers / took

    def one_at_a_time(self, seconds: float) -> float:
        """Deliveries a second; the next message is sent when everybody has the last one."""
        first, began = self.sent, time.perf_counter()
        while time.perf_counter() - began < seconds:
            self._send()
            self.finish(first)
        took = time.perf_counter() - began
        self.check(first)
        return (self.sent - first) * self.receivers / took


def text(number: int) -> str:
    """The message with this number, SIZE bytes long."""
    return f"{number:08d} ".ljust(SIZE, "x")


def measure(peer: Peer, plan: Plan, config: str = CONFIG) -> Figures:
    """One server, both ways, in one run."""
    with started(peer, config=config) as running:
        room = Room(running, plan.of(RECEIVERS))
        room.under_load(plan.seconds / 4)
        figures = figures_of("loaded", running, room, partial(room.under_load, plan.seconds))
        figures |= figures_of("single", running, room, partial(room.one_at_a_time, plan.seconds))
        room.load.close()
    return figures


def measure_calls(peer: Peer, plan: Plan) -> Figures:
    """The system calls of one message at a time."""
    with started(peer) as running:
        room = Room(running, plan.of(RECEIVERS))
        room.one_at_a_time(plan.seconds / 4)
        figures = figures_of("single", running, room, partial(room.one_at_a_time, plan.seconds))
        room.load.close()
    return figures


def figures_of(way: str, running: Running, room: Room, work: Callable[[], float]) -> Figures:
    """Deliveries a second; the server's CPU time for a message, in µs; how busy the load was."""
    cpu, sent = running.cpu_seconds(), room.sent
    rate, share = core_share(work)
    cost = (running.cpu_seconds() - cpu) / (room.sent - sent) * 1e6
    return {way: rate, f"{way}, cpu": cost, f"{way}, load": share}


def run(plan: Plan) -> list[Row]:
    """Both rows of the table."""
    servers = [(peer.name, partial(measure, peer, plan)) for peer in [CHATD, *PEERS]]
    calls = [(peer.name, partial(measure_calls, peer, plan)) for peer in CALLS]
    found = rounds(plan, [*servers, *calls])
    others = [peer.name for peer in PEERS if peer.name != "picows"]
    loaded = [
        against("against the best but picows", found, others, "loaded", 12),
        against("against picows", found, ["picows"], "loaded", 8),
    ]
    single = [
        against("against ws", found, ["ws"], "single", 1.3),
        against("against picows", found, ["picows"], "single", 0.8),
    ]
    return [
        Row(title, verdicts, HEADER, table(found, key), [note, *found.lost])
        for title, verdicts, key, note in (
            ("Fan-out under load", loaded, "loaded", NOTE_LOADED),
            ("Fan-out, one message at a time", single, "single", NOTE_SINGLE),
        )
    ]


def table(found: Found, which: str) -> list[Sequence[str]]:
    """The raw figures of one way, chatd's share of each."""
    own = found[OWN][which]
    return [
        (
            name,
            f"{figures[which]:,.0f}",
            f"{own / figures[which]:.2f} ×",
            f"{figures[f'{which}, cpu']:,.0f}",
            f"{figures[f'{which}, load']:.0%}",
        )
        for name, figures in found.items()
        if which in figures
    ]
