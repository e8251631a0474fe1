"""What there is of one person, and all of it written down for them."""

from __future__ import annotations

from typing import Annotated, ClassVar

from msgspec import Meta

from chatd.protocol import results
from chatd.protocol.commands import Command

MOST_PEOPLE = 100
Who = Annotated[str, Meta(min_length=1, max_length=254)]
Named = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=64,
        pattern=r"^[^@]*\Z",
        description="'participant_id' must be a participant's id, a user name or a ticket; "
        "whose an address is, 'person ADDRESS' tells",
    ),
]


class Belongings(results.Result, frozen=True, kw_only=True):
    """Who it is, and how many tickets, dialogs, files, bytes of files are theirs. ``more``: of an
    address, more people have given it than are counted here. ``subjects``: those whom their site
    names, as ``SITE/SUBJECT``; ``earlier``: the visitors that they were before that, theirs too."""

    participants: list[str]
    subjects: list[str]
    earlier: list[str]
    tickets: int
    dialogs: int
    files: int
    bytes: int
    more: bool


class Exported(results.Result, frozen=True, kw_only=True):
    """What was written for a person, and where. ``missing``: files whose bytes are not there."""

    participant_id: str
    directory: str
    messages: int
    files: int
    bytes: int
    missing: list[str]


class ShowPerson(Command, frozen=True, kw_only=True):
    """Counts what there is of somebody. ``who``: a participant's id, a user name, one of their
    tickets, ``SITE/SUBJECT`` as their site names them, or the mail address that a ticket's customer
    gave."""

    event: ClassVar[str] = "person:show"
    result: ClassVar[results.Kind] = Belongings
    who: Who


class ExportPerson(Command, frozen=True, kw_only=True):
    """Writes all that is somebody's into a new directory of the daemon's machine: their
    tickets whole, ``notes`` included where that is asked for; of rooms and dialogs what they said
    themselves. ``participant_id``: or a user name, or one of their tickets; no address, since the
    audit log keeps it."""

    event: ClassVar[str] = "person:export"
    result: ClassVar[results.Kind] = Exported
    participant_id: Named
    directory: Annotated[str, Meta(min_length=1, max_length=4096)]
    notes: bool = False


class Forgotten(results.Result, frozen=True, kw_only=True):
    """What there was of a person: their tickets with all that was said in them, what they said
    elsewhere, their files; whether it is ``gone`` now, or was only looked at. ``backups``: where
    copies were made that have it still, as far as the audit log's newest entries tell.
    ``participant_id``: who it is by now, ``earlier``: the visitors that they were before."""

    participant_id: str
    earlier: list[str]
    tickets: int
    dialogs: int
    messages: int
    files: int
    bytes: int
    backups: list[str]
    gone: bool


class ForgetPerson(Command, frozen=True, kw_only=True):
    """Removes all that is somebody's: account, tickets whole, files, what they said in rooms and
    dialogs, their reactions; without ``sure`` it only says what that is. What others said stays."""

    event: ClassVar[str] = "person:forget"
    result: ClassVar[results.Kind] = Forgotten
    participant_id: Annotated[
        str,
        Meta(
            max_length=64,
            pattern=r"^p-[A-Za-z0-9-]+\Z",
            description="'participant_id' must be a participant's id, p-…: whose a user name, a "
            "ticket or an address is, 'person WHO' tells",
        ),
    ]
    sure: bool = False


COMMANDS: tuple[type[Command], ...] = (ShowPerson, ExportPerson, ForgetPerson)
