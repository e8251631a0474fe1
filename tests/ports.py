"""Ports for the daemons of tests: none comes twice, and nobody has it while its daemon is away.

Those that the kernel gives to who asks for any may be somebody else's when a daemon starts again;
a client of an earlier one would take the next for its own.
"""

from __future__ import annotations

import os
import random
import socket
from collections.abc import Iterator

# Below those that Linux gives by itself, and above all that browsers refuse to open.
FIRST, LAST = 10_100, 32_700


def share() -> range:
    """The ports of this process: of several that run tests at once, each has as many."""
    each = (LAST - FIRST) // int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    first = FIRST + each * int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    return range(first, first + each)


def is_free(port: int) -> bool:
    """Whether nobody listens there."""
    with socket.socket() as one:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            one.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def ports() -> Iterator[int]:
    """One after the other."""
    mine = share()
    # The dice of tests fall alike in every run.
    begin = random.SystemRandom().choice(mine)
    while True:
        yield from filter(is_free, range(begin, mine.stop))
        begin = mine.start


FREE = ports()
