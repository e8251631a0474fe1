"""Fills a data directory with messages of words: ``python -m benchmarks.filling_words DIRECTORY
MESSAGES``. Half of them are in the room ``bench``, the others ten to a ticket, in fifty sites; a
million are of one year."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from itertools import count, islice
from pathlib import Path

from msgspec.structs import replace

from benchmarks.filling import AT_THE_END, PER_COMMIT, PER_TICKET, message, ticket
from benchmarks.words import texts
from chatd.store.base import Append, Change, Put
from chatd.store.tiny.store import open_store

SITES = 50
APART_S = 600  # one ticket and the next


def ticket_of_words(number: int, said: Iterator[str]) -> Iterator[Change]:
    """A ticket of one of the sites, and what was said in it."""
    for change in ticket(number * APART_S, 1 << 40):
        if isinstance(change, Put) and hasattr(change.document, "site"):
            yield Put(replace(change.document, site=f"site{number % SITES}"))
        elif isinstance(change, Append):
            yield Append(replace(change.message, content=next(said)))


def fill(directory: Path, messages: int) -> None:
    """So many messages."""
    store = open_store(directory, AT_THE_END)
    said, tickets = texts(messages), messages // 2 // PER_TICKET
    for number in range(tickets):
        store.commit(*ticket_of_words(number, said))
    numbers = count()
    while some := list(islice(said, PER_COMMIT)):
        spoken = (replace(message("bench", next(numbers)), content=one) for one in some)
        store.commit(*map(Append, spoken))
    store.close()


if __name__ == "__main__":
    from gevent import monkey

    monkey.patch_all()
    fill(Path(sys.argv[1]), int(sys.argv[2]))
