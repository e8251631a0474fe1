"""Several nodes of chatd on one PostgreSQL, and the one process on files beside them."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from benchmarks.postgres import USER, Postgres, serving
from benchmarks.servers import CHATD, CONFIG, Running, started
from benchmarks.sockets import Broken

STORE = """
[store]
backend = "postgres"
dsn = "host={directory} user={user} dbname=postgres"
shared = {shared}

[files]
enabled = false
"""
ON_FILES, ALONE = "files", "alone"
LEADS = "leads: it"
HEARD_S = 30.0


@dataclass(frozen=True)
class Nodes:
    """Those that serve, and the database where there is one."""

    each: Sequence[Running]
    postgres: Postgres | None

    def cpu_seconds(self) -> float:
        """Of all nodes."""
        return sum(one.cpu_seconds() for one in self.each)

    def database_seconds(self) -> float:
        """Of PostgreSQL's processes."""
        return self.postgres.cpu_seconds() if self.postgres else 0.0

    def leader(self) -> Running | None:
        """The one that has last said that it leads, of those that live."""
        said = [(one, (one.directory / "stderr").read_text()) for one in self.each]
        return next((one for one, text in said if leads(text) and one.process.poll() is None), None)

    def wait_for_leader(self) -> Running:
        """Until one leads."""
        deadline = time.monotonic() + HEARD_S
        while (found := self.leader()) is None:
            if time.monotonic() > deadline:
                raise Broken(f"no node leads after {HEARD_S:g} s")
            time.sleep(0.01)
        return found


def leads(text: str) -> bool:
    """Whether a log's last word of it is that this node leads."""
    said = [line for line in text.splitlines() if "this node" in line]
    return bool(said) and LEADS in said[-1]


@contextlib.contextmanager
def nodes(how: int | str, rooms: str) -> Iterator[Nodes]:
    """So many that share a database; or one process ``ON_FILES``, or ``ALONE`` on a database."""
    with contextlib.ExitStack() as stack:
        if how == ON_FILES:
            yield Nodes([stack.enter_context(started(CHATD, config=CONFIG + rooms))], None)
            return
        postgres = stack.enter_context(serving())
        shared = "false" if how == ALONE else "true"
        store = STORE.format(directory=postgres.directory, user=USER, shared=shared)
        count = how if isinstance(how, int) else 1
        config = CONFIG + rooms + store
        yield Nodes(
            [stack.enter_context(started(CHATD, config=config)) for _ in range(count)], postgres
        )
