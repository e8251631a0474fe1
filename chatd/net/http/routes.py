"""The table of routes: method, path, the command that a request becomes, the answer."""

from __future__ import annotations

from chatd.net.http import access_routes, actions
from chatd.net.http.route import Route
from chatd.net.http.views import PersonRequested, SaidInTicket
from chatd.protocol import groups, operating, people, reports, searching, sites, support, work
from chatd.protocol.canned import ListCanned
from chatd.protocol.commands import GetHistory, MarkDelivered, MarkRead, SendMessage, SetPresence
from chatd.protocol.endings import CancelTicket, RateTicket
from chatd.protocol.support import TicketForm
from chatd.protocol.transcripts import GetTranscript

# What customers do with their tickets.
BY_CUSTOMERS = (
    ("close", support.CloseTicket, "A customer ends their conversation"),
    ("cancel", CancelTicket, "A customer who still waits wants nobody any more"),
    ("rate", RateTicket, "A customer says how it was, after it is closed"),
    ("transcript", support.MailTranscript, "Mails all that was said to the ticket's contact"),
)
ROUTES = (
    Route(
        method="POST",
        path="/api/support/send-message",
        command=support.OpenTicket,
        summary="A customer writes; the first message makes the ticket",
        status=201,
        action=actions.send_message,
        gives=SaidInTicket,
        form=TicketForm,
        open=True,
    ),
    Route(
        method="GET",
        path="/api/support/messages/{ticket_id}",
        command=support.ReadTicket,
        summary="A ticket, its messages after a seq, and what was changed after a rev",
    ),
    Route(
        method="POST",
        path="/api/support/update/{ticket_id}",
        command=support.UpdateTicket,
        summary="A customer says by which address they are reached",
    ),
    *(
        Route(
            method="POST",
            path=f"/api/support/{what}/{{ticket_id}}",
            command=command,
            summary=summary,
        )
        for what, command, summary in BY_CUSTOMERS
    ),
    Route(
        method="GET",
        path="/api/support/transcript/{ticket_id}",
        command=GetTranscript,
        summary="All that was said to a customer; JSON, or text/plain or text/html by Accept",
        written=True,
    ),
    Route(
        method="GET",
        path="/api/admin/support/tickets",
        command=support.ListTickets,
        summary="Tickets, newest first",
    ),
    Route(
        method="GET",
        path="/api/admin/support/ticket/{ticket_id}",
        command=support.ShowTicket,
        summary="A ticket; marks the operator as connected",
        fixed={"connect": True},
    ),
    Route(
        method="POST",
        path="/api/admin/support/update/{ticket_id}",
        command=support.UpdateTicket,
        summary="Changes the priority of a ticket, its contact, what is said of its customer",
    ),
    Route(
        method="POST",
        path="/api/admin/support/tag/{ticket_id}",
        command=support.TagTicket,
        summary="Gives a ticket tags, and takes others off it",
    ),
    Route(
        method="POST",
        path="/api/admin/support/snooze/{ticket_id}",
        command=work.SnoozeTicket,
        summary="Puts a ticket aside until a time, or brings it back",
    ),
    Route(
        method="GET",
        path="/api/admin/support/customer/{ticket_id}",
        command=support.ShowCustomer,
        summary="Whose ticket it is, where they are now, and their other tickets",
    ),
    Route(
        method="GET",
        path="/api/admin/tickets/{ticket_id}/transcript",
        command=GetTranscript,
        summary="All that was said in a ticket; JSON, or text/plain or text/html by Accept",
        written=True,
    ),
    Route(
        method="GET",
        path="/api/admin/reports/{report}",
        command=reports.GetReport,
        summary="Figures of the queue, of operators or of sites; JSON, or text/csv by Accept",
        table="rows",
    ),
    Route(
        method="GET",
        path="/api/admin/reports/tickets",
        command=reports.ListCounted,
        summary="The tickets behind a figure; JSON, or text/csv by Accept",
        table="tickets",
    ),
    Route(
        method="GET",
        path="/api/admin/search",
        command=searching.SearchMessages,
        summary="Messages by their words, newest first",
        renamed={"query": "q"},
    ),
    Route(
        method="POST",
        path="/api/admin/support/reply",
        command=support.ReplyTicket,
        summary="An operator answers",
        status=201,
    ),
    Route(
        method="POST",
        path="/api/admin/support/system-message",
        command=support.PostSystem,
        summary="A system message in a ticket",
        renamed={"dialog_id": "ticket_id"},
        status=201,
    ),
    Route(
        method="POST",
        path="/api/admin/support/close/{ticket_id}",
        command=support.CloseTicket,
        summary="Closes a ticket",
    ),
    Route(
        method="POST",
        path="/api/admin/support/open/{ticket_id}",
        command=support.ReopenTicket,
        summary="Opens a closed ticket again",
    ),
    Route(
        method="POST",
        path="/api/admin/support/accept/{ticket_id}",
        command=support.AcceptTicket,
        summary="Takes a waiting ticket",
    ),
    Route(
        method="POST",
        path="/api/admin/support/transfer/{ticket_id}",
        command=support.TransferTicket,
        summary="Hands a ticket to another operator",
    ),
    Route(
        method="POST",
        path="/api/admin/support/return/{ticket_id}",
        command=support.ReturnTicket,
        summary="Puts a ticket back into the queue",
    ),
    *access_routes.ROUTES,
    Route(
        method="POST",
        path="/manager/create",
        command=support.CreateOperator,
        summary="A new operator; administrators only",
        status=201,
    ),
    Route(
        method="POST",
        path="/manager/request",
        command=support.RequestPerson,
        summary="A customer asks for a person",
        status=201,
        action=actions.request_person,
        gives=PersonRequested,
        form=TicketForm,
        open=True,
    ),
    Route(
        method="POST",
        path="/api/auth/register",
        command=people.Register,
        summary="Makes an account, where the site allows it, and logs in; takes a visitor over",
        status=201,
        open=True,
    ),
    Route(
        method="POST",
        path="/api/auth/login",
        command=people.LogInPerson,
        summary="Logs a person in",
        open=True,
    ),
    Route(
        method="POST",
        path="/api/auth/logout",
        command=people.LogOutPerson,
        summary="Ends the person's session, or all of them",
    ),
    Route(
        method="POST",
        path="/api/auth/password",
        command=people.ChangePassword,
        summary="A new password of one's own; the other sessions end",
    ),
    Route(
        method="POST",
        path="/api/auth/avatar",
        command=people.SetAvatar,
        summary="The picture that one is seen as, uploaded into @avatars",
    ),
    Route(
        method="GET",
        path="/api/auth/me",
        command=people.ShowPerson,
        summary="The person of this session",
    ),
    Route(
        method="GET",
        path="/api/dialogs",
        command=groups.ListDialogs,
        summary="The dialogs with people that one is in",
    ),
    Route(
        method="POST",
        path="/api/dialogs",
        command=groups.CreateDialog,
        summary="A dialog with somebody, or a new group",
        status=201,
    ),
    Route(
        method="POST",
        path="/api/dialogs/enter",
        command=groups.EnterDialog,
        summary="Comes into a group by the code of an invitation",
    ),
    Route(
        method="POST",
        path="/api/dialogs/{dialog_id}/invite",
        command=groups.InviteIntoDialog,
        summary="Lets a person into a group",
    ),
    Route(
        method="POST",
        path="/api/dialogs/{dialog_id}/remove",
        command=groups.RemoveFromDialog,
        summary="Puts a person out of a group",
    ),
    Route(
        method="POST",
        path="/api/dialogs/{dialog_id}/rename",
        command=groups.RenameDialog,
        summary="Another title for a group",
    ),
    Route(
        method="POST",
        path="/api/dialogs/{dialog_id}/past",
        command=groups.SetPast,
        summary="How much those see who come later",
    ),
    Route(
        method="POST",
        path="/api/dialogs/{dialog_id}/hand-over",
        command=groups.HandOver,
        summary="Makes somebody else a group's owner",
    ),
    Route(
        method="POST",
        path="/api/dialogs/{dialog_id}/link",
        command=groups.MakeLink,
        summary="An invitation into a group",
        status=201,
    ),
    Route(
        method="POST",
        path="/api/dialogs/{dialog_id}/unlink",
        command=groups.EndLinks,
        summary="Ends all invitations into a group",
    ),
    Route(
        method="POST",
        path="/api/dialogs/{dialog_id}/quit",
        command=groups.QuitDialog,
        summary="Leaves a group for good",
    ),
    Route(
        method="POST",
        path="/api/dialogs/{dialog_id}/mute",
        command=groups.MuteDialog,
        summary="Hears of a dialog only in the list",
    ),
    Route(
        method="GET",
        path="/manager/queue",
        command=support.GetQueue,
        summary="Who waits, in order",
    ),
    Route(
        method="GET",
        path="/manager/sessions",
        command=support.ListOwnTickets,
        summary="The operator's own active tickets",
    ),
    Route(
        method="GET",
        path="/manager/operators",
        command=support.ListOperators,
        summary="All operators, and who of them is on line",
    ),
    Route(
        method="POST",
        path="/manager/presence",
        command=SetPresence,
        summary="Available for tickets or away, as long as one is seen over HTTP",
    ),
    Route(
        method="GET",
        path="/manager/canned",
        command=ListCanned,
        summary="Canned answers",
    ),
    Route(
        method="GET",
        path="/api/site",
        command=sites.GetSite,
        summary="What a site's pages show before anybody spoke",
        open=True,
    ),
    Route(
        method="GET",
        path="/api/messages/dialog/{dialog_id:path}",
        command=GetHistory,
        summary="A page of a room, a ticket or a ticket's notes",
    ),
    Route(
        method="POST",
        path="/api/messages/dialog/{dialog_id:path}",
        command=SendMessage,
        summary="Writes into a room or a ticket",
        status=201,
        takes="message",
    ),
    Route(
        method="POST",
        path="/api/messages/delivered/{dialog_id:path}",
        command=MarkDelivered,
        summary="All up to a seq has reached who asks: for clients that poll",
    ),
    Route(
        method="POST",
        path="/api/messages/read/{dialog_id:path}",
        command=MarkRead,
        summary="All up to a seq was read by who asks: for clients that poll",
    ),
    Route(
        method="GET",
        path="/api/rooms",
        command=operating.ListRooms,
        summary="The rooms that one may enter",
        open=True,
    ),
    Route(
        method="GET",
        path="/api/debug/websocket-stats",
        command=operating.GetConnectionStats,
        summary="Connections, traffic, queues; operators only",
    ),
)
