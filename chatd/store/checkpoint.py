"""Brings the files up to date with what is frozen; runs in a native thread."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chatd.domain.ticket import Ticket
from chatd.store.shelves import OPEN, Shelves, bucket
from chatd.store.state import Changes, ConversationState


def write(shelves: Shelves, changes: Changes, open_tickets: Mapping[str, Ticket]) -> list[str]:
    """Writes changes that nobody changes any more; the files it rewrote. The order is one in
    which a reader of the files alone never meets a ticket that is nowhere; the lists come last."""
    number = changes.number
    written: list[str] = []
    for name, states in conversations(changes).items():
        written += shelves.write_conversations(name, states, changes.messages, number)
    for (kind, name), documents in grouped(changes).items():
        written.append(shelves.write_documents(kind, name, documents, number))
    if any(kind == "tickets" for kind, _ in changes.documents):
        current = dict(open_tickets)
        written.append(shelves.write_documents("tickets", OPEN, current, number, whole=True))
    return written + shelves.list_written(written, number)


def conversations(changes: Changes) -> dict[str, dict[str, ConversationState]]:
    """The states that go into each file of conversations."""
    found: dict[str, dict[str, ConversationState]] = {}
    for state in changes.conversations.values():
        found.setdefault(bucket("conversations", state.id), {})[state.id] = state
    return found


def grouped(changes: Changes) -> dict[tuple[str, str], dict[str, Any | None]]:
    """What goes into each file of documents; open tickets have a file of their own."""
    found: dict[tuple[str, str], dict[str, Any | None]] = {}
    for (kind, id), document in changes.documents.items():
        if kind != "tickets" or not (document and document.open):
            found.setdefault((kind, bucket(kind, id)), {})[id] = document
    return found
