"""What customers ask by HTTP: a part of the table of routes."""

from __future__ import annotations

from chatd.net.http import actions
from chatd.net.http.route import Route
from chatd.net.http.views import SaidInTicket
from chatd.protocol import support
from chatd.protocol.customers import EndIdentity, ListCustomersTickets
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
OF_CUSTOMERS = (
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
        path="/api/support/tickets",
        command=ListCustomersTickets,
        summary="A customer's own tickets, the open ones first",
    ),
    Route(
        method="POST",
        path="/api/support/logout",
        command=EndIdentity,
        summary="Whom their site names is nobody by this token any more",
    ),
    Route(
        method="GET",
        path="/api/support/transcript/{ticket_id}",
        command=GetTranscript,
        summary="All that was said to a customer; JSON, or text/plain or text/html by Accept",
        written=True,
    ),
)
