"""What of a conversation has just come, whichever way it came: live, or after a lost line."""

from __future__ import annotations

from collections.abc import Collection

from chatd.domain.mention import mentions
from chatd.domain.message import Message
from chatd.terminal.core.dialog import Dialog


class Heard:
    """Up to which message each conversation is known. What stood there when it was opened is no
    news."""

    def __init__(self) -> None:
        self.upto: dict[str, int] = {}

    def fresh(self, dialog: Dialog, followed: Collection[str]) -> list[Message]:
        """What came since this was asked last; those no longer followed are forgotten."""
        known = self.upto.get(dialog.id, dialog.last_seq)
        if dialog.id not in self.upto:
            self.upto = {id: seq for id, seq in self.upto.items() if id in followed}
        self.upto[dialog.id] = max(known, dialog.last_seq)
        newer = max(0, dialog.last_seq - known)
        return [one for one in dialog.messages[-newer:] if one.seq > known] if newer else []


def calls(message: Message, dialog: Dialog, own_id: str, own_name: str) -> bool:
    """Whether a message is for this person: it names them, or answers them."""
    if message.sender_id == own_id or message.sender_type == "system":
        return False
    return mentions(message.content, (own_name,)) or answers(message, dialog, own_id, own_name)


def answers(message: Message, dialog: Dialog, own_id: str, own_name: str) -> bool:
    """Whether it is a reply to one's own words; to those from too long ago, by the name."""
    quote = message.meta.get("reply_to")
    if not isinstance(quote, dict):
        return False
    quoted = dialog.find(str(quote.get("seq")))
    return quoted.sender_id == own_id if quoted else quote.get("name") == own_name
