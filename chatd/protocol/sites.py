"""The commands about sites, and what they are answered with: what pages show before anybody spoke,
and hours."""

from __future__ import annotations

from typing import ClassVar

from msgspec import UNSET, Struct, UnsetType

from chatd.domain.person import Registration
from chatd.domain.room import LiveTyping
from chatd.protocol import results
from chatd.protocol.commands import Command, Paged
from chatd.protocol.results import Page, Result
from chatd.protocol.support import SiteName
from chatd.protocol.views import FileLimits


class Face(Struct, frozen=True, kw_only=True):
    """An operator as those see them who have not spoken with one: ``id`` is what their messages are
    signed with, by which they have a colour; of the name only the initials."""

    id: str
    initials: str


class SiteHours(Struct, frozen=True, kw_only=True):
    """Whether a site is open; ``timezone``: by whose clocks, empty for one that always is.
    ``opens_at``: when it is open again, null while it is and where that is not soon.
    ``needs_contact``: whether who begins now has to say how they are reached."""

    site: str
    timezone: str
    open: bool
    opens_at: str | None
    operators_online: int
    needs_contact: bool


class AskedFirst(Struct, frozen=True, kw_only=True):
    """One thing that a site asks before the first word; ``choices``: of a ``choice``, ``link``: of
    a ``consent``."""

    name: str
    kind: str
    label: str
    required: bool
    choices: tuple[str, ...]
    link: str


class InvitedByRule(Struct, frozen=True, kw_only=True):
    """What a page says by itself after so long; ``page``: on which, ``*`` stands for anything."""

    name: str
    text: str
    page: str
    after_seconds: int
    visits: int


class SiteShown(Result, frozen=True, kw_only=True):
    """What a site's pages show before anybody spoke; ``texts``: the site's own.

    ``logo``: an address, absolute or below the daemon's, or empty. ``questions``: what visitors
    send with one press. ``team``: some of those who are on line. ``answers_in_min``: after how many
    minutes one is usually answered, a round figure; null where too few were in the last week.
    ``has_mail``, ``has_push``: whether who goes can be reached like that. ``registration``: who may
    make an account of their own; ``has_people``: whether anybody can log in at ``/``.
    ``has_operators``: whether any operator has an account; ``has_pages``: whether pages besides the
    daemon's own may connect; ``has_tickets``: whether anybody ever wrote. ``files``: how much of
    them is taken, null where none are. ``open``: whether this is within the site's hours;
    ``opens_at``: when it is again, null while it is and where that is not soon. ``needs_contact``:
    whether who begins now has to say how they are reached. ``form``: what is asked before the
    first word. ``visitors``: pages say that somebody has them open. ``invitations``:
    the rules that hold now, where there are any."""

    site: str
    title: str
    language: str
    accent: str
    texts: dict[str, str]
    greeting: str
    live_typing: LiveTyping
    operators_online: int
    logo: str
    questions: tuple[str, ...]
    team: list[Face]
    answers_in_min: int | None
    has_mail: bool
    has_push: bool
    registration: Registration
    has_people: bool
    has_operators: bool
    has_pages: bool
    has_tickets: bool
    files: FileLimits | None
    open: bool
    opens_at: str | None
    needs_contact: bool
    visitors: bool | UnsetType = UNSET
    invitations: list[InvitedByRule] | UnsetType = UNSET
    form: list[AskedFirst] | UnsetType = UNSET


class HoursList(Page, frozen=True, kw_only=True):
    """The sites that one serves, and whether they are open."""

    sites: list[SiteHours]


class GetSite(Command, frozen=True, kw_only=True):
    """What a site's pages show before anybody spoke: its texts, whether operators are on line."""

    event: ClassVar[str] = "site:get"
    result: ClassVar[results.Kind] = SiteShown
    site: SiteName | None = None


class ListHours(Paged, frozen=True, kw_only=True):
    """Which of the sites that one serves are open now, and when the others are."""

    event: ClassVar[str] = "hours:list"
    result: ClassVar[results.Kind] = HoursList


COMMANDS: tuple[type[Command], ...] = (GetSite, ListHours)
