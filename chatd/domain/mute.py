"""Who may not say anything in a place: until when, and why."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from chatd.domain.times import to_text

MOST = 50  # of one participant: of more the oldest go


class Mute(Struct, frozen=True):
    """Nothing is said in a place, a room or a group, until then."""

    place: str
    until: str
    reason: str = ""


Mutes = tuple[Mute, ...]


def against(mutes: Iterable[Mute], place: str, now: float) -> Mute | None:
    """What keeps somebody from saying anything in a place now."""
    at = to_text(now)
    return next((one for one in mutes if one.place == place and one.until > at), None)


def until(mutes: Iterable[Mute], place: str) -> str:
    """Until when somebody says nothing in a place, which may be over; empty for who was not
    muted."""
    for one in mutes:
        if one.place == place:
            return one.until
    return ""


def change(mutes: Mutes, place: str, mute: Mute | None, now: float) -> Mutes:
    """Those that hold, with another one for a place, or none."""
    at = to_text(now)
    kept = [one for one in mutes if one.place != place and one.until > at]
    return (*kept, *([mute] if mute else []))[-MOST:]
