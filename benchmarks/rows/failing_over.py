"""How long people are without an answer when their node is killed, until another one leads, and
when the database has cut everybody off."""

from __future__ import annotations

import signal
import time
from typing import Any

from benchmarks.dialects import Chatd, answer, chatd_command, take_answer
from benchmarks.measuring import Figures, Plan, Row, at_most, rounds
from benchmarks.servers import Running, rooms
from benchmarks.several import Nodes, nodes
from benchmarks.sockets import Client, Load, Script

PEOPLE = 100
CUTS = 5
HEADER = ("", "seconds")
NOTE = (
    f"Two nodes; {PEOPLE} people are in a room by one of them, which is killed (SIGKILL). Each is "
    "back as soon as it has resumed at the other, by token and the last change seen, and was "
    "acknowledged a message there; clients that wait between their tries, as chatd's own do, add "
    "that. The last of them counts. Another node leads: from the kill until the log says so. "
    f"Connections to the database cut: all of both nodes', {CUTS} times; a message every "
    "millisecond, each sent again until it is acknowledged; from the cut, the longest."
)
NAMES = {
    "back": "the last of those whose node was killed has a message acknowledged at the other",
    "leads": "another node leads after the one that led was killed",
    "cut": "a message is acknowledged after all connections to the database were cut",
}
MOST = {"back": 3.0, "leads": 6.0, "cut": 2.0}


def come(client: Client, tokens: list[str]) -> Script:
    """For the first time."""
    client.send(chatd_command("hello", 1, name=f"client {client.fd}"))
    told: dict[str, Any] = {}
    yield from take_answer(1, told)
    tokens.append(told["token"])
    client.send(chatd_command("dialog:join", 2, dialog_id="r0", limit=1))
    yield from answer(2)


def resume(client: Client, token: str, number: int) -> Script:
    """Back at another node, and saying something."""
    known = {"dialog_id": "r0", "after_seq": 0, "after_rev": 0}
    client.send(chatd_command("hello", 1, token=token, join=[known]))
    yield from answer(1)
    client.send(Chatd().speak("r0", 2, f"back {number}"))
    yield from answer(2)


def measure(plan: Plan) -> Figures:
    """Two nodes."""
    with nodes(2, rooms(1)) as serving:
        return hurt(serving, plan)


def hurt(serving: Nodes, plan: Plan) -> Figures:
    """Cuts, then kills."""
    cut = max(cut_off(serving) for _ in range(plan.of(CUTS)))
    return {**kill(serving, plan.of(PEOPLE)), "cut": cut}


def kill(serving: Nodes, count: int) -> Figures:
    """The node that leads, with everybody on it."""
    led = serving.wait_for_leader()
    (other,) = (one for one in serving.each if one is not led)
    load, tokens = Load(), list[str]()
    load.log_in([(one, come(one, tokens)) for one in clients(led, count)])
    began = time.perf_counter()
    led.process.send_signal(signal.SIGKILL)
    led.process.wait()
    back = list(zip(clients(other, count), tokens, strict=True))
    load.log_in([(one, resume(one, token, n)) for n, (one, token) in enumerate(back)])
    took = time.perf_counter() - began
    serving.wait_for_leader()
    leads = time.perf_counter() - began
    load.close()
    return {"back": took, "leads": leads}


def clients(running: Running, count: int) -> list[Client]:
    """So many connections."""
    return [Client(running.port, Chatd.path) for _ in range(count)]


def cut_off(serving: Nodes) -> float:
    """Until a message is acknowledged whose sender asks again and again."""
    assert serving.postgres
    load, client, acknowledged = Load(), Client(serving.each[0].port, Chatd.path), list[bytes]()
    load.log_in([(client, Chatd().enter(client, "r0", follow=False))])
    client.on_text = lambda payload: acknowledged.append(payload) if is_ack(payload) else None
    serving.postgres.cut()
    began, number = time.perf_counter(), 1_000
    while not acknowledged:
        number += 1
        client.send(Chatd().speak("r0", number, "again"))
        load.turn(0.001)
    load.close()
    return time.perf_counter() - began


def is_ack(payload: bytes) -> bool:
    """Whether it is stored; refused is asked again."""
    return payload.startswith(b'{"event":"ack"')


def run(plan: Plan) -> list[Row]:
    """The row."""
    found = rounds(plan, [("chatd", lambda: measure(plan))])
    figures = found["chatd"]
    verdicts = [at_most(NAMES[key], figures[key], MOST[key], "s") for key in NAMES]
    raw = [(NAMES[key], f"{figures[key]:.2f}") for key in NAMES]
    return [Row("Fail-over", verdicts, HEADER, raw, [NOTE, *found.lost])]
