"""The commands that participants give, as typed structures named as on the wire.

A command's ``about`` names the field that says which conversation it concerns, so that dispatch
can find it and ask the policy before any handler runs. Unknown members are ignored.
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from msgspec import Meta, Struct

from chatd.domain.attributes import LONGEST_NAME, LONGEST_TEXT, MOST, VALUES
from chatd.protocol import results
from chatd.protocol.views import OwnStatus
from chatd.protocol.visits import Here

PersonName = Annotated[str, Meta(min_length=1, max_length=64)]
DialogId = Annotated[str, Meta(min_length=1, max_length=64)]
CallId = Annotated[str, Meta(min_length=1, max_length=80)]
MessageId = Annotated[str, Meta(min_length=3, max_length=96)]
ClientId = Annotated[str, Meta(min_length=1, max_length=128)]
Token = Annotated[str, Meta(max_length=256)]
UserToken = Annotated[
    str,
    Meta(
        max_length=4096,
        pattern=r"^[A-Za-z0-9_=.-]*\Z",
        description="user_token is a JSON Web Token of at most 4096 characters",
    ),
]
Seq = Annotated[int, Meta(ge=0, le=2**53)]
MessageSeq = Annotated[int, Meta(ge=1, le=2**53)]
Rev = Annotated[int, Meta(ge=0, le=2**53)]
PageLimit = Annotated[int, Meta(ge=1, le=200)]
ListCursor = Annotated[str, Meta(max_length=128)]
Emoji = Annotated[str, Meta(min_length=1, max_length=32)]
MessageType = Annotated[
    Literal["text", "file", "voice"],
    Meta(
        description="the type of a message that is sent is text, file or voice; others are the "
        "daemon's own"
    ),
]
MetaName = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]{0,31}\Z")]
MetaText = Annotated[str, Meta(max_length=256)]
MetaNumber = Annotated[int, Meta(ge=-(2**53), le=2**53)]
MessageMeta = Annotated[
    dict[MetaName, MetaText | MetaNumber | float | bool | None],
    Meta(
        max_length=16,
        description="meta holds at most 16 names (a-z, 0-9, _; at most 32), each with a text of at "
        "most 256 characters, a number, true, false or null",
    ),
]
Attributes = Annotated[
    dict[
        Annotated[str, Meta(max_length=LONGEST_NAME)],
        Annotated[str, Meta(max_length=LONGEST_TEXT)] | MetaNumber | float | bool | None,
    ],
    Meta(max_length=MOST, description=f"at most {MOST} attributes, each with {VALUES}"),
]
FileIds = Annotated[
    list[Annotated[str, Meta(min_length=1, max_length=64)]],
    Meta(max_length=20, description="files are the ids of at most 20 files"),
]
DraftOp = list[str | int]
OPS = "ops are at most 256 lists, each of which begins with its kind"
MOST_JOINS = 32


class Command(Struct, frozen=True, kw_only=True):
    """What every command has: its ``event`` name, what its ``result`` looks like, the field that
    says what it is ``about``, whether it ``has_text`` that people write, which may be long, and
    whether it ``gets_page``: is answered with a list that may be long, so that who asks for many
    waits for their turn."""

    event: ClassVar[str]
    result: ClassVar[results.Kind]
    about: ClassVar[str | None] = None
    has_text: ClassVar[bool] = False
    gets_page: ClassVar[bool] = False

    @property
    def pages(self) -> int:
        """How many pages it is answered with."""
        return int(self.gets_page)


class Paged(Command, frozen=True, kw_only=True):
    """A list, page by page. ``limit``: at most so many; ``cursor``: what the page before gave."""

    gets_page: ClassVar[bool] = True
    limit: PageLimit = 200
    cursor: ListCursor | None = None


class DialogCommand(Command, frozen=True, kw_only=True):
    """A command about a room, a ticket, or a ticket's internal notes (``TICKET/notes``)."""

    about: ClassVar[str | None] = "dialog_id"
    dialog_id: DialogId


