"""What becomes of the tail of a journal that a crash has torn: it is told, and kept for a look."""

from __future__ import annotations

from loguru import logger

from chatd.store.tiny import filesystem
from chatd.store.tiny.journal import Dropped

SUFFIX = ".torn"
KEPT = 16


def keep(tail: Dropped) -> None:
    """Copies it beside its file, once; the oldest of many such copies go."""
    beside = tail.path.with_name(tail.path.name + SUFFIX)
    kept = ""
    if tail.data.strip(b"\0"):
        try:
            if not beside.exists():
                filesystem.replace(beside, tail.data)
            kept = f"; a copy is in {beside.name}"
        except OSError as error:
            kept = f"; it could not be copied: {filesystem.reason(error)}"
        for old in sorted(beside.parent.glob(f"*{SUFFIX}"))[:-KEPT]:
            filesystem.remove(old)
    logger.bind(area="storage").warning(
        "dropped {} bytes at byte {} of {}, never acknowledged: {}{}",
        *(len(tail.data), tail.offset, tail.path, tail.why, kept),
    )
