"""The commands of tickets and of the queue."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from chatd.domain.tags import LONGEST_TAG, MOST_TAGS
from chatd.domain.ticket import Priority, Status
from chatd.protocol import results
from chatd.protocol.accounts import Username
from chatd.protocol.commands import (
    Attributes,
    ClientId,
    Command,
    DialogId,
    FileIds,
    MessageMeta,
    Paged,
    PageLimit,
    PersonName,
    Rev,
    Seq,
    TicketCommand,
    UserToken,
)
from chatd.protocol.narrowing import OperatorFilter, QueueCursor, ViewName, WaitFilter

Contact = Annotated[str, Meta(max_length=254)]
Language = Literal["ru", "en"]
FieldName = Annotated[str, Meta(max_length=64)]
Answers = Annotated[dict[FieldName, Annotated[str, Meta(max_length=500)]], Meta(max_length=16)]
MailAddress = Annotated[str, Meta(max_length=254)]
DepartmentName = Annotated[str, Meta(max_length=64)]
SiteName = Annotated[str, Meta(max_length=64)]
Version = Annotated[int, Meta(ge=1, le=1_000_000_000)]
TicketCursor = Annotated[str, Meta(pattern=r"^(TKT-[0-9]{1,15})?\Z")]
Tag = Annotated[str, Meta(max_length=2 * LONGEST_TAG)]
Tags = Annotated[list[Tag], Meta(max_length=MOST_TAGS)]


class OpenTicket(Command, frozen=True, kw_only=True):
    """A customer's first message: it makes the ticket. ``wants_person``: straight to the queue.
    ``contact``: a mail address or a phone number, needed while nobody comes soon to who wants a
    person; ``language``: of letters to them. ``attributes``: what the page knows of them.
    ``form``: answers to what the site asks, by name; ``"true"`` is consent. ``invitation``: by
    which it is begun."""

    event: ClassVar[str] = "ticket:open"
    result: ClassVar[results.Kind] = results.OpenedTicket
    has_text: ClassVar[bool] = True
    content: str | None = None
    meta: MessageMeta = {}
    client_id: ClientId | None = None
    wants_person: bool = False
    contact: Contact | None = None
    language: Language | None = None
    invitation: Annotated[str, Meta(max_length=64)] | None = None
    attributes: Attributes = {}
    form: Answers = {}


class RequestPerson(TicketCommand, frozen=True, kw_only=True):
    """Asks for a person: from the bot to the queue."""

    event: ClassVar[str] = "ticket:request"
    result: ClassVar[results.Kind] = results.TicketInLine
    has_text: ClassVar[bool] = True


class AcceptTicket(TicketCommand, frozen=True, kw_only=True):
    """Takes a ticket out of the queue; exactly one operator wins. ``operator``: on whose behalf."""

    event: ClassVar[str] = "ticket:accept"
    result: ClassVar[results.Kind] = results.OneTicket
    operator: Username | None = None


class TransferTicket(TicketCommand, frozen=True, kw_only=True):
    """Hands a ticket to another operator, unless it was changed or answered since ``version``."""

    event: ClassVar[str] = "ticket:transfer"
    result: ClassVar[results.Kind] = results.TransferredTicket
    operator: Username
    version: Version | None = None


class ReturnTicket(TicketCommand, frozen=True, kw_only=True):
    """Puts a ticket back into the queue, at its old place. ``version``: as of handing on."""

    event: ClassVar[str] = "ticket:return"
    result: ClassVar[results.Kind] = results.OneTicket
    version: Version | None = None


class CloseTicket(TicketCommand, frozen=True, kw_only=True):
    """Ends a ticket, as an operator or its customer; the customer's next message opens it again."""

    event: ClassVar[str] = "ticket:close"
    result: ClassVar[results.Kind] = results.OneTicket


class ReopenTicket(TicketCommand, frozen=True, kw_only=True):
    """Opens a closed ticket again."""

    event: ClassVar[str] = "ticket:reopen"
    result: ClassVar[results.Kind] = results.OneTicket


class UpdateTicket(TicketCommand, frozen=True, kw_only=True):
    """Changes what is named of a ticket. ``contact``: the mail address of its customer, which they
    or an operator give, and ``phone``; empty: none any more. ``language``: of letters to its
    customer, the site's where none is named. ``priority``, which operators give: how far ahead of
    others it waits; and so the ``department`` in whose queue it is, empty: none. A ticket that is
    with somebody who does no work there waits again. ``attributes``: what is said of its customer,
    those that are named; null takes one away."""

    event: ClassVar[str] = "ticket:update"
    result: ClassVar[results.Kind] = results.OneTicket
    has_text: ClassVar[bool] = True
    contact: MailAddress | UnsetType = UNSET
    phone: Contact | UnsetType = UNSET
    language: Language | UnsetType = UNSET
    priority: Priority | UnsetType = UNSET
    department: DepartmentName | UnsetType = UNSET
    attributes: Attributes = {}


class TagTicket(TicketCommand, frozen=True, kw_only=True):
    """Gives a ticket tags, and takes others off it. They are kept in small letters."""

    event: ClassVar[str] = "ticket:tag"
    result: ClassVar[results.Kind] = results.OneTicket
    add: Tags = []
    remove: Tags = []


class MailTranscript(TicketCommand, frozen=True, kw_only=True):
    """Mails all that was said so far to the ticket's customer. ``to``: to somebody else, which
    operators may."""

    event: ClassVar[str] = "ticket:transcript"
    result: ClassVar[results.Kind] = results.MailedTranscript
    to: MailAddress | None = None


