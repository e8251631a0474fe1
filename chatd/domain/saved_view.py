"""Views of the list of tickets, as an operator has saved them under names."""

from __future__ import annotations

from msgspec import Struct

from chatd.domain.ticket import Priority, Status

MOST = 30
LONGEST_NAME = 48


class SavedView(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a list is narrowed to, under a name; nothing of what is ``None``."""

    name: str
    status: Status | None = None
    site: str | None = None
    tag: str | None = None
    priority: Priority | None = None
    department: str | None = None
    operator: str | None = None
    waits_s: int | None = None
    overdue: bool | None = None
    snoozed: bool | None = None


FILTERS = tuple(field for field in SavedView.__struct_fields__ if field != "name")


def key_of(name: str) -> str:
    """By what a view is found."""
    return name.casefold()
