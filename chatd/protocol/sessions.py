"""The commands about operators' login sessions: where one is logged in, and an end to that."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from msgspec import Meta, Struct

from chatd.protocol import results
from chatd.protocol.accounts import Username
from chatd.protocol.commands import Command, Paged
from chatd.protocol.results import Page

SessionId = Annotated[str, Meta(max_length=64)]
Where = Literal["browser", "terminal", "other"]


class OpenSession(Struct, frozen=True, kw_only=True):
    """A login session, without what proves it. ``address``: the network that it was begun from;
    ``device``: with what, as far as that says itself and the extra ``devices`` is installed;
    ``used_at``: when it was last used, to the hour; ``current``: whether it is who asks."""

    id: str
    where: Where
    address: str
    device: str
    created_at: str
    used_at: str
    expires_at: str
    current: bool


class SessionList(Page, frozen=True, kw_only=True):
    """The sessions that are good, the oldest first."""

    sessions: list[OpenSession]


class ListSessions(Paged, frozen=True, kw_only=True):
    """Where one is logged in."""

    event: ClassVar[str] = "session:list"
    result: ClassVar[results.Kind] = SessionList


class EndSession(Command, frozen=True, kw_only=True):
    """The end of one of one's own sessions, or of all but the one that asks, if none is named."""

    event: ClassVar[str] = "session:end"
    result: ClassVar[results.Kind] = results.LoggedOut
    session: SessionId | None = None


class ListSessionsOf(Paged, frozen=True, kw_only=True):
    """Where an operator is logged in."""

    event: ClassVar[str] = "operator:sessions"
    result: ClassVar[results.Kind] = SessionList
    username: Username


class EndSessionOf(Command, frozen=True, kw_only=True):
    """The end of one of an operator's sessions, or of all of them, if none is named."""

    event: ClassVar[str] = "operator:session_end"
    result: ClassVar[results.Kind] = results.LoggedOut
    username: Username
    session: SessionId | None = None


COMMANDS: tuple[type[Command], ...] = (ListSessions, EndSession, ListSessionsOf, EndSessionOf)
