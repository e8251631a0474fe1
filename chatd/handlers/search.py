"""Finding messages by their words: among what may be read, each hit judged by itself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from chatd.domain import policy
from chatd.domain.dialog import Memberships
from chatd.domain.message import Message, message_id
from chatd.domain.participant import Operator, Participant
from chatd.domain.place import Place, SaidIn
from chatd.domain.places import find
from chatd.domain.principal import operator_id
from chatd.errors import Damaged, Invalid, NotFound
from chatd.protocol.searching import (
    Found,
    Indexed,
    RebuildSearch,
    SearchMessages,
    SearchResults,
)
from chatd.search.base import Filter, Hit
from chatd.search.query import Query
from chatd.service import pages
from chatd.service.context import Context, Handlers

SCANNED = 2_000
AT_ONCE = 100
MOST_DIALOGS = 500
LONGEST_PLACE = 19
FOREVER = 1 << 62
AT_WORK: tuple[SaidIn, ...] = ("ticket", "notes", "room")


def search(cx: Context, command: SearchMessages) -> SearchResults:
    """→ ``found``, newest first; whether there may be ``more``, and the ``cursor`` that gets those.
    NotFound for a conversation that one does not see."""
    wanted = cx.services.search.parse(command.query)
    among = narrow(cx, command)
    if among is None:
        return SearchResults(found=[], more=False, cursor=None, complete=True)
    looking = Looking(cx, wanted, among, place_of(command.cursor))
    found, more = pages.first_fitting(cx, looking.each(command.limit + 1), limit=command.limit)
    last = found[-1] if more else None
    cursor = str(looking.places[last.message_id]) if last else looking.left_at
    return SearchResults(
        found=found,
        more=cursor is not None,
        cursor=cursor,
        complete=not cx.services.search.behind,
    )


class Looking:
    """One search under way: ``places`` of what was found; ``left_at``: where it was given up,
    because too much was found that may not be seen."""

    def __init__(self, cx: Context, wanted: Query, among: Filter, before: int) -> None:
        self.places: dict[str, int] = {}
        self.left_at: str | None = None
        self._cx, self._wanted, self._among, self._before = cx, wanted, among, before
        self._seen: dict[str, Place | None] = {}

    def each(self, wanted: int) -> Iterator[Found]:
        """What may be seen; about so much is ``wanted``."""
        search, before, scanned = self._cx.services.search, self._before, 0
        while True:
            hits = search.find(self._wanted, self._among, before=before, limit=wanted)
            for hit in hits:
                if shown := self._show(hit):
                    self.places[shown.message_id] = hit.place
                    yield shown
            scanned += len(hits)
            if len(hits) < wanted:
                return
            before, wanted = hits[-1].place, AT_ONCE
            if scanned >= SCANNED:
                self.left_at = str(before)
                return

    def _show(self, hit: Hit) -> Found | None:
        place = self._place(hit.dialog_id)
        if place is None or hit.seq <= place.begins_after(self._cx.principal):
            return None
        with suppress(Damaged):
            message = self._cx.services.store.message(hit.dialog_id, hit.seq)
            if message and message.content and not message.deleted_at:
                return self._view(place, message)
        return None

    def _view(self, place: Place, message: Message) -> Found | None:
        """Nothing of what was changed since, and has none of the words any more."""
        excerpt = self._cx.services.search.cut_out(message.content, self._wanted)
        if excerpt is None:
            return None
        kind: Any = place.kind
        return Found(
            message_id=message_id(message.dialog_id, message.seq),
            dialog_id=message.dialog_id,
            seq=message.seq,
            kind=kind,
            site=place.site,
            sender_type=message.sender_type,
            sender_name=message.sender_name,
            created_at=message.created_at,
            excerpt=excerpt.text,
            marks=excerpt.marks,
        )

    def _place(self, dialog_id: str) -> Place | None:
        if dialog_id not in self._seen:
            self._seen[dialog_id] = readable(self._cx, dialog_id)
        return self._seen[dialog_id]


def readable(cx: Context, dialog_id: str) -> Place | None:
    """A conversation whose history somebody may read."""
    with suppress(Damaged):
        place = find(cx.services, cx.principal, dialog_id)
        reading = "ticket:messages" if place and place.has_customer else "history:get"
        if place and policy.judge(cx.principal, reading, place) is None:
            return place
    return None


def narrow(cx: Context, command: SearchMessages) -> Filter | None:
    """Among what is to be looked; ``None``: there is nothing."""
    who, search = cx.principal, cx.services.search
    sites: tuple[str, ...] = (command.site,) if command.site is not None else ()
    kinds: tuple[SaidIn, ...] = (command.kind,) if command.kind else ()
    dialogs, also = tuple[str, ...](), tuple[str, ...]()
    if command.dialog_id is not None:
        if readable(cx, command.dialog_id) is None:
            raise NotFound("no such dialog")
        dialogs = (command.dialog_id,)
    elif not who.is_staff:
        dialogs = own_dialogs(cx)
        if not dialogs:
            return None
    elif who.sites and not sites:
        sites, also = who.sites, search.rooms_seen.of(cx.services.rooms, who)
    elif who.sites and sites[0] not in who.sites:
        return None
    if who.is_staff and not kinds:
        kinds = AT_WORK
    return Filter(
        dialogs=dialogs,
        kinds=kinds,
        sites=sites,
        also=also,
        sender=sender(cx, command),
        since=thousandths(command.since, "since"),
        until=thousandths(command.until, "until"),
    )


def own_dialogs(cx: Context) -> tuple[str, ...]:
    """Where a visitor or a person may have been: rooms, the newest of their dialogs and tickets."""
    services, who = cx.services, cx.principal
    known = services.store.get(Participant, who.id)
    tickets = reversed(known.tickets) if known else ()
    listed = services.store.get(Memberships, who.id) if who.account else None
    of_people = reversed(tuple(listed.dialogs)) if listed else ()
    entered = [id for id in (known.rooms if known else ()) if readable(cx, id)]
    rooms = services.search.rooms_seen.of(services.rooms, who)
    own = tuple(dict.fromkeys((*entered, *of_people, *tickets)))[:MOST_DIALOGS]
    return tuple(dict.fromkeys((*own, *rooms[:MOST_DIALOGS])))


def sender(cx: Context, command: SearchMessages) -> str:
    """By whom, as messages are signed."""
    if command.operator is None:
        return command.sender_id or ""
    account = cx.services.store.get(Operator, command.operator) if cx.principal.is_staff else None
    if account is None:
        raise NotFound(f"no such operator: {command.operator}")
    return operator_id(account)


def place_of(cursor: str | None) -> int:
    """Behind what to go on; Invalid for what is no cursor of a search."""
    if not cursor:
        return 0
    if not (
        cursor.isascii()
        and cursor.isdecimal()
        and len(cursor) <= LONGEST_PLACE
        and int(cursor) < FOREVER
    ):
        raise Invalid("'cursor' is what an earlier page of this search gave", field="cursor")
    return int(cursor)


def thousandths(text: str | None, field: str) -> int:
    """A time as the index has it, 0 for none; Invalid for what is none."""
    if text is None:
        return 0
    try:
        at = datetime.fromisoformat(text)
        return max(0, round((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp() * 1000))
    except (ValueError, OverflowError):
        raise Invalid(
            f"'{field}' is a day like 2024-10-27 or a time like 2024-10-27T18:20:00Z", field=field
        ) from None


def rebuild(cx: Context, command: RebuildSearch) -> Indexed:
    """→ how many ``messages`` can be found. Unavailable where the index cannot be kept."""
    return Indexed(messages=cx.services.search.rebuild())


HANDLERS: Handlers = {SearchMessages: search, RebuildSearch: rebuild}
