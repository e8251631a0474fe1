"""The table of verbs: from it come the command line, the shell, scripts, help and completion."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

from msgspec import Struct

from chatd.protocol import operating, support
from chatd.protocol.commands import Command, Ping

Fields = dict[str, Any]
Complete = Literal["", "ticket", "closed", "room", "operator", "connection", "ban", "watch", "area"]


class Param(Struct, frozen=True):
    """A word after the verb. ``many``: one or more; ``rest``: the rest of the line as one text."""

    name: str
    help: str
    complete: Complete = ""
    many: bool = False
    rest: bool = False
    optional: bool = False


class Option(Struct, frozen=True):
    """``--name VALUE``, for the field of the command; a flag takes no value."""

    name: str
    field: str
    help: str
    flag: bool = False
    complete: Complete = ""


class Column(Struct, frozen=True):
    """A column: its title, the member of the row it shows, and how a table writes it."""

    title: str
    key: str
    kind: Literal["text", "age", "since", "count"] = "text"


class Verb(Struct, frozen=True, kw_only=True):
    """``fields`` turns the words into the command's; ``done`` is said of the result on stderr.

    ``rows``: the member of the result that is a list, with its ``columns``. ``acts``: goes into
    the audit log and is not for read-only users. ``secret``: asks for a password.
    """

    name: str
    help: str
    command: type[Command]
    params: tuple[Param, ...] = ()
    options: tuple[Option, ...] = ()
    fixed: Fields = {}
    rows: str = ""
    columns: tuple[Column, ...] = ()
    empty: str = ""
    done: Callable[[Fields, Fields], str] | None = None
    acts: bool = False
    secret: bool = False
    stream: bool = False
    group: str = "tickets"


TICKET = Param("ticket_id", "the ticket's id", "ticket")
TICKETS = Param("ticket_id", "ids, '-' to read them from stdin, or ALL with --yes", "ticket", True)
CLOSED = Param("ticket_id", "ids, '-' to read them from stdin, or ALL with --yes", "closed", True)
AS = Option("--as", "operator", "on behalf of this operator", complete="operator")
USERNAME = Param("username", "the operator's user name", "operator")
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
OPERATOR_COLUMNS = (
    Column("USERNAME", "username"),
    Column("NAME", "display_name"),
    Column("ROLE", "role"),
    Column("STATUS", "status"),
    Column("ACTIVE", "active", "count"),
    Column("CAPACITY", "capacity", "count"),
    Column("DISABLED", "disabled"),
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


def ticket_done(what: str) -> Callable[[Fields, Fields], str]:
    """``closed TKT-1 (operator Артём)``."""

    def sentence(fields: Fields, result: Fields) -> str:
        operator = result["ticket"]["operator"]
        return f"{what} {fields['ticket_id']}" + (f" (operator {operator})" if operator else "")

    return sentence


def closed(fields: Fields, result: Fields) -> str:
    """``closed TKT-1``."""
    return f"closed {fields['ticket_id']}"


def posted(fields: Fields, result: Fields) -> str:
    """``posted TKT-1:4``."""
    return f"posted {result['message']['id']}"


def operator_done(what: str) -> Callable[[Fields, Fields], str]:
    """``added operator artem``."""
    return lambda fields, result: f"{what} operator {fields['username']}"


def reloaded(fields: Fields, result: Fields) -> str:
    """What a reload did, in a sentence."""
    if result["rejected"]:
        return "REJECTED, the old configuration stays: " + "; ".join(result["rejected"])
    applied = ", ".join(result["applied"]) or "nothing"
    waits = ", ".join(result["needs_restart"])
    return f"applied {applied}" + (f"; needs a restart: {waits}" if waits else "")


VERBS = (
    Verb(
        name="queue",
        help="Who waits for an operator, in order",
        command=support.GetQueue,
        rows="tickets",
        columns=QUEUE_COLUMNS,
        empty="The queue is empty.",
    ),
    Verb(
        name="tickets",
        help="Tickets, newest first",
        command=support.ListTickets,
        options=(
            Option("--status", "status", "bot, waiting, active or closed"),
            Option("--site", "site", "of one site"),
            Option("--limit", "limit", "at most so many, up to 200"),
            Option("--cursor", "cursor", "go on behind this id"),
        ),
        rows="tickets",
        columns=TICKET_COLUMNS,
        empty="No tickets.",
    ),
    Verb(
        name="show",
        help="One ticket and its messages",
        command=support.ShowTicket,
        params=(TICKET,),
        options=(Option("--after", "after", "only messages after this seq"),),
        rows="messages",
        columns=MESSAGE_COLUMNS,
        empty="No messages.",
    ),
    Verb(
        name="accept",
        help="Take a waiting ticket",
        command=support.AcceptTicket,
        params=(TICKET,),
        options=(AS,),
        done=ticket_done("accepted"),
        acts=True,
    ),
    Verb(
        name="reply",
        help="Answer a ticket",
        command=support.ReplyTicket,
        params=(TICKET, Param("message", "the text", rest=True)),
        options=(AS,),
        done=posted,
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
        done=posted,
        acts=True,
    ),
    Verb(
        name="transfer",
        help="Hand a ticket to another operator",
        command=support.TransferTicket,
        params=(TICKET, Param("operator", "the operator's user name", "operator")),
        done=ticket_done("transferred"),
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
        done=closed,
        acts=True,
    ),
    Verb(
        name="reopen",
        help="Open closed tickets again",
        command=support.ReopenTicket,
        params=(CLOSED,),
        done=ticket_done("reopened"),
        acts=True,
    ),
    Verb(
        name="rooms",
        help="The rooms, with how many people are in them",
        command=operating.ListRooms,
        rows="rooms",
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
        done=posted,
        acts=True,
        group="rooms",
    ),
    Verb(
        name="connections",
        help="Who is connected, since when, from where, with what traffic",
        command=operating.ListConnections,
        rows="connections",
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
        ),
        done=lambda fields, result: f"banned {result['ban']['id']}",
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
        rows="bans",
        columns=(
            Column("TARGET", "id"),
            Column("KIND", "kind"),
            Column("BY", "by"),
            Column("SINCE", "created_at", "since"),
            Column("UNTIL", "expires_at"),
            Column("REASON", "reason"),
        ),
        empty="Nobody is banned.",
        group="people",
    ),
    Verb(
        name="operator add",
        help="A new operator; the password is asked for, or read with --password-stdin",
        command=support.CreateOperator,
        params=(Param("username", "lower-case letters, digits, . _ -"),),
        options=(
            Option("--name", "display_name", "as customers see it"),
            Option("--role", "role", "operator (the default) or admin"),
            Option("--capacity", "capacity", "tickets at a time"),
        ),
        done=operator_done("added"),
        acts=True,
        secret=True,
        group="operators",
    ),
    Verb(
        name="operator list",
        help="All operators",
        command=support.ListOperators,
        rows="operators",
        columns=OPERATOR_COLUMNS,
        empty="No operators: add one with 'operator add'.",
        group="operators",
    ),
    Verb(
        name="operator passwd",
        help="A new password; sessions and connections end",
        command=support.SetPassword,
        params=(USERNAME,),
        done=operator_done("new password for"),
        acts=True,
        secret=True,
        group="operators",
    ),
    Verb(
        name="operator disable",
        help="Shut an operator out",
        command=support.SetDisabled,
        params=(USERNAME,),
        fixed={"disabled": True},
        done=operator_done("disabled"),
        acts=True,
        group="operators",
    ),
    Verb(
        name="operator enable",
        help="Let an operator in again",
        command=support.SetDisabled,
        params=(USERNAME,),
        fixed={"disabled": False},
        done=operator_done("enabled"),
        acts=True,
        group="operators",
    ),
    Verb(
        name="watch",
        help="What happens, as it happens, until Ctrl-C: queue, events, or a dialog",
        command=support.WatchQueue,
        params=(Param("what", "queue, events, a ticket's id or a room", "watch", optional=True),),
        stream=True,
        group="daemon",
    ),
    Verb(
        name="stats",
        help="The daemon's figures",
        command=operating.GetStats,
        group="daemon",
    ),
    Verb(
        name="log-level",
        help="How much an area of the log says, from now on",
        command=operating.SetLogLevel,
        params=(
            Param(
                "area", "all, connections, rooms, tickets, calls, storage, admin or http", "area"
            ),
            Param("level", "trace, debug, info, warning or error"),
        ),
        done=lambda fields, result: f"{fields['area']} logs at {fields['level']}",
        acts=True,
        group="daemon",
    ),
    Verb(
        name="reload",
        help="Read the configuration again; nobody is disconnected",
        command=operating.Reload,
        done=reloaded,
        acts=True,
        group="daemon",
    ),
    Verb(
        name="backup",
        help="Copy the data directory while the daemon runs",
        command=operating.Backup,
        params=(Param("directory", "a new or empty directory on the daemon's machine"),),
        done=lambda fields, result: f"backed up {result['files']} files to {result['directory']}",
        acts=True,
        group="daemon",
    ),
    Verb(
        name="audit",
        help="Who did what through this socket, newest last",
        command=operating.ReadAudit,
        options=(Option("--limit", "limit", "at most so many"),),
        rows="entries",
        columns=(
            Column("AT", "at"),
            Column("USER", "user"),
            Column("UID", "uid", "count"),
            Column("VERB", "verb"),
            Column("AS", "as"),
            Column("TARGET", "target"),
            Column("OUTCOME", "outcome"),
            Column("ARGUMENTS", "arguments"),
        ),
        empty="Nothing was done yet.",
        group="daemon",
    ),
    Verb(
        name="drain",
        help="Stop gently: everything is stored, everybody is told to come back",
        command=operating.Drain,
        done=lambda fields, result: "draining",
        acts=True,
        group="daemon",
    ),
    Verb(
        name="ping",
        help="Whether the daemon answers",
        command=Ping,
        done=lambda fields, result: "the daemon answers",
        group="daemon",
    ),
)
TABLE = {verb.name: verb for verb in VERBS}
