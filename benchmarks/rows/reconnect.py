"""5,000 clients that come back at once and resume."""

from __future__ import annotations

import time
from collections.abc import Iterator
from functools import partial
from typing import Any

from benchmarks.dialects import Chatd, answer, chatd_command, take_answer
from benchmarks.measuring import Figures, Plan, Row, against, rounds
from benchmarks.servers import CHATD, CONFIG, PEERS, PYTHON_PEERS, Peer, Running, rooms, started
from benchmarks.sockets import Broken, Client, Load, Script

CLIENTS = 5_000
SEEN, MISSED = 5, 10
AT_ONCE = 500
ROOMS = 500
HEADER = ("server", "connections a second", "chatd is")
NOTE = (
    f"{CLIENTS:,} clients, {AT_ONCE} of them at any moment on their way in. chatd: upgrade, hello "
    f"with the token of last time, join of one of {ROOMS} rooms after the last message seen; each "
    f"must get exactly the {MISSED} messages that it missed, and who is there is told of who "
    "comes. The others: upgrade, the room's name, its echo."
)


def newcomer(client: Client, tokens: list[str]) -> Script:
    """Comes for the first time; keeps its token."""
    client.send(chatd_command("hello", 1, name=f"client {client.fd}"))
    told: dict[str, Any] = {}
    yield from take_answer(1, told)
    tokens.append(told["token"])


def resume(client: Client, token: str, room: str, seen: int) -> Script:
    """Comes back: the very messages that it missed, in order."""
    client.send(chatd_command("hello", 1, token=token))
    yield from answer(1)
    client.send(chatd_command("dialog:join", 2, dialog_id=room, after_seq=seen))
    told: dict[str, Any] = {}
    yield from take_answer(2, told)
    got = [message["seq"] for message in told["messages"]]
    if got != list(range(seen + 1, seen + MISSED + 1)):
        raise Broken(f"a client that has seen {seen} is given {got}")


def say(running: Running, count: int, first: int) -> None:
    """Messages in every room, numbered from ``first``."""
    load, client = Load(), Client(running.port, Chatd.path)

    def script() -> Script:
        yield from Chatd().enter(client, "r0", follow=False)
        for number in range(first, first + count):
            for room in range(ROOMS):
                client.send(Chatd().speak(f"r{room}", number * ROOMS + room, f"message {number}"))
                yield from answer(number * ROOMS + room)

    load.log_in([(client, script())])
    load.close()


def measure(peer: Peer, plan: Plan) -> Figures:
    """One server."""
    count = plan.of(CLIENTS)
    with started(peer, config=CONFIG + rooms(ROOMS)) as running:
        scripts = chatd_scripts(running, count) if peer is CHATD else bare_scripts(running, count)
        load, began = Load(), time.perf_counter()
        ready = load.log_in(scripts, AT_ONCE)
        took = time.perf_counter() - began
        if len(ready) != count:
            raise Broken(f"{count - len(ready)} did not come back")
        load.close()
    return {"rate": count / took}


def chatd_scripts(running: Running, count: int) -> Iterator[tuple[Client, Script]]:
    """Everybody has been here before, and has missed something since."""
    load, tokens = Load(), []
    clients = (Client(running.port, Chatd.path) for _ in range(count))
    load.log_in((one, newcomer(one, tokens)) for one in clients)
    load.close()
    say(running, SEEN + MISSED, first=1)
    new = (Client(running.port, Chatd.path) for _ in range(count))
    return (
        (one, resume(one, token, f"r{number % ROOMS}", SEEN))
        for number, (one, token) in enumerate(zip(new, tokens, strict=False))
    )


def bare_scripts(running: Running, count: int) -> Iterator[tuple[Client, Script]]:
    """A room of ten for each ten."""
    dialect = running.peer.dialect
    new = ((Client(running.port, dialect.path), n) for n in range(count))
    return ((one, dialect.enter(one, f"room-{n // 10}")) for one, n in new)


def run(plan: Plan) -> list[Row]:
    """The row."""
    found = rounds(plan, [(peer.name, partial(measure, peer, plan)) for peer in [CHATD, *PEERS]])
    own = found["chatd"]["rate"]
    verdict = against("against the best Python server", found, PYTHON_PEERS, "rate", 1 / 1.5)
    raw = [
        (name, f"{figures['rate']:,.0f}", f"{own / figures['rate']:.2f} ×")
        for name, figures in found.items()
    ]
    return [Row("5,000 clients reconnecting at once", [verdict], HEADER, raw, [NOTE, *found.lost])]
