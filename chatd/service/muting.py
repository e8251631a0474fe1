"""Who may say something here and now: who is not muted, in a place that is not read-only."""

from __future__ import annotations

from chatd.domain import mute
from chatd.domain.participant import Participant
from chatd.domain.principal import of_visitor
from chatd.errors import Forbidden
from chatd.service import announce, presence
from chatd.service.context import Context, Services


def check_writable(cx: Context) -> None:
    """Forbidden where somebody may read, and not write."""
    cx.place.check_writable(cx.principal)
    check_unmuted(cx)


def check_unmuted(cx: Context) -> None:
    """Forbidden for who is muted here, saying until when and why."""
    mutes = cx.principal.mutes
    held = mutes and mute.against(mutes, cx.place.id, cx.services.now())
    if held:
        why = f": {held.reason}" if held.reason else ""
        text = f"you are muted in {cx.place.id} until {held.until}{why}"
        raise Forbidden(text, muted_until=held.until, why=held.reason)


def spread(services: Services, place_id: str, who: Participant) -> None:
    """Somebody is muted, or is no longer, on all of their connections; what they were writing
    goes."""
    principal = of_visitor(who)
    if services.drafts.clear(place_id, who.id):
        announce.dropped_draft(services, place_id, principal)
    presence.rename(services, principal)
