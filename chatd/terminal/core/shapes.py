"""What the client reads of the daemon's answers and events; whatever else comes is left aside."""

from __future__ import annotations

import contextlib
from typing import Any, TypeVar

import msgspec
from msgspec import Struct

from chatd.domain.file import Attached
from chatd.domain.message import Cursor, Message
from chatd.terminal.core.text import REPLACEMENT
from chatd.terminal.core.told import convert_list, read


class Refused(Exception):
    """The daemon answered with an error."""

    def __init__(self, code: str, message: str, details: dict[str, Any]) -> None:
        super().__init__(message)
        self.code, self.message, self.details = code, message, details


class Frame(Struct):
    """One frame of the wire."""

    event: str
    id: int | str | None = None
    data: dict[str, Any] = {}


class Me(Struct):
    id: str
    name: str
    kind: str = "visitor"
    role: str | None = None
    username: str | None = None


class Welcome(Struct):
    """The answer to hello."""

    participant: Me
    token: str
    joined: list[dict[str, Any]] = []


class FileShown(Struct):
    """A file, with a link that opens it."""

    file: Attached


class LastMessage(Struct):
    """The newest message of a ticket or dialog, in a list. ``words``: of what the house said."""

    text: str = ""
    words: dict[str, Any] | None = None
    sender_name: str = ""
    at: str | None = None


class Companion(Struct):
    """Somebody in a dialog of people."""

    id: str
    name: str
    username: str = ""
    owner: bool = False


class Voice(Struct):
    """Somebody in a voice channel."""

    id: str
    name: str
    muted: bool = False


class VoiceUpdate(Struct):
    """Who is in a voice channel now."""

    dialog_id: str
    participants: list[Voice] = []


class Place(Struct):
    """A room, a ticket or a dialog of people."""

    id: str
    kind: str = "room"
    title: str = ""
    topic: str = ""
    live_typing: str = "full"
    read_only: bool = False
    locked: bool = False
    people: int = 0
    last_seq: int = 0
    status: str = ""
    site: str = ""
    customer_id: str = ""
    customer_name: str = ""
    operator: str | None = None
    operator_name: str | None = None
    created_at: str = ""
    requested_at: str | None = None
    unread: int = 0
    last_message: LastMessage | None = None
    members: list[Companion] = []
    voice: list[Voice] = []
    assists: bool = False

    def entitle(self, own_id: str) -> Place:
        """A dialog of two people is called by the other one."""
        if self.kind == "direct":
            self.title = next((one.name for one in self.members if one.id != own_id), self.title)
        return self


class Listed(Place):
    """A dialog of people as its reader's list has it. ``read``: up to which message they have;
    ``deleted``: those behind it that are, of the newest 100."""

    rev: int = 0
    read: int | None = None
    deleted: list[int] = []
    muted_until: str = ""

    @property
    def fresh(self) -> int:
        """How many messages are unread, as the daemon counts them."""
        read = self.read or 0
        counted = max(read, self.last_seq - 100)
        return max(0, self.last_seq - read - sum(seq > counted for seq in self.deleted))

    @property
    def at(self) -> str:
        """When there was something last."""
        return (self.last_message and self.last_message.at) or self.created_at


class News(Struct):
    """A message was written in a dialog of one's list, or changed."""

    dialog_id: str
    seq: int
    sender_id: str
    last_seq: int
    rev: int
    mentions: list[str] = []
    deleted: bool = False
    last_message: LastMessage | None = None


class OneDialog(Struct):
    """A dialog of people as it is now."""

    dialog: Place


class Person(Struct):
    """Somebody in a conversation."""

    id: str
    name: str
    kind: str = "member"
    status: str = "online"
    muted_until: str = ""


class Snapshot(Struct):
    """A draft as a joiner finds it."""

    participant_id: str
    name: str
    seq: int
    text: str


class Page(Struct):
    """A page of history."""

    messages: list[Message]
    more: bool = False


P = TypeVar("P", bound=Page)


def page(answer: dict[str, Any], kind: type[P]) -> P:
    """An answer that holds messages; one of these that cannot be read hides no other."""
    found = []
    for one in convert_list(answer.get("messages"), Any):
        with contextlib.suppress(msgspec.ValidationError):
            found.append(message(one))
    return read({**answer, "messages": found}, kind)


def message(raw: Any) -> Message:
    """A message; in place of one that cannot be read, one that says so under its number."""
    try:
        return msgspec.convert(raw, Message)
    except msgspec.ValidationError:
        told = raw if isinstance(raw, dict) else {}
        dialog_id, seq, at = (told.get(name) for name in ("dialog_id", "seq", "created_at"))
        if not isinstance(dialog_id, str) or type(seq) is not int:
            raise
        return Message(
            dialog_id=dialog_id,
            seq=seq,
            sender_type="system",
            sender_id="",
            sender_name=REPLACEMENT,
            content=REPLACEMENT,
            created_at=at if isinstance(at, str) else "",
        )


class Joined(Page, kw_only=True):
    """The answer to dialog:join. ``rev``: none from a daemon that does not count changes."""

    dialog: Place
    participants: list[Person] = []
    drafts: list[Snapshot] = []
    receipts: dict[str, Cursor] = {}
    crowd: bool = False
    rev: int | None = None
    changed: list[dict[str, Any]] = []
    resync: bool = False


class Typing(Struct):
    """Somebody types, or no longer."""

    dialog_id: str
    participant_id: str
    name: str


class MessageUpdate(Struct):
    """A message changed; with it comes what of it did."""

    dialog_id: str
    seq: int
    rev: int = 0


class DraftEdit(Struct):
    dialog_id: str
    participant_id: str
    name: str
    seq: int
    ops: list[list[str | int]] = []
    reset: str | None = None


class PresenceUpdate(Struct):
    """Somebody came, went or is away."""

    dialog_id: str
    participant: Person


class ReceiptUpdate(Struct):
    """Somebody has received or read up to here."""

    dialog_id: str
    participant_id: str
    delivered: int = 0
    read: int = 0


class DialogUpdate(Struct):
    """A room or ticket changed, or has news while it is not open."""

    dialog_id: str
    change: str = ""
    dialog: Place | None = None
    crowd: bool | None = None


class QueueTicket(Struct):
    """A ticket as a row of the queue."""

    id: str
    site: str = ""
    status: str = "waiting"
    customer_name: str = ""
    operator: str | None = None
    offered_to: str | None = None
    created_at: str = ""
    requested_at: str | None = None
    last_message: LastMessage | None = None


class Queue(Struct):
    tickets: list[QueueTicket] = []
    waiting: int = 0
    operators_online: int = 0


class QueueUpdate(Struct):
    change: str
    ticket: QueueTicket | None = None
    waiting: int = 0
    operators_online: int = 0


class Canned(Struct):
    site: str
    name: str
    text: str
