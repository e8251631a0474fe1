"""Pieces of the configuration that administrators write while the daemon runs, as they are kept."""

from __future__ import annotations

from typing import Any, Literal

from msgspec import Struct

MOST = 1_000
LONGEST = 12_000  # characters, as it is written
Table = Literal["sites", "departments"]


class Piece(Struct, frozen=True, kw_only=True):
    """What stands in place of the file's ``values`` of one site or department, key by key. ``by``:
    who changed it last."""

    id: str
    table: Table
    name: str
    values: dict[str, Any]
    by: str
    updated_at: str
    version: int = 1


def id_of(table: Table, name: str) -> str:
    """``sites/shop``."""
    return f"{table}/{name}"
