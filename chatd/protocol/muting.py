"""The commands of those who moderate a room or a group: whom they keep from saying anything."""

from __future__ import annotations

from typing import Annotated, ClassVar

from msgspec import Meta

from chatd.protocol import results
from chatd.protocol.commands import Command, DialogCommand
from chatd.protocol.operating import HUNDRED_YEARS

ParticipantId = Annotated[str, Meta(min_length=1, max_length=64)]


class OneMute(results.Result, frozen=True, kw_only=True):
    """Who it concerns, where, and until when; empty: they may write."""

    dialog_id: str
    participant_id: str
    name: str
    until: str
    reason: str = ""


class MuteMember(DialogCommand, frozen=True, kw_only=True):
    """Keeps somebody in a room or a group from saying anything, for ``seconds`` or for good; they
    are told why, and until when, and read on."""

    event: ClassVar[str] = "member:mute"
    result: ClassVar[results.Kind] = OneMute
    participant_id: ParticipantId
    seconds: Annotated[int, Meta(ge=1, le=HUNDRED_YEARS)] | None = None
    reason: Annotated[str, Meta(max_length=200)] = ""


class UnmuteMember(DialogCommand, frozen=True, kw_only=True):
    """Lets somebody write again."""

    event: ClassVar[str] = "member:unmute"
    result: ClassVar[results.Kind] = OneMute
    participant_id: ParticipantId


COMMANDS: tuple[type[Command], ...] = (MuteMember, UnmuteMember)
