"""Who has a database: chatd alone, several nodes, or the command that copies it."""

from __future__ import annotations

import os
import secrets
import socket
import time
from collections.abc import Callable
from typing import TypeVar

import gevent
import psycopg

from chatd.store.postgres.connecting import GreenConnection

RUNNING = 0x63686163  # held shared by every chatd that runs on the database
ALONE = 0x63686164  # held by the one that runs on it alone, or by all that share it
STARTING = 0x63686165  # held while a node makes what is there once for all
TAKE = "SELECT pg_try_advisory_lock(%s)"
SHARE = "SELECT pg_try_advisory_lock_shared(%s)"
IN_USE = "the database is in use by {holder}"
NOT_SHARED = "the database is in use by {holder} alone: store.shared = true is said by all or none"
BEING_COPIED = "the database is being copied"
STOP_FIRST = "a chatd runs on the database: stop it first"
HOST_CHARS = 30
LET_GO_S = 2.0
AGAIN_S = 0.05
HOLDER = """
    SELECT a.pid, coalesce(a.application_name, ''), coalesce(host(a.client_addr), 'this machine')
    FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
    WHERE l.locktype = 'advisory' AND l.granted AND l.classid = 0 AND l.objid = %(key)s
    AND l.objsubid = 1
    AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())"""
T = TypeVar("T")


class Taken(psycopg.OperationalError):
    """Another chatd has the database, or the command that copies it."""


class Claim:
    """What a committer's connection holds as long as it lasts: so that what it commits is committed
    by who has the database. One that broke at this end may hold it still at the other, and is
    ended there. ``alone``: no other node may have it; ``False``: those may that share it."""

    def __init__(self, *, alone: bool) -> None:
        self._take, self._refuse = (TAKE, IN_USE) if alone else (SHARE, NOT_SHARED)
        host = socket.gethostname()[:HOST_CHARS]
        self._name = f"chatd on {host}, process {os.getpid()}, {secrets.token_hex(3)}"

    def take(self, connection: GreenConnection) -> None:
        """Taken, where another has it."""
        named = "SELECT set_config('application_name', %s, false)"
        connection.execute(named, (self._name,))
        if not has(connection, SHARE, RUNNING):
            raise Taken(BEING_COPIED)
        if not has(connection, self._take, ALONE):
            raise self._refusal(connection)

    def _refusal(self, connection: GreenConnection) -> Taken:
        row = connection.execute(HOLDER, {"key": ALONE}).fetchone()
        pid, name, address = row or (None, "", "")
        if name == self._name:
            connection.execute("SELECT pg_terminate_backend(%s)", (pid,))
        holder = name.rpartition(",")[0] or "another chatd"
        where = f" ({address})" if address else ""
        return Taken(self._refuse.format(holder=f"{holder}{where}"))


def take_alone(connection: GreenConnection) -> None:
    """No chatd runs on the database as long as the connection lasts; Taken where one does."""
    if not has(connection, TAKE, RUNNING):
        raise Taken(STOP_FIRST)


def wait_for(take: Callable[[], T]) -> T:
    """Takes what is free soon: the server lets go for who was killed, or has just ended, a moment
    after that. Taken where nobody does."""
    until = time.monotonic() + LET_GO_S
    while True:
        try:
            return take()
        except Taken:
            if time.monotonic() > until:
                raise
        gevent.sleep(AGAIN_S)


def has(connection: GreenConnection, query: str, key: int) -> bool:
    """What a query of one truth says."""
    row = connection.execute(query.encode(), (key,)).fetchone()
    return bool(row and row[0])
