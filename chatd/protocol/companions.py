"""What dialogs of people look like from outside, and what lists show of any dialog.

A member that may be ``UNSET`` is left out where it is not the reader's, or does not apply.
"""

from __future__ import annotations

from msgspec import UNSET, Struct, UnsetType

from chatd.domain.dialog import Past
from chatd.domain.room import LiveTyping
from chatd.protocol.calling import VoiceParty


class Words(Struct, frozen=True, omit_defaults=True):
    """The language of what the house said, and by which key and with which values it says it in
    another."""

    language: str
    key: str = ""
    values: dict[str, str | int] = {}


class LastMessage(Struct, frozen=True, kw_only=True):
    """The newest message, in a list; a row of the queue does not say whose it is. ``words``: of
    what the house said. ``deleted``: it was, and has no text for that."""

    text: str
    words: Words | UnsetType = UNSET
    deleted: bool | UnsetType = UNSET
    sender_name: str | UnsetType = UNSET
    at: str


class Known(Struct, frozen=True, kw_only=True):
    """A person as others find them. ``avatar``: the path of their picture, if they have one."""

    id: str
    username: str
    name: str
    avatar: str | UnsetType = UNSET


class Companion(Struct, frozen=True, kw_only=True):
    """Somebody in a dialog of people; ``id``: as what they are known there. ``owner``: who says who
    is in a group. ``avatar``: the path of their picture, if they have one."""

    id: str
    username: str
    name: str
    owner: bool = False
    muted_until: str | UnsetType = UNSET
    avatar: str | UnsetType = UNSET


class Direct(Struct, frozen=True, kw_only=True, tag_field="kind", tag="direct"):
    """A dialog of two people. ``members`` are both of them. ``read``, ``mentions``, ``deleted`` and
    ``muted_until`` are its reader's own: up to which message they have read it, behind that which
    ones name them, and which are deleted and so not ``unread``, of the newest 100, and until when
    they hear of it only in the list, empty for one that is not muted. ``calls``: whether there are
    calls here."""

    id: str
    members: list[Companion]
    live_typing: LiveTyping
    calls: bool
    created_at: str
    last_seq: int
    rev: int
    last_message: LastMessage | UnsetType | None = UNSET
    unread: int | UnsetType = UNSET
    read: int | UnsetType = UNSET
    mentions: list[int] | UnsetType = UNSET
    deleted: list[int] | UnsetType = UNSET
    muted_until: str | UnsetType = UNSET


class Group(Direct, frozen=True, kw_only=True, tag_field="kind", tag="group"):
    """A dialog that people made, named and let others into; in lists ``members`` is empty, for
    these may be many: ``people`` says how many. ``past``: how much those see who come later;
    ``links``: how many invitations are open, for its owner; ``voice``: who is in its voice
    channel, where it has one."""

    title: str
    past: Past
    people: int
    links: int | UnsetType = UNSET
    voice: list[VoiceParty] | UnsetType = UNSET
