"""An administrator removes a whole conversation."""

from __future__ import annotations

from chatd.domain.dialog import Dialog
from chatd.domain.place import DialogPlace, TicketPlace
from chatd.domain.places import kind_of
from chatd.domain.ticket import Ticket
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
        kind="dialog" if isinstance(found, Dialog) else "ticket",
        messages=held.messages,
        files=held.files,
        bytes=held.bytes,
        gone=command.sure,
    )


def find(services: Services, id: str) -> Ticket | Dialog:
    """What can be removed as a whole."""
    kind = kind_of(id)
    if kind is DialogPlace:
        if dialog := services.store.get(Dialog, id):
            return dialog
        raise NotFound("no such dialog")
    if kind is not TicketPlace:
        text = "only tickets (TKT-…) and dialogs of people (dlg-…) are removed as a whole"
        raise Invalid(f"{text}; of a room delete messages", field="what")
    ticket = services.store.get(Ticket, id)
    if ticket is None:
        raise NotFound("no such ticket")
    if ticket.open:
        raise Conflict(f"{id} is {ticket.status}: close it first", status=ticket.status)
    return ticket


HANDLERS: Handlers = {EraseConversation: erase}
