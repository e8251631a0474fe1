"""The table of verbs: from it come the command line, the shell, scripts, help and completion."""

from __future__ import annotations

from chatd.admin import daemon_verbs, errand_verbs, file_verbs, operator_verbs, user_verbs
from chatd.admin.verb import (
    PAGES,
    Column,
    Option,
    Param,
    Verb,
    one_of,
    say_ban,
    say_close,
    say_of_ticket,
    say_post,
    say_transfer,
)
from chatd.domain.ticket import STATUSES
from chatd.protocol import operating, support
from chatd.protocol.commands import DeleteMessage, GetHistory

TICKET = Param("ticket_id", "the ticket's id", "ticket")
TICKETS = Param("ticket_id", "ids, '-' to read them from stdin, or ALL with --yes", "ticket", True)
CLOSED = Param("ticket_id", "ids, '-' to read them from stdin, or ALL with --yes", "closed", True)
AS = Option("--as", "operator", "on behalf of this operator", complete="operator")
TICKET_COLUMNS = (
    Column("ID", "id"),
    Column("STATUS", "status"),
    Column("SITE", "site"),
    Column("CUSTOMER", "customer_name"),
    Column("OPERATOR", "operator"),
    Column("UPDATED", "updated_at", "since"),
    Column("UNREAD", "unread", "count"),
    Column("LAST MESSAGE", "last_message.text"),
)
QUEUE_COLUMNS = (
    Column("#", "position", "count"),
    Column("ID", "id"),
    Column("SITE", "site"),
    Column("CUSTOMER", "customer_name"),
    Column("WAITED", "waited_s", "age"),
    Column("OFFERED TO", "offered_to"),
    Column("LAST MESSAGE", "last_message.text"),
)
MESSAGE_COLUMNS = (
    Column("SEQ", "seq", "count"),
    Column("AT", "created_at"),
    Column("FROM", "sender_type"),
    Column("NAME", "sender_name"),
    Column("MESSAGE", "content"),
)
TICKET_MESSAGE_COLUMNS = (*MESSAGE_COLUMNS, Column("BEFORE", "earlier", "texts"))
SHOWN_EPISODES = 5
EPISODE_COLUMNS = (
    Column("NO", "number", "count"),
    Column("OPENED", "opened_at", "since"),
    Column("ASKED", "requested_at", "since"),
    Column("ACCEPTED", "accepted_at", "since"),
    Column("BY", "accepted_by"),
    Column("FIRST ANSWER", "first_response_at", "since"),
    Column("CLOSED", "closed_at", "since"),
    Column("BY", "closed_by"),
    Column("CUSTOMER GONE", "customer_left_at", "since"),
)
CONNECTION_COLUMNS = (
    Column("ID", "id"),
    Column("TRANSPORT", "transport"),
    Column("ADDRESS", "address"),
    Column("SINCE", "since", "since"),
    Column("KIND", "kind"),
    Column("NAME", "name"),
    Column("SITE", "site"),
    Column("IN", "in_bytes", "count"),
    Column("OUT", "out_bytes", "count"),
    Column("QUEUED", "queued_bytes", "count"),
)

