"""chatd over Socket.IO beside those who speak nothing else, and beside its own WebSocket: one room
with 500 receivers, and what an idle connection weighs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from benchmarks.dialects import ChatdSocketIO
from benchmarks.measuring import OWN, Figures, Found, Plan, Row, against, at_most, rounds
from benchmarks.rows import fanout, idle
from benchmarks.servers import CHATD, CONFIG, PEERS, Peer

SOCKETIO = Peer(OWN, (), ChatdSocketIO())
RAW = replace(CHATD, name="chatd, its own WebSocket")
RIVALS = tuple(peer for peer in PEERS if peer.name in ("socket.io", "python-socketio"))
CONNECTIONS_SHARE = 0.3
# As the others are started: a ping that one receiver has had and another has not would be counted.
QUIET = f"{CONFIG}\n[websocket]\nping_seconds = 600\nidle_seconds = 1200\n"
WAYS = ("loaded", "single")
HEADER = (
    *("server", "under load", "chatd is", "its CPU time for a message, µs"),
    *("one at a time", "chatd is", "its CPU time for a message, µs", "kB each"),
)
NOTE = (
    f"One room, {fanout.RECEIVERS} receivers, as above: deliveries a second with {fanout.WINDOW} "
    "unacknowledged messages, and one message at a time; then what an idle connection weighs, of "
    "{count:,}. All over WebSocket. chatd stores every message durably and delivers the whole of "
    "it, the others store nothing and deliver the text alone. One at a time a durable message's "
    "wait for the disk is in chatd's figures."
)


def measure(peer: Peer, plan: Plan) -> Figures:
    """One server's deliveries."""
    return fanout.measure(peer, plan, config=QUIET)


def run(plan: Plan) -> list[Row]:
    """The row; memory repeats so well that one round is enough."""
    everybody = [SOCKETIO, RAW, *RIVALS]
    found = rounds(plan, [(peer.name, partial(measure, peer, plan)) for peer in everybody])
    small = replace(plan, rounds=1, share=plan.share * CONNECTIONS_SHARE)
    weighed = rounds(small, [(one.name, partial(idle.measure, one, small)) for one in everybody])
    verdicts = [
        against("under load, against Node's", found, ["socket.io"], "loaded", 10),
        against("under load, against python-socketio", found, ["python-socketio"], "loaded", 10),
        against("under load, against its own WebSocket", found, [RAW.name], "loaded", 0.9),
        against("one at a time, against its own WebSocket", found, [RAW.name], "single", 0.9),
        at_most("memory of a connection", weighed[OWN]["kB"], 20, "kB"),
    ]
    note = NOTE.format(count=small.of(idle.CONNECTIONS))
    notes = [note, *found.lost, *weighed.lost]
    return [Row("Socket.IO", verdicts, HEADER, table(found, weighed), notes)]


def table(found: Found, weighed: Found) -> list[Sequence[str]]:
    """The raw figures, and chatd's share of each."""
    own = found[OWN]
    return [
        (
            name,
            *(word for which in WAYS for word in words(figures, own, which)),
            f"{weighed[name]['kB']:.1f}" if name in weighed else "",
        )
        for name, figures in found.items()
    ]


def words(figures: Figures, own: Figures, which: str) -> tuple[str, str, str]:
    """Deliveries a second, chatd's share of them, and what a message costs."""
    share = f"{own[which] / figures[which]:.2f} ×"
    return f"{figures[which]:,.0f}", share, f"{figures[f'{which}, cpu']:,.0f}"
