"""`chatd admin queue` with 1,000 waiting: the whole process, from the shell's point of view."""

from __future__ import annotations

import subprocess
import sys
import time
from dataclasses import replace
from functools import partial

from benchmarks.measuring import Figures, Plan, Row, at_most, percentile, rounds
from benchmarks.operators import open_tickets
from benchmarks.servers import CHATD, started
from benchmarks.sockets import Broken, Load

WAITING = 1_000
RUNS = 15
HEADER = ("", "median, ms", "slowest, ms")
NOTE = (
    f"{WAITING:,} tickets wait; `chatd admin queue` is started {RUNS} times, and every time must "
    "print all of them. Python's own start (`python -c pass`) is in it, and stands beside it."
)


def measure(plan: Plan) -> Figures:
    """The command, on the load's core."""
    load = Load()
    with started(CHATD) as running:
        opened = {ticket for _, ticket in open_tickets(load, running, plan.of(WAITING))}
        where = ["--socket", str(running.admin_socket)]
        command = [sys.executable, "-m", "chatd", "admin", *where, "queue", "-q"]
        took = [timed(command, opened) for _ in range(plan.of(RUNS, 2))]
    load.close()
    return {"median": percentile(took, 0.5), "most": max(took)}


def measure_python(plan: Plan) -> Figures:
    """What no Python program can be under."""
    took = [timed([sys.executable, "-c", "pass"], set()) for _ in range(plan.of(RUNS, 2))]
    return {"median": percentile(took, 0.5), "most": max(took)}


def timed(command: list[str], expected: set[str]) -> float:
    """Milliseconds of the whole process."""
    began = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    took = (time.perf_counter() - began) * 1e3
    if set(done.stdout.split()) != expected:
        raise Broken(f"the queue shows {len(done.stdout.split())} of {len(expected)} tickets")
    return took


def run(plan: Plan) -> list[Row]:
    """The row."""
    once = replace(plan, rounds=1)
    contestants = [
        ("chatd admin queue", partial(measure, plan)),
        ("python -c pass", partial(measure_python, plan)),
    ]
    found = rounds(once, contestants)
    verdict = at_most("the whole process", found["chatd admin queue"]["median"], 150, "ms")
    raw = [(name, f"{one['median']:.0f}", f"{one['most']:.0f}") for name, one in found.items()]
    return [Row("`chatd admin queue` with 1,000 waiting", [verdict], HEADER, raw, [NOTE])]
