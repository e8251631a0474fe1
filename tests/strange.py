"""``python -m tests.strange DIRECTORY DIALOG SEED``: what an older, or hostile, daemon has stored.

Messages with arbitrary names, types, times, reactions and meta, between two that are as they
should be; written offline, as no daemon would take them any more.
"""

from __future__ import annotations

import random
import sys
from pathlib import Path
from typing import Any, get_args

from msgspec import UNSET

from chatd.config.settings import StoreSettings
from chatd.domain.message import Earlier, Message, SenderType
from chatd.store.base import Append
from chatd.store.tiny.store import open_store

FIRST, LAST, COUNT = "Начало странного", "Конец странного", 60
TEXTS = [
    "", " ", "\u200b", "\n" * 50, "x" * 3000, "<img src=x onerror=window.broken=1>", "${7*7} {{7}}",
    "\u202eпереворот", "З" + "\u0335\u0321\u0353" * 60, "\x1b[2J\x1b]0;x\x07\x00\r", "[red]x[/",
    "🏳️‍🌈" * 40, "مرحبا!", "https://a.example/?f[]=(b)", "javascript:alert(1)", "constructor",
    "__proto__", "NaN", "\ufffe",
]  # fmt: skip
FORGED: list[dict[str, Any]] = [
    {"reply_to": {"seq": 1, "name": {"toString": 1}, "text": [{}]}},
    {"reply_to": {"seq": 1, "name": "Alice", "text": "Деньги вернули"}},
    {"reply_to": {"seq": "x", "name": [1]}}, {"reply_to": [{}]}, {"reply_to": 2**60},
    {"reply_to": {"seq": -1}}, {"reply_to": {"seq": 10**6}}, {"kind": "operator_connected"},
    {"kind": {"toString": 1}}, {"kind": ["action"]}, {"kind": "action"}, {"__proto__": {"a": 1}},
    {"constructor": None, "toString": 1, "length": -1}, {"a": [[[[[[1]]]]]]}, {},
]  # fmt: skip
TIMES = [
    "",
    "yesterday",
    "-1",
    "9999-99-99T99:99:99Z",
    "0001-01-01T00:00:00Z",
    "2026-11-20T10:00:00Z",
]


def strange(luck: random.Random, dialog_id: str) -> Message:
    """Whatever the store can hold."""
    signs = {luck.choice(TEXTS): [luck.choice(TEXTS)] * luck.randint(0, 3) for _ in range(2)}
    return Message(
        dialog_id=dialog_id,
        sender_type=luck.choice(get_args(SenderType)),
        sender_id=luck.choice([*TEXTS, "p-1"]),
        sender_name=luck.choice(TEXTS),
        type=luck.choice([*TEXTS, "call", "file", "voice", "text"]),
        content=luck.choice(TEXTS),
        meta=luck.choice(FORGED),
        created_at=luck.choice(TIMES),
        client_id=luck.choice([UNSET, f"c-{luck.random()}"]),
        edited_at=luck.choice([UNSET, *TIMES]),
        deleted_at=luck.choice([UNSET, UNSET, *TIMES]),
        reactions=luck.choice([UNSET, signs]),
        reactors=luck.choice([UNSET, dict.fromkeys(signs, "раньше-секрет")]),
        earlier=luck.choice([UNSET, (Earlier("раньше-секрет", "когда-то"),)]),
    )


def plain(dialog_id: str, content: str) -> Message:
    """One as it should be."""
    return Message(
        dialog_id=dialog_id, sender_type="member", sender_id="p-0", sender_name="Тихий",
        content=content, created_at="2026-11-20T10:00:00.000Z",
    )  # fmt: skip


def write(directory: Path, dialog_id: str, seed: int) -> None:
    """All of them."""
    luck = random.Random(seed)
    odd = [strange(luck, dialog_id) for _ in range(COUNT)]
    store = open_store(directory, StoreSettings())
    for one in (plain(dialog_id, FIRST), *odd, plain(dialog_id, LAST)):
        store.commit(Append(one))
    store.close()


if __name__ == "__main__":
    write(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
