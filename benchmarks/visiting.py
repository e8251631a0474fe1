"""Fills a data directory by chatd's own store with visitors of one hour, who read the room
``bench`` and left, and prints the tokens of some of them, a line each.

Run as a program of its own, for gevent's loop belongs to it:
``python -m benchmarks.visiting DIRECTORY VISITORS TOKENS``.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.filling import AT_THE_END, PER_COMMIT, fill_room
from chatd.daemon.assembly import tokens_of
from chatd.domain.ids import Newborn
from chatd.domain.participant import Participant
from chatd.domain.times import to_text
from chatd.domain.tokens import Tokens, digest
from chatd.store.base import Advance, Change, Put
from chatd.store.tiny.store import open_store

ROOM = "bench"
HOUR = 3_600


def visitor(tokens: Tokens, id: str, second: int, said: list[str]) -> Iterator[Change]:
    """One who wrote once, and has read all; their token goes to ``said``."""
    token, secret = tokens.make(id)
    said.append(token)
    yield Put(
        Participant(
            id=id,
            name=f"Visitor {len(said)}",
            site="default",
            token_hash=digest(secret),
            created_at=to_text(second),
            expires_at=to_text(second + 1e8),
            wrote=True,
        )
    )
    yield Advance(ROOM, id, delivered=1, read=1)


def fill(directory: Path, visitors: int) -> list[str]:
    """All came within the last full hour; their tokens."""
    store, said = open_store(directory, AT_THE_END), list[str]()
    tokens, began = tokens_of(store, [ROOM], time.time()), int(time.time()) // HOUR * HOUR - HOUR
    newborn = Newborn("p")
    fill_room(store, ROOM, 1)
    for first in range(0, visitors, PER_COMMIT):
        some = range(first, min(visitors, first + PER_COMMIT))
        came = [began + number * HOUR // visitors for number in some]
        store.commit(*(one for at in came for one in visitor(tokens, newborn.id(at), at, said)))
    store.close()
    return said


if __name__ == "__main__":
    from gevent import monkey

    monkey.patch_all()
    known = fill(Path(sys.argv[1]), int(sys.argv[2]))
    print("\n".join(known[:: max(1, len(known) // int(sys.argv[3]))]))
