"""Which node does what one of them does by itself: who has a lease of it in the database."""

from __future__ import annotations

import time
from contextlib import suppress

import gevent
from loguru import logger

from chatd.errors import Unavailable
from chatd.store.postgres.connecting import Pool

LEADER = "leader"
LEASE_S = 4.0
LOOK_S = 1.0
LOG = logger.bind(area="nodes")
TAKE = """
    INSERT INTO chatd.leases AS l (what, node, until)
    VALUES (%(what)s, %(node)s, now() + make_interval(secs => %(seconds)s))
    ON CONFLICT (what) DO UPDATE SET node = excluded.node, until = excluded.until
        WHERE l.node = excluded.node OR l.until < now()
    RETURNING 1"""
GIVE_BACK = "DELETE FROM chatd.leases WHERE what = %(what)s AND node = %(node)s RETURNING 1"


class Leading:
    """See :class:`chatd.live.base.Leader`. Who ended in whatever way, or stands still, leads until
    the lease is over, and does not believe that any longer either: its own time began before it
    asked."""

    def __init__(self, pool: Pool, node: str) -> None:
        self._pool = pool
        self._params = {"what": LEADER, "node": node, "seconds": LEASE_S}
        self._until = float("-inf")
        self._looked_at = time.monotonic()
        self._told = False  # whether the log says that this node leads

    @property
    def is_known(self) -> bool:
        """Whether some node leads, this one or another: as far as the database could be asked."""
        return time.monotonic() < self._looked_at + LEASE_S

    def leads(self) -> bool:
        return time.monotonic() < self._until

    def run(self) -> None:
        """Looks again every second; ends only with the daemon."""
        while True:
            self.look()
            gevent.sleep(LOOK_S)

    def look(self) -> None:
        """Takes the lease where it is free, or for longer where it is this node's."""
        asked_at = time.monotonic()
        try:
            taken = bool(self._pool.read(TAKE, self._params))
        except Unavailable:
            return  # it may still be this one's: until it is over
        self._looked_at = asked_at
        self._until = asked_at + LEASE_S if taken else float("-inf")
        if taken != self._told:
            self._told = taken
            LOG.info("this node {}", "leads: it assigns and sweeps" if taken else "does not lead")

    def close(self) -> None:
        """Another may lead, at once."""
        self._until = float("-inf")
        with suppress(Unavailable):
            self._pool.read(GIVE_BACK, self._params)
