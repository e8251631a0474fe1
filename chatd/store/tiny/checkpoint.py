"""Brings the files up to date with what is frozen; runs in a native thread.

What belongs into a damaged file is *left*: it stays in memory, and goes on in the next journal, so
that everything else can be written and the journals behind it can go.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from msgspec import Struct

from chatd.domain.message import Message
from chatd.domain.ticket import Ticket
from chatd.errors import Damaged
from chatd.store.base import Append, Change, Put, Remove
from chatd.store.tiny import filesystem
from chatd.store.tiny.datafiles import DataFiles
from chatd.store.tiny.journal import Carried
from chatd.store.tiny.naming import OPEN, bucket
from chatd.store.tiny.state import Changes, ConversationState

Documents = dict[str, Any]
Turn = Callable[[], None]


class Conversations(Struct, frozen=True):
    """Conversations of one file, and their messages."""

    name: str
    states: dict[str, ConversationState]
    messages: dict[str, dict[int, Message]]

    def write(self, datafiles: DataFiles, number: int, left: Changes, turn: Turn) -> list[str]:
        """The files that it wrote."""
        written, out = datafiles.write_conversations(
            self.name, self.states, self.messages, number, turn
        )
        for dialog_id in out:
            self._leave(left, dialog_id)
        return written

    def leave(self, left: Changes) -> None:
        """The file is damaged."""
        for dialog_id in self.states:
            self._leave(left, dialog_id)

    def _leave(self, left: Changes, dialog_id: str) -> None:
        left.learn(self.states[dialog_id])
        if messages := self.messages.get(dialog_id):
            left.messages.setdefault(dialog_id, {}).update(messages)


class Part(Struct, frozen=True):
    """Documents of one file."""

    kind: str
    name: str
    documents: Documents

    def write(self, datafiles: DataFiles, number: int, left: Changes, turn: Turn) -> list[str]:
        """The file that it wrote."""
        turn()
        return [datafiles.write_documents(self.kind, self.name, self.documents, number)]

    def leave(self, left: Changes) -> None:
        """The file is damaged."""
        left.documents |= {(self.kind, id): one for id, one in self.documents.items()}


class OpenTickets(Struct, frozen=True):
    """All open tickets, and those that changed."""

    tickets: Documents
    changed: Documents

    def write(self, datafiles: DataFiles, number: int, left: Changes, turn: Turn) -> list[str]:
        """The file that it wrote."""
        turn()
        return [datafiles.write_documents("tickets", OPEN, self.tickets, number, whole=True)]

    def leave(self, left: Changes) -> None:
        """The file was damaged when it was read, so that not all open tickets are known."""
        left.documents |= {("tickets", id): ticket for id, ticket in self.changed.items()}


Piece = Conversations | Part | OpenTickets


class Frozen:
    """What one checkpoint writes, and the journals, oldest first, that hold nothing else than that
    and what is older: they go when it is ``stored``, these and no others. Nobody changes what is
    in it."""

    def __init__(
        self, changes: Changes, open_tickets: Mapping[str, Ticket], journals: list[Path]
    ) -> None:
        self.changes = changes
        self.journals = journals
        self.pieces: deque[Piece] = deque(pieces(changes, open_tickets))
        self.written: list[str] = []
        self.lists: list[str] = []
        self.stored = False
        self.left = Changes()
        for state in changes.partial.values():
            self.left.learn(state)
            if messages := changes.messages.get(state.id):
                self.left.messages[state.id] = messages


def write(datafiles: DataFiles, frozen: Frozen, turn: Turn) -> None:
    """Writes what is not written yet, the lists last; then the journals go, unless one holds what
    is left. What it raises, or ``turn``, which is called before each file, leaves the rest to
    another time."""
    number = frozen.changes.number
    while frozen.pieces:
        piece = frozen.pieces[0]
        try:
            frozen.written += piece.write(datafiles, number, frozen.left, turn)
        except Damaged:
            piece.leave(frozen.left)
        frozen.pieces.popleft()
    turn()
    frozen.lists = datafiles.list_written(frozen.written, number)
    if frozen.left:
        return
    frozen.stored = True
    for path in frozen.journals:
        turn()
        filesystem.remove(path)
        filesystem.sync_directory(path.parent)


def pieces(changes: Changes, open_tickets: Mapping[str, Ticket]) -> Iterator[Piece]:
    """One for each file of documents, in an order in which a reader of the files alone never meets
    a ticket that is nowhere."""
    states: dict[str, dict[str, ConversationState]] = {}
    for state in changes.conversations.values():
        states.setdefault(bucket("conversations", state.id), {})[state.id] = state
    for name, some in states.items():
        messages = {id: changes.messages[id] for id in some if id in changes.messages}
        yield Conversations(name, some, messages)
    for (kind, name), documents in group_by_file(changes).items():
        yield Part(kind, name, documents)
    if tickets := {id: one for (kind, id), one in changes.documents.items() if kind == "tickets"}:
        yield OpenTickets(dict(open_tickets), tickets)


def group_by_file(changes: Changes) -> dict[tuple[str, str], Documents]:
    """What goes into each file of documents; open tickets have a file of their own."""
    found: dict[tuple[str, str], Documents] = {}
    for (kind, id), document in changes.documents.items():
        if kind != "tickets" or not (document and document.open):
            found.setdefault((kind, bucket(kind, id)), {})[id] = document
    return found


def commits_left(left: Changes, active: Changes) -> Iterator[list[Change | Carried]]:
    """What no file has, as commits for the journal; not what has changed again since: that is
    either going to be written or left anew, and must not come back."""
    for messages in left.messages.values():
        yield [Append(message) for message in messages.values()]
    for (kind, id), document in left.documents.items():
        if (kind, id) not in active.documents:
            yield [Remove(kind, id) if document is None else Put(document)]
    for state in left.partial.values():
        yield [Carried(state)]
