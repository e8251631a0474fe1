"""Following a conversation and reading it: join, leave, history; the list of rooms."""

from __future__ import annotations

import heapq
from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import UNSET
from msgspec.structs import replace

from chatd.domain import policy, topics
from chatd.domain.message import Cursor, Message
from chatd.domain.principal import Principal
from chatd.domain.reactions import bounded
from chatd.domain.room import Room
from chatd.domain.ticket import NOTES, Ticket
from chatd.errors import Conflict, Invalid
from chatd.handlers import tickets, typing
from chatd.live.connections import Connection
from chatd.protocol.commands import GetHistory, JoinDialog, LeaveDialog
from chatd.protocol.operating import ListRooms
from chatd.service import pages, presence, views
from chatd.service.context import Context, Handlers

MAX_RECEIPTS = 200


def join(cx: Context, command: JoinDialog) -> dict[str, Any]:
    """→ ``dialog``, ``participants``, ``drafts``, ``messages``, ``more``, ``receipts``."""
    services, connection, dialog_id = cx.services, live(cx), command.dialog_id
    check_capacity(cx, connection, dialog_id)
    seen = command.connect or cx.principal.kind != "operator"
    if isinstance(cx.place, Ticket) and seen and not dialog_id.endswith(NOTES):
        tickets.connect(services, cx.place, cx.principal)
    # From here on nothing waits: what is on the page is not announced to this connection as well.
    follow(cx, connection, dialog_id)
    if seen:
        presence.enter(services, dialog_id, connection)
    else:
        presence.look(services, dialog_id, connection)
    as_staff = isinstance(cx.place, Ticket) and staff(cx.principal, cx.place)
    return {
        "dialog": describe(cx, dialog_id),
        "participants": presence.within(services, dialog_id, staff=as_staff),
        "drafts": typing.visible_drafts(cx, dialog_id),
        "receipts": receipts_of(cx, dialog_id),
        **page(cx, dialog_id, after=command.after_seq, limit=command.limit),
    }


def receipts_of(cx: Context, dialog_id: str) -> Mapping[str, Cursor]:
    """The cursors that are farthest, and one's own: of a room where thousands have been, not
    everybody's."""
    everybody = cx.services.store.conversation(dialog_id).receipts
    if len(everybody) <= MAX_RECEIPTS:
        return everybody
    chosen = heapq.nlargest(MAX_RECEIPTS, everybody, key=lambda id: everybody[id].delivered)
    own = [cx.principal.id] if cx.principal.id in everybody else []
    return {id: everybody[id] for id in [*chosen, *own]}


def live(cx: Context) -> Connection:
    """The connection that follows; a request that is answered and over cannot."""
    if cx.caller.connection is None:
        raise Invalid("following needs a live connection", field="dialog_id")
    return cx.caller.connection


def check_capacity(cx: Context, connection: Connection, dialog_id: str) -> None:
    """A full room takes nobody in who is not there already."""
    full = isinstance(cx.place, Room) and (
        cx.services.presence.count(dialog_id) >= cx.place.capacity
    )
    if full and topics.dialog(dialog_id) not in connection.topics:
        capacity = cx.room.capacity
        raise Conflict(f"{dialog_id} is full: {capacity} people are in it", capacity=capacity)


def follow(cx: Context, connection: Connection, dialog_id: str) -> None:
    """From now on everything that is announced there, on the side where the principal stands."""
    hub = cx.services.hub
    hub.follow(topics.dialog(dialog_id), connection)
    if isinstance(cx.place, Ticket) and not dialog_id.endswith(NOTES):
        side = topics.staff if staff(cx.principal, cx.place) else topics.customer
        hub.follow(side(dialog_id), connection)


def staff(principal: Principal, ticket: Ticket) -> bool:
    """Whether this is an operator's view of the ticket."""
    return principal.serves(ticket.site)


def describe(cx: Context, dialog_id: str) -> dict[str, Any]:
    """The room or ticket as the principal sees it."""
    if isinstance(cx.place, Room):
        return views.room_view(cx.services, cx.place)
    ticket = cx.services.store.get(Ticket, cx.ticket.id) or cx.ticket
    view = views.ticket_view(cx.services, ticket, cx.principal)
    if dialog_id.endswith(NOTES):
        last_seq = cx.services.store.conversation(dialog_id).last_seq
        return {"id": dialog_id, "kind": "notes", "ticket": view, "last_seq": last_seq}
    return view


def lean(message: Message, *, earlier: bool) -> Message:
    """A message without what pages do not tell of it: those who reacted and are not named, and the
    texts before its edits but for whom these are."""
    if message.reactors is not UNSET:
        message = replace(message, reactors=UNSET)
    return message if earlier or message.earlier is UNSET else replace(message, earlier=UNSET)


def page(
    cx: Context,
    dialog_id: str,
    *,
    after: int | None = None,
    before: int | None = None,
    limit: int,
    earlier: bool = False,
) -> dict[str, Any]:
    """``messages`` and whether there are ``more`` in that direction; with the ``earlier`` texts of
    those that were edited, for whom these are."""
    store = cx.services.store
    last_seq = store.conversation(dialog_id).last_seq
    if after is not None and after > last_seq:
        raise Conflict(
            f"{dialog_id} has no message {after} yet, its last is {last_seq}; read it anew",
            last_seq=last_seq,
        )
    kept = map(bounded, store.history(dialog_id, after=after, before=before, limit=limit))
    found = (lean(message, earlier=earlier) for message in kept)
    messages: Sequence[Message]
    if after is not None:
        messages = pages.first_fitting(cx, found)[0]
    else:
        messages = pages.first_fitting(cx, reversed(list(found)))[0][::-1]
    if after is not None:
        more = bool(messages) and messages[-1].seq < last_seq
    else:
        more = bool(messages) and messages[0].seq > 1
    return {"messages": messages, "more": more}


def history(cx: Context, command: GetHistory) -> dict[str, Any]:
    """→ ``messages`` in order, ``more``."""
    if command.before_seq is not None and command.after_seq is not None:
        raise Invalid("before_seq or after_seq, not both", field="before_seq")
    return page(
        cx,
        command.dialog_id,
        after=command.after_seq,
        before=command.before_seq,
        limit=command.limit,
    )


def leave(cx: Context, command: LeaveDialog) -> dict[str, Any]:
    """Stops following; harmless for who does not follow."""
    presence.leave(cx.services, command.dialog_id, live(cx))
    return {"dialog_id": command.dialog_id}


def rooms(cx: Context, command: ListRooms) -> dict[str, Any]:
    """→ ``rooms`` that the principal may enter."""
    visible = [room for room in cx.services.rooms.values() if policy.lists(cx.principal, room)]
    return {"rooms": views.readable(lambda room: views.room_view(cx.services, room), visible)}


HANDLERS: Handlers = {
    JoinDialog: join,
    LeaveDialog: leave,
    GetHistory: history,
    ListRooms: rooms,
}
