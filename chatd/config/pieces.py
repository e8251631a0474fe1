"""The configuration with what is written while the daemon runs laid over it, checked as the file
is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from json import dumps
from typing import Any

import msgspec
from msgspec.structs import replace

from chatd.config.explaining import explain
from chatd.config.loading import inconsistency, parse_toml
from chatd.config.settings import Config
from chatd.config.shapes import PATTERNS
from chatd.domain.piece import MOST, Piece, Table
from chatd.errors import ConfigError

# What opens a door (origins, keys, who may register, what is recorded) is the file's alone.
MANAGED: dict[Table, tuple[str, ...]] = {
    "sites": (
        *("title", "language", "accent", "texts", "questions", "department", "when_nobody"),
        *("hours", "form", "automatic", "invitations", "sla", "rating", "auto_close"),
        "warn_minutes",
    ),
    "departments": ("title", "members", "sites", "sla"),
}
BARE = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")


def read_piece(table: Table, name: str, text: str) -> dict[str, Any]:
    """The keys of a piece of TOML, as they stand below ``[sites.NAME]``; ConfigError for what is
    none, or has keys that are not written while the daemon runs."""
    try:
        values = parse_toml(text)
    except ValueError as error:
        raise ConfigError(f"{table}.{name}: not TOML: {error}") from None
    for key in values:
        if key not in MANAGED[table]:
            allowed = ", ".join(MANAGED[table])
            raise ConfigError(f"{table}.{name}.{key}: is not written here; allowed: {allowed}")
    return values


def keys_in(text: str) -> list[str]:
    """The keys that a piece of TOML names, none where it is not TOML."""
    try:
        return sorted(parse_toml(text))
    except ValueError:
        return []


def lay_one(config: Config, table: Table, name: str, values: Mapping[str, Any]) -> Config:
    """With the values of a site or department in place of what it had; ConfigError, with the key in
    full, for what cannot be."""
    held: dict[str, Any] = getattr(config, table)
    if table == "sites" and name not in held:
        raise ConfigError(f"sites: no such site {name!r}; allowed: {', '.join(held)}")
    before = msgspec.to_builtins(held[name]) if name in held else {}
    raw = {table: {name: {**before, **values}}}
    try:
        made = getattr(msgspec.convert(raw, Config), table)[name]
    except msgspec.ValidationError as error:
        raise ConfigError(explain(error, raw, Config, PATTERNS)) from None
    return replace(config, **{table: {**held, name: made}})


def lay(config: Config, pieces: Iterable[Piece]) -> tuple[Config, dict[str, str]]:
    """With all pieces, departments first; and, by id, why those are left out that contradict the
    file or one another."""
    left = sorted(pieces, key=lambda one: one.id)
    try:
        whole = config
        for one in left:
            whole = lay_one(whole, one.table, one.name, one.values)
        if inconsistency(whole) is None:
            return whole, {}
    except ConfigError:
        pass
    return lay_fitting(config, left)


def lay_fitting(config: Config, left: list[Piece]) -> tuple[Config, dict[str, str]]:
    """As many as there is no contradiction with; one may need another that comes behind it."""
    for _ in range(MOST):
        problems = dict[str, str]()
        for one in left:
            try:
                tried = lay_one(config, one.table, one.name, one.values)
                problem = inconsistency(tried)
            except ConfigError as error:
                problem = str(error)
            if problem is None:
                config = tried
            else:
                problems[one.id] = problem
        if len(problems) in (0, len(left)):
            return config, problems
        left = [one for one in left if one.id in problems]
    return config, problems


def write(value: Any) -> str:
    """A value as TOML has it, on one line."""
    if isinstance(value, dict):
        inside = ", ".join(f"{write_key(key)} = {write(one)}" for key, one in value.items())
        return f"{{ {inside} }}" if inside else "{}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(write, value))}]"
    return dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def write_key(key: str) -> str:
    """A key, in quotes where it needs them."""
    return key if key and BARE.issuperset(key) else write(key)
