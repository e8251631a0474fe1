"""The areas of the log, and how much each of them may say."""

from __future__ import annotations

from typing import Literal, get_args

LogArea = Literal[
    "connections", "rooms", "tickets", "calls", "storage", "admin", "http", "errands", "nodes"
]
LogLevel = Literal["trace", "debug", "info", "warning", "error"]
EveryArea = Literal["all", LogArea]
AREAS: tuple[LogArea, ...] = get_args(LogArea)
LEVELS: tuple[LogLevel, ...] = get_args(LogLevel)
