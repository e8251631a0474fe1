"""Rooms as the configuration has them, and what opens those that have a password."""

from __future__ import annotations

import os
from typing import Any

from chatd.domain.room import NO_KEY, Room
from chatd.domain.tokens import digest


def room_of(name: str, settings: dict[str, Any]) -> Room:
    """A room as the domain knows it."""
    known = dict(settings)
    return Room(id=name, lock=lock_of(known.pop("password_env")), **known)


def lock_of(variable: str) -> str:
    """What the password in a variable of the environment opens; where there is none, nothing
    does."""
    if not variable:
        return ""
    password = os.environ.get(variable, "")
    return digest(password) if password else NO_KEY
