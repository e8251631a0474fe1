"""From older data formats to the present one.

Format 1 is one stock TinyDB file, ``chatd.json``. It has tables ``tickets`` (ticket_id, status,
customer_name, created_at …) and ``messages`` (ticket_id, sender_type, sender_name, message,
created_at), as the systems before chatd kept them.
The new files are written beside; ``format.json`` is written last and makes them valid. A migration
that was interrupted begins again; the old file stays, as ``chatd.json.migrated``.

Format 2 has no lists of its files: they are written beside, and no file is touched. Its files
are listed with the number 0 until a checkpoint writes them again.

Format 3 has no ``rev``: a message counts as changed when it came, so that its ``rev`` is its
``seq``, and its conversation's is that of the last one. No file is touched but ``format.json``.

Format 4 has no errands. No file is touched but ``format.json``.

Format 5 has no episodes: :mod:`chatd.store.tiny.episodic` makes them.

Format 6 has no files, 7 no accounts of people and no dialogs of theirs. No file is touched but
``format.json``.
"""

from __future__ import annotations

import shutil
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from loguru import logger
from msgspec import Raw
from tinydb import TinyDB

from chatd.domain.message import Message, SenderType, message_id
from chatd.domain.ticket import Ticket
from chatd.errors import Damaged
from chatd.store.base import Append
from chatd.store.tiny import checkpoint, contents, filesystem, journal, sealed
from chatd.store.tiny.checkpoint import Frozen
from chatd.store.tiny.datafiles import DataFiles
from chatd.store.tiny.journal import damage
from chatd.store.tiny.naming import TYPES, bucket
from chatd.store.tiny.sealed import Listed
from chatd.store.tiny.state import Changes, ConversationState

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
    for kind in ("messages", "tickets", "conversations", "contents"):
        shutil.rmtree(directory / kind, ignore_errors=True)
    contents.start(directory)
    top = contents.read_all(directory)
    datafiles = DataFiles(
        directory, top, segment_messages=segment_messages, cache_bytes=1, sync=True
    )
    changes, open_tickets = everything([ticket_of(row) for row in tickets], messages)
    checkpoint.write(datafiles, Frozen(changes, open_tickets, []), lambda: None)
    finish()
    leave_behind(directory)
    logger.info("migrated {} tickets from data format 1", len(tickets))


def leave_behind(directory: Path) -> None:
    """The old file is no longer read."""
    filesystem.rename(directory / OLD, directory / f"{OLD}.migrated")
    filesystem.sync_directory(directory)


def list_files(directory: Path) -> None:
    """Lists what format 2 has left. Damaged where the present format was in use already: then it
    is ``format.json`` that is old."""
    if sealed.path_of(directory, contents.ALL).exists():
        top = contents.read_all(directory)
        for _, found in contents.lists(top, contents.reader(directory, top)):
            if any(found.files.values()):
                raise damage(directory / "format.json", 0, "it is older than the files beside it")
    shutil.rmtree(directory / "contents", ignore_errors=True)
    kinds = {kind: contents.names_in(directory / kind) for kind in TYPES}
    names = {f"{kind}/{name}" for kind, found in kinds.items() for name in found}
    names |= {f"conversations/{bucket('conversations', id)}" for id in stored_ids(directory)}
    bases = journal.bases(directory / "journal")
    contents.note_journal(directory, max(bases, default=0))
    nothing = contents.List(0, 0, {})
    contents.record(directory, nothing, names, 0, as_of=min(bases, default=contents.FIRST))


def stored_ids(directory: Path) -> set[str]:
    """The conversations that have messages in files, and so a file of conversations; unless a
    crash came between: then the journal has all of them."""
    there = {unquote(path.name) for path in (directory / "messages").glob("*")}
    for frame in journal.replay(directory / "journal"):
        for change in (change for commit in frame.commits for change in commit):
            if isinstance(change, Append):
                there.discard(change.message.dialog_id)
    return there


def segment_messages(directory: Path, configured: int) -> int:
    """How many messages each segment of format 2 has: a first segment with a second one behind it
    tells. Where there is none, any number will do that no conversation has more than."""
    broken: Damaged | None = None
    for second in sorted((directory / "messages").glob("*/000001.json")):
        try:
            return full_segment(directory, f"messages/{second.parent.name}")
        except Damaged as error:
            broken = broken or error
    if broken:
        raise broken
    most = configured
    for file in contents.names_in(directory / "conversations"):
        states = sealed.read(directory, f"conversations/{file}", ConversationState).documents
        most = max(most, *(state.last_seq for state in states.values()))
    return most


def full_segment(directory: Path, folder: str) -> int:
    """How many messages the first segment has, where the second one goes on behind it."""
    first, second = (
        sealed.read(directory, f"{folder}/{index:06d}", Raw, Listed(must=True, least=0)).documents
        for index in range(2)
    )
    if not first or not second or max(first) + 1 != min(second):
        raise damage(sealed.path_of(directory, f"{folder}/000001"), 0, "messages are missing")
    return int(max(first))


def read(path: Path) -> tuple[list[Row], dict[str, list[Row]]]:
    """The tickets, and the messages of each in their order."""
    with TinyDB(path, access_mode="r") as old:
        tickets = [dict(row) for row in old.table("tickets")]
        messages: dict[str, list[Row]] = defaultdict(list)
        for row in old.table("messages"):
            messages[str(row["ticket_id"])].append(dict(row))
    return tickets, messages


def everything(
    tickets: list[Ticket], messages: dict[str, list[Row]]
) -> tuple[Changes, dict[str, Ticket]]:
    """All of it as what a first checkpoint writes, and the open tickets."""
    changes = Changes()
    changes.number = contents.FIRST
    for ticket in tickets:
        changes.documents["tickets", ticket.id] = ticket
        state = changes.conversations[ticket.id] = ConversationState(ticket.id)
        for message in number_messages(ticket, messages[ticket.id]):
            changes.messages.setdefault(ticket.id, {})[message.seq] = message
            state.append(message)
    return changes, {ticket.id: ticket for ticket in tickets if ticket.open}


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


def number_messages(ticket: Ticket, rows: list[Row]) -> list[Message]:
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
