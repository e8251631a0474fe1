"""Where words come from: a command line that a shell has split, or a line of a script."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable
from typing import Protocol

from chatd.admin.flags import UsageError

WORD = re.compile(
    r"""\s*((?:[^\s'"\\]|\\.|'[^']*'|"(?:[^"\\]|\\.)*")+)(?=\s|\Z)""", re.ASCII | re.DOTALL
)
AHEAD = re.compile(r"\s*(\S*)", re.A)
BLANKS = " \t\r\n\f\v"


class Source(Protocol):
    """Words one by one, and whatever stands behind them to the letter."""

    def ahead(self) -> str | None:
        """The next word as it is written; ``None`` at the end."""

    def take(self) -> str:
        """The next word as it is meant, which is gone then."""

    def rest(self) -> tuple[str, list[str]]:
        """Everything that is left, as it is written, and its words."""


class Argv:
    """The words of a command line."""

    def __init__(self, words: Iterable[str]) -> None:
        self._left = list(words)

    def ahead(self) -> str | None:
        """See :class:`Source`."""
        return self._left[0] if self._left else None

    def take(self) -> str:
        """See :class:`Source`."""
        return self._left.pop(0)

    def rest(self) -> tuple[str, list[str]]:
        """See :class:`Source`."""
        words, self._left = self._left, []
        return " ".join(words), words


class Line:
    """A line as a shell reads it: quotes, backslashes, and ``#`` where a word would begin. What
    :meth:`rest` gives is read by nobody: it is the line's own letters."""

    def __init__(self, text: str) -> None:
        self._text = text.rstrip("\r\n")
        self._at = 0

    def ahead(self) -> str | None:
        """See :class:`Source`."""
        found = AHEAD.match(self._text, self._at)
        word = found[1] if found else ""
        return None if not word or word.startswith("#") else word

    def take(self) -> str:
        """See :class:`Source`."""
        found = WORD.match(self._text, self._at)
        if not found:
            raise UsageError("a quotation mark or a backslash has no second half")
        self._at = found.end()
        return shlex.split(found[1])[0]

    def rest(self) -> tuple[str, list[str]]:
        """See :class:`Source`."""
        text = self._text[self._at :].lstrip(BLANKS)
        self._at = len(self._text)
        return text, text.split()
