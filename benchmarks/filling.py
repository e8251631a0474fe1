"""Fills a data directory by chatd's own store: messages in rooms, and tickets with their customers.

Run as a program of its own, for gevent's loop belongs to it:
``python -m benchmarks.filling DIRECTORY MESSAGES TICKETS``.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from chatd.config.settings import StoreSettings
from chatd.domain.message import Message
from chatd.domain.participant import Participant
from chatd.domain.ticket import Ticket
from chatd.domain.times import to_text
from chatd.store.base import Append, Change, Put
from chatd.store.tiny.store import TinyStore, open_store

PER_COMMIT = 500
PER_TICKET = 10
FIRST_TICKET = 1_600_000_000
AT_THE_END = StoreSettings(
    sync=False, checkpoint_seconds=1e9, checkpoint_bytes=2**60, stop_seconds=1e9
)


def message(dialog_id: str, number: int, begun: float = FIRST_TICKET) -> Message:
    """One of 200 bytes; so many seconds after that was begun."""
    return Message(
        dialog_id=dialog_id,
        sender_type="member",
        sender_id="p-6b014049-3470bdcbbe04",
        sender_name="bench 7",
        content=f"{number:08d} ".ljust(200, "x"),
        created_at=to_text(begun + number),
    )


def fill_room(store: TinyStore, room: str, count: int) -> None:
    """Numbered messages in a room."""
    for first in range(0, count, PER_COMMIT):
        numbers = range(first, min(count, first + PER_COMMIT))
        store.commit(*(Append(message(room, number)) for number in numbers))


def ticket(number: int, count: int) -> Iterator[Change]:
    """A ticket, its customer and what they said; the newest thousand still wait."""
    opened = FIRST_TICKET + number
    person = Participant(
        id=f"p-{opened:x}-{number:012x}",
        name=f"Customer {number}",
        site="default",
        token_hash="",
        created_at=to_text(opened),
        expires_at=to_text(opened + 1e9),
    )
    yield Put(person)
    yield Put(
        Ticket(
            id=f"TKT-{opened}",
            site="default",
            customer_id=person.id,
            customer_name=person.name,
            status="waiting" if number >= count - 1000 else "closed",
            created_at=to_text(opened),
            updated_at=to_text(opened),
            requested_at=to_text(opened),
        )
    )
    yield from (Append(message(f"TKT-{opened}", n, opened)) for n in range(PER_TICKET))


def fill(directory: Path, messages: int, tickets: int) -> None:
    """The tickets with ten messages each, the rest in the room ``bench``."""
    store = open_store(directory, AT_THE_END)
    for number in range(tickets):
        store.commit(*ticket(number, tickets))
    fill_room(store, "bench", messages - tickets * PER_TICKET)
    store.close()


if __name__ == "__main__":
    from gevent import monkey

    monkey.patch_all()
    fill(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
