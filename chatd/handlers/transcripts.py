"""A ticket written down, for who keeps it or hands it on."""

from __future__ import annotations

import heapq
import re
from collections.abc import Iterator
from operator import attrgetter, itemgetter

from msgspec.structs import replace

from chatd.domain.message import Message
from chatd.domain.ticket import NOTES, Ticket
from chatd.errors import Forbidden, Invalid
from chatd.protocol.transcripts import GetTranscript, Line, Transcript
from chatd.service import letters, pages
from chatd.service.context import Context, Handlers, Services

PAGE = 200
CURSOR = re.compile(r"(\d{1,16})\.(\d{1,16})")


def get(cx: Context, command: GetTranscript) -> Transcript:
    """→ ``title``, ``about``, ``lines``; whether there are ``more``, and the ``cursor`` that gets
    those."""
    if command.notes and cx.principal.kind == "visitor":
        raise Forbidden("operators' notes are in no customer's transcript")
    services, ticket = cx.services, cx.ticket
    ticket = replace(ticket, language=command.language or ticket.language)
    said, noted = places_in(command.cursor)
    places = [(ticket.id, said), (f"{ticket.id}{NOTES}", noted)][: 1 + command.notes]
    merged = heapq.merge(
        *(read(services, id, after) for id, after in places), key=attrgetter("created_at")
    )
    written = ((message, write(services, ticket, message)) for message in merged)
    found, more = pages.first_fitting(cx, written, limit=command.limit, told=itemgetter(1))
    for message, _ in found:
        if message.dialog_id == ticket.id:
            said = message.seq
        else:
            noted = message.seq
    return Transcript(
        ticket_id=ticket.id,
        language=letters.language_of(services, ticket),
        title=letters.text(services, ticket, "transcript.title"),
        about=letters.about(services, ticket),
        lines=[line for _, line in found if line],
        more=more,
        cursor=f"{said}.{noted}" if more else None,
    )


def places_in(cursor: str | None) -> tuple[int, int]:
    """Up to where the conversation was given, and its notes; Invalid for what is no cursor."""
    if not cursor:
        return 0, 0
    known = CURSOR.fullmatch(cursor)
    if known is None or not cursor.isascii():
        raise Invalid("'cursor' is what an earlier page of this transcript gave", field="cursor")
    return int(known[1]), int(known[2])


def read(services: Services, dialog_id: str, after: int) -> Iterator[Message]:
    """All that was said there behind a number, a page at a time."""
    while page := services.store.history(dialog_id, after=after, limit=PAGE):
        yield from page
        after = page[-1].seq


def write(services: Services, ticket: Ticket, message: Message) -> Line | None:
    """A message as it is read; nothing of one that was taken back."""
    if message.deleted_at:
        return None
    (told,) = letters.say(services, ticket, [message])
    return Line(
        seq=message.seq,
        created_at=message.created_at,
        sender_type=message.sender_type,
        sender_name=told.who,
        text=told.text,
        note=message.dialog_id != ticket.id,
    )


HANDLERS: Handlers = {GetTranscript: get}
