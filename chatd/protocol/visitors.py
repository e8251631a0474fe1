"""The commands about visitors of a site who have not begun a conversation, and what they are
answered with."""

from __future__ import annotations

from typing import Annotated, ClassVar

from msgspec import Meta

from chatd.protocol import results
from chatd.protocol.commands import Command, DialogId, Paged
from chatd.protocol.results import Page, Result
from chatd.protocol.support import SiteName
from chatd.protocol.visits import Here, Invitation, Visitor

InvitationText = Annotated[str, Meta(min_length=1, max_length=500)]


class VisitorList(Page, frozen=True, kw_only=True):
    """Who has a page open of the sites that one serves, who came last first; ``totals``: how
    many there are by site, of whom at most 500 of each are named. Sites that do not ask for this
    are not there."""

    visitors: list[Visitor]
    totals: dict[str, int]


class VisitNoted(Result, frozen=True, kw_only=True):
    """Where one is, is known."""


class VisitorShown(Result, frozen=True, kw_only=True):
    """A visitor who was invited, and how."""

    visitor: Visitor
    invitation: Invitation


class NoteVisit(Command, frozen=True, kw_only=True):
    """Where a visitor's page is now, when it went on without being loaded anew."""

    event: ClassVar[str] = "visit:note"
    result: ClassVar[results.Kind] = VisitNoted
    here: Here


class ListVisitors(Paged, frozen=True, kw_only=True):
    """Who has a page open of the sites that one serves, where these ask for that. ``site``: only of
    one."""

    event: ClassVar[str] = "visitor:list"
    result: ClassVar[results.Kind] = VisitorList
    site: SiteName | None = None


class WatchVisitors(Paged, frozen=True, kw_only=True):
    """The same; ``visitor:update`` tells from then on who comes, goes on and leaves."""

    event: ClassVar[str] = "visitor:watch"
    result: ClassVar[results.Kind] = VisitorList


class InviteVisitor(Command, frozen=True, kw_only=True):
    """Invites a visitor who has a page open to a conversation; the text is its first message, if
    they begin one. Once until they have answered."""

    event: ClassVar[str] = "visitor:invite"
    result: ClassVar[results.Kind] = VisitorShown
    has_text: ClassVar[bool] = True
    participant_id: DialogId
    text: InvitationText


COMMANDS: tuple[type[Command], ...] = (NoteVisit, ListVisitors, WatchVisitors, InviteVisitor)
