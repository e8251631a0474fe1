"""What is not as it should be about a database, as far as that can be seen from here."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import psycopg

from chatd.protocol.views import Finding
from chatd.store.postgres.connecting import GreenConnection, connect
from chatd.store.postgres.pooling import POOLED, goes_through_pooler

NAME = "database"
NO_STANDBY = (
    "no synchronous standby (synchronous_standby_names is empty): a fail-over to another server "
    "loses what was acknowledged last"
)
NOT_SYNCED = "synchronous_commit is {value}: a crash of the server loses what was acknowledged last"


def examine(dsn: str) -> Iterator[Finding]:
    """Findings, one after the other."""
    try:
        with closing(connect(dsn)) as connection:
            yield from examine_server(connection)
            if goes_through_pooler(connection, dsn):
                yield Finding(NAME, "wrong", POOLED)
    except psycopg.Error as error:
        yield Finding(NAME, "wrong", f"cannot be asked: {str(error).partition(chr(10))[0]}")


def examine_server(connection: GreenConnection) -> Iterator[Finding]:
    """Whether what is committed outlives a crash, and a fail-over."""
    durable = setting(connection, "synchronous_commit")
    if durable == "off":
        yield Finding(NAME, "wrong", NOT_SYNCED.format(value=durable))
    if not setting(connection, "synchronous_standby_names"):
        yield Finding(NAME, "warning", NO_STANDBY)
    else:
        yield Finding(NAME, "ok", "has a synchronous standby")


def setting(connection: GreenConnection, name: str) -> str:
    """A setting of the server's."""
    row = connection.execute("SELECT current_setting(%s)", (name,)).fetchone()
    return str(row[0]) if row else ""
