"""Words as they are indexed and looked for: folded and cut to their stems, Russian and English."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

import snowballstemmer

WORD = re.compile(r"[^\W_]+(?:[\u0300-\u036f]+[^\W_]*)*")
# The same of a text that needs no more, in a fraction of the time: letters and digits alone.
ASCII = bytes(code if chr(code).isalnum() else ord(" ") for code in range(128)).ljust(256)
MARKS = re.compile(r"[\u0300-\u036f]")
CYRILLIC = re.compile(r"[\u0400-\u04ff]")
LONGEST = 64


def fold(word: str) -> str:
    """However it was typed: composed or not, with a stress or not, in capitals, with ё or е."""
    composed = unicodedata.normalize("NFKC", word)
    return MARKS.sub("", composed).casefold().replace("ё", "е")[:LONGEST]


def split(text: str) -> list[str]:
    """Its words, in order."""
    if text.isascii():
        return text.encode().translate(ASCII).decode().split()
    return WORD.findall(text)


class Stems:
    """Makes stems, for one thread at a time: stemmers keep what they are at in themselves."""

    def __init__(self) -> None:
        self._russian = snowballstemmer.stemmer("russian").stemWord
        self._english = snowballstemmer.stemmer("english").stemWord
        self.of = lru_cache(maxsize=65_536)(self._stem)

    def _stem(self, word: str) -> str:
        folded = fold(word)
        if folded.isdigit():
            return folded  # as both would leave it, slowly
        if CYRILLIC.search(folded):
            return str(self._russian(folded))
        return str(self._english(folded)) if folded.isascii() else folded

    def each(self, text: str) -> Iterator[str]:
        """The stems of a text, in order."""
        return map(self.of, split(text))
