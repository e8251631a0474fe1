"""Rooms with a password: who gave it comes in until there is another one."""

from __future__ import annotations

import hmac

from msgspec.structs import replace

from chatd.domain.network import network_of
from chatd.domain.participant import Participant
from chatd.domain.room import Room
from chatd.domain.tokens import digest
from chatd.domain.versions import successor
from chatd.errors import Forbidden, NotFound
from chatd.protocol.operating import EnterRoom
from chatd.protocol.results import Done
from chatd.service.context import Context, Handlers
from chatd.service.identity import Tries
from chatd.store.base import Put


def enter(cx: Context, command: EnterRoom) -> Done:
    """Nothing, where no password is asked for. Forbidden for a wrong one; tries are counted like
    those of log-ins, and a right one is not."""
    room = cx.services.rooms.get(cx.place.id)
    if room is None or not room.lock or cx.services.has_entered(cx.principal, room):
        return Done()
    tries = count(cx, room)
    if not hmac.compare_digest(digest(command.password), room.lock):
        raise Forbidden("this is not the room's password", password=True)
    for rate, key in tries:
        cx.services.limiter.forgive(rate, key)
    cx.services.store.commit(Put(let_in(cx, room)))
    return Done()


def count(cx: Context, room: Room) -> Tries:
    """Counts a try before the password is looked at; RateLimited when there were too many. Who has
    an account has tries of their own, which no stranger at the same address uses up."""
    if cx.principal.account:
        tries = [("logins_per_account", f"room {room.id} {cx.principal.id}")]
        cx.services.limiter.hit(*tries[0])
        return tries
    network = network_of(cx.caller.address)
    tries = [
        ("logins_per_address", network),
        ("logins_per_account", f"room {room.id} {network}"),
        ("logins_per_account_anywhere", f"room {room.id}"),
    ]
    for rate, key in tries:
        cx.services.limiter.hit(rate, key)
    return tries


def let_in(cx: Context, room: Room) -> Participant:
    """Who asks, with the mark of a room; those of rooms that are gone go."""
    services = cx.services
    who = services.store.get(Participant, cx.principal.id)
    if who is None:
        raise NotFound("no such dialog")
    kept = {id: mark for id, mark in who.rooms.items() if id in services.rooms}
    return replace(successor(who), rooms={**kept, room.id: services.mark_of(room)})


HANDLERS: Handlers = {EnterRoom: enter}
