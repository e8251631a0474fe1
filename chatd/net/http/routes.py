"""The table of routes: method, path, the command that a request becomes, the answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec import Struct

from chatd.net.http import actions
from chatd.protocol import operating, support
from chatd.protocol.commands import Command, GetHistory, SendMessage, SetPresence
from chatd.protocol.support import TicketForm

Action = Callable[..., dict[str, Any]]


class Route(Struct, frozen=True, kw_only=True):
    """``fixed``: fields that the path implies. ``takes``: which of the result's members are the
    data; empty for all, one marked ``*`` to be the data itself. ``gives``: members that the data
    always has, as far as the description promises them; ``may_give``: others that it has where they
    were asked for. ``action``: for what is more than one command; ``form`` is its body.
    ``renamed``: fields that have another name here. ``cookie``: begins or ends the console's
    session. ``open``: also for who is nobody yet."""

    method: str
    path: str
    command: type[Command]
    summary: str
    status: int = 200
    fixed: dict[str, Any] = {}
    takes: tuple[str, ...] = ()
    gives: tuple[str, ...] = ()
    may_give: tuple[str, ...] = ()
    action: Action | None = None
    form: type[Struct] | None = None
    renamed: dict[str, str] = {}
    cookie: str = ""
    open: bool = False


ROUTES = (
    Route(
        method="POST",
        path="/api/support/send-message",
        command=support.OpenTicket,
        summary="A customer writes; the first message makes the ticket",
        gives=("ticket_id", "token", "message"),
        status=201,
        action=actions.send_message,
        form=TicketForm,
        open=True,
    ),
    Route(
        method="GET",
        path="/api/support/messages/{ticket_id}",
        command=support.ReadTicket,
        summary="A ticket, its messages after a seq, and what was changed after a rev",
        gives=("ticket", "rev", "messages", "more"),
        may_give=("changed", "resync"),
    ),
    Route(
        method="GET",
        path="/api/admin/support/tickets",
        command=support.ListTickets,
        summary="Tickets, newest first",
        gives=("tickets", "more", "cursor"),
    ),
    Route(
        method="GET",
        path="/api/admin/support/ticket/{ticket_id}",
        command=support.ShowTicket,
        summary="A ticket; marks the operator as connected",
        gives=("ticket", "rev", "messages", "more"),
        may_give=("changed", "resync"),
        fixed={"connect": True},
    ),
    Route(
        method="POST",
        path="/api/admin/support/reply",
        command=support.ReplyTicket,
        summary="An operator answers",
        gives=("message",),
        status=201,
    ),
    Route(
        method="POST",
        path="/api/admin/support/system-message",
        command=support.PostSystem,
        summary="A system message in a ticket",
        renamed={"dialog_id": "ticket_id"},
        gives=("message",),
        status=201,
    ),
    Route(
        method="POST",
        path="/api/admin/support/close/{ticket_id}",
        command=support.CloseTicket,
        summary="Closes a ticket",
        gives=("ticket",),
    ),
    Route(
        method="POST",
        path="/api/admin/support/open/{ticket_id}",
        command=support.ReopenTicket,
        summary="Opens a closed ticket again",
        gives=("ticket",),
    ),
    Route(
        method="POST",
        path="/api/admin/support/accept/{ticket_id}",
        command=support.AcceptTicket,
        summary="Takes a waiting ticket",
        gives=("ticket",),
    ),
    Route(
        method="POST",
        path="/api/admin/support/transfer/{ticket_id}",
        command=support.TransferTicket,
        summary="Hands a ticket to another operator",
        gives=("ticket",),
    ),
    Route(
        method="POST",
        path="/api/admin/support/return/{ticket_id}",
        command=support.ReturnTicket,
        summary="Puts a ticket back into the queue",
        gives=("ticket",),
    ),
    Route(
        method="POST",
        path="/manager/auth",
        command=support.Login,
        summary="Logs an operator in",
        gives=("token", "operator"),
        cookie="begin",
        open=True,
    ),
    Route(
        method="POST",
        path="/manager/logout",
        command=support.Logout,
        summary="Ends the session",
        cookie="end",
    ),
    Route(
        method="GET",
        path="/manager/me",
        command=support.WhoAmI,
        summary="The operator of this session",
        gives=("operator",),
    ),
    Route(
        method="POST",
        path="/manager/create",
        command=support.CreateOperator,
        summary="A new operator; administrators only",
        gives=("operator",),
        status=201,
    ),
    Route(
        method="POST",
        path="/manager/request",
        command=support.RequestPerson,
        summary="A customer asks for a person",
        gives=("ticket_id", "token", "position", "expected_wait_s"),
        status=201,
        action=actions.request_person,
        form=TicketForm,
        open=True,
    ),
    Route(
        method="GET",
        path="/manager/queue",
        command=support.GetQueue,
        summary="Who waits, in order",
        gives=("waiting", "operators_online", "tickets", "more", "cursor"),
    ),
    Route(
        method="GET",
        path="/manager/sessions",
        command=support.ListSessions,
        summary="The operator's own active tickets",
        gives=("tickets", "more", "cursor"),
    ),
    Route(
        method="GET",
        path="/manager/operators",
        command=support.ListOperators,
        summary="All operators, and who of them is on line",
        gives=("operators", "more", "cursor"),
    ),
    Route(
        method="POST",
        path="/manager/presence",
        command=SetPresence,
        summary="Available for tickets or away, as long as one is seen over HTTP",
        gives=("status",),
    ),
    Route(
        method="GET",
        path="/manager/canned",
        command=support.ListCanned,
        summary="Canned answers",
        gives=("canned", "more", "cursor"),
    ),
    Route(
        method="GET",
        path="/api/site",
        command=support.GetSite,
        summary="What a site's pages show before anybody spoke",
        gives=(
            *("site", "title", "language", "accent", "texts", "greeting", "live_typing"),
            "operators_online",
        ),
        open=True,
    ),
    Route(
        method="GET",
        path="/api/messages/dialog/{dialog_id:path}",
        command=GetHistory,
        summary="A page of a room, a ticket or a ticket's notes",
        gives=("rev", "messages", "more"),
        may_give=("changed", "resync"),
    ),
    Route(
        method="POST",
        path="/api/messages/dialog/{dialog_id:path}",
        command=SendMessage,
        summary="Writes into a room or a ticket",
        status=201,
        takes=("*message",),
    ),
    Route(
        method="GET",
        path="/api/rooms",
        command=operating.ListRooms,
        summary="The rooms that one may enter",
        gives=("rooms", "more", "cursor"),
        open=True,
    ),
    Route(
        method="GET",
        path="/api/debug/websocket-stats",
        command=operating.GetConnectionStats,
        summary="Connections, traffic, queues; operators only",
        gives=("by_transport", "connections", "more", "cursor"),
    ),
)
