"""What stands around a message's text, in words: when it was said, what it answers, who reacted."""

from __future__ import annotations

from datetime import datetime

from chatd.domain.message import Message
from chatd.terminal.core.marks import strip_marks
from chatd.terminal.core.text import name, one_line

QUOTED = 60


def clock(created_at: str) -> str:
    """The local time of day."""
    when = moment(created_at)
    return f"{when:%H:%M}" if when else ""


def moment(text: str) -> datetime | None:
    """A time of the wire in local time."""
    try:
        return datetime.fromisoformat(text).astimezone()
    except (ValueError, OverflowError):
        return None


def quote_line(one: Message, deleted: str) -> str:
    """What a reply quotes, on a line before it; nothing for other messages. The daemon says who
    and what, and not always."""
    quote = one.meta.get("reply_to")
    if not isinstance(quote, dict) or isinstance(one.deleted_at, str):
        return ""
    who, text = quote.get("name"), quote.get("text")
    who = name(who) if isinstance(who, str) else f"№ {quote.get('seq')}"
    words = one_line(strip_marks(text), QUOTED) if isinstance(text, str) else ""
    said = deleted if quote.get("deleted") else words
    return f"› {who}: {said}\n"


def reactions_line(one: Message) -> str:
    """The emoji on a message, and how many put each there."""
    people, counts = one.reactions or {}, one.reaction_counts or {}
    return one_line(
        "  ".join(f"{one_line(s, 16)} {counts.get(s, len(who))}" for s, who in people.items())
    )
