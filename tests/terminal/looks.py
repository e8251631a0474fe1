"""The look of a screen as text: its letters, and below them which of them look alike.

Colours are told apart, not named: what the theme calls blue may change with the toolkit, that a
draft has another colour than the line above it may not.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from string import ascii_letters, digits, punctuation

from rich.style import Style
from textual.app import App
from textual.strip import Strip

KEPT = Path(__file__).with_name("looks")
ACCEPT = "ACCEPT_LOOKS"
SIGNS = ascii_letters + digits + punctuation


def look(app: App[None]) -> str:
    """Letters, styles, and what the styles are."""
    signs: dict[str, str] = {}
    strips = app.screen._compositor.render_strips()
    letters = [strip.text.rstrip() for strip in strips]
    styles = [styled(strip, signs) for strip in strips]
    legend = nameless(f"{sign} {style}" for style, sign in signs.items())
    return "\n".join([*letters, "", *styles, "", *legend, ""])


def styled(strip: Strip, signs: dict[str, str]) -> str:
    """A sign per cell, the same one for the same look."""
    line = ""
    for segment in strip:
        style = describe(segment.style or Style())
        if style not in signs:
            signs[style] = SIGNS[len(signs)]
        line += signs[style] * segment.cell_length
    return line


def describe(style: Style) -> str:
    """Colours as they are, attributes by name."""
    names = ("bold", "dim", "italic", "underline", "reverse")
    set_ = [name for name in names if getattr(style, name)]
    ink, paper = (colour.name if colour else "" for colour in (style.color, style.bgcolor))
    return " ".join([*set_, ink, "on", paper])


def nameless(legend: Iterable[str]) -> list[str]:
    """The colours numbered in the order in which they come; greys are called so."""
    numbers: dict[str, str] = {}
    lines = []
    for line in legend:
        words = [
            numbers.setdefault(word, f"{kind(word)}-{len(numbers)}")
            if word.startswith("#") and len(word) == 7
            else word
            for word in line.split()
        ]
        lines.append(" ".join(words))
    return lines


def kind(colour: str) -> str:
    """Whether ``#rrggbb`` is a grey."""
    return "grey" if colour[1:3] == colour[3:5] == colour[5:7] else "colour"


def check(name: str, app: App[None]) -> None:
    """Compares a screen with what is kept; ``ACCEPT_LOOKS=1`` keeps it."""
    file, now = KEPT / f"{name}.txt", look(app)
    if os.environ.get(ACCEPT):
        KEPT.mkdir(exist_ok=True)
        file.write_text(now, "utf-8")
    assert file.exists(), f"no look is kept under that name: {ACCEPT}=1 keeps this one\n{now}"
    assert now == file.read_text("utf-8"), f"looks otherwise; {ACCEPT}=1 keeps it, if that is right"
