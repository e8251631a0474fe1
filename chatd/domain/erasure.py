"""A conversation that is being removed, or a person that is being forgotten."""

from __future__ import annotations

from msgspec import Struct


class Erasure(Struct, frozen=True):
    """``id``: the conversation, ``dialogs``: where its messages and its notes are; or a
    ``participant``, whose id it is then. Kept until none of them has any words."""

    id: str
    dialogs: tuple[str, ...]
    began_at: str
    participant: bool = False
