"""The command that removes a whole conversation."""

from __future__ import annotations

from typing import ClassVar, Literal

from chatd.protocol import results
from chatd.protocol.commands import Command, DialogId


class Erased(results.Result, frozen=True, kw_only=True):
    """What a conversation holds: its messages, notes included, its files and their bytes; and
    whether it is ``gone`` now, or was only looked at."""

    dialog_id: str
    kind: Literal["ticket", "dialog"]
    messages: int
    files: int
    bytes: int
    gone: bool


class EraseConversation(Command, frozen=True, kw_only=True):
    """Removes a closed ticket, or a dialog of people, with all that was said and sent in it;
    without ``sure`` it only says what that is."""

    event: ClassVar[str] = "conversation:remove"
    result: ClassVar[results.Kind] = Erased
    what: DialogId
    sure: bool = False


COMMANDS: tuple[type[Command], ...] = (EraseConversation,)
