"""What was written and is not known to be stored: sent in order, once, kept over breaks."""

from __future__ import annotations

import secrets
from collections.abc import Container
from dataclasses import dataclass, field

MOST = 200


class OutboxFull(Exception):
    """So much is unsent that no more is taken; the text stays in the field."""


@dataclass
class Unsent:
    """One message on its way. ``client_id`` lets a repeat answer with the first one; ``seq`` is
    known once the daemon has stored it. ``reply_to``: the number of the message that it answers.
    ``failures``: how often the daemon broke over it."""

    dialog_id: str
    content: str
    action: bool = False
    client_id: str = field(default_factory=lambda: f"t-{secrets.token_hex(8)}")
    seq: int | None = None
    reply_to: int | None = None
    failures: int = 0


class Outbox:
    """Holds at most ``MOST`` that are not stored; a full one refuses the newest, aloud."""

    def __init__(self, most: int = MOST) -> None:
        self.most = most
        self.entries: list[Unsent] = []

    def add(
        self, dialog_id: str, content: str, *, action: bool = False, reply_to: int | None = None
    ) -> Unsent:
        """A new message at the end; OutboxFull when there is no room."""
        if self.waiting() >= self.most:
            raise OutboxFull
        entry = Unsent(dialog_id, content, action, reply_to=reply_to)
        self.entries.append(entry)
        return entry

    def next(self, resting: Container[str] = ()) -> Unsent | None:
        """The oldest that is not stored, of conversations that do not rest."""
        unsent = (one for one in self.entries if one.seq is None)
        return next((one for one in unsent if one.dialog_id not in resting), None)

    def waiting(self) -> int:
        """How many are not known to be stored."""
        return sum(1 for entry in self.entries if entry.seq is None)

    def waits(self, dialog_id: str) -> bool:
        """Whether a conversation is still to get something."""
        return any(one.seq is None for one in self.entries if one.dialog_id == dialog_id)

    def of(self, dialog_id: str) -> list[Unsent]:
        """What is on its way to one conversation."""
        return [entry for entry in self.entries if entry.dialog_id == dialog_id]

    def note_stored(self, client_id: str, seq: int) -> None:
        """It was acknowledged; it stays in sight until the conversation has reached it."""
        for entry in self.entries:
            if entry.client_id == client_id:
                entry.seq = seq

    def drop(self, client_id: str) -> None:
        """It is in the conversation, or was refused for good."""
        self.entries = [entry for entry in self.entries if entry.client_id != client_id]

    def drop_arrived(self, dialog_id: str, last_seq: int) -> None:
        """The conversation shows everything up to here."""
        self.entries = [
            entry
            for entry in self.entries
            if entry.dialog_id != dialog_id or entry.seq is None or entry.seq > last_seq
        ]
