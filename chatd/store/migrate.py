"""From data format 1 (one stock TinyDB file, ``chatd.json``) to the present one.

Format 1 has tables ``tickets`` (ticket_id, status, customer_name, created_at …) and ``messages``
(ticket_id, sender_type, sender_name, message, created_at), as the systems before chatd kept them.
The new files are written beside; ``format.json`` is written last and makes them valid. A migration
that was interrupted begins again; the old file stays, as ``chatd.json.migrated``.
"""

from __future__ import annotations

import shutil
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

from loguru import logger
from tinydb import TinyDB

from chatd.domain.message import Message, SenderType, message_id
from chatd.domain.ticket import Ticket
from chatd.store import files
from chatd.store.shelves import Shelves, bucket
from chatd.store.state import ConversationState

OLD = "chatd.json"
NOBODY = "p-0-migrated"
SENDERS: dict[str, SenderType] = {
    "customer": "customer",
    "user": "customer",
    "admin": "admin",
    "operator": "admin",
    "bot": "bot",
}
Row = dict[str, Any]


def migrate(directory: Path, segment_messages: int, finish: Callable[[], None]) -> None:
    """Rewrites a directory of format 1; ``finish`` makes the new format valid."""
    tickets, messages = read(directory / OLD)
    for kind in ("messages", "tickets", "conversations"):
        shutil.rmtree(directory / kind, ignore_errors=True)
    shelves = Shelves(directory, segment_messages=segment_messages, cache_bytes=1, sync=True)
    write(shelves, [ticket_of(row) for row in tickets], messages)
    finish()
    files.rename(directory / OLD, directory / f"{OLD}.migrated")
    files.sync_directory(directory)
    logger.info("migrated {} tickets from data format 1", len(tickets))


def read(path: Path) -> tuple[list[Row], dict[str, list[Row]]]:
    """The tickets, and the messages of each in their order."""
    with TinyDB(path, access_mode="r") as old:
        tickets = [dict(row) for row in old.table("tickets")]
        messages: dict[str, list[Row]] = defaultdict(list)
        for row in old.table("messages"):
            messages[str(row["ticket_id"])].append(dict(row))
    return tickets, messages


def write(shelves: Shelves, tickets: list[Ticket], messages: dict[str, list[Row]]) -> None:
    """Everything in the present form."""
    documents: dict[tuple[str, str], Row] = defaultdict(dict)
    for ticket in tickets:
        file = "open" if ticket.open else bucket("tickets", ticket.id)
        documents["tickets", file][ticket.id] = ticket
        state = ConversationState(ticket.id)
        everything = numbered(ticket, messages[ticket.id])
        list(shelves.write_messages(ticket.id, everything))
        for message in everything:
            state.appended(message)
        documents["conversations", bucket("conversations", ticket.id)][ticket.id] = state
    for (kind, file), changed in documents.items():
        shelves.write_documents(kind, file, changed, whole=True)


def ticket_of(row: Row) -> Ticket:
    """A ticket of format 1: what was not closed waits again."""
    created = str(row.get("created_at", "1970-01-01T00:00:00.000Z"))
    closed = row.get("status") == "closed"
    return Ticket(
        id=str(row["ticket_id"]),
        site=str(row.get("site", "default")),
        status="closed" if closed else "waiting",
        customer_id=NOBODY,
        customer_name=str(row.get("customer_name", "")),
        created_at=created,
        updated_at=created,
        requested_at=created,
        closed_at=created if closed else None,
    )


def numbered(ticket: Ticket, rows: list[Row]) -> list[Message]:
    """A ticket's messages with their numbers."""
    return [
        Message(
            id=message_id(ticket.id, seq),
            dialog_id=ticket.id,
            seq=seq,
            sender_type=SENDERS.get(str(row.get("sender_type")), "system"),
            sender_id=f"migrated:{row.get('sender_type')}",
            sender_name=str(row.get("sender_name", "")),
            content=str(row.get("message", "")),
            created_at=str(row.get("created_at", ticket.created_at)),
        )
        for seq, row in enumerate(rows, 1)
    ]
