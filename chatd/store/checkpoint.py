"""Brings the files up to date with what is frozen; runs in a native thread."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from chatd.domain.ticket import Ticket
from chatd.store.shelves import OPEN, Shelves, bucket
from chatd.store.state import Changes


def write(shelves: Shelves, changes: Changes, open_tickets: Mapping[str, Ticket]) -> list[Path]:
    """Writes changes that nobody changes any more; the files it rewrote. The order is one in
    which a reader of the files alone never meets a ticket that is nowhere."""
    written: list[Path] = []
    for dialog_id, messages in changes.messages.items():
        written += shelves.write_messages(dialog_id, messages.values())
    for (kind, file), documents in grouped(changes).items():
        written.append(shelves.write_documents(kind, file, documents))
    if any(kind == "tickets" for kind, _ in changes.documents):
        written.append(shelves.write_documents("tickets", OPEN, dict(open_tickets), whole=True))
    return written


def grouped(changes: Changes) -> dict[tuple[str, str], dict[str, Any | None]]:
    """What goes into each file; open tickets have a file of their own."""
    found: dict[tuple[str, str], dict[str, Any | None]] = {}
    for state in changes.conversations.values():
        name = "conversations", bucket("conversations", state.id)
        found.setdefault(name, {})[state.id] = state
    for (kind, id), document in changes.documents.items():
        if kind != "tickets" or not (document and document.open):
            found.setdefault((kind, bucket(kind, id)), {})[id] = document
    return found
