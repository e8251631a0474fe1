"""Users and groups of the configuration that this machine does not have."""

from __future__ import annotations

import grp
import pwd
from collections.abc import Callable
from typing import Any

from chatd.config.settings import AdminSettings


def strangers(admin: AdminSettings) -> list[str]:
    """Users and groups that may use the admin socket and that this machine does not have: they may
    come later, or are a slip."""
    asked: tuple[tuple[str, str, tuple[str, ...], Callable[[str], Any]], ...] = (
        ("act_users", "user", admin.act_users, pwd.getpwnam),
        ("act_groups", "group", admin.act_groups, grp.getgrnam),
        ("read_users", "user", admin.read_users, pwd.getpwnam),
        ("read_groups", "group", admin.read_groups, grp.getgrnam),
    )
    return [
        f"admin.{key}: this machine has no {kind} {name!r}"
        for key, kind, names, find in asked
        for name in names
        if not exists(find, name)
    ]


def exists(find: Callable[[str], Any], name: str) -> bool:
    """Whether there is one of this name."""
    try:
        find(name)
    except (KeyError, ValueError):
        return False
    return True
