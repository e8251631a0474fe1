"""Which operators have a ticket open, as other operators see it."""

from __future__ import annotations

from typing import Literal

from msgspec import UNSET, Struct, UnsetType


class Colleague(Struct, frozen=True, kw_only=True):
    """An operator who has a ticket open; ``writes``: what, if they do this moment."""

    id: str
    name: str
    writes: Literal["reply", "note"] | UnsetType = UNSET


class Colleagues(Struct, frozen=True, kw_only=True):
    """Which operators have a ticket open."""

    ticket_id: str
    colleagues: list[Colleague]
