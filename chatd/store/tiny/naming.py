"""Where each thing lies: documents in files by kind and time, messages in segments by number.

What an id says about time says in which file a document is, so that finding one among millions
takes one file and no index in memory.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any
from urllib.parse import quote

from chatd.domain import dialog, file
from chatd.domain.errand import PREFIX
from chatd.domain.ids import WINDOW_BITS, shelf
from chatd.domain.ticket import EPISODE, ticket_of
from chatd.store.base import KINDS
from chatd.store.tiny.state import ConversationState

OPEN = "open"
STANDING = "standing"
SMALL = frozenset(
    {
        *("operators", "sessions", "bans", "keys", "newcomers", "targets", "uses"),
        *("accounts", "invitations", "mentions", "calls", "erasures", "canned"),
        *("pieces", "holders"),
    }
)
SHELVED = frozenset({"participants", "errands", "files", "dialogs", "memberships"})
DIGESTED = frozenset({"blobs", "pairs", "subjects"})
BY_DIGEST = 2  # characters of a digest that name a file
SHELVES = 10_000
TIMED = ("p", PREFIX, EPISODE, file.PREFIX, file.USE_PREFIX, dialog.PREFIX.rstrip("-"))
DIGITS = 10  # of the window in a name
TYPES: dict[str, type[Any]] = {**KINDS, "conversations": ConversationState}


@lru_cache(maxsize=16_384)
def bucket(kind: str, id: str) -> str:
    """The name of the file that a document of this kind lies in."""
    if kind in SMALL:
        return "all"
    if kind in DIGESTED:
        return f"x{id[:BY_DIGEST]}"
    seconds = seconds_in(ticket_of(id))
    if seconds is None:
        return STANDING
    further = shelf(id) % SHELVES if kind in SHELVED else 0
    return f"{seconds >> WINDOW_BITS:0{DIGITS}d}" + (f"{further:04d}" if further else "")


def window(name: str) -> str:
    """The part of a file's name that says of what time its documents are."""
    return name[:DIGITS]


def seconds_in(id: str) -> int | None:
    """The time in an id like ``TKT-1730053200`` or ``p-67a1b2c3-9f…``, if it has one."""
    prefix, _, rest = id.partition("-")
    try:
        if prefix == "TKT":
            return int(rest)
        return int(rest.partition("-")[0], 16) if prefix in TIMED else None
    except ValueError:
        return None


def last_second(name: str) -> int:
    """The last time that belongs into a bucket."""
    return ((int(name) + 1) << WINDOW_BITS) - 1


@lru_cache(maxsize=16_384)
def folder(dialog_id: str) -> str:
    """The directory of a conversation's segments."""
    return f"messages/{quote(dialog_id, safe='')}"


@lru_cache(maxsize=16_384)
def segment_name(dialog_id: str, index: int) -> str:
    """The file of a segment."""
    return f"{folder(dialog_id)}/{index:06d}"
