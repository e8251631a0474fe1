"""A crowd: very many who join one room at once; what each is sent while they all come."""

from __future__ import annotations

import time
from functools import partial

from benchmarks.dialects import Chatd
from benchmarks.measuring import Figures, Plan, Row, at_most, rounds
from benchmarks.servers import CHATD, started
from benchmarks.sockets import Client, Load

CROWDS = (2_000, 5_000)
AT_ONCE = 500
QUIET_S = 1.5
EACH_KB = 64.0
HEADER = ("people", "sent to each, kB", "sent to all, MB", "the server's CPU time for one, µs")
NOTE = (
    f"So many join one room, {AT_ONCE} of them at any moment on their way in. Counted are the "
    "bytes that all receive, from the upgrade until it is quiet: the answers with those who are "
    "there, and what is told of who comes. What each is sent must not grow with the crowd."
)


def measure(people: int, plan: Plan) -> Figures:
    """One crowd."""
    count, load = plan.of(people, 2), Load()
    with started(CHATD) as running:
        cpu = running.cpu_seconds()
        new = (Client(running.port, Chatd.path) for _ in range(count))
        everybody = load.log_in(((one, Chatd().enter(one, "bench")) for one in new), AT_ONCE)
        quiet_until(load, everybody)
        cost = (running.cpu_seconds() - cpu) / count * 1e6
        total = sum(one.received for one in everybody)
        load.close()
    return {"each": total / count / 1e3, "all": total / 1e6, "cpu": cost}


def quiet_until(load: Load, everybody: list[Client]) -> None:
    """Nothing more has come for a while."""
    before, since = -1, time.monotonic()
    while time.monotonic() - since < QUIET_S:
        load.turn(0.05)
        if (now := sum(one.received for one in everybody)) != before:
            before, since = now, time.monotonic()


def run(plan: Plan) -> list[Row]:
    """The row."""
    verdicts, raw = [], []
    for people in CROWDS:
        own = rounds(plan, [("chatd", partial(measure, people, plan))])["chatd"]
        verdicts.append(at_most(f"{people:,} people, sent to each", own["each"], EACH_KB, "kB"))
        figures = f"{own['each']:,.0f}", f"{own['all']:,.0f}", f"{own['cpu']:,.0f}"
        raw.append((f"{people:,}", *figures))
    return [Row("A crowd in one room", verdicts, HEADER, raw, [NOTE])]
