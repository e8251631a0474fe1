"""What was written and not sent when a client ends: told on standard error, never lost silently."""

from __future__ import annotations

import sys
from collections.abc import Iterable

from chatd.terminal.core.aside import Leftover
from chatd.terminal.core.fence import faults
from chatd.terminal.core.session import Session
from chatd.terminal.core.text import clean, one_line
from chatd.terminal.core.texts import Texts

FAILED = 1


def waiting(session: Session) -> list[Leftover]:
    """Messages that are not known to be stored, each with where it was to go."""
    return [(one.dialog_id, one.content) for one in session.outbox.entries if one.seq is None]


def tell_left(session: Session, texts: Texts, left: Iterable[Leftover]) -> int:
    """Says what was left, and what could not be drawn; the exit status: of what was left."""
    status = 0
    for dialog_id, text in left:
        print(f"chatd: {texts('left_over', place=place(session, dialog_id))}", file=sys.stderr)
        print(clean(text), file=sys.stderr)
        status = FAILED
    for what in faults():
        print(f"chatd: {one_line(clean(texts('faults', what=what)))}", file=sys.stderr)
    return status


def place(session: Session, dialog_id: str) -> str:
    """How a conversation is called."""
    dialog = session.dialogs.get(dialog_id)
    known = dialog.place if dialog else session.rooms.get(dialog_id)
    called = known and (known.customer_name or known.title)
    return one_line(called or dialog_id or "…")