class MessageCommand(Command, frozen=True, kw_only=True):
    """A command about one message; its id says in which conversation it is."""

    about: ClassVar[str | None] = "dialog_id"
    message_id: MessageId

    @property
    def dialog_id(self) -> str:
        """The conversation in the message's id."""
        return self.message_id.rpartition(":")[0]


class TicketCommand(Command, frozen=True, kw_only=True):
    """A command about a ticket."""

    about: ClassVar[str | None] = "ticket_id"
    ticket_id: DialogId


class Hello(Command, frozen=True, kw_only=True):
    """Says who I am: by token the same participant as before, else somebody new.

    It replaces the connection that said hello with the same token and the same ``device`` (any
    word that a client that may run twice, like two tabs, has chosen for itself). ``session``: an
    operator, by the console's cookie, which the page that asks cannot read. ``join``: dialogs that
    are joined at once, each as by a ``dialog:join`` of its own. ``call_id``: the call, or the voice
    channel, that I am in and go on with over this connection. ``off_duty``: an operator who only
    talks over this connection, and for whose sake no customer is told that somebody is there.
    ``here``: where a visitor is, for who looks after their tickets.
    ``user_token``: a JSON Web Token in which the site says who this is: the same person with every
    token of that subject; what the visitor of ``token`` began is theirs from then on.
    """

    event: ClassVar[str] = "hello"
    result: ClassVar[results.Kind] = results.Welcome
    device: Annotated[str, Meta(max_length=64)] = ""
    name: PersonName | None = None
    token: Token | None = None
    user_token: UserToken | None = None
    session: bool = False
    off_duty: bool = False
    site: Annotated[str, Meta(max_length=64)] | None = None
    ticket_id: DialogId | None = None
    call_id: CallId | None = None
    here: Here | None = None
    join: Annotated[
        list[JoinDialog],
        Meta(max_length=MOST_JOINS, description=f"at most {MOST_JOINS} dialogs to join at once"),
    ] = []

    @property
    def pages(self) -> int:
        """One for each dialog that is joined."""
        return len(self.join)


class Ping(Command, frozen=True, kw_only=True):
    """Asks whether the daemon is there; answered with its time."""

    event: ClassVar[str] = "ping"
    result: ClassVar[results.Kind] = results.Pong


class JoinDialog(DialogCommand, frozen=True, kw_only=True):
    """Follows a conversation, from ``after_seq`` on or with its newest page. ``after_rev``: the
    ``rev`` that I know it at; what was changed since of the messages up to ``after_seq`` is told
    too. ``connect`` false: an operator only looks, and the customer is not told of them."""

    event: ClassVar[str] = "dialog:join"
    result: ClassVar[results.Kind] = results.Joined
    gets_page: ClassVar[bool] = True
    after_seq: Seq | None = None
    after_rev: Rev | None = None
    limit: PageLimit = 50
    connect: bool = True


class LeaveDialog(DialogCommand, frozen=True, kw_only=True):
    """Stops following a conversation."""

    event: ClassVar[str] = "dialog:leave"
    result: ClassVar[results.Kind] = results.Left


class SendMessage(DialogCommand, frozen=True, kw_only=True):
    """Writes a message. ``reply_to``: the ``seq`` of the message there that it quotes; the daemon
    says who wrote that, and what. ``action``: told as something done (``/me``). ``meta``: words and
    numbers for programs, kept as they are; names that mean something are the daemon's own.
    ``files``: those that it brings, uploaded before into the same dialog, of a message of type
    ``file`` or ``voice``, whose ``content`` may then be empty: their names stand for it."""

    event: ClassVar[str] = "message:send"
    result: ClassVar[results.Kind] = results.OneMessage
    has_text: ClassVar[bool] = True
    content: str
    type: MessageType = "text"
    meta: MessageMeta = {}
    reply_to: MessageSeq | None = None
    action: bool = False
    files: FileIds = []
    client_id: ClientId | None = None


