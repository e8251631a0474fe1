"""``python -m tests.web.history DIRECTORY DIALOG FIRST LAST``: a long past, written offline.

Messages ``FIRST`` to ``LAST`` of an existing dialog say their own number; some are long.
"""

from __future__ import annotations

import sys
from pathlib import Path

from chatd.config.settings import StoreSettings
from chatd.domain.message import Message
from chatd.domain.times import to_text
from chatd.store.base import Append
from chatd.store.tiny.store import open_store

PER_COMMIT = 1000
QUICK = StoreSettings(sync=False, checkpoint_seconds=1e9, checkpoint_bytes=2**60)


def message(dialog_id: str, number: int) -> Message:
    """One of an operator's; every seventh is several lines high."""
    return Message(
        dialog_id=dialog_id,
        sender_type="admin",
        sender_id="operator:olga",
        sender_name="Ольга",
        content=f"№{number}." + " и ещё слово" * (30 if number % 7 == 0 else 1),
        created_at=to_text(1_700_000_000 + 60 * number),
    )


def write(directory: Path, dialog_id: str, first: int, last: int) -> None:
    """All of them."""
    store = open_store(directory, QUICK)
    for begin in range(first, last + 1, PER_COMMIT):
        numbers = range(begin, min(begin + PER_COMMIT, last + 1))
        store.commit(*(Append(message(dialog_id, number)) for number in numbers))
    store.close()


if __name__ == "__main__":
    write(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
