"""What commands are answered with, as typed structures; what is shown in them is in ``views``.

A member that may be ``UNSET`` is left out where it was not asked for, or is not the reader's.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

from msgspec import UNSET, Meta, Struct, UnsetType

from chatd.domain.message import Earlier
from chatd.protocol import calling, companions, views, visits
from chatd.protocol.colleagues import Colleague, Colleagues

if TYPE_CHECKING:
    from chatd.domain.message import Cursor, Message
else:  # given out as they are stored, without being made anew; a test compares the two
    from chatd.protocol.views import Cursor, Message


class Result(Struct, frozen=True, kw_only=True):
    """What a command is answered with."""


Kind = type[Result]


class OneMessage(Result, frozen=True, kw_only=True):
    """A message as it is now stored."""

    message: Message


class Done(Result, frozen=True, kw_only=True):
    """Nothing but that it is done."""


class Pong(Result, frozen=True, kw_only=True):
    """``server_time``: the daemon's clock, RFC 3339 in UTC."""

    server_time: str


class MessagePage(Result, frozen=True, kw_only=True):
    """Messages in order, and whether there are ``more`` in that direction. For who said which
    ``rev`` they know also what was ``changed`` of the messages that they have, or ``resync``: the
    page is the newest one, and they read anew."""

    rev: int
    messages: list[Message]
    more: bool
    changed: list[Message] | UnsetType = UNSET
    resync: bool | UnsetType = UNSET


class Joined(MessagePage, frozen=True, kw_only=True):
    """A conversation that is followed from now on: a page of it, who is in it, what they have
    half-written, how far they have read. Of a ``crowd`` the participants are only the newest."""

    dialog: views.Dialog
    participants: list[views.Participant]
    crowd: bool
    drafts: list[views.Draft]
    receipts: Mapping[str, Cursor]


class NotJoined(Result, frozen=True, kw_only=True):
    """One of several that could not be joined: its ``error`` is as that of a command."""

    dialog_id: str
    error: dict[str, Any]


# Nothing in the data tells which of the two it is, so it is never decoded as either.
JoinOutcome = Annotated[
    Any, Meta(extra_json_schema={"anyOf": [{"$ref": "Joined"}, {"$ref": "NotJoined"}]})
]


class Left(Result, frozen=True, kw_only=True):
    """The conversation that is not followed any more."""

    dialog_id: str


class Welcome(Result, frozen=True, kw_only=True):
    """Who one is, and the ``token`` to come back with, null for who came by the console's cookie.
    ``greeting``: what the bot says when the chat opens. ``ticket``: the one that was named, if it
    can be read. ``files``: how much of them is taken, null where none are. ``joined``: what came of
    each dialog to join. ``calls``: those that one is in, or that ring, where there are any. Of whom
    their site names: ``ticket`` is their newest where none was named, ``ends_at``: when the token
    ends, and ``left_out``: which claims say nothing that could be kept. ``invitation``: to a
    conversation, by an operator, if one was not answered."""

    participant: views.Me
    token: str | None
    site: str | None
    greeting: str
    ticket: views.Ticket | None
    files: views.FileLimits | None
    server_time: str
    joined: list[JoinOutcome] | UnsetType = UNSET
    ends_at: str | UnsetType = UNSET
    left_out: list[str] | UnsetType = UNSET
    calls: list[calling.Call] | UnsetType = UNSET
    invitation: visits.Invitation | UnsetType = UNSET


class DraftTaken(Result, frozen=True, kw_only=True):
    """The number of the draft that was taken."""

    seq: int


class OneReceipt(Result, frozen=True, kw_only=True):
    """How far one has received and read."""

    receipt: views.Receipt


class OwnPresence(Result, frozen=True, kw_only=True):
    """How one is here."""

    status: views.OwnStatus


class OneTicket(Result, frozen=True, kw_only=True):
    """A ticket as who asks sees it by now."""

    ticket: views.Ticket


class MailedTranscript(Result, frozen=True, kw_only=True):
    """Whom a ticket's transcript goes to, as the errand ``errand_id``."""

    to: str
    errand_id: str


class TransferredTicket(OneTicket, frozen=True, kw_only=True):
    """A ticket in another operator's hands; ``returns_in_s``: when it goes back to the queue if
    they stay off line, null for who is there."""

    operator_status: views.PresenceStatus
    returns_in_s: float | None


class TicketInLine(OneTicket, frozen=True, kw_only=True):
    """A ticket, and its place in the queue: from 1, 0 for who does not wait. ``expected_wait_s``:
    null when nobody is there to serve it."""

    position: int
    expected_wait_s: float | None
    operators_online: int


class OpenedTicket(TicketInLine, frozen=True, kw_only=True):
    """A ticket that was made; ``message``: the customer's first, null where they wrote none."""

    message: Message | None


class Page(Result, frozen=True, kw_only=True):
    """A page of a list: whether there are ``more``, and the ``cursor`` that gets those."""

    more: bool
    cursor: str | None


class RoomList(Page, frozen=True, kw_only=True):
    """The rooms that one may enter."""

    rooms: list[views.Room]