class ShowTicket(TicketCommand, frozen=True, kw_only=True):
    """Reads a ticket and a page of it. ``after_rev``: as for polling clients. ``connect``: the
    customer is told, once per operator. ``episodes``: with so many of its requests for help."""

    event: ClassVar[str] = "ticket:get"
    result: ClassVar[results.Kind] = results.TicketPage
    gets_page: ClassVar[bool] = True
    after: Seq | None = None
    after_rev: Rev | None = None
    limit: PageLimit = 200
    connect: bool = False
    episodes: Annotated[int, Meta(ge=0, le=20)] = 0


class ShowCustomer(TicketCommand, frozen=True, kw_only=True):
    """Whose ticket it is: who they are, where they are now, and their other tickets, newest first.
    ``limit``: at most so many; ``cursor``: what the page before gave."""

    event: ClassVar[str] = "ticket:customer"
    result: ClassVar[results.Kind] = results.CustomerShown
    gets_page: ClassVar[bool] = True
    limit: PageLimit = 20
    cursor: TicketCursor | None = None


class ReadTicket(TicketCommand, frozen=True, kw_only=True):
    """Reads the messages of a ticket after a ``seq``: what polling clients ask. ``after_rev``: the
    ``rev`` that they know it at; what was changed since of the messages up to there is told too."""

    event: ClassVar[str] = "ticket:messages"
    result: ClassVar[results.Kind] = results.TicketPage
    gets_page: ClassVar[bool] = True
    after: Seq | None = None
    after_rev: Rev | None = None
    limit: PageLimit = 200


class ReplyTicket(TicketCommand, frozen=True, kw_only=True):
    """Answers a ticket as an operator. ``operator``: on whose behalf (shell). ``files``: uploads
    that it brings; their names stand for a ``message`` without words."""

    event: ClassVar[str] = "ticket:reply"
    result: ClassVar[results.Kind] = results.OneMessage
    has_text: ClassVar[bool] = True
    message: str
    client_id: ClientId | None = None
    operator: Username | None = None
    files: FileIds = []


class PostSystem(Command, frozen=True, kw_only=True):
    """Posts a system message of the kind ``said`` into a room or a ticket."""

    event: ClassVar[str] = "message:system"
    result: ClassVar[results.Kind] = results.OneMessage
    has_text: ClassVar[bool] = True
    about: ClassVar[str | None] = "dialog_id"
    dialog_id: DialogId
    message: str


class ListTickets(Command, frozen=True, kw_only=True):
    """Lists tickets, newest first. ``tag``, ``priority``, ``department``, ``operator`` (empty:
    none): only those that have it; ``waits_s``: who waits so long; ``overdue``: where a promise is
    late; ``snoozed``: what is put aside; ``view``: as one has saved, or ``viewer``. A page may have
    few, and a ``cursor``. Without a department those of others are left out. ``count``: of all."""

    event: ClassVar[str] = "ticket:list"
    result: ClassVar[results.Kind] = results.TicketList
    gets_page: ClassVar[bool] = True
    status: Status | None = None
    site: SiteName | None = None
    tag: Tag | None = None
    priority: Priority | None = None
    department: DepartmentName | None = None
    operator: OperatorFilter | None = None
    waits_s: WaitFilter | None = None
    overdue: bool | None = None
    snoozed: bool | None = None
    view: ViewName | None = None
    viewer: Username | None = None
    limit: PageLimit = 50
    cursor: TicketCursor | None = None
    count: bool = False


class GetQueue(Command, frozen=True, kw_only=True):
    """Who waits, in order, and how many operators are on line: of one's part of the queue.
    ``tag``, ``priority``, ``department`` (empty: none): only those that have it. ``count``: also
    how many of them wait in all, as ``total``."""

    event: ClassVar[str] = "queue:get"
    result: ClassVar[results.Kind] = results.QueuePage
    gets_page: ClassVar[bool] = True
    tag: Tag | None = None
    priority: Priority | None = None
    department: DepartmentName | None = None
    limit: PageLimit = 200
    cursor: QueueCursor | None = None
    count: bool = False


class WatchQueue(Command, frozen=True, kw_only=True):
    """The queue now, and ``queue:update`` from now on."""

    event: ClassVar[str] = "queue:watch"
    result: ClassVar[results.Kind] = results.QueuePage
    gets_page: ClassVar[bool] = True
    limit: PageLimit = 200
    cursor: QueueCursor | None = None


class ListOwnTickets(Paged, frozen=True, kw_only=True):
    """The operator's own active tickets. ``snoozed``: those that are put aside, instead."""

    event: ClassVar[str] = "ticket:mine"
    result: ClassVar[results.Kind] = results.TicketList
    snoozed: bool = False


class ListMentions(Paged, frozen=True, kw_only=True):
    """The notes in which colleagues named the operator, until they are read."""

    event: ClassVar[str] = "mention:list"
    result: ClassVar[results.Kind] = results.MentionList


class TicketForm(Struct, frozen=True, kw_only=True):
    """The body of ``POST /api/support/send-message`` and ``POST /manager/request``."""

    message: str | None = None
    ticket_id: DialogId | None = None
    name: PersonName | None = None
    site: SiteName | None = None
    client_id: ClientId | None = None
    contact: Contact | None = None
    language: Language | None = None
    attributes: Attributes = {}
    form: Answers = {}
    user_token: UserToken | None = None


COMMANDS: tuple[type[Command], ...] = (
    OpenTicket,
    RequestPerson,
    AcceptTicket,
    TransferTicket,
    ReturnTicket,
    CloseTicket,
    ReopenTicket,
    UpdateTicket,
    TagTicket,
    MailTranscript,
    ShowTicket,
    ShowCustomer,
    ReadTicket,
    ReplyTicket,
    PostSystem,
    ListTickets,
    GetQueue,
    WatchQueue,
    ListOwnTickets,
    ListMentions,
)
