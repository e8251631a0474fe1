"""What a changed configuration means for a running daemon: applied, or waiting for a restart."""

from __future__ import annotations

from typing import Any

import msgspec

from chatd.config.settings import Config

LIVE = frozenset(
    {
        "rooms",
        "sites",
        "limits",
        "log",
        "files",
        "tickets",
        "sla",
        "tokens",
        "keep",
        "operators",
        "people",
        "departments",
        "roles",
        "web",
        *("errands", "webhooks", "mail"),
        *("calls", "turn", "bot"),
    }
)

FIXED = frozenset({"files.directory"})  # of what is live otherwise


def flat(config: Config) -> dict[str, Any]:
    """Every key with its value: ``rooms.lobby.title``, ``server.listen`` …"""
    return dict(leaves("", msgspec.to_builtins(config)))


def leaves(prefix: str, value: Any) -> list[tuple[str, Any]]:
    """The keys below a table, by their full names; an empty table counts as a value."""
    if not isinstance(value, dict) or not value:
        return [(prefix, value)]
    found: list[tuple[str, Any]] = []
    for key, below in value.items():
        found += leaves(f"{prefix}.{key}" if prefix else key, below)
    return found


def changed_keys(old: Config, new: Config) -> list[str]:
    """The keys that differ, those that came and those that went, in order."""
    before, after = flat(old), flat(new)
    return sorted(key for key in before.keys() | after.keys() if before.get(key) != after.get(key))


def is_live(key: str) -> bool:
    """Whether a key can change while the daemon runs."""
    return key.partition(".")[0] in LIVE and key not in FIXED


def merge_live(old: Config, new: Config) -> Config:
    """The running configuration with the new values of the keys that can change."""
    live = {name: getattr(new, name) for name in LIVE}
    live["files"] = msgspec.structs.replace(new.files, directory=old.files.directory)
    return msgspec.structs.replace(old, **live)


def report(old: Config, new: Config) -> dict[str, list[str]]:
    """What a reload did, key by key."""
    keys = changed_keys(old, new)
    return {
        "applied": [key for key in keys if is_live(key)],
        "needs_restart": [key for key in keys if not is_live(key)],
    }
