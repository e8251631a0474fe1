"""What a route is: a method and a path, the command that a request becomes, how it is answered."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec import Struct

from chatd.protocol.commands import Command
from chatd.protocol.results import Result

Action = Callable[..., Result]


class Route(Struct, frozen=True, kw_only=True):
    """``fixed``: fields that the path implies. ``takes``: which of the result's members is the
    data; empty for the whole result. ``action``: for what is more than one command; ``form`` is its
    body, and ``gives`` what it is answered with.
    ``written``: also as people read it, for who wants text or HTML; ``table``: the member that is
    also told as CSV.
    ``renamed``: fields that have another name here. ``cookie``: begins or ends the console's
    session, or keeps who was asked for a passkey. ``open``: also for who is nobody yet."""

    method: str
    path: str
    command: type[Command]
    summary: str
    status: int = 200
    fixed: dict[str, Any] = {}
    takes: str = ""
    action: Action | None = None
    form: type[Struct] | None = None
    gives: type[Result] | None = None
    written: bool = False
    table: str = ""
    renamed: dict[str, str] = {}
    cookie: str = ""
    open: bool = False

    @property
    def result(self) -> type[Result]:
        """What it is answered with."""
        return self.gives or self.command.result
