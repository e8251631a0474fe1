"""1,000 tickets, 500 messages a second in all: how long from one side to the other."""

from __future__ import annotations

import os
import random
import shutil
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from benchmarks.dialects import Chatd
from benchmarks.measuring import Figures, Plan, Row, at_most, percentile, rounds
from benchmarks.operators import data_with_operators, open_tickets, operator
from benchmarks.servers import CHATD, PEERS, Peer, Running, scratch, started
from benchmarks.sockets import Broken, Client, Load

PAIRS = 1_000
OPERATORS = 20
RATE = 500
HEADER = ("server", "median, ms", "p99, ms", "most, ms")
NOTE = (
    f"{PAIRS:,} tickets, {RATE} messages a second in all, sent on a schedule (a late answer does "
    "not make the next message later), measured from the scheduled moment to the other side's "
    f"socket. chatd: {PAIRS:,} customers and {OPERATORS} operators with {PAIRS // OPERATORS} "
    "tickets each, every message durable before it is delivered; the others relay between pairs "
    "of connections."
)


@dataclass
class Pair:
    """Two who talk. ``heard``: the number of the last message on either side."""

    dialog_id: str
    sides: tuple[Client, Client]
    heard: list[int]


class Talk:
    """Messages between the sides of many pairs, each checked to arrive once, at the right side, in
    order."""

    def __init__(self, load: Load, dialect: Chatd, pairs: list[Pair]) -> None:
        self.load = load
        self.dialect = dialect
        self.pairs = pairs
        self.sent: list[tuple[float, Pair, int]] = []
        self.latencies: list[float] = []
        for client in {side for pair in pairs for side in pair.sides}:
            client.on_text = partial(self._heard, client)

    def _heard(self, client: Client, payload: bytes) -> None:
        now = time.perf_counter()
        if payload.startswith(b'{"event":"error"'):
            raise Broken(f"refused: {payload[:300]!r}")
        content = self.dialect.content(payload)
        if content is None or not content.startswith("#"):
            return
        number = int(content[1:9])
        due, pair, side = self.sent[number]
        if pair.sides[side] is not client:
            return
        if number <= pair.heard[side]:
            raise Broken(f"message {number} is doubled or out of order")
        pair.heard[side] = number
        self.latencies.append(now - due)

    def run(self, seconds: float) -> list[float]:
        """Talks for a while; every message's seconds from one side to the other."""
        self.latencies, first = [], len(self.sent)
        began = time.perf_counter() + 0.05
        dice = random.Random(1)
        for number in range(first, first + int(seconds * RATE)):
            due = began + (number - first) / RATE
            while (wait := due - time.perf_counter()) > 0:
                self.load.turn(max(0.0, wait - 0.0012))  # epoll counts in milliseconds
            pair, to = dice.choice(self.pairs), dice.randrange(2)
            self.sent.append((due, pair, to))
            content = f"#{number:08d} ".ljust(100, "x")
            pair.sides[1 - to].send(self.dialect.speak(pair.dialog_id, number, content))
        self.load.until(
            lambda: len(self.latencies) == len(self.sent) - first, 20, "the last messages"
        )
        return self.latencies


def chatd_pairs(load: Load, running: Running, tokens: list[str], count: int) -> list[Pair]:
    """Customers with tickets, and operators who have accepted them."""
    customers = open_tickets(load, running, count)
    share = count // len(tokens)
    pairs, waiting = [], []
    for number, token in enumerate(tokens):
        own = customers[number * share : (number + 1) * share]
        one = Client(running.port, Chatd.path)
        waiting.append((one, operator(one, token, [ticket for _, ticket in own])))
        pairs += [Pair(ticket, (client, one), [-1, -1]) for client, ticket in own]
    load.log_in(waiting)
    return pairs


def bare_pairs(load: Load, running: Running, count: int) -> list[Pair]:
    """Two connections in a room each."""
    dialect = running.peer.dialect
    pairs = []
    for number in range(count):
        sides = Client(running.port, dialect.path), Client(running.port, dialect.path)
        pairs.append(Pair(f"pair-{number}", sides, [-1, -1]))
        load.log_in([(one, dialect.enter(one, f"pair-{number}")) for one in sides])
    return pairs


def measure(peer: Peer, plan: Plan, template: Path, tokens: list[str]) -> Figures:
    """One server."""
    load, data = Load(), scratch()
    try:
        shutil.copytree(template, data, dirs_exist_ok=True)
        with started(peer, data=data) as running:
            if peer is CHATD:
                pairs = chatd_pairs(load, running, tokens, plan.of(PAIRS, len(tokens)))
            else:
                pairs = bare_pairs(load, running, plan.of(PAIRS))
            talk = Talk(load, running.peer.dialect, pairs)  # type: ignore[arg-type]
            talk.run(1.0)
            return summary(talk.run(plan.seconds * 1.5))
    finally:
        load.close()
        shutil.rmtree(data, ignore_errors=True)


def summary(latencies: list[float]) -> Figures:
    """In milliseconds."""
    return {
        "median": percentile(latencies, 0.5) * 1e3,
        "p99": percentile(latencies, 0.99) * 1e3,
        "most": max(latencies) * 1e3,
    }


def sync_floor(plan: Plan) -> Figures:
    """What the disk alone takes: append a record, sync, one after the other."""
    directory, latencies = scratch(), []
    descriptor = os.open(directory / "floor", os.O_CREAT | os.O_WRONLY | os.O_APPEND)
    try:
        until = time.perf_counter() + plan.seconds / 2
        while (began := time.perf_counter()) < until:
            os.write(descriptor, b"x" * 400)
            os.fdatasync(descriptor)
            latencies.append(time.perf_counter() - began)
    finally:
        os.close(descriptor)
        shutil.rmtree(directory)
    return summary(latencies)


def run(plan: Plan) -> list[Row]:
    """The row."""
    template = scratch()
    try:
        tokens = data_with_operators(template, plan.of(OPERATORS))
        servers = [
            (peer.name, partial(measure, peer, plan, template, tokens)) for peer in [CHATD, *PEERS]
        ]
        found = rounds(plan, [*servers, ("sync per message, no server", partial(sync_floor, plan))])
    finally:
        shutil.rmtree(template, ignore_errors=True)
    own = found["chatd"]
    verdicts = [
        at_most("median", own["median"], 5, "ms"),
        at_most("99th percentile", own["p99"], 25, "ms"),
    ]
    raw = [
        (name, *(f"{figures[key]:.2f}" for key in ("median", "p99", "most")))
        for name, figures in found.items()
    ]
    return [Row("Support load", verdicts, HEADER, raw, [NOTE, *found.lost])]
