"""What a handler is given: the daemon's services, who asks, from where, and about what."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from msgspec import Struct

from chatd.audit.log import Audit
from chatd.bot.base import Bots
from chatd.config.settings import Config
from chatd.delivery.hub import Hub
from chatd.domain.dialog import Dialog, Memberships
from chatd.domain.house import DialogTerms, Terms
from chatd.domain.ids import Newborn
from chatd.domain.participant import Operator, Participant
from chatd.domain.place import NOTHING, Place
from chatd.domain.principal import Principal, of_operator
from chatd.domain.roles import BUILT_IN, EVERYTHING, compact
from chatd.domain.room import Room
from chatd.domain.ticket import Ticket
from chatd.domain.tokens import Tokens
from chatd.errands.dialer import Dialer
from chatd.errands.runner import Errands
from chatd.errands.webhooks import Webhooks
from chatd.files.base import Bytes
from chatd.helper.helpers import Helpers
from chatd.live.base import (
    Answers,
    Bans,
    Connections,
    Drafts,
    KeyedLocks,
    Leader,
    Limits,
    Newcomers,
    OpenTickets,
    OperatorsOnline,
    Places,
    Presence,
    QueuePace,
)
from chatd.live.calls import Calls, Qualities, Voices
from chatd.live.connections import Connection
from chatd.live.crowds import Crowds
from chatd.live.hashing import Hashing
from chatd.live.kept_pages import KeptPages
from chatd.live.kept_since import KeptSince
from chatd.live.nodes import Marked, Nodes
from chatd.live.refusals import Refusals
from chatd.live.updates import Updates
from chatd.log.areas import EveryArea, LogLevel
from chatd.protocol.commands import Command
from chatd.protocol.results import Result
from chatd.protocol.views import Finding
from chatd.runtime.metrics import Metrics
from chatd.runtime.tasks import Tasks
from chatd.search.knowledge import Library
from chatd.service.searching import Search
from chatd.store.base import Maintenance, Store

if TYPE_CHECKING:  # what it needs is installed for who wants it only
    from chatd.errands.webpush import Pushes


class Control(Protocol):
    """The daemon's own levers, held by the composition root."""

    def reload(self) -> dict[str, Any]:
        """``applied``, ``needs_restart``; Rejected if the configuration is refused."""

    def drain(self) -> None:
        """Begins to stop; harmless twice."""

    def set_log_level(self, area: str, level: str) -> None:
        """Sets the level of an area, for all that is logged from now on."""

    def status(self) -> dict[str, Any]:
        """Which daemon this is, and where everything is."""

    def examine(self, origin: str | None) -> list[Finding]:
        """What is in order and what is not, as findings."""

    def log_levels(self) -> dict[EveryArea, LogLevel]:
        """The level of each area."""

    def problem(self) -> str | None:
        """Why the daemon cannot serve just now; ``None`` when it can."""

    def list_impairments(self) -> list[str]:
        """What does not work although the daemon serves, a sentence each."""

    def stats(self) -> dict[str, Any]:
        """The daemon's figures by name, as ``stats:get`` gives them."""


