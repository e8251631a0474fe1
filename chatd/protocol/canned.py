"""The commands about canned answers: those of the configuration, and those that are edited."""

from __future__ import annotations

from typing import Annotated, ClassVar

from msgspec import UNSET, Meta, Struct, UnsetType

from chatd.domain.canned import LONGEST_NAME, LONGEST_TEXT
from chatd.protocol import results
from chatd.protocol.commands import Command, Paged
from chatd.protocol.results import Page, Result
from chatd.protocol.support import SiteName

CannedName = Annotated[str, Meta(min_length=1, max_length=LONGEST_NAME)]
CannedText = Annotated[str, Meta(min_length=1, max_length=LONGEST_TEXT)]
Version = Annotated[int, Meta(ge=0, le=1_000_000_000)]


class CannedAnswer(Struct, frozen=True, kw_only=True):
    """An answer that a site has ready; ``site`` is empty for one of all sites. ``version``, ``by``
    and ``updated_at``: which change of it this is, whose and when; absent for what the
    configuration says, which nobody edits."""

    site: str
    name: str
    text: str
    version: int | UnsetType = UNSET
    by: str | UnsetType = UNSET
    updated_at: str | UnsetType = UNSET


class CannedList(Page, frozen=True, kw_only=True):
    """The canned answers of the sites that one serves."""

    canned: list[CannedAnswer]


class OneCanned(Result, frozen=True, kw_only=True):
    """A canned answer as it is now."""

    answer: CannedAnswer


class CannedRemoved(Result, frozen=True, kw_only=True):
    """Which canned answer is gone."""

    site: str
    name: str


class ListCanned(Paged, frozen=True, kw_only=True):
    """The canned answers of the sites that an operator serves, and those of all sites."""

    event: ClassVar[str] = "canned:list"
    result: ClassVar[results.Kind] = CannedList
    site: SiteName | None = None


class PutCanned(Command, frozen=True, kw_only=True):
    """Writes a canned answer of a site, or of all where none is named, perhaps under a
    ``new_name``. ``text``: with ``{customer}``, ``{operator}``, ``{ticket}`` for what is filled in.
    ``version``: of what was read before it was edited, 0 for one that is to be new; whatever there
    is is replaced where it is not named."""

    event: ClassVar[str] = "canned:put"
    result: ClassVar[results.Kind] = OneCanned
    name: CannedName
    text: CannedText
    site: SiteName | None = None
    new_name: CannedName | None = None
    version: Version | None = None


class RemoveCanned(Command, frozen=True, kw_only=True):
    """Removes a canned answer of a site, or of all where none is named. ``version``: of what was
    read before; whatever there is where it is not named."""

    event: ClassVar[str] = "canned:remove"
    result: ClassVar[results.Kind] = CannedRemoved
    name: CannedName
    site: SiteName | None = None
    version: Version | None = None


COMMANDS: tuple[type[Command], ...] = (ListCanned, PutCanned, RemoveCanned)
