"""A terminal that does not speak UTF-8: what it cannot show stands as something that is as wide, so
that nothing beside it shifts; what is typed there is read as it writes it."""

from __future__ import annotations

import codecs
import contextlib
import sys
import unicodedata
from collections.abc import Callable
from functools import lru_cache

from rich.cells import cell_len, set_cell_size, split_graphemes
from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

STRANGE, KOI8_LETTERS = "?", 0xC0
ALIKE = {
    char: drawn
    for drawn, chars in {
        "|": "│┃║▏▕",
        "-": "─━═—–‒·",
        "+": "┌┐└┘├┤┬┴┼╭╮╰╯╔╗╚╝◐",
        "*": "●•★",
        "o": "○◦",
        "x": "✕✖×",
        "~": "✎≈♪",
        ".": "…⋯",
        "<": "←‹",
        ">": "→›▶☛",
        "^": "↑▲",
        "v": "↓▼",
        "#": "№",
        "e": "є",
        "i": "і",
        "I": "І",
        '"': "«»“”„",
        "'": "‘’‚",
        " ": "▁▂▃▄▅▆▇█▉▊▋▌▍▎▐▔▀",
    }.items()
    for char in chars
}


def foreign() -> str | None:
    """The encoding of the terminal that is drawn on, if it is none of Unicode's."""
    encoding = getattr(sys.__stderr__, "encoding", None) or "utf-8"
    return None if codecs.lookup(encoding).name.startswith("utf") else encoding


class Fitting(LineFilter):
    """Lines as such a terminal can show them, cell by cell."""

    def __init__(self, encoding: str) -> None:
        super().__init__()
        self._encoding = encoding

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """As wide as they were."""
        return [
            one if one.control or one.text.isascii() else one._replace(text=self._fit(one.text))
            for one in segments
        ]

    def _fit(self, text: str) -> str:
        return fitting(text, self._encoding)


@lru_cache(4096)
def fitting(text: str, encoding: str) -> str:
    """A text in the letters of an encoding, in as many cells."""
    spans, _ = split_graphemes(text)
    return "".join(grapheme(text[start:end], width, encoding) for start, end, width in spans)


def grapheme(text: str, width: int, encoding: str) -> str:
    """What is seen as one, as itself or as the nearest that there is."""
    composed = unicodedata.normalize("NFC", text)
    if says(encoding, composed, width):
        return composed
    return set_cell_size("".join(nearest(char, encoding) for char in composed), width)


def says(encoding: str, text: str, width: int) -> bool:
    """Whether an encoding has it; a byte of those that are none of Unicode's is a cell, which
    tells narrow letters from those that such terminals draw wide."""
    try:
        return len(text.encode(encoding)) == width
    except UnicodeEncodeError:
        return False


def nearest(char: str, encoding: str) -> str:
    """A character that looks or sounds like one, as wide as that; else a mark that something is
    there."""
    width = cell_len(char)
    if says(encoding, char, width):
        return char
    base = unicodedata.normalize("NFD", char)[0]
    found = ALIKE.get(char) or (base if base.isascii() else latin(base))
    return found if len(found) == width else STRANGE * width


def latin(char: str) -> str:
    """Cyrillic without its eighth bit, as KOI8 was made to be read; empty for all else."""
    with contextlib.suppress(UnicodeEncodeError):
        if (byte := char.encode("koi8-r")[0]) >= KOI8_LETTERS:
            return chr(byte & 0x7F).swapcase()
    return ""


def listen(encoding: str) -> None:
    """What is typed is in the terminal's encoding, and what is not is seen as such: the toolkit
    takes it for UTF-8, and ends where it is not. Where it is made otherwise, nothing is changed."""
    with contextlib.suppress(ImportError):
        from textual.drivers import linux_driver

        if hasattr(linux_driver, "getincrementaldecoder"):
            linux_driver.getincrementaldecoder = decoders(encoding)


def decoders(encoding: str) -> Callable[[str], Callable[[], codecs.IncrementalDecoder]]:
    """Stands for :func:`codecs.getincrementaldecoder`: whatever is asked for, this encoding's."""
    make = codecs.getincrementaldecoder(encoding)
    return lambda _: lambda: make("replace")
