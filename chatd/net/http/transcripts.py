"""A transcript over HTTP as people read it: plain text or HTML, written while it is read."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

import falcon

from chatd.domain import written
from chatd.protocol.transcripts import Line, Transcript

POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'"
ENDINGS = {"text/html": "html", "text/plain": "txt"}


def kind_for(request: falcon.Request) -> str:
    """As what somebody wants it; nothing for who takes JSON as well."""
    accepted = request.accept
    if "text/" not in accepted:
        return ""
    found = request.client_prefers(("application/json", *ENDINGS)) or ""
    return found if found in ENDINGS else ""


def answer(response: falcon.Response, kind: str, pages: Iterator[Transcript], name: str) -> None:
    """All pages, one after the other."""
    response.content_type = f"{kind}; charset=utf-8"
    response.set_headers(
        {
            "Content-Security-Policy": POLICY,
            "Content-Disposition": f'inline; filename="{name}.{ENDINGS[kind]}"',
        }
    )
    make = write_html if kind == "text/html" else write_text
    response.stream = (piece.encode() for piece in make(pages))


def write_text(pages: Iterator[Transcript]) -> Iterator[str]:
    """As a mail has it, too."""
    for number, page in enumerate(pages):
        if not number:
            yield f"{page.title}\n{page.about}\n"
        for line in page.lines:
            who, at = who_and_when(page, line)
            yield f"\n{written.as_text(who, at, line.text)}\n"


def write_html(pages: Iterator[Transcript]) -> Iterator[str]:
    """The same, to be printed."""
    for number, page in enumerate(pages):
        if not number:
            yield written.begin_html(page.language, page.title)
            yield f'<h1 style="font-size:1.4em">{escape(page.title)}</h1>'
            yield f"<p>{escape(page.about)}</p>"
        for line in page.lines:
            yield written.as_html(*who_and_when(page, line), line.text)
    yield written.END


def who_and_when(page: Transcript, line: Line) -> tuple[str, str]:
    """What stands above what was said."""
    who = written.name_of(page.language, line.sender_name, note=line.note)
    return who, written.in_utc(line.created_at)
