"""What every conversation has: how far it is numbered, and who read how far."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from msgspec import Struct

from chatd.domain.episode import NOTHING_SAID, Said
from chatd.domain.message import Cursor


class Conversation(Struct, frozen=True, kw_only=True):
    """The running state of a conversation, kept by the store as messages and receipts come in.

    ``rev`` counts its changes: each new message, each change of one, each of its own. ``said``: by
    the two sides of a ticket, in all its episodes. ``unsaid``: the latest messages that nobody
    wrote or that are deleted; ``by_bot``: the latest of bots. ``last_said``: the number of the last
    message that is no notice, whose the other ``last_…`` are; ``last_words``: see ``words_of``.
    """

    id: str
    last_seq: int = 0
    rev: int = 0
    last_said: int = 0
    last_at: str = ""
    last_text: str = ""
    last_sender: str = ""
    last_words: dict[str, Any] | None = None
    receipts: dict[str, Cursor] = {}
    said: Said = NOTHING_SAID
    unsaid: Sequence[int] = ()
    by_bot: Sequence[int] = ()

    def receipt(self, participant_id: str) -> Cursor:
        """How far this participant has received and read."""
        return self.receipts.get(participant_id, Cursor())

    def unread(self, participant_id: str, *, staff: bool = False) -> int:
        """How many messages this participant has not read; one's own sending reads up to it. What
        the house says and what is deleted is none, nor is to ``staff`` what a bot says."""
        read = self.receipt(participant_id).read
        passed = (*self.unsaid, *self.by_bot) if staff else self.unsaid
        return max(0, self.last_seq - read - sum(seq > read for seq in passed))
