"""Messages over one, two and four nodes on PostgreSQL, beside one process on files: what each costs
at the same traffic per node, how late it is on another node's screens, how many there may be."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from functools import partial

from benchmarks.dialects import Chatd, chatd_command
from benchmarks.measuring import Figures, Found, Plan, Row, Verdict, at_most, percentile, rounds
from benchmarks.rows.durable import Sender, complete, drive
from benchmarks.servers import Running, rooms
from benchmarks.several import ALONE, ON_FILES, Nodes, nodes
from benchmarks.sockets import Broken, Client, Load

ROOMS, FOLLOWERS = 10, 10  # of each node
RATE = 50  # messages a second of each node
BUSY = 500  # messages a second of two nodes together, while somebody types
ON_BOTH = 2  # people of a room then, one at either node: ten fill a core, and a queue is late
KEYS = 20
SENDERS = 25  # of each node, each of whom waits for its acknowledgement
GROWS = 1.18
WROTE = re.compile(rb'"content":"([0-9.]+) ')
TYPED = re.compile(rb'"i","([0-9.]+) ')
HOWS: dict[str, int | str] = {
    "chatd": ON_FILES,
    "chatd on PostgreSQL": ALONE,
    "1 node": 1,
    "2 nodes": 2,
    "4 nodes": 4,
}
HEADER = (
    "chatd",
    "its CPU for a delivery, µs",
    "PostgreSQL's, µs",
    "late on another node, median ms",
    "99 %, ms",
    "durable messages a second",
    "its CPU for one, µs",
)
NOTE = (
    f"For each node {ROOMS} rooms of {FOLLOWERS} people, who are spread over all nodes, and {RATE} "
    "messages of 200 bytes a second, sent evenly; CPU time is that of all nodes together, their "
    "idle work with it, for each message on each screen. Late: from sending to arriving at those "
    "who are on another node than the sender (where there is one node: on that). Durable "
    f"messages: {SENDERS} senders at each node, each in a room of their own, one message "
    "outstanding on each. "
    "All nodes and PostgreSQL share one core: so the rate does not grow with them here, and what "
    "a message costs is what counts. “1 node” is one that is ready for others."
)
NOTE_BUSY = (
    f"Two nodes, {BUSY} messages a second over {2 * ROOMS} rooms with one sender and {ON_BOTH} "
    f"people each, one on either node; in another room somebody types {KEYS} keys a "
    "second whom somebody at the other node watches."
)


class Screens:
    """Who sees what, and how late: of those that are on another node than who wrote it."""

    def __init__(self) -> None:
        self.seen = 0
        self.late: list[float] = []

    def watch(self, client: Client, pattern: re.Pattern[bytes], counts: bool) -> None:
        """Times what comes to a client; ``counts``: it is another node's."""

        def on_text(payload: bytes) -> None:
            if found := pattern.search(payload):
                self.seen += 1
                if counts:
                    self.late.append(time.perf_counter() - float(found[1]))

        client.on_text = on_text

    def clear(self) -> None:
        """From here on."""
        self.seen, self.late = 0, []


class Talk:
    """Rooms whose people are spread over nodes, in each of which one speaks."""

    def __init__(self, load: Load, serving: Nodes, followers: int) -> None:
        self.load, self.screens = load, Screens()
        each = serving.each
        self.senders: list[Client] = []
        self.sent = self.answered = 0
        for number in range(ROOMS * len(each)):
            home = each[number % len(each)]
            for place in range(followers):
                there = each[(number + place) % len(each)]
                client = enter(load, there, f"r{number}")
                self.screens.watch(client, WROTE, there is not home or len(each) == 1)
            sender = enter(load, home, f"r{number}", follow=False)
            sender.on_text = self._on_answer
            self.senders.append(sender)
        self.followers = followers

    def _on_answer(self, payload: bytes) -> None:
        self.answered += Chatd().acknowledged(payload)

    def speak(self) -> None:
        """The next one says something."""
        number = self.sent % len(self.senders)
        said = f"{time.perf_counter():.6f} ".ljust(200, "x")
        self.senders[number].send(Chatd().speak(f"r{number}", self.sent, said))
        self.sent += 1

    def go_on(self, rate: float, seconds: float) -> None:
        """So many messages a second, evenly, until all have reached everybody."""
        first, before = self.sent, self.screens.seen
        run_at(self.load, rate, seconds, self.speak)
        wanted = before + (self.sent - first) * self.followers
        self.load.until(lambda: self.has(wanted), 60, "the last messages")
        if self.screens.seen > wanted:
            raise Broken(f"{self.screens.seen} deliveries of {wanted}")

    def has(self, wanted: int) -> bool:
        """Whether everything is there, and answered."""
        return self.screens.seen >= wanted and self.answered == self.sent


def run_at(load: Load, rate: float, seconds: float, *acts: Callable[[], None]) -> None:
    """Does each so many times a second, and serves the load meanwhile."""
    began = time.perf_counter()
    for number in range(int(rate * seconds)):
        while (left := began + number / rate - time.perf_counter()) > 0:
            load.turn(left)
        for act in acts:
            act()
        load.turn()


def enter(load: Load, running: Running, room: str, *, follow: bool = True) -> Client:
    """Somebody at a node, in a room."""
    client = Client(running.port, Chatd.path)
    load.log_in([(client, Chatd().enter(client, room, follow=follow))])
    return client


