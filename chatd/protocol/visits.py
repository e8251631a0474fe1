"""What visitors' pages tell of them, and how that is shown to who looks after their tickets."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct


class Here(Struct, frozen=True, kw_only=True):
    """What a page tells of who is on it: its address and title, where they came from, the language
    and the time zone of their browser. What cannot be believed is not kept; of a query only what is
    known to be harmless."""

    page: Annotated[str, Meta(max_length=512)] = ""
    title: Annotated[str, Meta(max_length=512)] = ""
    referrer: Annotated[str, Meta(max_length=512)] = ""
    language: Annotated[str, Meta(max_length=64)] = ""
    timezone: Annotated[str, Meta(max_length=64)] = ""


class Visit(Struct, frozen=True, kw_only=True):
    """A page that somebody has open; ``agent``: the browser, as it says of itself."""

    since: str
    origin: str | None
    agent: str


class PageSeen(Struct, frozen=True, kw_only=True):
    """A page that somebody was on, since when; without what may be secret in its address."""

    address: str
    title: str
    at: str


class Invitation(Struct, frozen=True, kw_only=True):
    """To a conversation, by an operator: ``id`` is given when it is begun by that."""

    id: str
    text: str
    operator_name: str


class Visitor(Struct, frozen=True, kw_only=True):
    """Somebody who has a page of a site open. ``page``: where, and since when; ``visited``: how
    often they came; ``tickets``: how many they had, ``ticket``: the newest.
    ``invited_at``: when an operator invited them, if they have not answered."""

    id: str
    name: str
    site: str
    page: PageSeen | None
    language: str
    timezone: str
    visited: int
    tickets: int
    ticket: str | None
    invited_at: str | None


class Customer(Struct, frozen=True, kw_only=True):
    """Whose ticket it is; ``since``: when they were first here, null where that is forgotten.
    ``visits``: what they have open now; ``visited``: how often they came, 0 where none of their
    pages told. ``pages``: where they are, or were last, the newest first, with those before where
    their site keeps them; ``referrer``: from where they came; ``device``: with what, in words;
    ``seen_at``: when that was told, null where it never was."""

    id: str
    name: str
    site: str
    since: str | None
    visits: list[Visit]
    visited: int
    seen_at: str | None
    pages: list[PageSeen]
    referrer: str
    language: str
    timezone: str
    device: str
