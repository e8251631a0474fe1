"""The command that writes a ticket down as people read it."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from msgspec import Meta, Struct

from chatd.domain.message import SenderType
from chatd.protocol import results
from chatd.protocol.commands import Command, PageLimit, TicketCommand

Cursor = Annotated[str, Meta(max_length=33)]


class Line(Struct, frozen=True, kw_only=True):
    """What was said: by whom, when, and as it is read, with the names of files. ``note``: to
    operators only."""

    seq: int
    created_at: str
    sender_type: SenderType
    sender_name: str
    text: str
    note: bool


class Transcript(results.Page, frozen=True, kw_only=True):
    """A page of what was said in a ticket, from the beginning on, in ``language``; ``title`` and
    ``about`` stand above the first one."""

    ticket_id: str
    language: str
    title: str
    about: str
    lines: list[Line]


class GetTranscript(TicketCommand, frozen=True, kw_only=True):
    """All that was said in a ticket, without what was taken back. ``notes``: with what operators
    noted, in between; for operators. ``language``: of what is not in anybody's words, else the
    customer's."""

    event: ClassVar[str] = "transcript:get"
    result: ClassVar[results.Kind] = Transcript
    gets_page: ClassVar[bool] = True
    notes: bool = False
    language: Literal["ru", "en"] | None = None
    limit: PageLimit = 200
    cursor: Cursor | None = None


COMMANDS: tuple[type[Command], ...] = (GetTranscript,)
