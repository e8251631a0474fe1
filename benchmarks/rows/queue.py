"""The queue's list for a console, with very many who wait and with few."""

from __future__ import annotations

import shutil
from functools import partial

from benchmarks.dialects import Chatd, answer, chatd_command, take_answer
from benchmarks.measuring import Figures, Plan, Row, at_most, rounds
from benchmarks.operators import data_with_operators, open_tickets
from benchmarks.servers import CHATD, scratch, started
from benchmarks.sockets import Broken, Client, Load, Script

FEW, MANY = 200, 3_000
ROWS = 200
LISTS = 20
TIMES = 3.0
HEADER = ("waiting", "CPU for one list, ms")
NOTE = (
    f"Customers who are connected wait; an operator asks {LISTS} times for the first {ROWS} rows "
    "of the queue, each with its place. A list must cost what its rows do, not what all do who "
    "wait."
)


def lists(client: Client, token: str, count: int, shown: list[int]) -> Script:
    """An operator who asks for the list again and again."""
    client.send(chatd_command("hello", 1, token=token))
    yield from answer(1)
    for number in range(2, 2 + count):
        client.send(chatd_command("queue:get", number, limit=ROWS))
        page: dict[str, list[object]] = {}
        yield from take_answer(number, page)
        shown.append(len(page["tickets"]))


def measure(waiting: int, plan: Plan) -> Figures:
    """With so many who wait."""
    load, data, shown = Load(), scratch(), list[int]()
    count, asked = plan.of(waiting, 5), plan.of(LISTS, 2)
    try:
        (token,) = data_with_operators(data, 1)
        with started(CHATD, data=data) as running:
            open_tickets(load, running, count)
            cpu = running.cpu_seconds()
            load.log_in(
                [(one := Client(running.port, Chatd.path), lists(one, token, asked, shown))]
            )
            cpu = running.cpu_seconds() - cpu
    finally:
        load.close()
        shutil.rmtree(data, ignore_errors=True)
    if set(shown) != {min(ROWS, count)}:
        raise Broken(f"the queue shows {shown} of {count} tickets")
    return {"cpu": cpu / asked * 1e3}


def run(plan: Plan) -> list[Row]:
    """The row."""
    figures = {
        count: rounds(plan, [("chatd", partial(measure, count, plan))])["chatd"]
        for count in (FEW, MANY)
    }
    grown = figures[MANY]["cpu"] / figures[FEW]["cpu"]
    verdict = at_most(f"{MANY:,} wait, CPU of a list beside {FEW:,}", grown, TIMES, "×")
    raw = [(f"{count:,}", f"{own['cpu']:.1f}") for count, own in figures.items()]
    return [Row("The queue's list", [verdict], HEADER, raw, [NOTE])]
