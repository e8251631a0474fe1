"""What the audit log keeps of what somebody typed: ids and names, also of what there is not; of
whatever else stands in their place, how long it was."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from chatd.config.settings import Config
from chatd.domain.addresses import is_network

# Refused so, what is named is there.
FOUND = frozenset({"done", "conflict"})
FREE = frozenset({"reason", "display_name"})  # texts of staff, about staff or what they do
MADE = re.compile(
    r"(TKT-[0-9]{1,15}(/notes)?|[a-z]{1,4}-[0-9a-f]{1,16}(-[0-9a-f]{1,40}){0,3}"
    r"|operator:[a-z0-9._-]{1,32})(:[0-9]{1,16})?\Z"
)
NAMED = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/+-]{0,199}\Z")
# Where an id is expected that the daemon made, so that a word is none.
IDS = frozenset(
    {
        *("ticket_id", "dialog_id", "message_id", "call_id", "errand_id", "what"),
        *("connection", "participant_id", "target"),
    }
)
SHORTEST, BEGINNING = 3, 24


class Told:
    """What is told of one command that ended so, and what of it is not."""

    def __init__(self, config: Config, outcome: str) -> None:
        self._rooms = config.rooms
        self._found = outcome in FOUND
        self._quiet: list[str] = []

    def tell(self, field: str, value: Any) -> Any:
        """A value, or each of several, as it is told."""
        if isinstance(value, list | tuple):
            return [self.tell(field, one) for one in value]
        if not isinstance(value, str) or self._found or field in FREE or self._fits(field, value):
            return value
        self.keep_quiet([value, value.partition(":")[0]])  # of a message, what it is said in
        return f"({len(value)} characters)"

    def keep_quiet(self, value: Any) -> None:
        """None of this is told, nor what quotes it."""
        self._quiet += strings(value)

    def without_quotes(self, why: str) -> str:
        """Why it was refused; nothing, where that repeats what is not told."""
        said = why.casefold()
        for one in self._quiet:
            begins = (one[:BEGINNING], repr(one)[1:-1][:BEGINNING])
            if len(one) >= SHORTEST and any(begin.casefold() in said for begin in begins):
                return ""
        return why

    def _fits(self, field: str, value: str) -> bool:
        """Whether it has the shape of what is expected there."""
        if field == "directory":
            return value.startswith("/")
        if field not in IDS:
            return bool(NAMED.match(value))
        if MADE.match(value) or value.partition(":")[0] in self._rooms:
            return True
        return field == "target" and is_network(value)


def strings(value: Any) -> Iterator[str]:
    """All texts in a value, names too."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for name, held in value.items():
            yield from (*strings(name), *strings(held))
    elif isinstance(value, list | tuple):
        for held in value:
            yield from strings(held)
