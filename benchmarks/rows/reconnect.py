"""5,000 clients that come back at once and resume."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any

from benchmarks.dialects import Chatd, answer, chatd_command, take_answer
from benchmarks.measuring import Figures, Plan, Row, against, core_share, rounds
from benchmarks.servers import (
    CHATD,
    CONFIG,
    EXCHANGES,
    PEERS,
    PYTHON_PEERS,
    Peer,
    Running,
    rooms,
    started,
)
from benchmarks.sockets import Broken, Client, Load, Script

CLIENTS = 5_000
SEEN, MISSED = 5, 10
AT_ONCE = 500
ROOMS = 500
APART = replace(CHATD, name="chatd, in two exchanges")
HEADER = (
    "server",
    "connections a second",
    "chatd is",
    "its CPU time for a connection, µs",
    "load's core busy",
)
NOTE = (
    f"{CLIENTS:,} clients, {AT_ONCE} of them at any moment on their way in. chatd: upgrade, hello "
    f"with the token of last time and in it the join of one of {ROOMS} rooms after the last "
    f"message and change seen; each must get exactly the {MISSED} messages that it missed, and who "
    "is there is told of who comes. “In two exchanges”: hello, and then the join, as clients "
    "resumed before there was a change to resume by. The others: upgrade, the room's name, its "
    "echo. “Exchanges alone” is a greenlet for each connection that reads and sends what chatd "
    "does, but prepared bytes, and does nothing else; picows is called from Python and is itself "
    "compiled."
)


def newcomer(client: Client, tokens: list[str]) -> Script:
    """Comes for the first time; keeps its token."""
    client.send(chatd_command("hello", 1, name=f"client {client.fd}"))
    told: dict[str, Any] = {}
    yield from take_answer(1, told)
    tokens.append(told["token"])


def resume(client: Client, token: str, room: str, seen: int) -> Script:
    """Comes back in one exchange: the very messages that it missed, in order."""
    known = {"dialog_id": room, "after_seq": seen, "after_rev": seen}
    client.send(chatd_command("hello", 1, token=token, join=[known]))
    told: dict[str, Any] = {}
    yield from take_answer(1, told)
    check(told["joined"][0], seen)


def resume_apart(client: Client, token: str, room: str, seen: int) -> Script:
    """Comes back in two."""
    client.send(chatd_command("hello", 1, token=token))
    yield from answer(1)
    client.send(chatd_command("dialog:join", 2, dialog_id=room, after_seq=seen))
    told: dict[str, Any] = {}
    yield from take_answer(2, told)
    check(told, seen)


def check(told: dict[str, Any], seen: int) -> None:
    """Whether that is what was missed."""
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
            left = ROOMS
            while left:
                left -= Chatd().acknowledged((yield))

    load.log_in([(client, script())])
    load.close()


def measure(peer: Peer, plan: Plan) -> Figures:
    """One server."""
    count = plan.of(CLIENTS)
    with started(peer, config=CONFIG + rooms(ROOMS)) as running:
        scripts = SCRIPTS.get(peer, bare_scripts)(running, count)
        load, cpu = Load(), running.cpu_seconds()
        rate, share = core_share(lambda: come_back(load, scripts, count))
        cost = (running.cpu_seconds() - cpu) / count * 1e6
        load.close()
    return {"rate": rate, "cpu": cost, "load": share}


def come_back(load: Load, scripts: Iterator[tuple[Client, Script]], count: int) -> float:
    """Connections a second."""
    began = time.perf_counter()
    ready = load.log_in(scripts, AT_ONCE)
    if len(ready) != count:
        raise Broken(f"{count - len(ready)} did not come back")
    return count / (time.perf_counter() - began)


def chatd_scripts(running: Running, count: int) -> Iterator[tuple[Client, Script]]:
    """Everybody has been here before, and has missed something since."""
    load, tokens = Load(), []
    clients = (Client(running.port, Chatd.path) for _ in range(count))
    load.log_in((one, newcomer(one, tokens)) for one in clients)
    load.close()
    say(running, SEEN + MISSED, first=1)
    return comebacks(running, tokens, resume_apart if running.peer is APART else resume)


def prepared_scripts(running: Running, count: int) -> Iterator[tuple[Client, Script]]:
    """The same, to a server that knows nobody."""
    return comebacks(running, ["t" * 43] * count, resume)


def comebacks(
    running: Running, tokens: list[str], come: Callable[[Client, str, str, int], Script]
) -> Iterator[tuple[Client, Script]]:
    """One for each token, from room to room."""
    for number, token in enumerate(tokens):
        client = Client(running.port, Chatd.path)
        yield client, come(client, token, f"r{number % ROOMS}", SEEN)


def bare_scripts(running: Running, count: int) -> Iterator[tuple[Client, Script]]:
    """A room of ten for each ten."""
    dialect = running.peer.dialect
    new = ((Client(running.port, dialect.path), n) for n in range(count))
    return ((one, dialect.enter(one, f"room-{n // 10}")) for one, n in new)


SCRIPTS = {CHATD: chatd_scripts, APART: chatd_scripts, EXCHANGES: prepared_scripts}


def run(plan: Plan) -> list[Row]:
    """The row."""
    servers = [CHATD, APART, *PEERS, EXCHANGES]
    found = rounds(plan, [(peer.name, partial(measure, peer, plan)) for peer in servers])
    own = found["chatd"]["rate"]
    verdicts = [
        against("against the best server in Python", found, PYTHON_PEERS, "rate", 1 / 1.5),
        against("against picows", found, ["picows"], "rate", 1 / 1.5),
    ]
    raw = [
        (
            name,
            f"{figures['rate']:,.0f}",
            f"{own / figures['rate']:.2f} ×",
            f"{figures['cpu']:,.0f}",
            f"{figures['load']:.0%}",
        )
        for name, figures in found.items()
    ]
    return [Row("5,000 clients reconnecting at once", verdicts, HEADER, raw, [NOTE, *found.lost])]