def measure(how: int | str, plan: Plan) -> Figures:
    """So many nodes, or one process."""
    many = how if isinstance(how, int) else 1
    with nodes(how, rooms(many * (ROOMS + SENDERS))) as serving:
        return deliver(serving, plan) | store(serving, plan)


def deliver(serving: Nodes, plan: Plan) -> Figures:
    """What a delivery costs, and how late it is."""
    load = Load()
    talk = Talk(load, serving, plan.of(FOLLOWERS, 4))
    rate = RATE * len(serving.each)
    talk.go_on(rate, plan.seconds / 4)
    talk.screens.clear()
    cpu, database = serving.cpu_seconds(), serving.database_seconds()
    talk.go_on(rate, plan.seconds)
    seen = talk.screens.seen
    load.close()
    return {
        "delivery": (serving.cpu_seconds() - cpu) / seen * 1e6,
        "database": (serving.database_seconds() - database) / seen * 1e6,
        "median": percentile(talk.screens.late, 0.5) * 1e3,
        "p99": percentile(talk.screens.late, 0.99) * 1e3,
    }


def store(serving: Nodes, plan: Plan) -> Figures:
    """How many durable messages a second, and what one costs."""
    load, senders, many = Load(), list[Sender](), len(serving.each)
    for number in range(ROOMS * many, (ROOMS + plan.of(SENDERS, 2)) * many):
        client = enter(load, serving.each[number % many], f"r{number}")
        senders.append(Sender(client, f"r{number}"))
    for sender in senders:
        sender.send()
    drive(load, plan.seconds / 4)
    done, cpu, began = acknowledged(senders), serving.cpu_seconds(), time.perf_counter()
    drive(load, plan.seconds)
    done, cpu = acknowledged(senders) - done, serving.cpu_seconds() - cpu
    took = time.perf_counter() - began
    for sender in senders:
        sender.sending = False
    load.until(lambda: all(complete(one) for one in senders), 60, "the last announcements")
    load.close()
    return {"rate": done / took, "cpu": cpu / max(1, done) * 1e6}


def acknowledged(senders: list[Sender]) -> int:
    """How many of their messages."""
    return sum(one.acknowledged for one in senders)


def measure_busy(plan: Plan) -> Figures:
    """Two busy nodes."""
    with nodes(2, rooms(3 * ROOMS)) as serving:
        return be_busy(serving, plan)


def be_busy(serving: Nodes, plan: Plan) -> Figures:
    """How late messages and drafts are on the other one."""
    load = Load()
    talk, drafts = Talk(load, serving, ON_BOTH), Screens()
    here, there = (enter(load, one, f"r{3 * ROOMS - 1}") for one in serving.each)
    drafts.watch(there, TYPED, True)
    typed = iter(range(1, 1_000_000))
    every = max(1, round(plan.of(BUSY) / KEYS))

    def act() -> None:
        talk.speak()
        if talk.sent % every == 0:
            ops = [["e", 8_000], ["i", f"{time.perf_counter():.6f} x"]]
            seq = next(typed)
            keys = {"dialog_id": f"r{3 * ROOMS - 1}", "seq": seq, "ops": ops}
            here.send(chatd_command("draft:edit", seq, **keys))

    run_at(load, plan.of(BUSY), plan.seconds, act)
    wanted = talk.sent * talk.followers
    load.until(lambda: talk.has(wanted) and bool(drafts.late), 60, "the last messages")
    load.close()
    return {
        "median": percentile(talk.screens.late, 0.5) * 1e3,
        "p99": percentile(talk.screens.late, 0.99) * 1e3,
        "draft": percentile(drafts.late, 0.95) * 1e3,
    }


def run(plan: Plan) -> list[Row]:
    """Both rows."""
    found = rounds(plan, [(name, partial(measure, how, plan)) for name, how in HOWS.items()])
    busy = rounds(plan, [("chatd", partial(measure_busy, plan))])
    late = busy["chatd"]
    verdicts = [
        at_most("messages on the other node, median", late["median"], 3, "ms"),
        at_most("99 %", late["p99"], 25, "ms"),
        at_most("drafts on the other node, 95 %", late["draft"], 50, "ms"),
    ]
    raw = [("2 nodes", *(f"{late[key]:.2f}" for key in ("median", "p99", "draft")))]
    header = ("", "messages, median ms", "99 %, ms", "drafts, 95 %, ms")
    return [
        Row("Nodes on PostgreSQL", grown(found), HEADER, table(found), [NOTE, *found.lost]),
        Row("Two busy nodes", verdicts, header, raw, [NOTE_BUSY, *busy.lost]),
    ]


def grown(found: Found) -> list[Verdict]:
    """What a delivery costs on more nodes, as a multiple of on one."""
    return [
        at_most(
            f"CPU of a delivery on {name}, of that on one",
            found[name]["delivery"] / found["1 node"]["delivery"],
            GROWS,
            "×",
        )
        for name in ("2 nodes", "4 nodes")
        if name in found and "1 node" in found
    ]


def table(found: Found) -> list[tuple[str, ...]]:
    """The raw figures."""
    return [
        (
            name,
            f"{one['delivery']:.1f}",
            f"{one['database']:.1f}",
            f"{one['median']:.2f}",
            f"{one['p99']:.2f}",
            f"{one['rate']:,.0f}",
            f"{one['cpu']:.0f}",
        )
        for name, one in found.items()
    ]
