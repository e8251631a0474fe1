"""The bus of nodes over Redis, as long as that answers; else over PostgreSQL, as without it."""

from __future__ import annotations

import socket
import time
from contextlib import closing
from urllib.parse import urlsplit

import gevent
import psycopg
from gevent import socket as green
from loguru import logger
from redis import Redis
from redis.backoff import NoBackoff
from redis.client import PubSub
from redis.connection import Connection, ConnectionPool, UnixDomainSocketConnection
from redis.exceptions import RedisError
from redis.retry import Retry

from chatd.errors import ConfigError
from chatd.store.postgres.connecting import GreenConnection, connect
from chatd.store.postgres.notices import AGAIN_S, BEAT_S, CHANNEL, NOTIFY, SILENCE_S, Notices

PATIENCE_S = 0.5
LATELY_S = 3.0
AWAY = "Redis does not answer: PostgreSQL carries what the nodes tell each other"
LOG = logger.bind(area="nodes")


class Line(Connection):
    """Waits in gevent's loop, whether or not the standard library was patched."""

    def _connect(self) -> green.socket:
        line = green.create_connection((self.host, self.port), self.socket_connect_timeout)
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        line.settimeout(self.socket_timeout)
        return line


class LocalLine(UnixDomainSocketConnection):
    """The same on this machine."""

    def _connect(self) -> green.socket:
        line = green.socket(socket.AF_UNIX)
        line.settimeout(self.socket_connect_timeout)
        line.connect(self.path)
        line.settimeout(self.socket_timeout)
        return line


WHICH = """
    SELECT system_identifier || '.' || oid FROM pg_control_system(), pg_database
    WHERE datname = current_database()"""
LINES = {"redis": Line, "unix": LocalLine}


def pool_of(url: str) -> ConnectionPool:
    """Connections that are made when they are needed; ConfigError for an address that says what
    cannot be. Not what that is: the password may be a part of it."""
    try:
        pool = ConnectionPool.from_url(
            url,
            connection_class=LINES[urlsplit(url).scheme],
            socket_timeout=PATIENCE_S,
            socket_connect_timeout=PATIENCE_S,
            retry=Retry(NoBackoff(), 0),
        )
        pool.connection_class(**pool.connection_kwargs)
    except (TypeError, ValueError):
        raise ConfigError(
            "store.redis: this address has a port, a database or an option that cannot be. It is "
            "like redis://:PASSWORD@HOST:6379/0 or unix://PATH?db=0; in a password '@', '/', '?' "
            "and '#' are written '%40', '%2F', '%3F' and '%23'"
        ) from None
    return pool


class RedisNotices(Notices):
    """See :class:`chatd.store.postgres.notices.Notices`. What Redis does not take at once, or has
    not as many hearers for as there are nodes, PostgreSQL carries too: by the numbers each is heard
    once. How many there have been is told over PostgreSQL every second, but for the last second's:
    so that who does not hear Redis, whatever that believes, misses them."""

    def __init__(self, dsn: str, name: str, url: str) -> None:
        super().__init__(dsn, name)
        self._redis = Redis(connection_pool=pool_of(url))
        self._channel = CHANNEL
        self._again_at = 0.0
        self._heard: dict[str, float] = {}
        self.away = False

    def open(self) -> None:
        with closing(connect(self._dsn)) as connection:
            for (database,) in connection.execute(WHICH):  # others may have the same Redis
                self._channel = f"{CHANNEL}:{database}"
        super().open()
        self._greenlets += [gevent.spawn(self._run_subscriber), gevent.spawn(self._run_beats)]

    def list_impairments(self) -> list[str]:
        return [AWAY] if self.away else []

    def close(self) -> None:
        super().close()
        self._redis.close()

    def _say(self, pieces: list[str]) -> None:
        if time.monotonic() < self._again_at or self._publish(pieces) < self._count_nodes():
            super()._say(pieces)

    def _publish(self, pieces: list[str]) -> int:
        """To how many nodes."""
        try:
            told = int(self._redis.publish(self._channel, "\n".join(pieces)))
        except (RedisError, OSError) as error:
            if not self.away:
                LOG.warning("{}: {}", AWAY, error)
            self.away = True
            self._again_at = time.monotonic() + BEAT_S
            return 0
        if self.away:
            LOG.info("Redis answers again")
        self.away = False
        return told

    def _count_nodes(self) -> int:
        """Of which anything was heard lately, and this one."""
        lately = time.monotonic() - LATELY_S
        self._heard = {node: at for node, at in self._heard.items() if at > lately}
        return len(self._heard) + 1

    def _take(self, payload: str, pieces: dict[str, tuple[int, list[str]]] | None = None) -> None:
        node = payload.partition(" ")[0]
        if node != self.node:
            self._heard[node] = time.monotonic()
        super()._take(payload, pieces)

    def _run_subscriber(self) -> None:
        while True:
            try:
                self._hear_redis()
            except (RedisError, OSError) as error:
                LOG.debug("Redis is not heard: {}", error)
                gevent.sleep(AGAIN_S)

    def _hear_redis(self) -> None:
        """Until it breaks, or this node's own beat is not heard any more."""
        with closing(PubSub(self._redis.connection_pool, ignore_subscribe_messages=True)) as line:
            line.subscribe(self._channel)
            last = time.monotonic()
            while time.monotonic() - last < SILENCE_S:
                if said := line.get_message(timeout=BEAT_S):
                    last, pieces = time.monotonic(), dict[str, tuple[int, list[str]]]()
                    for payload in said["data"].decode(errors="replace").split("\n"):
                        self._take(payload, pieces)

    def _run_beats(self) -> None:
        told = 0
        line: GreenConnection | None = None
        while True:
            try:
                line = line or connect(self._dsn)
                self._beat(line, told)
            except psycopg.Error as error:
                LOG.debug("cannot tell how much was told: {}", error)
                if line:
                    line.close()
                line = None
            told = self._unsent[0][0] - 1 if self._unsent else self._number
            gevent.sleep(BEAT_S)

    def _beat(self, line: GreenConnection, told: int) -> None:
        line.execute(NOTIFY, {"channel": CHANNEL, "pieces": [f"{self.node} {told} 0 "]})
