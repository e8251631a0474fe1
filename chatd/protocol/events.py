"""The events that are announced, as typed structures named as on the wire.

Each says on which kinds of topic it may be announced (``audience``), and has a ``key`` where it may
be dropped: of those with one key that have not left yet, only the newest counts.
"""

from __future__ import annotations

from typing import Any, ClassVar

from msgspec import UNSET, Struct, UnsetType, field

from chatd.domain import topics
from chatd.domain.message import Message as StoredMessage
from chatd.domain.ticket import Status
from chatd.protocol import calling, views, visits
from chatd.protocol.changes import MembersChange as MembersChange
from chatd.protocol.changes import OperatorChange as OperatorChange
from chatd.protocol.changes import OtherChange as OtherChange
from chatd.protocol.changes import RoomChange as RoomChange
from chatd.protocol.changes import TicketChange as TicketChange
from chatd.protocol.colleagues import Colleague
from chatd.protocol.commands import DraftOp


class Event(Struct, frozen=True, kw_only=True):
    """What every event has: its ``event`` name and its ``audience``; ``shape``: what its data looks
    like, where that is no structure of its own."""

    event: ClassVar[str]
    audience: ClassVar[tuple[str, ...]]
    shape: ClassVar[Any] = None

    @property
    def data(self) -> Any:
        """What is told of it."""
        return self

    @property
    def key(self) -> str | None:
        """Under what it may be dropped for a newer one; none: it must arrive."""
        return None

    @property
    def tells(self) -> tuple[str | None, int]:
        """Of which change of which conversation it tells: its id and ``rev``, if of any."""
        return None, 0


class NewMessage(Event, frozen=True, kw_only=True):
    """A message was written. Its sender gets it, too: know it by its ``id``."""

    event: ClassVar[str] = "message:new"
    audience: ClassVar[tuple[str, ...]] = (topics.DIALOG,)
    shape: ClassVar[Any] = views.Message
    message: StoredMessage

    @property
    def data(self) -> StoredMessage:
        """The message, as it is stored."""
        return self.message

    @property
    def tells(self) -> tuple[str, int]:
        return self.message.dialog_id, self.message.rev


class MessageUpdate(Event, frozen=True, kw_only=True):
    """A message as it is now, or of it what a reaction changed; what became of it in one turn of
    the daemon is told once."""

    event: ClassVar[str] = "message:update"
    audience: ClassVar[tuple[str, ...]] = (topics.DIALOG,)
    shape: ClassVar[Any] = views.Message | views.Reactions
    message: StoredMessage | views.Reactions

    @property
    def data(self) -> StoredMessage | views.Reactions:
        """The message, or its reactions."""
        return self.message

    @property
    def tells(self) -> tuple[str, int]:
        return self.message.dialog_id, self.message.rev


class TypingFlag(Event, frozen=True, kw_only=True):
    """What both flags of typing have in common."""

    audience: ClassVar[tuple[str, ...]] = (
        *(topics.DIALOG, topics.STAFF, topics.CUSTOMER, topics.LIST),
    )
    dialog_id: str
    participant_id: str
    name: str

    @property
    def key(self) -> str:
        """The newest flag of a participant counts, up or down."""
        return f"typing:{self.dialog_id}:{self.participant_id}"


class TypingStart(TypingFlag, frozen=True, kw_only=True):
    """Somebody has begun to type."""

    event: ClassVar[str] = "typing:start"


class TypingStop(TypingFlag, frozen=True, kw_only=True):
    """Somebody types no longer."""

    event: ClassVar[str] = "typing:stop"


class DraftEdit(Event, frozen=True, kw_only=True):
    """Somebody's draft moved, by ``ops``, or is ``reset`` to a whole text."""

    event: ClassVar[str] = "draft:edit"
    audience: ClassVar[tuple[str, ...]] = (topics.DIALOG, topics.STAFF, topics.CUSTOMER)
    dialog_id: str
    participant_id: str
    name: str
    seq: int
    ops: list[DraftOp] | UnsetType = UNSET
    reset: str | UnsetType = UNSET

    @property
    def key(self) -> str:
        """A reset stands for those before it; an edit may be dropped, but for no other: who misses
        one asks for a reset."""
        key = f"draft:{self.dialog_id}:{self.participant_id}"
        return key if self.ops is UNSET else f"{key}:{self.seq}"


