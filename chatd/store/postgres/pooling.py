"""Whether a pooler hands connections to the database on between transactions: there locks of a
session, and notifications, do not hold."""

from __future__ import annotations

from contextlib import closing

import gevent

from chatd.errors import Unavailable
from chatd.store.postgres.connecting import GreenConnection, connect

MY_PROCESS = "SELECT pg_backend_pid()"
PATIENCE_S = 3.0
TRIES = 5
POOLED = (
    "the dsn leads through a pooler that hands connections on between transactions: locks of a "
    "session, and notifications, do not work there; give the server's own address, or have it "
    "pool sessions"
)


def refuse_pooler(dsn: str) -> None:
    """Unavailable where there is such a one; psycopg.Error where nobody can be asked."""
    with closing(connect(dsn)) as connection:
        if goes_through_pooler(connection, dsn):
            raise Unavailable(POOLED)


def goes_through_pooler(connection: GreenConnection, dsn: str) -> bool:
    """Whether this line is another process's of the server as soon as somebody else is at work.
    Where the process is the one that was named at the beginning nobody is in between. Which of its
    own a pooler gives next is its own affair: so it is looked at a few times."""
    if process_of(connection) == connection.info.backend_pid:
        return False
    try:
        with gevent.Timeout(PATIENCE_S), closing(connect(dsn)) as other:
            return any(is_handed_on(connection, other) for _ in range(TRIES))
    except gevent.Timeout:
        return True  # it waits until the other one's transaction is over


def is_handed_on(connection: GreenConnection, other: GreenConnection) -> bool:
    """Whether somebody else gets the process that this line had, or this line another one."""
    mine = process_of(connection)
    with other.transaction():
        return process_of(other) == mine or process_of(connection) != mine


def process_of(connection: GreenConnection) -> int:
    """The server's process that answers now."""
    row = connection.execute(MY_PROCESS, prepare=False).fetchone()
    assert row
    return int(row[0])
