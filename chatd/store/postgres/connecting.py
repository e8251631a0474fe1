"""Connections that wait as greenlets do, a bounded number of them, made again when they break."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

import gevent
import psycopg
from gevent.lock import BoundedSemaphore
from loguru import logger
from psycopg import conninfo
from psycopg.abc import PQGen
from psycopg.rows import TupleRow
from psycopg.waiting import Ready

from chatd.errors import Unavailable

CONNECT_S = 5
PATIENCE_S = 10.0
READY = {int(ready): ready for ready in Ready}  # numbered as libev does it
DEFAULTS = {
    "connect_timeout": str(CONNECT_S),
    "target_session_attrs": "read-write",
    "application_name": "chatd",
    "client_encoding": "UTF8",
    "tcp_user_timeout": "10000",
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "3",
}
Params = Mapping[str, Any]
T = TypeVar("T")


class GreenConnection(psycopg.Connection[TupleRow]):
    """Waits in the loop, whether or not the standard library waits there, and not for ever:
    ``patience_s``, for each statement, unless it is ``None``."""

    patience_s: float | None = PATIENCE_S

    def wait(self, gen: PQGen[T], interval: float = 0.0, timeout: float | None = None) -> T:
        """See :class:`psycopg.Connection`. Who is interrupted, or has waited too long, leaves a
        connection behind that is closed, for an answer may still be coming."""
        try:
            with gevent.Timeout(timeout or self.patience_s, Lost("the database does not answer")):
                wanted = int(next(gen))
                while True:
                    self._wait_for(wanted)
                    wanted = int(gen.send(READY[wanted]))
        except StopIteration as end:
            result: T = end.value
            return result
        except Lost:
            self.pgconn.finish()
            raise
        except psycopg.Error:
            raise
        except BaseException:
            self.pgconn.finish()
            raise

    def wait_for_news(self) -> None:
        """Until the server has sent something that nobody asked for."""
        self._wait_for(int(Ready.R))

    def _wait_for(self, events: int) -> None:
        hub = gevent.get_hub()
        watcher = hub.loop.io(self.pgconn.socket, events)
        try:
            hub.wait(watcher)
        finally:
            watcher.stop()
            watcher.close()


class Lost(psycopg.OperationalError):
    """Nobody answers at the other end."""


def connect(dsn: str) -> GreenConnection:
    """A connection of which every statement is a transaction of its own."""
    given = conninfo.conninfo_to_dict(dsn)
    params = DEFAULTS | {name: str(value) for name, value in given.items() if value is not None}
    return GreenConnection.connect(conninfo.make_conninfo("", **params), autocommit=True)


def unreachable() -> Unavailable:
    """What peers are told; where the database is, is none of their business."""
    return Unavailable("the database cannot be reached; try again", retry_after=1)


class Pool:
    """So many connections at most; who comes when all are in use waits for one. ``away``: whether
    the last who read could not. ``prepares``: what is asked often is planned once for all."""

    def __init__(self, dsn: str, most: int, *, prepares: bool = True) -> None:
        self._dsn = dsn
        self._prepare = None if prepares else False
        self._idle: list[GreenConnection] = []
        self._free = BoundedSemaphore(most)
        self._closed = False
        self.away = False

    def read(self, query: str, params: Params) -> list[Any]:
        """The rows of a query; QueryCanceled where it takes longer than it may. A connection that
        broke while it was idle is found out by asking again over a new one; Unavailable where that
        fails, too."""
        with self._free:
            if self._idle:
                try:
                    return self._ask(self._idle.pop(), query, params)
                except psycopg.errors.QueryCanceled:
                    raise
                except psycopg.OperationalError:
                    self.drop_idle()
            try:
                return self._ask(connect(self._dsn), query, params)
            except psycopg.errors.QueryCanceled:
                raise
            except psycopg.OperationalError as error:
                self.away = True
                logger.bind(area="storage").debug("cannot read: {}", error)
                raise unreachable() from None

    def _ask(self, connection: GreenConnection, query: str, params: Params) -> list[Any]:
        try:
            rows = connection.execute(query, params, prepare=self._prepare).fetchall()
        except BaseException:
            connection.close()
            raise
        self.away = False
        if self._closed:
            connection.close()
        else:
            self._idle.append(connection)
        return rows

    @property
    def connections(self) -> int:
        """How many are open and wait for work."""
        return len(self._idle)

    def drop_idle(self) -> None:
        """The others are as old as the one that broke."""
        while self._idle:
            self._idle.pop().close()

    def close(self) -> None:
        self._closed = True
        self.drop_idle()
