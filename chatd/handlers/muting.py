"""Keeping somebody in a room or a group from saying anything, and letting them again."""

from __future__ import annotations

from msgspec.structs import replace

from chatd.domain import mute
from chatd.domain.mute import Mute
from chatd.domain.participant import Participant
from chatd.domain.times import to_text
from chatd.domain.versions import successor
from chatd.errors import Conflict, NotFound
from chatd.protocol.muting import MuteMember, OneMute, UnmuteMember
from chatd.service import listing, muting
from chatd.service.context import Context, Handlers
from chatd.service.people import NEVER
from chatd.store.base import Put


def silence(cx: Context, command: MuteMember) -> OneMute:
    """→ until when, and why; another one for the same participant takes the place of this."""
    now, seconds = cx.services.now(), command.seconds
    until = to_text(now + seconds) if seconds else NEVER
    return settle(cx, find(cx, command.participant_id), Mute(cx.place.id, until, command.reason))


def let_speak(cx: Context, command: UnmuteMember) -> OneMute:
    """→ who may write again; Conflict for who was not muted."""
    who = find(cx, command.participant_id)
    if mute.against(who.mutes, cx.place.id, cx.services.now()) is None:
        raise Conflict(f"{who.id} is not muted in {cx.place.id}")
    return settle(cx, who, None)


def find(cx: Context, participant_id: str) -> Participant:
    """Somebody else who may be here, or NotFound."""
    if not cx.place.mutes:
        raise Conflict("people are muted in rooms and groups only")
    if participant_id == cx.principal.id:
        raise Conflict("this is you")
    who = cx.services.store.get(Participant, participant_id)
    dialog = cx.place.dialog
    out = dialog is not None and dialog.member(participant_id) is None
    if who is None or out or not (dialog or cx.principal.serves(who.site)):
        raise NotFound(f"no such participant {participant_id!r} here")
    return who


def settle(cx: Context, who: Participant, held: Mute | None) -> OneMute:
    """Stores it and tells those who are here, and whom it concerns."""
    services, place = cx.services, cx.place
    mutes = mute.change(who.mutes, place.id, held, services.now())
    changed = replace(successor(who), mutes=mutes)
    services.store.commit(Put(changed))
    muting.spread(services, place.id, changed)
    if place.dialog:
        listing.tell_here(services, place.dialog, "changed")
    until, reason = (held.until, held.reason) if held else ("", "")
    return OneMute(
        dialog_id=place.id, participant_id=who.id, name=who.name, until=until, reason=reason
    )


HANDLERS: Handlers = {MuteMember: silence, UnmuteMember: let_speak}
