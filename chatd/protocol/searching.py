"""The commands that find messages by their words, and what they are answered with."""

from __future__ import annotations

from typing import Annotated, ClassVar

from msgspec import Meta, Struct

from chatd.domain.message import SenderType
from chatd.domain.place import SaidIn
from chatd.protocol import results
from chatd.protocol.commands import Command, DialogId, ListCursor
from chatd.protocol.results import Page, Result
from chatd.protocol.support import SiteName

Time = Annotated[str, Meta(max_length=32)]


class Found(Struct, frozen=True, kw_only=True):
    """A message that was found: ``excerpt`` is a piece of it on one line, ``marks`` where in that
    piece the words are, from and to, counted in characters (code points)."""

    message_id: str
    dialog_id: str
    seq: int
    kind: SaidIn
    site: str
    sender_type: SenderType
    sender_name: str
    created_at: str
    excerpt: str
    marks: list[list[int]]


class SearchResults(Page, frozen=True, kw_only=True):
    """Messages that were found, newest first. ``complete``: all there is could be looked through;
    not while the index is made anew."""

    found: list[Found]
    complete: bool


class Indexed(Result, frozen=True, kw_only=True):
    """How many ``messages`` can be found."""

    messages: int


class SearchMessages(Command, frozen=True, kw_only=True):
    """Finds messages by their words, whatever their form, among those that one may read, newest
    first. ``query``: words, all of which are there; ``"a phrase"``; ``begin*``; ``-not``.
    ``dialog_id``: in this conversation; ``site``: in tickets of this site; ``kind``: in such
    conversations; ``sender_id``: by this participant; ``operator``: by this one, by user name;
    ``since``, ``until`` (which is not in it): written between these, RFC 3339 or a day in UTC.
    """

    event: ClassVar[str] = "search:messages"
    result: ClassVar[results.Kind] = SearchResults
    gets_page: ClassVar[bool] = True
    query: Annotated[str, Meta(min_length=1, max_length=256)]
    dialog_id: DialogId | None = None
    site: SiteName | None = None
    kind: SaidIn | None = None
    sender_id: Annotated[str, Meta(max_length=64)] | None = None
    operator: Annotated[str, Meta(max_length=64)] | None = None
    since: Time | None = None
    until: Time | None = None
    limit: Annotated[int, Meta(ge=1, le=200)] = 20
    cursor: ListCursor | None = None


class RebuildSearch(Command, frozen=True, kw_only=True):
    """Makes the index of messages anew. Meanwhile not all of them are found."""

    event: ClassVar[str] = "search:rebuild"
    result: ClassVar[results.Kind] = Indexed


COMMANDS: tuple[type[Command], ...] = (SearchMessages, RebuildSearch)
