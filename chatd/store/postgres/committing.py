"""The committer's line to the database: one batch, one round trip, and no guess of what became of
it where the line is cut."""

from __future__ import annotations

import time
import uuid
from collections.abc import Sequence

import gevent
import psycopg
from psycopg import errors

from chatd.store.postgres.claiming import Claim
from chatd.store.postgres.connecting import GreenConnection, connect
from chatd.store.postgres.rows import Answer, answers

AGAIN_S = 0.05
MOST_TIMES = 20
RACES = (errors.SerializationFailure, errors.DeadlockDetected, errors.UniqueViolation)
COMMIT = """
    SELECT chatd.commit(%(committer)s, %(number)s, %(dialogs)s::text[], %(documents)s::text[],
        %(commits)s::jsonb)::text"""
SETTLE = "SELECT chatd.settle(%(committer)s, %(number)s)::text"


class Batch:
    """What is told to the database in one go."""

    def __init__(self, commits: Sequence[bytes], dialogs: set[str], documents: set[str]) -> None:
        self.commits = b"[" + b",".join(commits) + b"]"
        self.dialogs = sorted(dialogs)
        self.documents = sorted(documents)


class Unknown(Exception):
    """The database was away for so long that nobody knows yet what became of a batch."""


class Line:
    """A connection of its own, with a number for every batch. The number is noted with the answer
    in the same transaction: who was cut off asks by it, and takes it if it is still free, so that
    what was on its way can never become durable later."""

    def __init__(self, dsn: str, *, alone: bool = False) -> None:
        self._dsn = dsn
        self._claim = Claim(alone=alone)
        self._connection: GreenConnection | None = None
        self._id = uuid.uuid4()
        self._number = 0

    def open(self) -> None:
        """Connected, and tried by writing; psycopg.Error where that fails."""
        if not self.connected:
            self.connect()
        self._settle(self._number)

    def connect(self) -> None:
        """Connected, and the database is ours; psycopg.Error where that fails."""
        connection = connect(self._dsn)
        try:
            self._claim.take(connection)
        except BaseException:
            connection.close()
            raise
        self._connection = connection

    @property
    def connected(self) -> bool:
        """Whether it was, and has not broken since, as far as is known."""
        return self._connection is not None and not self._connection.closed

    def drop(self) -> None:
        """The connection is worth nothing any more."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def commit(self, batch: Batch, patience_s: float) -> tuple[Answer, ...]:
        """What each commit came to. What lost a race between nodes is tried again, and so is what
        a cut kept from becoming durable. psycopg.Error: nothing was changed; Unknown: see there,
        and :meth:`find_out`."""
        until = time.monotonic() + patience_s
        for left in reversed(range(MOST_TIMES)):
            try:
                return self._send(batch)
            except psycopg.Error as error:
                if not self.connected:
                    if (found := self._find_out(until)) is not None:
                        return found
                elif not isinstance(error, RACES):
                    raise  # by the database itself, which has changed nothing then
                if not left:
                    raise
        raise AssertionError("returned or raised")

    def _send(self, batch: Batch) -> tuple[Answer, ...]:
        if self._connection is None:
            raise psycopg.OperationalError("not connected")
        number = self._number + 1
        params = {
            "committer": self._id,
            "number": number,
            "dialogs": batch.dialogs,
            "documents": batch.documents,
            "commits": batch.commits.decode(),
        }
        row = self._connection.execute(COMMIT, params).fetchone()
        assert row
        self._number = number
        return answers.decode(row[0])

    def _find_out(self, until: float) -> tuple[Answer, ...] | None:
        while True:
            left = max(AGAIN_S, until - time.monotonic())
            try:
                with gevent.Timeout(left, Unknown()):
                    return self.find_out()
            except Unknown:
                self.drop()
                raise
            except psycopg.Error as error:
                self.drop()
                if time.monotonic() > until:
                    raise Unknown from error
                gevent.sleep(AGAIN_S)

    def find_out(self) -> tuple[Answer, ...] | None:
        """The answer of the batch that was on its way; ``None``: it never becomes durable."""
        if not self.connected:
            self.connect()
        found = self._settle(self._number + 1)
        self._number += 1
        return found

    def _settle(self, number: int) -> tuple[Answer, ...] | None:
        assert self._connection is not None
        params = {"committer": self._id, "number": number}
        row = self._connection.execute(SETTLE, params).fetchone()
        return answers.decode(row[0]) if row and row[0] else None