ABOUT_PEOPLE = (
    Verb(
        name="queue",
        help="Who waits for an operator, in order",
        command=support.GetQueue,
        options=PAGES,
        rows="tickets",
        paged="cursor",
        columns=QUEUE_COLUMNS,
        empty="The queue is empty.",
    ),
    Verb(
        name="tickets",
        help="Tickets, newest first",
        command=support.ListTickets,
        options=(
            Option("--status", "status", one_of(*STATUSES)),
            Option("--site", "site", "of one site"),
            *PAGES,
        ),
        rows="tickets",
        paged="cursor",
        columns=TICKET_COLUMNS,
        empty="No tickets.",
    ),
    Verb(
        name="show",
        help="One ticket, its last requests for help, and its messages",
        command=support.ShowTicket,
        params=(TICKET,),
        options=(
            Option("--after", "after", "only messages after this seq"),
            Option("--limit", "limit", "the newest so many; else a page, or all in a pipe"),
        ),
        fixed={"episodes": SHOWN_EPISODES},
        rows="messages",
        paged="after",
        columns=TICKET_MESSAGE_COLUMNS,
        above="episodes",
        above_columns=EPISODE_COLUMNS,
        empty="No messages.",
    ),
    Verb(
        name="accept",
        help="Take a waiting ticket",
        command=support.AcceptTicket,
        params=(TICKET,),
        options=(AS,),
        done=say_of_ticket("accepted"),
        acts=True,
    ),
    Verb(
        name="reply",
        help="Answer a ticket",
        command=support.ReplyTicket,
        params=(TICKET, Param("message", "the text", rest=True, optional=True)),
        options=(AS, Option("--file", "files", "a file to send along", many=True, brings=True)),
        done=say_post,
        acts=True,
    ),
    Verb(
        name="system",
        help="Post a system message in a ticket",
        command=support.PostSystem,
        params=(
            Param("dialog_id", "the ticket's id", "ticket"),
            Param("message", "the text", rest=True),
        ),
        done=say_post,
        acts=True,
    ),
    Verb(
        name="transfer",
        help="Hand a ticket to another operator",
        command=support.TransferTicket,
        params=(TICKET, Param("operator", "the operator's user name", "operator")),
        done=say_transfer,
        acts=True,
    ),
    Verb(
        name="return",
        help="Put a ticket back into the queue",
        command=support.ReturnTicket,
        params=(TICKET,),
        done=lambda fields, result: f"returned {fields['ticket_id']} to the queue",
        acts=True,
    ),
    Verb(
        name="close",
        help="Close tickets",
        command=support.CloseTicket,
        params=(TICKETS,),
        done=say_close,
        acts=True,
    ),
    Verb(
        name="reopen",
        help="Open closed tickets again",
        command=support.ReopenTicket,
        params=(CLOSED,),
        done=say_of_ticket("reopened"),
        acts=True,
    ),
    Verb(
        name="rooms",
        help="The rooms, with how many people are in them",
        command=operating.ListRooms,
        options=PAGES,
        rows="rooms",
        paged="cursor",
        columns=(
            Column("ID", "id"),
            Column("TITLE", "title"),
            Column("PEOPLE", "people", "count"),
            Column("MESSAGES", "last_seq", "count"),
            Column("LIVE TYPING", "live_typing"),
        ),
        empty="No rooms.",
        group="rooms",
    ),
    Verb(
        name="say",
        help="Post a system message in a room",
        command=support.PostSystem,
        params=(
            Param("dialog_id", "the room's name", "room"),
            Param("message", "the text", rest=True),
        ),
        done=say_post,
        acts=True,
        group="rooms",
    ),
    Verb(
        name="history",
        help="What was said in a room, in a ticket or in its notes",
        command=GetHistory,
        params=(Param("dialog_id", "the room's name or the ticket's id", "dialog"),),
        options=(
            Option("--after", "after_seq", "only messages after this seq"),
            Option("--limit", "limit", "the newest so many; else a page, or all in a pipe"),
        ),
        rows="messages",
        paged="after_seq",
        columns=MESSAGE_COLUMNS,
        empty="No messages.",
        group="rooms",
    ),
    Verb(
        name="delete",
        help="Remove a message's text; its place stays",
        command=DeleteMessage,
        params=(Param("message_id", "the message, DIALOG:SEQ"),),
        done=lambda fields, result: f"deleted {fields['message_id']}",
        acts=True,
        group="rooms",
    ),
    Verb(
        name="connections",
        help="Who is connected, since when, from where, with what traffic",
        command=operating.ListConnections,
        options=PAGES,
        rows="connections",
        paged="cursor",
        columns=CONNECTION_COLUMNS,
        empty="Nobody is connected.",
        group="people",
    ),
    Verb(
        name="kick",
        help="Close a connection",
        command=operating.KickConnection,
        params=(Param("connection", "the connection's id", "connection"),),
        options=(Option("--reason", "reason", "told to the peer"),),
        done=lambda fields, result: f"kicked {fields['connection']}",
        acts=True,
        group="people",
    ),
    Verb(
        name="ban",
        help="Keep out an address, a network or a participant",
        command=operating.AddBan,
        params=(Param("target", "an IP address, 192.0.2.0/24, or a participant's id"),),
        options=(
            Option("--reason", "reason", "for your own records"),
            Option("--seconds", "seconds", "for so long; without it, for good"),
            Option("--network", "network", "and the network that they come from", flag=True),
        ),
        sure="sure",
        done=say_ban,
        acts=True,
        group="people",
    ),
    Verb(
        name="unban",
        help="Let in again",
        command=operating.RemoveBan,
        params=(Param("target", "what was banned", "ban"),),
        done=lambda fields, result: f"unbanned {fields['target']}",
        acts=True,
        group="people",
    ),
    Verb(
        name="bans",
        help="Who is kept out",
        command=operating.ListBans,
        options=PAGES,
        rows="bans",
        paged="cursor",
        columns=(
            Column("TARGET", "id"),
            Column("NETWORKS", "networks"),
            Column("KIND", "kind"),
            Column("BY", "by"),
            Column("SINCE", "created_at", "since"),
            Column("UNTIL", "expires_at"),
            Column("REASON", "reason"),
        ),
        empty="Nobody is banned.",
        group="people",
    ),
)
VERBS = (
    *(*ABOUT_PEOPLE, *operator_verbs.VERBS, *user_verbs.VERBS, *errand_verbs.VERBS),
    *(*file_verbs.VERBS, *daemon_verbs.VERBS),
)
TABLE = {verb.name: verb for verb in VERBS}