class EditMessage(MessageCommand, frozen=True, kw_only=True):
    """Changes the text of one's own message."""

    event: ClassVar[str] = "message:edit"
    result: ClassVar[results.Kind] = results.OneMessage
    has_text: ClassVar[bool] = True
    content: str


class DeleteMessage(MessageCommand, frozen=True, kw_only=True):
    """Removes the text of a message; its place stays."""

    event: ClassVar[str] = "message:delete"
    result: ClassVar[results.Kind] = results.OneMessage


class GetEarlier(MessageCommand, frozen=True, kw_only=True):
    """What a message said before it was edited; for staff."""

    event: ClassVar[str] = "message:earlier"
    result: ClassVar[results.Kind] = results.EarlierTexts
    gets_page: ClassVar[bool] = True
    limit: PageLimit = 200
    cursor: ListCursor | None = None


class ReactToMessage(MessageCommand, frozen=True, kw_only=True):
    """Puts an emoji on a message, or takes one's own away."""

    event: ClassVar[str] = "message:react"
    result: ClassVar[results.Kind] = results.OneMessage
    emoji: Emoji
    remove: bool = False


class GetHistory(DialogCommand, frozen=True, kw_only=True):
    """Asks for a page: before a message, after one, or the newest. ``after_rev``, with
    ``after_seq``: also what was changed since then of the messages up to there."""

    event: ClassVar[str] = "history:get"
    result: ClassVar[results.Kind] = results.MessagePage
    gets_page: ClassVar[bool] = True
    before_seq: Seq | None = None
    after_seq: Seq | None = None
    after_rev: Rev | None = None
    limit: PageLimit = 50


class StartTyping(DialogCommand, frozen=True, kw_only=True):
    """Tells the others that I type."""

    event: ClassVar[str] = "typing:start"
    result: ClassVar[results.Kind] = results.Done


class StopTyping(DialogCommand, frozen=True, kw_only=True):
    """Tells the others that I stopped."""

    event: ClassVar[str] = "typing:stop"
    result: ClassVar[results.Kind] = results.Done


class EditDraft(DialogCommand, frozen=True, kw_only=True):
    """Edits my unsent text: ``ops`` on draft number ``seq - 1``, or ``reset`` with all of it."""

    event: ClassVar[str] = "draft:edit"
    result: ClassVar[results.Kind] = results.DraftTaken
    has_text: ClassVar[bool] = True
    seq: Seq
    ops: Annotated[list[DraftOp], Meta(max_length=256, description=OPS)] = []
    reset: str | None = None


class MarkDelivered(DialogCommand, frozen=True, kw_only=True):
    """Everything up to ``seq`` has reached me."""

    event: ClassVar[str] = "receipt:delivered"
    result: ClassVar[results.Kind] = results.OneReceipt
    seq: Seq


class MarkRead(DialogCommand, frozen=True, kw_only=True):
    """I have read everything up to ``seq``."""

    event: ClassVar[str] = "receipt:read"
    result: ClassVar[results.Kind] = results.OneReceipt
    seq: Seq


class SetPresence(Command, frozen=True, kw_only=True):
    """Says whether I am here or away; an operator who is away is offered nothing."""

    event: ClassVar[str] = "presence:set"
    result: ClassVar[results.Kind] = results.OwnPresence
    status: OwnStatus


COMMANDS: tuple[type[Command], ...] = (
    Hello,
    Ping,
    JoinDialog,
    LeaveDialog,
    SendMessage,
    EditMessage,
    DeleteMessage,
    GetEarlier,
    ReactToMessage,
    GetHistory,
    StartTyping,
    StopTyping,
    EditDraft,
    MarkDelivered,
    MarkRead,
    SetPresence,
)
