"""The store in PostgreSQL."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg

from chatd.config.settings import StoreSettings
from chatd.domain.message import Message
from chatd.domain.ticket import id_of
from chatd.errors import Overtaken, Rejected, Unavailable
from chatd.protocol.views import Finding
from chatd.runtime.asking import ASKED
from chatd.store.base import NAMES, Append, Change, Committed, D
from chatd.store.postgres import examining, schema
from chatd.store.postgres.asked import Asked
from chatd.store.postgres.claiming import RUNNING, STARTING, wait_for
from chatd.store.postgres.committer import AWAY, Committer, Pending, Repeated, first_line, stale
from chatd.store.postgres.committing import Line
from chatd.store.postgres.connecting import Pool, connect
from chatd.store.postgres.pooling import refuse_pooler
from chatd.store.postgres.reading import PostgresReads
from chatd.store.tiny import filesystem
from chatd.store.tiny.lock import DirectoryLock
from chatd.store.tiny.state import REMEMBERED_S

TIDY_S = 600.0
LOOK_S, LOOK_AWAY_S = 5.0, 1.0
AT_ONCE = 10_000
USERS = """
    SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted AND classid = 0
    AND objid = %(key)s AND objsubid = 1
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"""
NEXT_TICKET = """
    UPDATE chatd.about SET last_ticket = greatest(%(now)s, last_ticket + 1)
    RETURNING last_ticket"""
FORGET_SENT = """
    WITH old AS (SELECT dialog, sender, client FROM chatd.sent
        WHERE at < now() - make_interval(secs => %(seconds)s) LIMIT %(limit)s)
    DELETE FROM chatd.sent s USING old WHERE s.dialog = old.dialog AND s.sender = old.sender
        AND s.client = old.client RETURNING 1"""
FORGET_COMMITTERS = """
    DELETE FROM chatd.committers WHERE seen < now() - make_interval(secs => %(seconds)s)
    RETURNING 1"""


def open_store(settings: StoreSettings, directory: Path | None = None) -> PostgresStore:
    """Connects, and brings the tables up; Unavailable where that cannot be, and why. ``directory``
    is for what else a daemon keeps: no other may have it."""
    lock = None
    if directory is not None:
        filesystem.make_directory(directory)
        lock = DirectoryLock(directory)
    try:
        alone = directory is not None and not settings.shared
        return PostgresStore(settings, open_line(settings.dsn, alone=alone), lock)
    except BaseException as error:
        if lock:
            lock.release()
        if isinstance(error, psycopg.Error):
            raise Unavailable(f"PostgreSQL: {first_line(error)}") from None
        raise


def open_line(dsn: str, *, alone: bool) -> Line:
    """The line to a database that has the tables of this version. Who was just killed has let go
    of it soon; whoever has not is named."""
    refuse_pooler(dsn)
    line = Line(dsn, alone=alone)
    wait_for(line.connect)
    with closing(connect(dsn)) as connection:
        schema.bring_up(connection, schema.steps())
        schema.refuse_half_copied(connection)
    line.open()
    return line


class PostgresStore(PostgresReads):
    """See :class:`chatd.store.base.Store`. Lists are read as they are durable; what a commit was
    decided by and is not there any more, or never came to be, makes it Overtaken."""

    def __init__(self, settings: StoreSettings, line: Line, lock: DirectoryLock | None) -> None:
        self._dsn = settings.dsn
        self.pool = Pool(settings.dsn, settings.connections)
        super().__init__(self.pool)
        self._asked = Asked()
        self._committer = Committer(line, lambda one: self._asked.settle(one.changes, one))
        self._lock = lock
        self._tidied_at = self._looked_at = time.monotonic()

    def commit(
        self, *changes: Change, then: Callable[[Committed], None] | None = None
    ) -> Committed:
        needs = self._asked.take_needs()
        try:
            self._asked.check(changes)
        except Overtaken:
            if first := self._find_repeat(changes):
                return Committed((first,), repeated=True)
            raise
        pending = Pending(changes, then, needs)
        self._committer.put(pending)
        self._asked.take(pending.changes, pending)
        ASKED.get()()
        try:
            done: Committed = pending.done.get()
        except Repeated as repeat:
            first = self.message(*repeat.place)
            return Committed((first,) if first else (), repeated=True)
        if changes:
            self._asked.note_stored()
        return done

    def confirm(self) -> None:
        needs, stored = self._asked.take_needs(), self._asked.take_stored()
        for pending in needs:
            pending.done.wait()
            if pending.failed and not stored:
                raise stale()

    def _find_repeat(self, changes: Sequence[Change]) -> Message | None:
        for message in (one.message for one in changes if isinstance(one, Append)):
            if message.client_id and (
                first := self.find_sent(message.dialog_id, message.sender_id, message.client_id)
            ):
                return first
        return None

    def get(self, kind: type[D], id: str) -> D | None:
        """See the contract. What is asked for while it is read is newer than what is there."""
        place = NAMES[kind], id
        found = None if place in self._asked else super().get(kind, id)
        if place in self._asked:
            found = self._asked.read(place)
        return found

    def message_asked(self, dialog_id: str, seq: int) -> Message | None:
        place = dialog_id, seq
        known = None if place in self._asked else self.message(dialog_id, seq)
        if place in self._asked:
            known = self._asked.read(place)
        return known

    def next_ticket_id(self, now: float) -> str:
        rows = self._pool.read(NEXT_TICKET, {"now": int(now)})
        return id_of(rows[0][0])

    def count_users(self) -> int:
        """How many run on the database, this one included."""
        ((count,),) = self.pool.read(USERS, {"key": RUNNING})
        return int(count)

    def examine(self) -> Iterable[Finding]:
        """See :mod:`chatd.store.postgres.examining`."""
        return list(examining.examine(self._dsn))

    @contextmanager
    def starting(self) -> Iterator[None]:
        """Those that start on it do this one after the other."""
        try:
            with closing(connect(self._dsn)) as connection:
                connection.execute("SELECT pg_advisory_lock(%s)", (STARTING,))
                yield
        except psycopg.Error as error:
            raise Unavailable(f"PostgreSQL: {first_line(error)}") from None

    def status(self) -> dict[str, Any]:
        committer = self._committer
        return {
            "writable": committer.fault is None,
            "fault": self._fault(),
            "commits": committer.commits,
            "commit_latency_s": round(committer.latency_s, 6),
            "connections": self._pool.connections,
        }

    def follow(self, told: Callable[[Committed], None]) -> None:
        """See the contract. One follows."""
        self._committer.follow = told

    def observe_commits(self, observe: Callable[[float], None]) -> None:
        """Has the seconds that every commit took reported."""
        self._committer.observe = observe

    def watch(self) -> None:
        """Waits as long as anything can be committed at all; raises what ended that."""
        self._committer.watch()

    def tend(self) -> None:
        """Called many times a second: looks whether the database is there, whether or not anybody
        asks, and forgets what has been kept for long enough."""
        now = time.monotonic()
        if now - self._looked_at > (LOOK_AWAY_S if self._fault() else LOOK_S):
            self._looked_at = now
            with suppress(Unavailable):  # noted where it is read
                self._pool.read("SELECT", {})
        if now - self._tidied_at > TIDY_S and not self._fault():
            self._tidied_at = now
            self.tidy()

    def _fault(self) -> str | None:
        return self._committer.fault or (AWAY if self._pool.away else None)

    def tidy(self) -> None:
        """Client ids of a week ago, and committers that nobody will ask for."""
        params = {"seconds": REMEMBERED_S, "limit": AT_ONCE}
        while len(self._pool.read(FORGET_SENT, params)) == AT_ONCE:
            pass
        self._pool.read(FORGET_COMMITTERS, {"seconds": REMEMBERED_S})

    def list_impairments(self) -> list[str]:
        """What does not work although commits do: nothing here does."""
        return []

    def checkpoint(self) -> None:
        """What is committed is where it belongs."""

    def backup(self, directory: str) -> dict[str, Any]:
        """The database has tools of its own for that, which see more than one moment of it."""
        raise Rejected("the data is in PostgreSQL: back it up with pg_dump, or as the server is")

    def close(self) -> None:
        self._committer.stop()
        self._pool.close()
        if self._lock:
            self._lock.release()