@dataclass(slots=True)
class Services:
    """Everything that outlives one command; ``config`` and ``rooms`` change with a reload.

    ``filed``: what the file says, over which the rest of ``config`` is laid; ``misfits``: what of
    that is not in force, by id, and why.
    ``answering``: the tickets whose customer the bot is answering right now. ``nodes``: the others.
    ``waiting``: the open tickets; ``places``: what those who wait know of theirs.
    ``calls``: the open ones; ``qualities``: how good they are; ``voices``: who is in which voice
    channel.
    ``pages``: of messages, that were read lately. ``kept_since``: when it was looked for old ones.
    ``hashing``: where passwords are hashed. ``newborn``, ``new_errand``, ``new_file``,
    ``new_dialog``: give ids. ``pushes``: where anything is pushed; ``pushing``: the errands that
    wait to tell a browser of something, by both.
    ``search``: what can be found, and what feeds it; ``library``: what bots answer from.
    ``bytes``: of files; ``receiving``: the uploads that somebody is at, and what ends that one.
    """

    config: Config
    filed: Config
    misfits: dict[str, str]
    rooms: dict[str, Room]
    store: Store
    maintenance: Maintenance
    hub: Hub
    connections: Connections
    presence: Presence
    crowds: Crowds
    operators: OperatorsOnline
    drafts: Drafts
    bans: Bans
    newcomers: Newcomers
    newborn: Newborn
    new_errand: Newborn
    new_file: Newborn
    new_dialog: Newborn
    tokens: Tokens
    turns: KeyedLocks
    updates: Updates
    waiting: OpenTickets
    calls: Calls
    qualities: Qualities
    voices: Voices
    pace: QueuePace
    answers: Answers
    places: Places
    pages: KeptPages
    kept_since: KeptSince
    limiter: Limits
    leader: Leader
    metrics: Metrics
    refusals: Refusals
    bots: Bots
    errands: Errands
    webhooks: Webhooks
    dialer: Dialer
    pushes: Pushes | None
    pushing: dict[tuple[str, str, str], str]
    tasks: Tasks
    control: Control
    now: Callable[[], float]
    answering: Marked
    nodes: Nodes
    audit: Audit
    hashing: Hashing
    bytes: Bytes
    helpers: Helpers
    receiving: dict[str, Callable[[], None]]
    search: Search
    library: Library

    @property
    def terms(self) -> Terms:
        """What holds of all tickets."""
        return self.config.tickets

    @property
    def dialog_terms(self) -> DialogTerms:
        """What holds of all dialogs of people."""
        return self.config.people

    def as_operator(self, operator: Operator) -> Principal:
        """The principal of an operator, as it is configured what each of them needs."""
        required = self.config.operators.second_factor == "required"
        return of_operator(operator, second_factor=required, may=self.may_of(operator.role))

    def may_of(self, role: str) -> frozenset[str] | None:
        """The permissions of a role of the configuration's, none for one that it has no more; of
        those that are built in the policy knows."""
        return None if role in BUILT_IN else self.config.permissions.get(role, frozenset())

    def told_to_may(self, role: str) -> list[str]:
        """What somebody of a role may, as they are told of it."""
        may = self.may_of(role)
        return compact(EVERYTHING[role] if may is None else may)

    def takes_tickets(self, operator: Operator) -> bool:
        """Whether an operator is there for customers, as far as that is up to the account."""
        may = self.may_of(operator.role)
        works = operator.takes_tickets and not operator.disabled
        return works and (may is None or "ticket:accept" in may)

    def ticket_for(self, who: Principal, ticket_id: str) -> Ticket | None:
        """A ticket, as far as somebody may know that it is there. No file is read for an id that
        cannot be theirs: anybody can ask for any, and each may lie in another file."""
        if who.kind not in ("anonymous", "visitor"):
            return self.store.get(Ticket, ticket_id)
        known = self.store.get(Participant, who.id) if who.id else None
        return self.store.get(Ticket, ticket_id) if known and known.may_have(ticket_id) else None

    def has_entered(self, who: Principal, room: Room) -> bool:
        """Whether somebody may come into a room without its password: staff, and who gave it."""
        if who.kind != "visitor":
            return True
        known = self.store.get(Participant, who.id)
        return known is not None and known.rooms.get(room.id) == self.mark_of(room)

    def mark_of(self, room: Room) -> str:
        """What is kept of who gave a room's password: it is good until there is another one, and
        nobody finds that by it."""
        return self.tokens.sign(f"room {room.id} {room.lock}")

    def dialog_for(self, who: Principal, dialog_id: str) -> Dialog | None:
        """A dialog, as far as somebody may know that it is there: of others no file is read."""
        known = self.store.get(Memberships, who.id) if who.account else None
        return self.store.get(Dialog, dialog_id) if known and dialog_id in known.dialogs else None


class Caller(Struct, frozen=True):
    """Who gives a command, and from where.

    ``sites``: those that the page it comes from belongs to (``None``: it is no browser's, all).
    ``own``: a page of the daemon's own asks. ``token``: the one that it was identified by, if any.
    ``session``: the console's cookie, if its page opened this connection. ``process``: the
    ``uid``, ``gid`` and ``pid`` of who is at the machine. ``device``: what says that an operator
    logged in here before. ``agent``: with what one asks, as that says of itself. ``page``: the
    origin of a page of our own that asks over HTTP; ``asked_by``: what says in which browser a
    passkey was asked for.
    ``here_only``: no other node is asked to do the same.
    ``seed``: the request itself, where it may be sent again and must make the same newcomer.
    """

    principal: Principal
    address: str = ""
    connection: Connection | None = None
    sites: tuple[str, ...] | None = None
    token: str | None = None
    session: str | None = None
    seed: bytes | None = None
    own: bool = False
    process: dict[str, int] | None = None
    device: str | None = None
    agent: str = ""
    page: str = ""
    asked_by: str = ""
    here_only: bool = False

    @property
    def reader(self) -> str:
        """Whose reading is counted; who is nobody yet is where they are."""
        return self.principal.id or self.address


class Context(Struct, frozen=True):
    """One command's surroundings; ``principal`` is the caller's, ``place`` what it is about.
    ``carry_out``: has another command, that is part of this one, judged as any and carried out by a
    handler."""

    services: Services
    caller: Caller
    principal: Principal
    carry_out: Callable[[Caller, Command, Handler], Any]
    place: Place = NOTHING

    @property
    def ticket(self) -> Ticket:
        """The ticket of the place, known to have one."""
        assert self.place.ticket
        return self.place.ticket

    @property
    def dialog(self) -> Dialog:
        """The dialog of people that the place is, known to be one."""
        assert self.place.dialog
        return self.place.dialog


Handler = Callable[[Context, Any], Any]
Handlers = Mapping[type[Command], Callable[[Context, Any], Result]]
