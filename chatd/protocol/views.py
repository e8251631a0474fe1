"""What messages, dialogs, rows of the queue, people and operators look like from outside.

A member that may be ``UNSET`` is left out where it is not the reader's, or does not apply.
"""

from __future__ import annotations

from typing import Any, Literal, get_args

from msgspec import UNSET, Struct, UnsetType

from chatd.domain.attributes import Attribute
from chatd.domain.errand import State
from chatd.domain.file import Attached
from chatd.domain.message import Earlier, SenderType
from chatd.domain.participant import Role
from chatd.domain.principal import Kind
from chatd.domain.rating import Rating
from chatd.domain.room import LiveTyping
from chatd.domain.sla import TargetState
from chatd.domain.ticket import Answer, Field, Outcome, Priority, Status
from chatd.protocol.calling import VoiceParty
from chatd.protocol.companions import Direct, Group
from chatd.protocol.companions import LastMessage as LastMessage
from chatd.protocol.requests import Episode as Episode
from chatd.protocol.requests import Request as Request

Transport = Literal["websocket", "socketio-polling", "socketio-websocket", "admin"]
TRANSPORTS: tuple[Transport, ...] = get_args(Transport)
FindingState = Literal["ok", "warning", "wrong"]
OwnStatus = Literal["online", "away"]
PresenceStatus = Literal[OwnStatus, "offline"]


class Message(Struct, frozen=True, kw_only=True):
    """A message as readers get it. ``id`` is ``DIALOG:SEQ``, ``rev`` that of its last change.
    ``earlier``: before its edits, for staff who ask. A deleted one has no content, no ``files``."""

    # Most are given out as they are stored, without being made anew; a test compares the two.
    id: str
    dialog_id: str
    seq: int
    rev: int
    sender_type: SenderType
    sender_id: str
    sender_name: str
    type: str
    content: str
    meta: dict[str, Any]
    created_at: str
    client_id: str | UnsetType = UNSET
    edited_at: str | UnsetType = UNSET
    deleted_at: str | UnsetType = UNSET
    reactions: dict[str, list[str]] | UnsetType = UNSET
    reaction_counts: dict[str, int] | UnsetType = UNSET
    version: int | UnsetType = UNSET
    files: tuple[Attached, ...] | UnsetType = UNSET
    earlier: tuple[Earlier, ...] | UnsetType = UNSET


class Reactions(Struct, frozen=True, kw_only=True):
    """Of a message what a reaction changes: who put which emoji on it, and of more, how many."""

    id: str
    dialog_id: str
    seq: int
    rev: int
    version: int
    reactions: dict[str, list[str]]
    reaction_counts: dict[str, int]


class InLine(Struct, frozen=True, kw_only=True):
    """A place in the queue: from 1, 0 for who does not wait. ``expected_wait_s``: null when nobody
    is there to serve it."""

    position: int
    expected_wait_s: float | None
    operators_online: int


class Counters(Struct, frozen=True, kw_only=True):
    """How many wait, and how many operators are there."""

    waiting: int
    operators_online: int


class Room(Struct, frozen=True, kw_only=True, tag_field="kind", tag="room"):
    """A room, with how many people are in it. ``locked``: it has a password, which operators are
    not asked for; who has yet to give it is told of no topic, and of nobody and nothing there.
    ``voice``: who is in its voice channel, where it has one."""

    id: str
    title: str
    topic: str
    live_typing: LiveTyping
    read_only: bool
    locked: bool
    people: int
    last_seq: int
    rev: int
    voice: list[VoiceParty] | UnsetType = UNSET


class Target(Struct, frozen=True, kw_only=True):
    """Until when something was promised. ``state``: it is ``due``, or ``soon`` (its people were
    warned), or ``overdue``; time stands still for it (``paused``); it was done, and ``met``, or too
    late: ``missed``, as what never was done is."""

    by: str
    state: TargetState


