"""People who have an account: how they log in, and what lets somebody make one."""

from __future__ import annotations

from typing import Literal

from msgspec import UNSET, Struct, UnsetType

AVATARS_PATH = "/api/avatars"
# Who may make an account of their own on a site.
Registration = Literal["closed", "invite", "open"]


class Account(Struct, frozen=True, kw_only=True):
    """A person's account: ``id`` is the user name, ``participant`` who they are in rooms and
    tickets. ``networks``: where they were last logged in from."""

    id: str
    participant: str
    password_hash: str
    disabled: bool = False
    networks: tuple[str, ...] = ()
    created_at: str
    version: int = 1


class Invitation(Struct, frozen=True, kw_only=True):
    """What lets somebody make an account on a site, so many times and until then. ``id``: a hash of
    the code, which nobody is told again."""

    id: str
    site: str
    by: str
    left: int
    created_at: str
    expires_at: str
    version: int = 1


def avatar_path(file_id: str) -> str | UnsetType:
    """The path of somebody's picture, if they have one: of each picture another, so that it is
    kept by whoever has once fetched it."""
    return f"{AVATARS_PATH}/{file_id}" if file_id else UNSET
