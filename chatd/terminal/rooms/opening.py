"""Opens a client: words of the command line in, the exit status out."""

from __future__ import annotations

import getpass
import os
import sys
from dataclasses import dataclass
from urllib.parse import urlsplit

from chatd.config.extras import missing
from chatd.errors import ChatdError, NotFound
from chatd.locale.reader import language as chosen
from chatd.runtime.streams import has_screen
from chatd.terminal.core.attached import http_address
from chatd.terminal.core.session import UNREACHABLE, Session
from chatd.terminal.core.text import one_line
from chatd.terminal.core.texts import Texts

EXIT = {error.code: error.exit_code for error in ChatdError.__subclasses__()} | {UNREACHABLE: 3}
SCHEMES = ("http", "https", "ws", "wss")


@dataclass(frozen=True)
class Options:
    """How to open a client. ``token``: who one is, when not somebody new."""

    url: str
    name: str | None = None
    plain: bool = False
    light: bool = False
    language: str | None = None
    token: str | None = None


def chat(room: str, options: Options) -> int:
    """``chatd chat``; ValueError for a URL that is none."""
    session = Session(
        check_url(options.url), name=options.name or login_name(), token=options.token or None
    )
    texts = Texts(chosen(options.language))
    texts.address = http_address(session.url)
    if options.plain or not has_screen():
        from chatd.terminal.rooms import plain as lines

        status = lines.run(session, texts, room)
        return farewell(session, texts, room) or status
    if lacks := missing("terminal"):
        print(f"chatd: {lacks}, or use --plain", file=sys.stderr)
        return 2
    from chatd.terminal.rooms import chat as screen

    status = screen.run(session, texts, room, light=options.light)
    return farewell(session, texts, room) or status


def farewell(session: Session, texts: Texts, room: str) -> int:
    """Says why it ended, where that was not asked for; the exit status."""
    code = session.end_code
    if not code:
        return 0
    told = {UNREACHABLE: "not_reachable", NotFound.code: "no_room"}.get(code, "status_ended")
    rooms = ", ".join(session.rooms)
    why = texts(told, url=session.url, why=session.why, room=room, rooms=rooms)
    print(f"chatd: {one_line(why)}", file=sys.stderr)
    return EXIT.get(code, 1)


def check_url(url: str) -> str:
    """The URL, if it is one of a daemon."""
    parts = urlsplit(url if "://" in url else f"http://{url}")
    if parts.scheme not in SCHEMES or not parts.hostname:
        raise ValueError(f"{url!r} is not a daemon's address: http://HOST:PORT is expected")
    _ = parts.port
    return url


def login_name() -> str | None:
    """What the system calls one; ``None`` where it does not know."""
    try:
        return os.environ.get("USER") or getpass.getuser()
    except (KeyError, OSError):
        return None