class Targets(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is promised of a request for help: an operator's first word, and that it is closed."""

    response: Target | None = None
    resolution: Target | None = None


class Ticket(Struct, frozen=True, kw_only=True, tag_field="kind", tag="ticket"):
    """A ticket, with what its reader has not read. ``operator`` to ``outcome``: for staff;
    ``position`` to ``operators_online``: while it waits. ``live_typing``: how much of one's own
    typing the other side sees; ``sees_live_typing``: how much one sees of theirs. ``contact``: the
    customer's mail address, where they gave one, and ``phone``. ``offline``: they asked while
    nobody came soon. ``handed_by``: who gave it to its operator; null where they took it
    themselves. ``calls``: whether there are calls here. ``rating``: what the customer said of it
    after it was closed; ``rate_until``: until when they still may. ``attributes``: what is said of
    the customer, ``verified``: which of ``name``, ``contact``, ``phone`` their site has signed;
    both for staff, as ``targets`` are. ``assists``: the site has a model that drafts and sums up
    for them, if it does."""

    id: str
    site: str
    status: Status
    customer_id: str
    customer_name: str
    operator_name: str | None
    created_at: str
    updated_at: str
    requested_at: str | None
    accepted_at: str | None
    closed_at: str | None
    last_seq: int
    rev: int
    last_message: LastMessage | None
    unread: int
    live_typing: LiveTyping
    sees_live_typing: LiveTyping
    calls: bool
    operator: str | UnsetType | None = UNSET
    handed_by: str | UnsetType | None = UNSET
    closed_by: str | UnsetType | None = UNSET
    offered_to: str | UnsetType | None = UNSET
    version: int | UnsetType = UNSET
    episode: int | UnsetType = UNSET
    past: list[Episode] | UnsetType = UNSET
    priority: Priority | UnsetType = UNSET
    tags: list[str] | UnsetType = UNSET
    department: str | UnsetType = UNSET
    snoozed_until: str | UnsetType | None = UNSET
    outcome: Outcome | UnsetType = UNSET
    targets: Targets | UnsetType = UNSET
    assists: bool | UnsetType = UNSET
    position: int | UnsetType = UNSET
    expected_wait_s: float | UnsetType | None = UNSET
    operators_online: int | UnsetType = UNSET
    contact: str | UnsetType = UNSET
    phone: str | UnsetType = UNSET
    answers: tuple[Answer, ...] | UnsetType = UNSET
    offline: bool | UnsetType = UNSET
    rating: Rating | UnsetType = UNSET
    rate_until: str | UnsetType = UNSET
    attributes: list[Attribute] | UnsetType = UNSET
    verified: list[Field] | UnsetType = UNSET


class Notes(Struct, frozen=True, kw_only=True, tag_field="kind", tag="notes"):
    """A ticket's internal notes."""

    id: str
    ticket: Ticket
    last_seq: int
    rev: int


Dialog = Room | Ticket | Notes | Direct | Group


class QueueRow(Struct, frozen=True, kw_only=True):
    """A ticket as a row of the queue; where it stands there, in answers."""

    id: str
    site: str
    status: Status
    customer_id: str
    customer_name: str
    operator: str | None
    handed_by: str | None
    offered_to: str | None
    created_at: str
    requested_at: str | None
    accepted_at: str | None
    last_seq: int
    last_message: LastMessage
    priority: Priority
    tags: list[str]
    offline: bool
    department: str
    snoozed_until: str | None
    targets: Targets | UnsetType = UNSET
    position: int | UnsetType = UNSET
    expected_wait_s: float | UnsetType | None = UNSET
    operators_online: int | UnsetType = UNSET
    waited_s: float | UnsetType = UNSET


class Department(Struct, frozen=True, kw_only=True):
    """A part of the house with a queue of its own; of which sites' tickets (none: of all), who its
    ``members`` are; ``mine``: whether its tickets are in the reader's queue."""

    name: str
    title: dict[str, str]
    sites: list[str]
    members: list[str]
    mine: bool


class FileLimits(Struct, frozen=True, kw_only=True):
    """How many bytes a file may have, and how many files a message."""

    max_bytes: int
    per_message: int


class Participant(Struct, frozen=True):
    """Somebody in a conversation, as the others see them."""

    id: str
    name: str
    kind: Literal["member", "operator"]
    status: PresenceStatus
    avatar: str | UnsetType = UNSET
    muted_until: str | UnsetType = UNSET


class Draft(Struct, frozen=True):
    """What somebody has half-written, for who joins in mid-word."""

    participant_id: str
    name: str
    seq: int
    text: str


class Receipt(Struct, frozen=True, kw_only=True):
    """Somebody has received and read everything up to these numbers."""

    dialog_id: str
    participant_id: str
    delivered: int
    read: int


class Cursor(Struct, frozen=True):
    """Everything up to these numbers was delivered, was read."""

    delivered: int
    read: int


class Me(Struct, frozen=True, kw_only=True):
    """Who one is. ``username``: an operator's."""

    id: str
    name: str
    kind: Kind
    site: str | None
    role: Role | None
    username: str | None
    avatar: str | UnsetType = UNSET


class Operator(Struct, frozen=True, kw_only=True):
    """An operator; of their sites and tickets, those that the reader serves too. ``second_factor``:
    whether they have one, and how many ``passkeys``, told to themselves and to who runs the daemon.
    ``must_enrol``: whether they have to have one of these before anything else. ``may``: the
    permissions of who asks, in the words of roles (``ticket:*`` for all of a family)."""

    id: str
    username: str
    display_name: str
    role: Role
    disabled: bool
    sites: list[str]
    capacity: int
    takes_tickets: bool
    created_at: str
    status: PresenceStatus
    available: bool
    active: int
    second_factor: bool | UnsetType = UNSET
    passkeys: int | UnsetType = UNSET
    must_enrol: bool | UnsetType = UNSET
    may: list[str] | UnsetType = UNSET


class Person(Struct, frozen=True, kw_only=True):
    """A person who has an account. ``id``: as what they are known in rooms and tickets."""

    id: str
    username: str
    display_name: str
    site: str
    disabled: bool
    created_at: str
    status: PresenceStatus
    avatar: str | UnsetType = UNSET


class Connection(Struct, frozen=True, kw_only=True):
    """A connection as operators see it; ``in_bytes`` to ``dropped``: what has passed over it, and
    what waits."""

    id: str
    transport: Transport
    address: str
    agent: str
    since: str
    kind: Kind
    participant: str
    name: str
    site: str
    dialogs: list[str]
    commands: int
    in_bytes: int | UnsetType = UNSET
    in_messages: int | UnsetType = UNSET
    out_bytes: int | UnsetType = UNSET
    out_frames: int | UnsetType = UNSET
    queued_bytes: int | UnsetType = UNSET
    dropped: int | UnsetType = UNSET


class NodeAnswer(Struct, frozen=True, kw_only=True):
    """What another node answered, or why it did not."""

    node: str
    result: dict[str, Any] | None = None
    error: str | None = None


class Ban(Struct, frozen=True, kw_only=True):
    """An address, network or participant that is kept out: ``id`` is that very value.
    ``networks``: where a participant came from, when these are kept out with them."""

    id: str
    kind: Literal["address", "participant"]
    reason: str
    by: str
    created_at: str
    expires_at: str | None
    networks: tuple[str, ...]


class Finding(Struct, frozen=True):
    """One thing that was looked at, and how it is."""

    check: str
    state: FindingState
    said: str


class Errand(Struct, frozen=True, kw_only=True):
    """What leaves the house: to whom, about what, and what became of it. ``next_at``: when it is
    tried next, null for one that does not wait."""

    id: str
    kind: str
    target: str
    type: str
    about: str
    state: State
    attempts: int
    created_at: str
    next_at: str | None
    ended_at: str | None
    last_error: str


class Webhook(Struct, frozen=True, kw_only=True):
    """A webhook of the configuration; ``state``: open, closed (it said so) or what is wrong with
    it; ``waiting``: how much is still to be delivered."""

    name: str
    url: str
    events: tuple[str, ...]
    sites: tuple[str, ...]
    state: str
    waiting: int
