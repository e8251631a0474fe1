"""Following a conversation and reading it: join, leave, history; the list of rooms."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from msgspec import UNSET
from msgspec.structs import asdict

from chatd.delivery.holding import Hold
from chatd.domain import policy, topics
from chatd.domain.place import RoomPlace
from chatd.domain.places import find
from chatd.domain.room import Room
from chatd.errors import ChatdError, Conflict, Invalid, NotFound
from chatd.handlers import typing
from chatd.live.connections import Connection
from chatd.protocol.commands import GetHistory, JoinDialog, LeaveDialog
from chatd.protocol.envelope import encode_json
from chatd.protocol.events import (
    DialogUpdate,
    DraftEdit,
    PresenceUpdate,
    TypingStart,
    TypingStop,
)
from chatd.protocol.operating import ListRooms
from chatd.protocol.results import Joined, Left, MessagePage, NotJoined, RoomList
from chatd.protocol.views import Room as RoomView
from chatd.service import pages, presence, resuming, showing, tickets, views
from chatd.service.context import Caller, Context, Handlers

MAX_RECEIPTS = 200
UNNUMBERED = (
    *(PresenceUpdate.event, DialogUpdate.event),
    *(DraftEdit.event, TypingStart.event, TypingStop.event),
)


def join(cx: Context, command: JoinDialog) -> Joined:
    """→ ``dialog``, ``participants``, ``drafts``, ``receipts``, ``rev``, ``messages``, ``more``;
    with an ``after_rev`` ``changed`` and ``resync``; ``crowd``: of the participants these are only
    the newest."""
    return follow_and_read(prepare(cx, command), command)


def join_all(
    cx: Context, caller: Caller, commands: Sequence[JoinDialog]
) -> list[Joined | NotJoined]:
    """What each would be answered by itself, or its ``dialog_id`` and ``error``. Whatever may wait
    comes first, so that nothing is announced to who has not got all of the answers."""
    ready = [attempt(one, cx.carry_out, caller, one, prepare) for one in commands]
    share = max(1, sum(isinstance(one, Context) for one in ready))
    return [
        attempt(command, answer, one, command, share) if isinstance(one, Context) else one
        for one, command in zip(ready, commands, strict=True)
    ]


def attempt(command: JoinDialog, act: Callable[..., Any], *args: Any) -> Any:
    """What comes of one of several joins."""
    try:
        return act(*args)
    except ChatdError as error:
        told = error.for_peers()
        return NotJoined(dialog_id=command.dialog_id, error=told.as_dict())


def answer(cx: Context, command: JoinDialog, share: int) -> Joined:
    """One of several, as readers get it."""
    told = follow_and_read(cx, command, share=share)
    return showing.result(cx.services, told, place=cx.place, who=cx.principal)


def prepare(cx: Context, command: JoinDialog) -> Context:
    """What is judged of a join, and may wait, before anything is read."""
    resuming.read_known(command.after_seq, command.after_rev)
    check_capacity(cx, require_connection(cx), command.dialog_id)
    if cx.place.has_customer and is_seen(cx, command):
        tickets.connect(cx.services, cx.ticket, cx.principal)
    return cx


def follow_and_read(cx: Context, command: JoinDialog, *, share: int = 1) -> Joined:
    """Follows and reads. What is announced meanwhile is held until the answer has left, and what
    is on the page is not announced to this connection as well. ``share``: one of how many joins of
    an answer this is."""
    services, connection, dialog_id = cx.services, require_connection(cx), command.dialog_id
    check_capacity(cx, connection, dialog_id)
    known = resuming.read_known(command.after_seq, command.after_rev)
    hold = follow(cx, connection)
    check_still_in(cx, connection)
    if is_seen(cx, command):
        presence.enter(services, dialog_id, connection)
    else:
        presence.look(services, dialog_id, connection)
    lookers = cx.place.shows_lookers and cx.principal.serves(cx.place.site)
    dialog = views.place_view(services, cx.place, cx.principal)
    receipts = services.store.readers(dialog_id, limit=MAX_RECEIPTS, also=cx.principal.id)
    page = resuming.page(cx, dialog_id, known, limit=command.limit, share=share)
    hold.read(dialog_id, page.rev, UNNUMBERED)
    crowd = dialog_id in services.crowds
    people = presence.within(services, dialog_id, lookers=lookers)
    pages.count(cx, len(encode_json((people, receipts))))
    return Joined(
        dialog=dialog,
        participants=people,
        crowd=crowd,
        drafts=typing.visible_drafts(cx, dialog_id),
        receipts=receipts,
        **asdict(page),
    )


def is_seen(cx: Context, command: JoinDialog) -> bool:
    """Whether the others see who joins; an operator may only look."""
    return command.connect or cx.principal.kind != "operator"


def require_connection(cx: Context) -> Connection:
    """The connection that follows; a request that is answered and over cannot."""
    if cx.caller.connection is None:
        raise Invalid("following needs a live connection", field="dialog_id")
    return cx.caller.connection


def check_capacity(cx: Context, connection: Connection, dialog_id: str) -> None:
    """A full room takes nobody in who is not there already."""
    capacity = cx.place.capacity
    full = capacity is not None and cx.services.presence.count(dialog_id) >= capacity
    if full and topics.dialog(dialog_id) not in connection.topics:
        raise Conflict(f"{dialog_id} is full: {capacity} people are in it", capacity=capacity)


def follow(cx: Context, connection: Connection) -> Hold:
    """From now on everything that is announced there, on the side where the principal stands, and
    what oneself is told of it; kept back until the answer has left."""
    hub, begins = cx.services.hub, cx.place.begins_after(cx.principal)
    for topic in cx.place.follows(cx.principal):
        hub.hold(topic, connection, begins)
        hub.await_start(topic)
    return hub.hold(topics.participant(cx.principal.id), connection)


def check_still_in(cx: Context, connection: Connection) -> None:
    """Who was put out of a dialog while they were coming in follows nothing: NotFound."""
    if cx.place.listed and not find(cx.services, cx.principal, cx.place.id):
        presence.leave(cx.services, cx.place.id, connection)
        raise NotFound("no such dialog")


def history(cx: Context, command: GetHistory) -> MessagePage:
    """→ ``rev``, ``messages`` in order, ``more``; with an ``after_rev`` ``changed`` and
    ``resync``."""
    if command.before_seq is not None and command.after_seq is not None:
        raise Invalid("before_seq or after_seq, not both", field="before_seq")
    known = resuming.read_known(command.after_seq, command.after_rev)
    dialog_id, limit = command.dialog_id, command.limit
    return resuming.page(cx, dialog_id, known, before=command.before_seq, limit=limit)


def leave(cx: Context, command: LeaveDialog) -> Left:
    """Stops following; harmless for who does not follow."""
    presence.leave(cx.services, command.dialog_id, require_connection(cx))
    return Left(dialog_id=command.dialog_id)


def rooms(cx: Context, command: ListRooms) -> RoomList:
    """→ ``rooms`` that the principal may enter; whether there are ``more``, and the ``cursor`` that
    gets those."""
    services, who = cx.services, cx.principal
    watcher = cx.caller.connection if command.watch else None
    visible = [
        room for id, room in services.rooms.items() if policy.lists(who, RoomPlace(id, room))
    ]
    page = pages.place_page(
        cx,
        visible,
        lambda room: list_room(cx, room, watcher),
        limit=command.limit,
        cursor=command.cursor,
    )
    return RoomList(rooms=page.rows, more=page.more, cursor=page.cursor)


def list_room(cx: Context, room: Room, watcher: Connection | None) -> RoomView:
    """A row of the list; what follows in it is kept back until the list is answered."""
    view = views.listed_room(cx.services, room, cx.principal)
    if watcher and view.voice is not UNSET:
        cx.services.hub.hold(topics.room_list(room.id), watcher)
        view = views.listed_room(cx.services, room, cx.principal)
    return view


HANDLERS: Handlers = {
    JoinDialog: join,
    LeaveDialog: leave,
    GetHistory: history,
    ListRooms: rooms,
}
