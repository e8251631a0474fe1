"""The mixed load of the soak, and looks at the daemon meanwhile."""

from __future__ import annotations

import random
import signal
import socket
import time
import urllib.request
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.dialects import Chatd, chatd_command, take_answer
from benchmarks.operators import make_operators, operator
from benchmarks.servers import Running
from benchmarks.soaking import Customer, Member, SlowReader, Tally, attack
from benchmarks.sockets import Broken, Client, Load, Script

ROOMS, PER_ROOM = 10, 10
SAMPLE_S = 5.0
RATES = {"say": 100.0, "type": 100.0, "visit": 2.0, "reconnect": 5.0, "slow": 0.5, "attack": 5.0}


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
        self.attackers: deque[socket.socket] = deque()
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
        last = {room: self._last(room) for room in self._rooms()}
        self.load.until(
            lambda: all((one.seen or 0) >= last[one.room] for one in members), 30, "all to see all"
        )

    def _last(self, room: str) -> int:
        """The newest message that anybody was told is stored."""
        return max((max(one.acknowledged, default=0) for one in self._in(room)), default=0)

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
        """Everybody goes; may be said twice."""
        for attacker in self.attackers:
            attacker.close()
        for reader in self.slow:
            reader.leave()
        self.load.close()
