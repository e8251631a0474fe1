"""Visitors who come back with their token to a room that very many have read, and to one that few
have."""

from __future__ import annotations

import shutil
import subprocess
import sys
from functools import partial

from benchmarks.dialects import Chatd, answer, chatd_command
from benchmarks.measuring import Figures, Plan, Row, at_most, rounds
from benchmarks.servers import CHATD, HERE, Running, scratch, started
from benchmarks.sockets import Broken, Client, Load, Script

FEW, MANY = 1_000, 100_000
RETURNING = 400
TIMES = 3.0
HEADER = ("past visitors", "CPU for one who comes back, µs", "received by each, kB")
NOTE = (
    f"{MANY:,} visitors came within one hour, each read the room, and left. {RETURNING} of them, "
    "from the whole hour, say hello with their token, join the room and go, one after the other; "
    "nothing has been read of them since the start. What one costs must not grow with how many "
    "there were."
)


def back(client: Client, token: str) -> Script:
    """Hello by token, and into the room."""
    client.send(chatd_command("hello", 1, token=token))
    yield from answer(1)
    client.send(chatd_command("dialog:join", 2, dialog_id="bench"))
    yield from answer(2)


def measure(visitors: int, plan: Plan) -> Figures:
    """With so many who were there before."""
    load, data = Load(), scratch()
    try:
        tokens = visited(str(data), plan.of(visitors, 20), plan.of(RETURNING, 10))
        with started(CHATD, data=data) as running:
            cpu = running.cpu_seconds()
            received = sum(come_back(load, running, token) for token in tokens)
            cpu = running.cpu_seconds() - cpu
    finally:
        load.close()
        shutil.rmtree(data, ignore_errors=True)
    return {"cpu": cpu / len(tokens) * 1e6, "received": received / len(tokens) / 1e3}


def come_back(load: Load, running: Running, token: str) -> int:
    """One who comes and goes; the bytes that they were sent."""
    client = Client(running.port, Chatd.path)
    load.log_in([(client, back(client, token))])
    load.forget(client)
    return client.received


def visited(directory: str, visitors: int, tokens: int) -> list[str]:
    """Fills a data directory; the tokens of some of its visitors."""
    words = [sys.executable, "-m", "benchmarks.visiting", directory, str(visitors), str(tokens)]
    done = subprocess.run(words, cwd=HERE.parent, capture_output=True, text=True, timeout=80)
    if done.returncode:
        raise Broken(f"no visitors: {done.stderr[-300:]}")
    return done.stdout.split()[:tokens]


def run(plan: Plan) -> list[Row]:
    """The row."""
    figures = {
        count: rounds(plan, [("chatd", partial(measure, count, plan))])["chatd"]
        for count in (FEW, MANY)
    }
    grown = figures[MANY]["cpu"] / figures[FEW]["cpu"]
    verdict = at_most(f"{MANY:,} past visitors, CPU beside {FEW:,}", grown, TIMES, "×")
    raw = [
        (f"{count:,}", f"{own['cpu']:,.0f}", f"{own['received']:,.1f}")
        for count, own in figures.items()
    ]
    return [Row("Visitors who come back", [verdict], HEADER, raw, [NOTE])]
