"""Which handler carries out which command: the families' tables made one."""

from __future__ import annotations

from collections.abc import Iterable

from chatd.protocol.commands import Command
from chatd.service.context import Handler, Handlers


def merge(tables: Iterable[Handlers]) -> dict[type[Command], Handler]:
    """One table; a command that two families claim is a mistake of ours."""
    merged: dict[type[Command], Handler] = {}
    for table in tables:
        for command, handler in table.items():
            if command in merged:
                raise ValueError(f"{command.event} has two handlers")
            merged[command] = handler
    return merged
