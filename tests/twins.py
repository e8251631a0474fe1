"""What another daemon might say, older, newer or hostile: strange rows in each list.

Every twin is a copy of a row that the daemon told, called ``TWIN`` and with a key of its own, of
which one member is missing or something else; and each of the odd values stands in the list itself.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator
from typing import Any

TWIN = "Двойник"
MISSING = object()
ODD: list[Any] = [
    MISSING, None, 7, -1e308, True, "", "7", [], {}, [None], {"toString": 1, "valueOf": 1},
    {"constructor": None, "length": -1, "a": [{"b": [[]]}]},
]  # fmt: skip
# list → what tells its rows apart, and what they are called by
ROWS = {
    "rooms": ("id", "title"),
    "tickets": ("id", "customer_name"),
    "operators": ("username", "display_name"),
    "canned": ("name", "text"),
    "participants": ("id", "name"),
    "drafts": ("participant_id", "name"),
    "earlier": ("at", "content"),
}


def beside(told: Any, values: Iterable[Any] = ODD) -> Any:
    """The same with twins in every list that it holds."""
    if isinstance(told, list):
        return [beside(one, values) for one in told]
    if not isinstance(told, dict):
        return told
    mixed = {name: beside(value, values) for name, value in told.items()}
    for name, keys in ROWS.items():
        if isinstance(rows := told.get(name), list) and rows:
            mixed[name] = [*twins(rows[0], *keys, values), *rows]
    if isinstance(rows := told.get("messages"), list) and rows:
        mixed["messages"] = [*rows, *copies(rows[-1], values)]
    return mixed


def twins(row: dict[str, Any], key: str, named: str, values: Iterable[Any]) -> Iterator[Any]:
    """Copies of a row, one for each of its members and each value; then the values as rows."""
    number = 0
    for member in row:
        for value in values:
            number += 1
            copy = {**row, key: f"{row[key]}~{number}", named: TWIN}
            yield changed(copy, member, value)
    yield from (value for value in values if value is not MISSING)


def copies(message: dict[str, Any], values: Iterable[Any]) -> Iterator[dict[str, Any]]:
    """The same of a message, each with the next number; the numbers themselves are right."""
    seq = message["seq"]
    for member in {**message, "reactions": {}, "edited_at": "", "deleted_at": "", "version": 1}:
        if member in ("seq", "dialog_id"):
            continue
        for value in values:
            seq += 1
            numbered = {"id": f"{message['dialog_id']}:{seq}", "seq": seq, "content": TWIN}
            yield changed({**message, **numbered}, member, value)


def changed(row: dict[str, Any], member: str, value: Any) -> dict[str, Any]:
    """A row with one member as odd as that."""
    kept = {name: one for name, one in row.items() if name != member}
    return kept if value is MISSING else {**kept, member: value}


def anything(luck: random.Random, depth: int = 3) -> Any:
    """Some value that JSON can hold."""
    kinds: list[Callable[[], Any]] = [
        lambda: luck.choice([None, True, False]),
        lambda: luck.choice([0, -1, 2**53, 1.5, luck.randrange(10**6)]),
        lambda: "".join(chr(luck.choice([luck.randrange(32, 0x2FFF), 0x202E, 0])) for _ in "abc"),
    ]
    if depth:
        names = ["toString", "length", "constructor", "__proto__", "id", "a"]
        kinds += [
            lambda: [anything(luck, depth - 1) for _ in range(luck.randrange(3))],
            lambda: {luck.choice(names): anything(luck, depth - 1) for _ in range(2)},
        ]
    return luck.choice(kinds)()


def spoilt(told: Any, luck: random.Random, chance: float, spared: frozenset[str]) -> Any:
    """What was told, here and there with something else in the place of a member."""
    if isinstance(told, list):
        return [spoilt(one, luck, chance, spared) for one in told]
    if not isinstance(told, dict):
        return told
    return {
        name: anything(luck)
        if name not in spared and luck.random() < chance
        else spoilt(value, luck, chance, spared)
        for name, value in told.items()
    }