class ReceiptUpdate(Event, frozen=True, kw_only=True):
    """Somebody has received or read further. Of a crowd only its first two are told of, and one's
    own on one's other connections."""

    event: ClassVar[str] = "receipt:update"
    audience: ClassVar[tuple[str, ...]] = (topics.DIALOG, topics.PARTICIPANT, topics.LIST)
    shape: ClassVar[Any] = views.Receipt
    receipt: views.Receipt

    @property
    def data(self) -> views.Receipt:
        return self.receipt

    @property
    def key(self) -> str:
        """A participant's cursors never go back."""
        return f"receipt:{self.receipt.dialog_id}:{self.receipt.participant_id}"


class PresenceUpdate(Event, frozen=True, kw_only=True):
    """Somebody came, left, is away, or has another name."""

    event: ClassVar[str] = "presence:update"
    audience: ClassVar[tuple[str, ...]] = (topics.DIALOG, topics.STAFF)
    dialog_id: str
    participant: views.Participant

    @property
    def key(self) -> str:
        """How somebody is here now counts."""
        return f"presence:{self.dialog_id}:{self.participant.id}"


class DialogUpdate(Event, frozen=True, kw_only=True):
    """A room, a ticket or a dialog as it is now, and what changed; null: one that is gone, or no
    longer for you. Without a ``change``: it has news while it may not be open. ``position``: your
    place in the queue, and then no ``dialog``. ``crowd``: who is there is not told any more, only
    how many (``people`` in ``dialog``, about once a second): whoever is known is forgotten; false:
    who is there follows, and from then on who comes and goes. ``by``: the name of who put you out
    of a group."""

    event: ClassVar[str] = "dialog:update"
    audience: ClassVar[tuple[str, ...]] = (
        *(topics.DIALOG, topics.STAFF, topics.PARTICIPANT, topics.LIST),
    )
    dialog_id: str
    change: TicketChange | RoomChange | MembersChange | OtherChange | UnsetType = UNSET
    dialog: views.Dialog | UnsetType | None = UNSET
    position: int | UnsetType = UNSET
    expected_wait_s: float | UnsetType | None = UNSET
    operators_online: int | UnsetType = UNSET
    crowd: bool | UnsetType = UNSET
    by: str | UnsetType = UNSET

    @property
    def key(self) -> str | None:
        """The newest place, the newest news and the newest count of a crowd; a change, and that a
        crowd is over, must arrive."""
        if self.crowd is not UNSET:
            return f"crowd:{self.dialog_id}" if self.crowd else None
        if self.change == "position":
            return f"place:{self.dialog_id}"
        return f"activity:{self.dialog_id}" if self.change is UNSET else None

    @property
    def tells(self) -> tuple[str | None, int]:
        """The dialog's; 0 where it is gone. How many are there is no change of it."""
        if self.dialog is UNSET or self.crowd is not UNSET:
            return None, 0
        return self.dialog_id, self.dialog.rev if self.dialog else 0


class DialogNews(Event, frozen=True, kw_only=True):
    """A message was written in a dialog of people, or changed, for those who watch their list:
    ``seq`` is its number, ``mentions`` are the participants whom it names, ``deleted`` says that it
    is, ``last_message`` is the newest one of all as it is now."""

    event: ClassVar[str] = "dialog:news"
    audience: ClassVar[tuple[str, ...]] = (topics.LIST,)
    dialog_id: str
    seq: int
    sender_id: str
    mentions: list[str]
    deleted: bool = False
    last_seq: int
    rev: int
    last_message: views.LastMessage


class IdentityExpiring(Event, frozen=True, kw_only=True):
    """What your site signed is good until ``expires_at``: ask it for another ``user_token``, and
    say ``hello`` with that, before this connection ``ends_at``."""

    event: ClassVar[str] = "identity:expiring"
    audience: ClassVar[tuple[str, ...]] = (topics.PEER,)
    expires_at: str
    ends_at: str


class NoteMention(Event, frozen=True, kw_only=True):
    """A colleague named you in the notes of a ticket; ``text``: the beginning of the note."""

    event: ClassVar[str] = "note:mention"
    audience: ClassVar[tuple[str, ...]] = (topics.PARTICIPANT,)
    id: str
    ticket: views.Ticket
    dialog_id: str
    seq: int
    at: str
    sender_id: str
    sender_name: str
    text: str


class QueueUpdate(Event, frozen=True, kw_only=True):
    """The queue moved, or an operator came, left or went away (``ticket`` is null); the counters
    are of all the sites that one serves."""

    event: ClassVar[str] = "queue:update"
    audience: ClassVar[tuple[str, ...]] = (topics.QUEUE,)
    change: TicketChange | OperatorChange
    ticket: views.QueueRow | None
    waiting: int
    operators_online: int


