"""Which messages of a conversation are not counted as unread: the latest of them, by number."""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterable

from chatd.domain.message import Message

KEPT = 100


def pass_over(unsaid: list[int], by_bot: list[int], message: Message) -> None:
    """A message of the house or a deleted one goes among those ``unsaid``, a bot's among those
    ``by_bot``. Harmless twice."""
    is_unsaid = message.sender_type != "bot" or bool(message.deleted_at)
    if is_unsaid and message.seq in by_bot:
        by_bot.remove(message.seq)
    kept = unsaid if is_unsaid else by_bot
    if message.seq not in kept:
        insort(kept, message.seq)
        del kept[:-KEPT]


def latest(seqs: Iterable[int]) -> list[int]:
    """The last of these that are kept, in order."""
    return sorted(seqs)[-KEPT:]
