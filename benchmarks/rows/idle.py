"""10,000 idle connections: what each weighs, and what the heartbeats cost."""

from __future__ import annotations

import time
from dataclasses import replace
from functools import partial

from benchmarks.measuring import Figures, Plan, Row, at_most, rounds
from benchmarks.servers import CHATD, CONFIG, PEERS, Peer, rooms, started
from benchmarks.sockets import Broken, Client, Load

CONNECTIONS = 10_000
PER_ROOM = 10
PING_S = 25.0
HEADER = ("server", "kB each", "CPU while idle")
NOTE = (
    f"{CONNECTIONS:,} connections in rooms of {PER_ROOM}; resident memory before and after. "
    f"chatd's connections have said hello and joined; it pings each every {PING_S:.0f} s (the "
    "default) and the load answers; the CPU time is that of one whole period. The others send no "
    "heartbeats."
)


def measure(peer: Peer, plan: Plan) -> Figures:
    """One server."""
    count = plan.of(CONNECTIONS, 2 * PER_ROOM)
    load, enter = Load(), peer.dialect.enter
    with started(peer, config=CONFIG + rooms(count // PER_ROOM)) as running:
        warm = [Client(running.port, peer.dialect.path) for _ in range(PER_ROOM)]
        load.log_in((one, enter(one, "r0")) for one in warm)
        before = running.memory()
        new = ((Client(running.port, peer.dialect.path), n) for n in range(count - PER_ROOM))
        load.log_in((one, enter(one, f"r{1 + n // PER_ROOM}")) for one, n in new)
        settle(load, 1.0)
        each = (running.memory() - before) / (count - PER_ROOM)
        cpu, seconds = running.cpu_seconds(), PING_S if peer is CHATD and plan.share == 1 else 2.0
        settle(load, seconds)
        share = (running.cpu_seconds() - cpu) / seconds
        if gone := sum(one.gone for one in load.clients.values()):
            raise Broken(f"{gone} idle connections were closed")
        load.close()
    return {"kB": each / 1000, "cpu": share}


def settle(load: Load, seconds: float) -> None:
    """Nothing but answering pings."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        load.turn(0.2)


def run(plan: Plan) -> list[Row]:
    """The row; memory repeats so well that one round is enough."""
    once = replace(plan, rounds=1)
    found = rounds(once, [(peer.name, partial(measure, peer, plan)) for peer in [CHATD, *PEERS]])
    own = found["chatd"]
    verdicts = [
        at_most("memory of a connection", own["kB"], 16, "kB"),
        at_most("heartbeats, of a core", own["cpu"] * 100, 5, "%"),
    ]
    raw = [(name, f"{one['kB']:.1f}", f"{one['cpu']:.1%}") for name, one in found.items()]
    return [Row("10,000 idle connections", verdicts, HEADER, raw, [NOTE, *found.lost])]
