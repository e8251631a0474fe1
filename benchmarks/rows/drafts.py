"""Live drafts: 50 people typing in one room; and one whom 500 watch, beside their messages."""

from __future__ import annotations

import json
import random
import time
from functools import partial

from benchmarks.dialects import Chatd, chatd_command
from benchmarks.measuring import Figures, Plan, Row, at_least, at_most, percentile, rounds
from benchmarks.rows import fanout
from benchmarks.servers import CHATD, TYPING, started
from benchmarks.sockets import Broken, Client, Load

PEOPLE = 50
KEYS = 8
HEADER = ("", "median, ms", "95 %, ms", "most, ms", "keys seen")
NOTE = (
    f"{PEOPLE} people in one room, each types {KEYS} keys a second; every key is an edit of its "
    f"own and must reach the {PEOPLE - 1} other screens. Measured from the scheduled moment of "
    "the key to the arrival at each screen; what is conflated on the way must still be there in "
    "the end: every screen's last text is compared."
)

WATCHED_HEADER = ("", "deliveries a second", "the server's CPU time for one, µs")
WATCHED_NOTE = (
    f"One room, {fanout.RECEIVERS} receivers, one sender with {fanout.WINDOW} unacknowledged "
    f"messages, or edits of a draft, of {fanout.SIZE} bytes. Drafts take the same way as messages, "
    "joined once a turn, but for the disk."
)


class Typist:
    """Somebody who types, and watches the others."""

    def __init__(self, client: Client, room: Room) -> None:
        self.client = client
        self.room = room
        self.typed = 0
        self.due: dict[int, float] = {}
        self.seen: dict[str, int] = {}
        self.name = f"bench {client.fd}"
        client.on_text = self.on_text

    def press(self, due: float) -> None:
        """One key."""
        self.typed += 1
        self.due[self.typed] = due
        self.client.send(
            chatd_command(
                "draft:edit", self.typed, dialog_id="bench", seq=self.typed, ops=[["i", "a"]]
            )
        )

    def on_text(self, payload: bytes) -> None:
        """What a screen is told."""
        if payload.startswith(b'{"event":"error"'):
            raise Broken(f"refused: {payload[:300]!r}")
        if payload.startswith(b'{"event":"draft:edit"'):
            data = json.loads(payload)["data"]
            self.seen[data["name"]] = self.room.saw(data, self.seen.get(data["name"], 0))


class Room:
    """Everybody, and how long every key took to every screen."""

    def __init__(self, clients: list[Client]) -> None:
        self.typists = [Typist(client, self) for client in clients]
        self.by_name = {one.name: one for one in self.typists}
        self.latencies: list[float] = []

    def saw(self, data: dict[str, object], before: int) -> int:
        """A draft moved on somebody's screen; up to which key it is complete now."""
        now, seq = time.perf_counter(), int(str(data["seq"]))
        if "reset" not in data and seq != before + 1:
            raise Broken(f"key {seq} after key {before}")
        if "reset" in data and data["reset"] != "a" * seq:
            raise Broken(f"key {seq} shows {data['reset']!r}")
        typist = self.by_name[str(data["name"])]
        self.latencies += [now - typist.due[key] for key in range(before + 1, seq + 1)]
        return seq

    def caught_up(self) -> bool:
        """Whether every screen shows everybody else's last key."""
        return all(
            screen.seen.get(other.name, 0) == other.typed
            for screen in self.typists
            for other in self.typists
            if other is not screen
        )


def measure(plan: Plan) -> Figures:
    """One run."""
    load, dice = Load(), random.Random(1)
    with started(CHATD) as running:
        new = (Client(running.port, Chatd.path) for _ in range(plan.of(PEOPLE, 2)))
        room = Room(load.log_in((one, Chatd().enter(one, "bench")) for one in new))
        began = time.perf_counter() + 0.1
        keys = sorted(
            (began + (number + dice.random()) / KEYS, typist.client.fd, typist)
            for typist in room.typists
            for number in range(int(plan.seconds * 2 * KEYS))
        )
        for due, _, typist in keys:
            while (wait := due - time.perf_counter()) > 0:
                load.turn(max(0.0, wait - 0.0012))
            typist.press(due)
        load.until(room.caught_up, 10, "the last keys")
        load.close()
    return {
        "median": percentile(room.latencies, 0.5) * 1e3,
        "p95": percentile(room.latencies, 0.95) * 1e3,
        "most": max(room.latencies) * 1e3,
        "keys": len(room.latencies),
    }


def watched(plan: Plan) -> Row:
    """Drafts to many, beside messages to many."""
    ways = [("drafts", TYPING), ("messages", CHATD)]
    found = rounds(plan, [(name, partial(fanout.measure, peer, plan)) for name, peer in ways])
    raw = [
        (name, f"{one['loaded']:,.0f}", f"{one['loaded, cpu']:,.0f}") for name, one in found.items()
    ]
    share = found["drafts"]["loaded"] / found["messages"]["loaded"]
    verdict = at_least("drafts against messages", share, 0.9)
    return Row("Drafts that many watch", [verdict], WATCHED_HEADER, raw, [WATCHED_NOTE])


def run(plan: Plan) -> list[Row]:
    """Both rows."""
    own = rounds(plan, [("chatd", partial(measure, plan))])["chatd"]
    verdict = at_most("95 % of keys", own["p95"], 50, "ms")
    shown = (f"{own[key]:.2f}" for key in ("median", "p95", "most"))
    return [
        Row("Live drafts", [verdict], HEADER, [("chatd", *shown, f"{own['keys']:,.0f}")], [NOTE]),
        watched(plan),
    ]
