"""Numbers before English nouns, in what the shell, errors and the log say."""

from __future__ import annotations


def count_of(number: int, noun: str) -> str:
    """``1 file``, ``2 files``, ``0 people``."""
    if number == 1:
        return f"{number} {noun}"
    return f"{number} {'people' if noun == 'person' else f'{noun}s'}"
