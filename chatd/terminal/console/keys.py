"""The keys of the console: one table from which the bindings, the footer and the help come."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from rich.cells import cell_len
from rich.style import Style
from rich.text import Text
from textual.binding import Binding

from chatd.terminal.core.texts import Texts


class Key(NamedTuple):
    """``F5`` does ``accept``; what it is called is ``console.key_accept`` in the catalog."""

    key: str
    action: str
    rank: int


KEYS = (
    Key("f1", "help", 2),
    Key("f4", "note", 3),
    Key("f5", "accept", 0),
    Key("f6", "transfer", 4),
    Key("f7", "find", 6),
    Key("f8", "close", 1),
    Key("f8", "reopen", 1),
    Key("f9", "give_back", 5),
    Key("f10", "away", 7),
    Key("f10", "back", 7),
    Key("ctrl+t", "undo", 8),
    Key("ctrl+g", "draft", 8),
    Key("ctrl+o", "sum_up", 10),
    Key("ctrl+q", "quit", 9),
)
BINDINGS = [
    Binding("f4", "note", show=False, priority=True),
    Binding("f5", "accept", show=False, priority=True),
    Binding("f6", "transfer", show=False, priority=True),
    Binding("f7", "find", show=False, priority=True),
    Binding("f8", "close_or_reopen", show=False, priority=True),
    Binding("f9", "give_back", show=False, priority=True),
    Binding("f10", "away_or_back", show=False, priority=True),
    Binding("ctrl+t", "undo", show=False, priority=True),
    Binding("ctrl+g", "draft", show=False, priority=True),
    Binding("ctrl+o", "sum_up", show=False, priority=True),
    Binding("escape", "write", show=False),
    Binding("x,space", "mark", show=False),
    Binding("f12", "mute", show=False, priority=True),
    Binding("alt+up,ctrl+up", "ticket(-1)", show=False, priority=True),
    Binding("alt+down,ctrl+down", "ticket(1)", show=False, priority=True),
]
DOES = {"close": "close_or_reopen", "reopen": "close_or_reopen"}
DOES |= {"away": "away_or_back", "back": "away_or_back"}


def footer(texts: Texts, possible: Collection[str], width: int) -> Text:
    """What can be done now, each a thing to click on; where that is too much, the least wanted
    are left out: all are in the help."""
    wanted = [key for key in KEYS if key.action in possible]
    while wanted and sum(size(texts, key) for key in wanted) > width:
        wanted.remove(max(wanted, key=lambda key: key.rank))
    gap = " " if sum(size(texts, key) + 1 for key in wanted) <= width else ""
    line = Text(no_wrap=True, end="")
    for key in wanted:
        click = Style(meta={"@click": f"app.{DOES.get(key.action, key.action)}"})
        line.append(label(key), click + Style(reverse=True, bold=True))
        line.append(f"{gap}{texts(f'console.key_{key.action}')} ", click)
    return line


def label(key: Key) -> str:
    """``F5``, ``^Q``."""
    return key.key.replace("ctrl+", "^").upper()


def size(texts: Texts, key: Key) -> int:
    """How many cells it takes."""
    return len(label(key)) + cell_len(texts(f"console.key_{key.action}")) + 1
