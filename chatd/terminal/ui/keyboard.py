"""Keys that the toolkit does not know as older terminals, and tmux, send them."""

from __future__ import annotations

import contextlib

from textual.keys import Keys

ALT_ENTER = "\x1b\r"


def learn() -> None:
    """Alt+Enter begins a new line, as Ctrl+J does; left alone it is taken for Enter, and sends.
    The toolkit's table is its own affair: where there is none any more, nothing is learnt."""
    with contextlib.suppress(ImportError):
        from textual._ansi_sequences import ANSI_SEQUENCES_KEYS as KNOWN

        if isinstance(KNOWN, dict):
            KNOWN[ALT_ENTER] = (Keys.ControlJ,)
