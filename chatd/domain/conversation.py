"""What every conversation has: how far it is numbered, and who read how far."""

from __future__ import annotations

from msgspec import Struct

from chatd.domain.episode import NOTHING_SAID, Said
from chatd.domain.message import Cursor


class Conversation(Struct, frozen=True, kw_only=True):
    """The running state of a conversation, kept by the store as messages and receipts come in.

    ``rev`` counts its changes: each new message, each change of one, each of its own. ``said``: by
    the two sides of a ticket, in all its episodes.
    """

    id: str
    last_seq: int = 0
    rev: int = 0
    last_at: str = ""
    last_text: str = ""
    last_sender: str = ""
    receipts: dict[str, Cursor] = {}
    said: Said = NOTHING_SAID

    def receipt(self, participant_id: str) -> Cursor:
        """How far this participant has received and read."""
        return self.receipts.get(participant_id, Cursor())

    def unread(self, participant_id: str) -> int:
        """How many messages this participant has not read; one's own sending reads up to it."""
        return self.last_seq - self.receipt(participant_id).read
