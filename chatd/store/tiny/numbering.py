"""The numbers that the changes of a conversation get, and what is counted in it."""

from __future__ import annotations

from typing import NamedTuple

from chatd.domain.episode import NOTHING_SAID, SIDES, Episode, Said, said_after
from chatd.store.base import Append, Change, Put


class Numbers(NamedTuple):
    """What the next change of a conversation goes on from."""

    seq: int
    rev: int
    said: Said


def counts_in(change: Change) -> str | None:
    """The conversation in which is counted what is put, if anything is."""
    if isinstance(change, Put) and isinstance(change.document, Episode):
        return change.document.ticket
    return None


def give_count(change: Change, said: Said) -> Change:
    """An episode with what was said in its ticket."""
    assert isinstance(change, Put) and isinstance(change.document, Episode)
    episode = change.document
    since = said if episode.version == 1 else NOTHING_SAID
    return Put(episode.count(said, since))


def count_on(last: Numbers, change: Change, base: int) -> Numbers:
    """The numbers of a change that raises a conversation's ``rev``; ``base``: it is above that."""
    rev = max(last.rev, base) + 1
    if not isinstance(change, Append):
        return Numbers(last.seq, rev, last.said)
    message, said = change.message, last.said
    if message.sender_type in SIDES:
        said = said_after(said, message)
    return Numbers(last.seq + 1, rev, said)
