"""The commands about programs' tokens: what else than people acts here, and what it may."""

from __future__ import annotations

from typing import Annotated, ClassVar

from msgspec import Meta, Struct

from chatd.domain.scopes import Scope
from chatd.protocol import results
from chatd.protocol.accounts import Username
from chatd.protocol.commands import Command, Paged
from chatd.protocol.results import Page, Result
from chatd.protocol.support import SiteName

DAY = 86_400


class ProgramToken(Struct, frozen=True, kw_only=True):
    """A program's token, without what proves it. ``sites`` empty: all; ``used_at``: when it was
    last used, to the hour, null for never."""

    name: str
    scopes: list[str]
    sites: list[str]
    by: str
    created_at: str
    expires_at: str
    used_at: str | None


class TokenMade(Result, frozen=True, kw_only=True):
    """A program's ``token``, which is told this once, and what was ``made``."""

    token: str
    made: ProgramToken


class TokenList(Page, frozen=True, kw_only=True):
    """The tokens of programs that are good, in the order of their names."""

    tokens: list[ProgramToken]


class TokenRevoked(Result, frozen=True, kw_only=True):
    """Whose token is good no more."""

    name: str


class CreateToken(Command, frozen=True, kw_only=True):
    """A token for a program, which is told this once. ``scopes``: what it is good for; ``sites``:
    for these only, else for all; ``seconds``: for so long, 90 days where nothing is said."""

    event: ClassVar[str] = "token:create"
    result: ClassVar[results.Kind] = TokenMade
    name: Username
    scopes: Annotated[list[Scope], Meta(min_length=1, max_length=16)]
    sites: Annotated[list[SiteName], Meta(max_length=32)] = []
    seconds: Annotated[int, Meta(ge=60, le=1_095 * DAY)] = 90 * DAY


class ListTokens(Paged, frozen=True, kw_only=True):
    """The tokens of all programs: what they are good for, until when, and when they were used."""

    event: ClassVar[str] = "token:list"
    result: ClassVar[results.Kind] = TokenList


class TokenShown(Result, frozen=True, kw_only=True):
    """What the ``token`` is that one asks with."""

    token: ProgramToken


class ShowToken(Command, frozen=True, kw_only=True):
    """What the token of a program is good for, and until when, as it asks itself."""

    event: ClassVar[str] = "token:me"
    result: ClassVar[results.Kind] = TokenShown


class RevokeToken(Command, frozen=True, kw_only=True):
    """Takes a program's token back: it is good for nothing from now on, and its connections
    end."""

    event: ClassVar[str] = "token:revoke"
    result: ClassVar[results.Kind] = TokenRevoked
    name: Username


COMMANDS: tuple[type[Command], ...] = (CreateToken, ListTokens, RevokeToken, ShowToken)
