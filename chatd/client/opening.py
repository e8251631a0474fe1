"""Opens a client: words of the command line in, the exit status out."""

from __future__ import annotations

import os

from chatd.client.session import Session
from chatd.client.texts import Texts
from chatd.client.texts import language as chosen


def chat(
    room: str, url: str, name: str | None, *, plain: bool, light: bool, language: str | None
) -> int:
    """``chatd chat``."""
    session = Session(url, name=name, token=os.environ.get("CHATD_TOKEN") or None)
    texts = Texts(chosen(language))
    if plain:
        from chatd.client import plain as lines

        return lines.run(session, texts, room)
    from chatd.client import chat as screen

    return screen.run(session, texts, room, light=light)
