"""The terminal client: from a key on one terminal to the letter on another; how it starts."""

from __future__ import annotations

import contextlib
import fcntl
import multiprocessing
import os
import pty
import random
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from functools import partial

from benchmarks.dialects import Chatd, chatd_command
from benchmarks.measuring import Figures, Plan, Row, at_most, percentile, rounds
from benchmarks.servers import CHATD, started
from benchmarks.sockets import Broken, Client, Load

PEOPLE = 50
KEYS = 8
ROWS, COLUMNS = 120, 120
LETTERS = [chr(0x10D0 + number) for number in range(33)]
CONNECTED = "на связи".encode()
CLEAR = b"\x15"
HEADER = ("typing in the room", "median, ms", "95 %, ms", "most, ms", "started in, s")
NOTE = (
    "Two real clients, each in a terminal of its own; the key is written to one terminal and timed "
    "until the letter comes out of the other. The others in the full room are bare connections; "
    f"each of them types {KEYS} keys a second. Started: from the command to the room on the screen."
)


class Terminal:
    """``chatd chat`` at a pseudo-terminal."""

    def __init__(self, port: int, name: str) -> None:
        self.began = time.perf_counter()
        self.keys, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        command = ("chat", "bench", "--name", name, "--url", f"http://127.0.0.1:{port}")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "chatd", *command, "--language", "ru"],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
            preexec_fn=anywhere,
            env={**os.environ, "TERM": "xterm-256color", "LC_ALL": "C.UTF-8"},
        )
        os.close(theirs)
        self.shown = b""

    def press(self, key: bytes) -> float:
        """A key; when. What was shown before is forgotten."""
        self.shown = b""
        os.write(self.keys, key)
        return time.perf_counter()

    def read(self) -> None:
        """What has come out, of which the end is kept."""
        with contextlib.suppress(OSError):
            self.shown = (self.shown + os.read(self.keys, 65536))[-500_000:]

    def close(self) -> None:
        """Ends it."""
        self.process.kill()
        self.process.wait()
        os.close(self.keys)


def anywhere() -> None:
    """Runs on every core, not only where the load does."""
    os.sched_setaffinity(0, range(os.cpu_count() or 1))


def shown(terminals: list[Terminal], where: Terminal, what: bytes, seconds: float = 20.0) -> float:
    """The moment when this has come out of one of the terminals; all of them are read."""
    deadline = time.perf_counter() + seconds
    while what not in where.shown:
        if time.perf_counter() > deadline or where.process.poll() is not None:
            raise Broken(f"{what!r} was not shown: {where.shown[-300:]!r}")
        ready, _, _ = select.select([one.keys for one in terminals], [], [], 0.1)
        for one in terminals:
            if one.keys in ready:
                one.read()
    return time.perf_counter()


@contextlib.contextmanager
def two(port: int) -> Iterator[tuple[list[Terminal], float]]:
    """Two terminals in the room, and how long the first one took alone."""
    first = Terminal(port, "first")
    try:
        started_s = shown([first], first, CONNECTED) - first.began
        second = Terminal(port, "second")
        try:
            shown([first, second], second, CONNECTED)
            shown([first, second], first, b"second")
            yield [first, second], started_s
        finally:
            second.close()
    finally:
        first.close()


def crowd(port: int, people: int) -> None:
    """People who type without end; runs in a process of its own."""
    load, dice = Load(), random.Random(1)
    new = (Client(port, Chatd.path) for _ in range(people))
    clients = load.log_in((one, Chatd().enter(one, "bench")) for one in new)
    typed, due = 0, time.perf_counter()
    while True:
        due += dice.expovariate(KEYS * people)
        while (wait := due - time.perf_counter()) > 0:
            load.turn(wait)
        typed += 1
        ops = [["i", "a"]] if typed // people % 40 else [["e", 40]]
        seq = 1 + (typed - 1) // people
        edit = {"dialog_id": "bench", "seq": seq, "ops": ops}
        clients[(typed - 1) % people].send(chatd_command("draft:edit", typed, **edit))


@contextlib.contextmanager
def crowded(port: int, people: int) -> Iterator[None]:
    """While these type."""
    if not people:
        yield
        return
    process = multiprocessing.get_context("fork").Process(target=crowd, args=(port, people))
    process.start()
    try:
        yield
    finally:
        process.kill()
        process.join()


def measure(people: int, plan: Plan) -> Figures:
    """One run: keys from one terminal to the other and back."""
    latencies: list[float] = []
    with (
        started(CHATD) as running,
        two(running.port) as (terminals, started_s),
        crowded(running.port, people),
    ):
        settle(terminals, people)
        for number in range(int(plan.seconds * 2 * KEYS)):
            there = terminals[number // len(LETTERS) % 2]
            here = terminals[1 - number // len(LETTERS) % 2]
            if number % len(LETTERS) == 0:
                there.press(CLEAR)
                pause(terminals, 0.3)
            letter = LETTERS[number % len(LETTERS)].encode()
            here.shown = b""
            pressed = there.press(letter)
            latencies.append(shown(terminals, here, letter) - pressed)
            pause(terminals, random.Random(number).uniform(0.5, 1.5) / KEYS)
    return {
        "median": percentile(latencies, 0.5) * 1e3,
        "p95": percentile(latencies, 0.95) * 1e3,
        "most": max(latencies) * 1e3,
        "started": started_s,
    }


def settle(terminals: list[Terminal], people: int) -> None:
    """Until everybody is there and types."""
    count = f"Люди · {people + 2}".encode()
    if people:
        shown(terminals, terminals[0], count[-len(str(people + 2)) :])
        pause(terminals, 2.0)


def pause(terminals: list[Terminal], seconds: float) -> None:
    """Reads on for a while, so that nobody waits for a full terminal."""
    deadline = time.perf_counter() + seconds
    while (left := deadline - time.perf_counter()) > 0:
        ready, _, _ = select.select([one.keys for one in terminals], [], [], left)
        for one in terminals:
            if one.keys in ready:
                one.read()


def run(plan: Plan) -> list[Row]:
    """The row."""
    crowd_size = plan.of(PEOPLE - 2, 2)
    raw, verdicts = [], []
    for typing, others in ((2, 0), (crowd_size + 2, crowd_size)):
        own = rounds(plan, [("chatd", partial(measure, others, plan))])["chatd"]
        verdicts.append(at_most(f"median, {typing} people", own["median"], 100, "ms"))
        figures = (f"{own[key]:.1f}" for key in ("median", "p95", "most"))
        raw.append((f"{typing} people", *figures, f"{own['started']:.2f}"))
        if not others:
            verdicts.append(at_most("started in", own["started"], 1, "s"))
    return [Row("From key to screen, in terminals", verdicts, HEADER, raw, [NOTE])]
