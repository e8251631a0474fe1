"""Wears chatd out for a while, and writes SOAK.md: ``python -m benchmarks.soak --minutes 20``.

Rooms, tickets, drafts, reconnections, slow readers and attackers at once. It fails when a message
is lost or doubled, memory grows after the warm-up, or greenlets or descriptors are left over.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import statistics
import sys
import time
import urllib.request
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import report
from benchmarks.desk import make_operators, operator
from benchmarks.dialects import Chatd, chatd_command, take_answer
from benchmarks.prepare import CACHE
from benchmarks.servers import CHATD, CONFIG, HERE, LOAD_CORE, Running, launch, pin, rooms, scratch
from benchmarks.soaking import Customer, Member, SlowReader, Tally, attack
from benchmarks.sockets import Broken, Client, Load, Script

ROOMS, PER_ROOM = 10, 10
SAMPLE_S = 5.0
SETTINGS = """
[websocket]
outbox_bytes = 131072

[store]
checkpoint_seconds = 20.0

[log]
level = "warning"
"""
RATES = {"say": 100.0, "type": 100.0, "visit": 2.0, "reconnect": 5.0, "slow": 0.5, "attack": 5.0}
MEMORY_GROWTH = 1.10
SPARE = 3


@dataclass
class Sample:
    """How the daemon is at one moment."""

    at: float
    memory: int
    descriptors: int
    greenlets: int
    connections: int


class Soak:
    """The whole of it, on one epoll loop."""

    def __init__(self, running: Running, greenlets: Path) -> None:
        self.running, self.greenlets_file = running, greenlets
        self.port = running.port
        self.load, self.tally, self.dice = Load(), Tally(), random.Random(7)
        self.samples: list[Sample] = []
        self.members: list[Member] = []
        self.away: deque[Member] = deque()
        self.customers: list[Customer] = []
        self.slow: deque[SlowReader] = deque()
        self.attackers: deque[Any] = deque()
        self.operator = Client(self.port, Chatd.path)
        self.actions: dict[str, Callable[[], None]] = {
            "say": self._say,
            "type": self._type,
            "visit": self._visit,
            "reconnect": self._reconnect,
            "slow": self._slow,
            "attack": self._attack,
        }

    def enter(self) -> None:
        """Everybody who stays for the whole of it."""
        token = make_operators(self.running, 1)[0]
        self.load.log_in([(self.operator, operator(self.operator, token, ()))])
        for number in range(ROOMS * PER_ROOM):
            member = Member(self.port, self.load, f"r{number % ROOMS}", self.tally)
            member.come()
            self.members.append(member)
            self.load.until(lambda member=member: member.ready, 10, "a member")  # type: ignore[misc]

    def run(self, seconds: float) -> None:
        """Everything at its rate, at random moments."""
        began = time.monotonic()
        due = dict.fromkeys(RATES, began)
        sample_due = began
        while (now := time.monotonic()) < began + seconds:
            for name, rate in RATES.items():
                while due[name] <= now:
                    self.actions[name]()
                    due[name] += self.dice.expovariate(rate)
            if sample_due <= now:
                self.samples.append(self.sample(now - began))
                sample_due += SAMPLE_S
            self.load.turn(0.005)

    def _say(self) -> None:
        self.dice.choice(self.members).say("x" * self.dice.randrange(500))

    def _type(self) -> None:
        self.dice.choice(self.members).type()

    def _visit(self) -> None:
        for customer in [one for one in self.customers if one.done]:
            self.load.forget(customer.client)
            self.customers.remove(customer)
        if len(self.customers) < 50:
            self.customers.append(Customer(self.port, self.load, self.operator, self.tally))

    def _reconnect(self) -> None:
        if len(self.away) > 5:
            self.away.popleft().come()
        member = self.dice.choice(self.members)
        if member.ready:
            member.leave()
            self.away.append(member)

    def _slow(self) -> None:
        if len(self.slow) > 10:
            self.slow.popleft().leave()
        room = f"r{self.dice.randrange(ROOMS)}"
        self.slow.append(SlowReader(self.port, self.load, room, self.tally))

    def _attack(self) -> None:
        if len(self.attackers) > 20:
            self.attackers.popleft().close()
        self.attackers.append(attack(self.port, self.dice, self.tally))

    def sample(self, at: float) -> Sample:
        """Asks the daemon, and the kernel about it."""
        url = f"http://127.0.0.1:{self.port}/metrics"
        with urllib.request.urlopen(url, timeout=30) as answer:
            lines = answer.read().decode().splitlines()
        figures = dict(line.rsplit(" ", 1) for line in lines if not line.startswith("#"))
        return Sample(
            at=at,
            memory=self.running.memory(),
            descriptors=self.running.descriptors(),
            greenlets=self._greenlets(),
            connections=int(float(figures["chatd_connections"])),
        )

    def _greenlets(self) -> int:
        self.greenlets_file.unlink(missing_ok=True)
        self.running.process.send_signal(signal.SIGUSR2)
        deadline = time.monotonic() + 10
        while not self.greenlets_file.exists():
            if time.monotonic() > deadline:
                raise Broken("the daemon does not count its greenlets")
            time.sleep(0.001)
        return int(self.greenlets_file.read_text())

    def settle(self) -> None:
        """Everybody comes back, is answered, and has everything."""
        while self.away:
            self.away.popleft().come()
        members = self.members
        everything = lambda: all(one.ready and not one.unacknowledged for one in members)  # noqa: E731
        self.load.until(everything, 30, "the last acknowledgements")
        last = {room: max(one.seen or 0 for one in self._in(room)) for room in self._rooms()}
        self.load.until(
            lambda: all(one.seen == last[one.room] for one in members), 30, "all to see all"
        )

    def _rooms(self) -> list[str]:
        return [f"r{number}" for number in range(ROOMS)]

    def _in(self, room: str) -> list[Member]:
        return [one for one in self.members if one.room == room]

    def check_history(self) -> int:
        """What is stored is what was acknowledged, each once, in its place; how many there are."""
        for room in self._rooms():
            acknowledged: dict[int, str] = {}
            for member in self._in(room):
                if acknowledged.keys() & member.acknowledged.keys():
                    raise Broken(f"{room}: two messages have one number")
                acknowledged |= member.acknowledged
            stored = self._history(room)
            if stored != acknowledged:
                raise Broken(f"{room}: {len(acknowledged)} acknowledged, {len(stored)} stored")
        return sum(len(one.acknowledged) for one in self.members)

    def _history(self, room: str) -> dict[int, str]:
        found: dict[int, str] = {}
        reader = Client(self.port, Chatd.path)

        def script() -> Script:
            yield from Chatd().enter(reader, room)
            more, after = True, 0
            while more:
                number, told = next(self.tally.numbers), {}
                page = {"dialog_id": room, "after_seq": after, "limit": 200}
                reader.send(chatd_command("history:get", number, **page))
                yield from take_answer(number, told)
                found.update({one["seq"]: one["content"] for one in told["messages"]})
                more, after = told["more"], max(found, default=0)

        self.load.log_in([(reader, script())])
        self.load.forget(reader)
        return found

    def leave(self) -> None:
        """Everybody goes."""
        for attacker in self.attackers:
            attacker.close()
        for reader in self.slow:
            reader.leave()
        self.load.close()


def verdicts(soak: Soak, before: Sample, after: Sample) -> list[tuple[str, str, str, bool]]:
    """What was asked for and what was found."""
    quarter = max(1, len(soak.samples) // 4)
    early = statistics.median(one.memory for one in soak.samples[quarter : 2 * quarter])
    late = statistics.median(one.memory for one in soak.samples[-quarter:])
    greenlets, descriptors = (
        after.greenlets - before.greenlets,
        after.descriptors - before.descriptors,
    )
    return [
        (
            "memory, last quarter to second quarter",
            f"{late / early:.3f} × ({early / 1e6:.1f} to {late / 1e6:.1f} MB)",
            f"at most {MEMORY_GROWTH} ×",
            late / early <= MEMORY_GROWTH,
        ),
        ("greenlets left over", str(greenlets), f"at most {SPARE}", greenlets <= SPARE),
        ("descriptors left over", str(descriptors), f"at most {SPARE}", descriptors <= SPARE),
        ("connections left over", str(after.connections), "0", after.connections == 0),
    ]


def wait_until_empty(soak: Soak, seconds: float) -> Sample:
    """The daemon when everybody has gone; half-open requests have a deadline of their own."""
    deadline = time.monotonic() + seconds
    while True:
        sample = soak.sample(0.0)
        if sample.connections == 0 and sample.descriptors <= soak.samples[0].descriptors - 90:
            return sample
        if time.monotonic() > deadline:
            return sample
        time.sleep(1.0)


def soaked(minutes: float) -> tuple[str, bool]:
    """Runs it; the report, and whether all is well."""
    directory = scratch()
    greenlets = directory / "greenlets"
    os.environ["GREENLETS_FILE"] = str(greenlets)
    config = CONFIG + SETTINGS + rooms(ROOMS)
    running = launch(CHATD, directory, directory / "data", config, "benchmarks.counted")
    soak = Soak(running, greenlets)
    try:
        before = soak.sample(0.0)
        soak.enter()
        soak.run(minutes * 60)
        soak.settle()
        stored = soak.check_history()
        soak.leave()
        after = wait_until_empty(soak, 60)
        status = running.stop()
        log = (directory / "stderr").read_text()
    finally:
        if running.process.poll() is None:
            running.process.kill()
            keep = CACHE / "soak-stderr"
            shutil.copy(directory / "stderr", keep)
        shutil.rmtree(directory, ignore_errors=True)
    found = verdicts(soak, before, after)
    found.append(("messages lost, doubled or out of order", f"0 of {stored:,}", "0", True))
    found.append(("exit status after SIGTERM", str(status), "0", status == 0))
    incidents = log.count("incident ") + log.count("Traceback")
    found.append(("faults in the daemon's log", str(incidents), "0", incidents == 0))
    if incidents:
        (CACHE / "soak-stderr").write_text(log)
    return document(soak, minutes, found), all(one[3] for one in found)


def document(soak: Soak, minutes: float, found: list[tuple[str, str, str, bool]]) -> str:
    """SOAK.md."""
    judged = [(a, b, c, "yes" if ok else "**no**") for a, b, c, ok in found]
    shown = soak.samples[:: max(1, len(soak.samples) // 20)]
    rows = [
        (
            f"{one.at / 60:.1f}",
            f"{one.memory / 1e6:.1f}",
            str(one.connections),
            str(one.greenlets),
            str(one.descriptors),
        )
        for one in shown
    ]
    did = ", ".join(f"{count:,} {name}" for name, count in sorted(soak.tally.counts.items()))
    parts = [
        "# Soak",
        f"Written by `make soak`: {minutes:g} minutes, {time.strftime('%Y-%m-%d')}.",
        f"- {report.machine()}\n{report.versions()}",
        f"{ROOMS} rooms of {PER_ROOM} members; {did}.",
        report.table(("what", "found", "allowed", "well"), judged),
        report.table(("minute", "memory, MB", "connections", "greenlets", "descriptors"), rows),
    ]
    return "\n\n".join(parts) + "\n"


def main() -> int:
    """Exit status 1 when something is not well."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=20.0)
    parser.add_argument("--print", action="store_true", help="print instead of writing SOAK.md")
    options = parser.parse_args()
    CACHE.mkdir(exist_ok=True)
    pin(LOAD_CORE)
    text, well = soaked(options.minutes)
    if options.print:
        print(text)
    else:
        (HERE / "SOAK.md").write_text(text)
    print(json.dumps({"well": well}))
    return 0 if well else 1


if __name__ == "__main__":
    sys.exit(main())