class EarlierTexts(Page, frozen=True, kw_only=True):
    """The texts of a message before its edits, oldest first, and ``at`` what time it began to say
    so."""

    earlier: list[Earlier]


class TicketList(Page, frozen=True, kw_only=True):
    """Tickets as who asks sees them. ``total``: how many there are in all, null when that is more
    than is soon counted."""

    tickets: list[views.Ticket]
    total: int | UnsetType | None = UNSET


class QueuePage(Page, frozen=True, kw_only=True):
    """Who waits, in order, and how many wait and how many operators are there, in the part of the
    queue that is whose who asks. ``departments``: those that the configuration has, on these sites,
    if it has any. ``colleagues``: to who watches, which operators have which open ticket open."""

    waiting: int
    operators_online: int
    tickets: list[views.QueueRow]
    total: int | UnsetType = UNSET
    departments: list[views.Department] | UnsetType = UNSET
    colleagues: list[Colleagues] | UnsetType = UNSET


class OperatorList(Page, frozen=True, kw_only=True):
    """Operators in the order of their names: those who serve a site with who asks."""

    operators: list[views.Operator]


class Mention(Struct, frozen=True, kw_only=True):
    """A note in which one is named; ``text``: the beginning of the note."""

    id: str
    ticket: views.Ticket
    dialog_id: str
    at: str
    sender_id: str
    sender_name: str
    text: str


class MentionList(Page, frozen=True, kw_only=True):
    """The notes in which one is named and that one has not read, the oldest first."""

    mentions: list[Mention]


class ConnectionList(Page, frozen=True, kw_only=True):
    """A page of the connections, oldest first; ``silent``: nodes of which none is there, for they
    did not answer in time."""

    connections: list[views.Connection]
    silent: list[str] | UnsetType = UNSET


class ConnectionStats(ConnectionList, frozen=True, kw_only=True):
    """How many connections there are, counted by transport, site and kind; what has passed over
    them and what waits; and a page of the connections themselves. ``opened`` and ``replaced``,
    since the daemon began: for who runs it."""

    total: int
    opened: int | UnsetType = UNSET
    replaced: int | UnsetType = UNSET
    by_transport: dict[str, int]
    by_site: dict[str, int]
    by_state: dict[str, int]
    traffic: dict[str, int]


class BanList(Page, frozen=True, kw_only=True):
    """The bans that hold, in the order of their targets."""

    bans: list[views.Ban]


class TicketPage(MessagePage, frozen=True, kw_only=True):
    """A ticket and a page of it; where they were asked for its ``episodes``, the newest first;
    for staff, which ``colleagues`` have it open."""

    ticket: views.Ticket
    colleagues: list[Colleague] | UnsetType = UNSET
    episodes: list[views.Request] | UnsetType = UNSET


class CustomerShown(Result, frozen=True, kw_only=True):
    """Whose ticket it is, and a page of their other ``tickets``, newest first; whether there are
    ``more``, and the ``cursor`` that gets those."""

    customer: visits.Customer
    tickets: list[views.Ticket]
    more: bool
    cursor: str | None


class LoggedIn(Result, frozen=True, kw_only=True):
    """A session's ``token``. ``device``: with it, tries from here are counted for themselves."""

    token: str
    device: str
    operator: views.Operator


class LoggedOut(Result, frozen=True, kw_only=True):
    """How many sessions ended, with their connections."""

    ended: int


class OneOperator(Result, frozen=True, kw_only=True):
    """An operator's account as it is now."""

    operator: views.Operator


class RemovedOperator(Result, frozen=True, kw_only=True):
    """Who is no operator any more."""

    username: str


class PersonLoggedIn(Result, frozen=True, kw_only=True):
    """A session's ``token``. ``device``: with it, tries from here are counted for themselves."""

    token: str
    device: str
    person: views.Person


class OnePerson(Result, frozen=True, kw_only=True):
    """A person's account as it is now."""

    person: views.Person


class PeopleFound(Result, frozen=True, kw_only=True):
    """Some people whose user names begin alike, in the order of these."""

    people: list[companions.Known]


class PersonList(Page, frozen=True, kw_only=True):
    """The people who have an account, in the order of their user names."""

    people: list[views.Person]


class RemovedPerson(Result, frozen=True, kw_only=True):
    """Who has no account any more."""

    username: str


class Invited(Result, frozen=True, kw_only=True):
    """An invitation's ``code``, which is told this once; for how many accounts, and until when."""

    code: str
    site: str
    uses: int
    expires_at: str


class OneDialog(Result, frozen=True, kw_only=True):
    """A dialog of people as it is now."""

    dialog: companions.Direct | companions.Group


class DialogList(Page, frozen=True, kw_only=True):
    """The dialogs that one is in, in the order of their ids."""

    dialogs: list[companions.Direct | companions.Group]


class GroupLink(Result, frozen=True, kw_only=True):
    """What lets people into a group: its ``code``, which is told this once; how many, and until
    when."""

    dialog_id: str
    code: str
    uses: int
    expires_at: str
