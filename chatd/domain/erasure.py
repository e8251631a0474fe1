"""A conversation that is being removed."""

from __future__ import annotations

from msgspec import Struct


class Erasure(Struct, frozen=True):
    """``id``: the conversation; ``dialogs``: where its messages and its notes are. Kept until none
    of them has any words."""

    id: str
    dialogs: tuple[str, ...]
    began_at: str
