"""Cost of a message, memory and start with 1,000,000 messages and 50,000 tickets stored, and with
next to none."""

from __future__ import annotations

import contextlib
import shutil
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from benchmarks.dialects import Chatd, chatd_command
from benchmarks.measuring import Figures, Plan, Row, Verdict, at_most, rounds
from benchmarks.prepare import fill, filled
from benchmarks.servers import CHATD, Running, scratch, started
from benchmarks.sockets import Broken, Client, Load

FEW, MANY = (1_000, 0), (1_000_000, 50_000)
WARM_UP, MEASURED = 500, 6_000
WINDOW = 16
HEADER = ("stored", "CPU per message, µs", "seconds per 1,000", "memory, MB", "ready after, s")
NOTE = (
    "One sender with 16 unacknowledged messages in the room where most is stored. The cost is "
    "the daemon's CPU time per message (the wall clock beside it depends on the disk's mood). "
    "Memory is resident after the measurement and a read of 50 old pages. Ready: from the start "
    "of the process to its line on stdout, and the empty one is an empty data directory. "
    "1,000,000 messages are 500,000 in the room and ten in each of 50,000 tickets, of which "
    "1,000 wait."
)


def measure(stored: tuple[int, int], plan: Plan) -> Figures:
    """One size."""
    with data_of(*stored) as data, started(CHATD, data=data) as running:
        return {"ready": running.ready_s} | talk(running, plan.of(MEASURED))


@contextlib.contextmanager
def data_of(messages: int, tickets: int) -> Iterator[Path]:
    """A data directory: a copy, or where there are tickets the one that is kept. To copy 50,000
    directories takes longer than to measure; what a run adds, some thousand messages, stays."""
    if tickets:
        yield filled(messages, tickets)
        return
    data = scratch()
    try:
        if messages:
            shutil.copytree(filled(messages, tickets), data, dirs_exist_ok=True)
        yield data
    finally:
        shutil.rmtree(data, ignore_errors=True)


def talk(running: Running, count: int) -> Figures:
    """A sender in the full room, and a reader of old pages."""
    load = Load()
    client = Client(running.port, Chatd.path)
    load.log_in([(client, Chatd().enter(client, "bench"))])
    sender = Sender(load, client)
    sender.send(WARM_UP)
    cpu, began = running.cpu_seconds(), time.perf_counter()
    sender.send(count)
    cpu, took = running.cpu_seconds() - cpu, time.perf_counter() - began
    sender.read_old_pages(50)
    load.close()
    return {
        "cpu": cpu / count * 1e6,
        "wall": took / count * 1000,
        "memory": running.memory() / 1e6,
    }


class Sender:
    """Keeps a window of messages unacknowledged."""

    def __init__(self, load: Load, client: Client) -> None:
        self.load = load
        self.client = client
        self.sent = self.answered = 0
        client.on_text = self.on_text

    def on_text(self, payload: bytes) -> None:
        self.answered += Chatd().acknowledged(payload)

    def send(self, count: int) -> None:
        """So many messages, all acknowledged."""
        last = self.sent + count
        while self.answered < last:
            while self.sent < last and self.sent - self.answered < WINDOW:
                self.sent += 1
                self.client.send(Chatd().speak("bench", self.sent, "x" * 200))
            self.load.turn(1.0)

    def read_old_pages(self, count: int) -> None:
        """Pages from all over the room's history."""
        for number in range(count):
            self.sent += 1
            before = 100 + number * 9_000
            ask = {"dialog_id": "bench", "before_seq": before, "limit": 50}
            self.client.send(chatd_command("history:get", self.sent, **ask))
            self.load.until(lambda: self.answered == self.sent, 10, "a page")


def run(plan: Plan) -> list[Row]:
    """Three rows of the issue's table in one."""
    many = plan.of(MANY[0]), plan.of(MANY[1])
    fill(*FEW)
    fill(*many)
    named = [("nothing", (0, 0)), ("1,000", FEW), (f"{many[0]:,}", many)]
    found = rounds(plan, [(name, partial(measure, stored, plan)) for name, stored in named])
    if len(found) < len(named):
        raise Broken("; ".join(found.lost))
    empty, few, full = found.values()
    verdicts: list[Verdict] = [
        at_most("cost of a message, of that with 1,000 stored", full["cpu"] / few["cpu"], 1.1, "×"),
        at_most("memory, of that with 1,000 stored", full["memory"] / few["memory"], 1.2, "×"),
        at_most("ready later than when empty", full["ready"] - empty["ready"], 2, "s"),
    ]
    raw = [
        (
            name,
            f"{one['cpu']:.0f}",
            f"{one['wall']:.3f}",
            f"{one['memory']:.1f}",
            f"{one['ready']:.2f}",
        )
        for name, one in found.items()
    ]
    return [Row(f"With {many[0]:,} messages stored", verdicts, HEADER, raw, [NOTE, *found.lost])]
