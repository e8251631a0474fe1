"""The keys of every full-screen client; what older terminals, and tmux, send for some of them."""

from __future__ import annotations

import contextlib

from textual.binding import Binding
from textual.keys import Keys

BINDINGS = [
    Binding("f1", "help", show=False, priority=True),
    Binding("f2", "private", show=False, priority=True),
    Binding("f3", "theme", show=False, priority=True),
    Binding("pageup", "page(-1)", show=False, priority=True),
    Binding("pagedown", "page(1)", show=False, priority=True),
    Binding("ctrl+r", "pick", show=False, priority=True),
    Binding("escape", "write", show=False),
    Binding("ctrl+end", "end", show=False, priority=True),
    Binding("ctrl+q", "quit", show=False, priority=True),
]
ALT_ENTER = "\x1b\r"


def learn() -> None:
    """Alt+Enter begins a new line, as Ctrl+J does; left alone it is taken for Enter, and sends.
    The toolkit's table is its own affair: where there is none any more, nothing is learnt."""
    with contextlib.suppress(ImportError):
        from textual._ansi_sequences import ANSI_SEQUENCES_KEYS as KNOWN

        if isinstance(KNOWN, dict):
            KNOWN[ALT_ENTER] = (Keys.ControlJ,)
