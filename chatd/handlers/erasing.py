"""An administrator removes a whole conversation."""

from __future__ import annotations

from chatd.domain.dialog import PREFIX, Dialog
from chatd.domain.ticket import TICKET, Ticket
from chatd.domain.versions import rerun
from chatd.errors import Conflict, Invalid, NotFound
from chatd.protocol.erasing import EraseConversation, Erased
from chatd.service import erasing
from chatd.service.context import Context, Handlers, Services


def erase(cx: Context, command: EraseConversation) -> Erased:
    """→ ``messages``, ``files``, ``bytes``, and whether they are ``gone``. Conflict for a ticket
    that is not closed."""
    services = cx.services
    found = find(services, command.what)
    held = erasing.weigh(services, found)
    if command.sure:
        erasing.finish(services, rerun(lambda: erasing.begin(services, find(services, found.id))))
    return Erased(
        dialog_id=found.id,
        kind="ticket" if isinstance(found, Ticket) else "dialog",
        messages=held.messages,
        files=held.files,
        bytes=held.bytes,
        gone=command.sure,
    )


def find(services: Services, id: str) -> Ticket | Dialog:
    """What can be removed as a whole."""
    if id.startswith(PREFIX):
        if dialog := services.store.get(Dialog, id):
            return dialog
        raise NotFound("no such dialog")
    if not id.startswith(TICKET):
        text = "only tickets (TKT-…) and dialogs of people (dlg-…) are removed as a whole"
        raise Invalid(f"{text}; of a room delete messages", field="what")
    ticket = services.store.get(Ticket, id)
    if ticket is None:
        raise NotFound("no such ticket")
    if ticket.open:
        raise Conflict(f"{id} is {ticket.status}: close it first", status=ticket.status)
    return ticket


HANDLERS: Handlers = {EraseConversation: erase}