class ColleagueUpdate(Event, frozen=True, kw_only=True):
    """Which operators have an open ticket open, and who of them writes what: all of them as they
    are now, to those who watch the queue."""

    event: ClassVar[str] = "colleague:update"
    audience: ClassVar[tuple[str, ...]] = (topics.QUEUE,)
    ticket_id: str
    colleagues: list[Colleague]

    @property
    def key(self) -> str:
        """Who has it open now counts."""
        return f"colleagues:{self.ticket_id}"


class VisitorUpdate(Event, frozen=True, kw_only=True):
    """Somebody opened a page of a site, went to another, or is gone (``visitor`` null), to those
    who watch its visitors; ``total``: how many are there. Of very many only that is told."""

    event: ClassVar[str] = "visitor:update"
    audience: ClassVar[tuple[str, ...]] = (topics.VISITORS,)
    site: str
    total: int
    id: str | UnsetType = UNSET
    visitor: visits.Visitor | UnsetType | None = UNSET

    @property
    def key(self) -> str:
        """How it is with them now counts."""
        return f"visitor:{self.site}:{self.id or ''}"


class VisitorInvited(Event, frozen=True, kw_only=True):
    """An operator invites the visitor to a conversation."""

    event: ClassVar[str] = "visitor:invited"
    audience: ClassVar[tuple[str, ...]] = (topics.PARTICIPANT,)
    invitation: visits.Invitation


class CustomerUpdate(Event, frozen=True, kw_only=True):
    """A customer went to another page, or came again: to those who have their ticket open."""

    event: ClassVar[str] = "customer:update"
    audience: ClassVar[tuple[str, ...]] = (topics.STAFF,)
    ticket_id: str
    customer: visits.Customer

    @property
    def key(self) -> str:
        """Where they are now counts."""
        return f"customer:{self.ticket_id}"


class TicketUpdate(Event, frozen=True, kw_only=True):
    """A ticket changed: for who follows all of them at the machine."""

    event: ClassVar[str] = "ticket"
    audience: ClassVar[tuple[str, ...]] = (topics.EVENTS,)
    dialog_id: str
    change: TicketChange
    status: Status


class CallUpdate(Event, frozen=True, kw_only=True):
    """A call that I am in, or that rings at me, as it is now. It rings no more once it is not
    ``ringing``, or I am none of its ``participants``. One that is still ``active``: somebody goes
    on over another connection, to whom everything has to be described anew."""

    event: ClassVar[str] = "call:update"
    audience: ClassVar[tuple[str, ...]] = (topics.PARTICIPANT,)
    call: calling.Call


class RecordingUpdate(Event, frozen=True, kw_only=True):
    """The ``recording`` of a call that I am in, as it is now: asked for, running, or ended."""

    event: ClassVar[str] = "call:recording"
    audience: ClassVar[tuple[str, ...]] = (topics.PARTICIPANT,)
    call_id: str
    recording: calling.CallRecording


class CallSignal(Event, frozen=True, kw_only=True):
    """What the other side of a call told this connection: a ``description`` or a ``candidate``."""

    event: ClassVar[str] = "call:signal"
    audience: ClassVar[tuple[str, ...]] = (topics.PEER,)
    call_id: str
    sender: str = field(name="from")
    description: calling.Description | UnsetType = UNSET
    candidate: calling.Candidate | UnsetType = UNSET


class VoiceUpdate(Event, frozen=True, kw_only=True):
    """Who is in the voice channel of a room or a group: to those who have it open, or who watch a
    list that it is in. ``moved``, told to one connection: I am in it over this one no more."""

    event: ClassVar[str] = "voice:update"
    audience: ClassVar[tuple[str, ...]] = (
        *(topics.DIALOG, topics.LIST, topics.ROOM_LIST, topics.PEER),
    )
    dialog_id: str
    call_id: str
    participants: list[calling.VoiceParty]
    moved: bool | UnsetType = UNSET

    @property
    def key(self) -> str | None:
        """Who is in it now counts; that one is there no more must arrive."""
        return f"voice:{self.dialog_id}" if self.moved is UNSET else None


EVENTS: dict[str, type[Event]] = {
    one.event: one
    for one in (
        *(NewMessage, MessageUpdate, TypingStart, TypingStop, DraftEdit, ReceiptUpdate),
        *(PresenceUpdate, DialogUpdate, DialogNews, NoteMention, IdentityExpiring, QueueUpdate),
        ColleagueUpdate,
        *(VisitorUpdate, VisitorInvited, CustomerUpdate, TicketUpdate),
        *(CallUpdate, RecordingUpdate, CallSignal, VoiceUpdate),
    )
}
