"""Durable messages a second: 100 senders in 100 rooms, kept in files and in PostgreSQL, beside
PostgreSQL with the same rows."""

from __future__ import annotations

import json
import re
import subprocess
import time
from functools import partial

from benchmarks.dialects import Chatd
from benchmarks.measuring import Figures, Plan, Row, against, rounds
from benchmarks.postgres import USER, serving
from benchmarks.servers import CHATD, CONFIG, LOAD_CORE, rooms, started
from benchmarks.sockets import Broken, Client, Load

SENDERS = 100
HEADER = ("server", "durable messages a second", "chatd is", "its CPU time for one, µs")
STORE = """
[store]
backend = "postgres"
dsn = "host={directory} user={user} dbname=postgres"
"""
TABLE = """
create table messages (
    dialog_id text not null, seq bigserial, id text not null, sender_type text not null,
    sender_id text not null, sender_name text not null, type text not null, content text not null,
    meta jsonb not null, client_id text not null, created_at timestamptz not null,
    primary key (dialog_id, seq)
)
"""
INSERT = """
insert into messages
    (dialog_id, id, sender_type, sender_id, sender_name, type, content, meta, client_id, created_at)
values ('r' || :client_id, 'r' || :client_id || ':1', 'member', 'p-6b014049-3470bdcbbe04',
    'bench 7', 'text', rpad('', 200, 'x'), '{}', 'c-1', now());
"""
NOTE = (
    f"{SENDERS} connections, one message of 200 bytes outstanding on each. chatd: hello, join, "
    "send, acknowledgement, and every sender is sent its own message:new as well. PostgreSQL: "
    "prepared inserts into a table with a primary key, one commit each, its defaults (fsync on), "
    "driven by pgbench. All on the same core and disk; PostgreSQL's processes share that core. "
    "chatd on PostgreSQL: the same as chatd, but stored there; its own CPU time is without what "
    "PostgreSQL takes."
)


class Sender:
    """One client in its own room; the next message goes when the last is acknowledged."""

    def __init__(self, client: Client, room: str) -> None:
        self.client = client
        self.room = room
        self.acknowledged = self.announced = 0
        self.sending = True
        client.on_text = self.on_text

    def send(self) -> None:
        number = self.acknowledged + 1
        self.client.send(Chatd().speak(self.room, number, f"{number:08d}".ljust(200, "x")))

    def on_text(self, payload: bytes) -> None:
        if payload.startswith(b'{"event":"message:new"'):
            self.announced += 1
        elif Chatd().acknowledged(payload):
            self.acknowledged += 1
            message = json.loads(payload)["data"]["message"]
            if message["seq"] != self.acknowledged or int(message["content"][:8]) != message["seq"]:
                raise Broken(f"{self.room}: message {self.acknowledged} came back as {message}")
            if self.sending:
                self.send()


def measure_on_postgres(plan: Plan) -> Figures:
    """The same as of chatd, which keeps everything in PostgreSQL."""
    with serving() as postgres:
        return measure_chatd(plan, STORE.format(directory=postgres.directory, user=USER))


def measure_chatd(plan: Plan, store: str = "") -> Figures:
    """Acknowledged messages a second, and the seconds on a core for each."""
    load, count = Load(), plan.of(SENDERS)
    with started(CHATD, config=CONFIG + rooms(count) + store) as running:
        clients = [Client(running.port, Chatd.path) for _ in range(count)]
        load.log_in((one, Chatd().enter(one, f"r{n}")) for n, one in enumerate(clients))
        senders = [Sender(one, f"r{number}") for number, one in enumerate(clients)]
        for sender in senders:
            sender.send()
        drive(load, plan.seconds / 4)
        before, began = sum(one.acknowledged for one in senders), time.perf_counter()
        cpu = running.cpu_seconds()
        drive(load, plan.seconds)
        cpu = running.cpu_seconds() - cpu
        done = sum(one.acknowledged for one in senders) - before
        took = time.perf_counter() - began
        for sender in senders:
            sender.sending = False
        load.until(lambda: all(complete(one) for one in senders), 10, "the last announcements")
    load.close()
    return {"rate": done / took, "cpu": cpu / done * 1e6}


def complete(sender: Sender) -> bool:
    """Whether everything that was acknowledged was announced as well, once."""
    if sender.announced > sender.acknowledged + 1:
        raise Broken(f"{sender.room}: {sender.announced} announcements")
    return sender.announced == sender.acknowledged


def drive(load: Load, seconds: float) -> None:
    """Serves the clients for a while."""
    until = time.perf_counter() + seconds
    while time.perf_counter() < until:
        load.turn(0.05)


def measure_postgres(plan: Plan) -> Figures:
    """Transactions a second, by pgbench on the load's core."""
    with serving() as postgres:
        postgres.sql(TABLE)
        script = postgres.directory / "insert.sql"
        script.write_text(INSERT)
        words = ["--no-vacuum", "--protocol=prepared", f"--client={SENDERS}", f"--file={script}"]
        for seconds in (1, max(2, round(plan.seconds))):
            command = ["taskset", "-c", str(LOAD_CORE), *postgres.tool("pgbench"), *words]
            done = subprocess.run(
                [*command, f"--time={seconds}", "postgres"], capture_output=True, text=True
            )
    found = re.search(r"tps = ([\d.]+)", done.stdout)
    if not found:
        raise Broken(f"pgbench says {(done.stderr or done.stdout)[-300:]!r}")
    return {"rate": float(found[1])}


def run(plan: Plan) -> list[Row]:
    """The row."""
    contestants = [
        ("chatd", partial(measure_chatd, plan)),
        ("chatd on PostgreSQL", partial(measure_on_postgres, plan)),
        ("PostgreSQL", partial(measure_postgres, plan)),
    ]
    found = rounds(plan, contestants)
    own = found["chatd"]["rate"]
    verdict = against("against PostgreSQL", found, ["PostgreSQL"], "rate", 1.0)
    raw = [
        (
            name,
            f"{figures['rate']:,.0f}",
            f"{own / figures['rate']:.2f} ×",
            f"{figures['cpu']:,.0f}" if "cpu" in figures else "",
        )
        for name, figures in found.items()
    ]
    return [Row("Durable messages a second", [verdict], HEADER, raw, [NOTE, *found.lost])]
