"""A message of a conversation, and how far each participant has received and read it."""

from __future__ import annotations

from typing import Any, Literal

from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import replace

from chatd.domain.file import Attached

SenderType = Literal["customer", "admin", "system", "bot", "member"]
HOUSE = frozenset({"system", "bot"})
SAID = "said"  # the kind of what a person had the house say
# Whose messages they are whose time was over: always the first ones of a conversation.
EXPIRED = "expired"


class Earlier(Struct, frozen=True):
    """What a message said before an edit, and since when."""

    content: str
    at: str


class Message(Struct, frozen=True, kw_only=True):
    """One message. ``seq`` counts 1, 2, 3 … in its conversation, ``rev`` is the number of its last
    change there; the store assigns both.

    ``id`` is ``DIALOG:SEQ``: it says where the message is, so that finding it needs no index.
    ``files``: what it brought along. ``reactions``: who put which emoji on it, the newest of them;
    ``reaction_counts``: how many, where these are more. ``version`` counts its changes; one that
    was never changed has none. ``earlier`` is for staff, who ask for it: no other view of a message
    has it. ``reactors``, the marks of those with reactions who are not named, by emoji, is for
    nobody.
    """

    id: str = ""
    dialog_id: str
    seq: int = 0
    rev: int = 0
    sender_type: SenderType
    sender_id: str
    sender_name: str
    type: str = "text"
    content: str
    meta: dict[str, Any] = {}
    created_at: str
    client_id: str | UnsetType = UNSET
    edited_at: str | UnsetType = UNSET
    deleted_at: str | UnsetType = UNSET
    reactions: dict[str, list[str]] | UnsetType = UNSET
    reaction_counts: dict[str, int] | UnsetType = UNSET
    reactors: dict[str, str] | UnsetType = UNSET
    version: int | UnsetType = UNSET
    files: tuple[Attached, ...] | UnsetType = UNSET
    earlier: tuple[Earlier, ...] | UnsetType = UNSET


class Cursor(Struct, frozen=True):
    """A receipt: everything up to these sequence numbers was delivered, was read."""

    delivered: int = 0
    read: int = 0

    def advance(self, delivered: int, read: int) -> Cursor:
        """The cursor moved forward, never back; what is read is delivered too."""
        read = max(self.read, read)
        return Cursor(max(self.delivered, delivered, read), read)


def revise(message: Message, **fields: Any) -> Message:
    """The message with other fields, one version on."""
    return replace(message, version=(message.version or 0) + 1, **fields)


def words_of(message: Message) -> dict[str, Any] | None:
    """By what those who read another language get what the house said in theirs."""
    said = message.sender_type in HOUSE and not message.deleted_at
    return message.meta.get("words") if said else None


def is_notice(message: Message) -> bool:
    """Whether the house says it of its own accord, neither of a call that people had nor because a
    person had it say so: in lists, it is not what was said last."""
    meta = message.meta
    return message.sender_id == "system" and "call_id" not in meta and meta.get("kind") != SAID


def message_id(dialog_id: str, seq: int) -> str:
    """The id of the message ``seq`` of a conversation."""
    return f"{dialog_id}:{seq}"


def seq_of(message_id: str, dialog_id: str) -> int | None:
    """The sequence number in a message's id, ``None`` if it is no id of that conversation."""
    dialog, _, number = message_id.rpartition(":")
    if dialog != dialog_id or not (number.isascii() and number.isdigit()):
        return None
    return int(number)
