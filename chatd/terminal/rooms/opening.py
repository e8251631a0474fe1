"""Opens a client: words of the command line in, the exit status out."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from chatd.config.extras import missing
from chatd.errors import ChatdError, NotFound, Unauthenticated
from chatd.locale.reader import language as chosen
from chatd.runtime.streams import has_screen
from chatd.terminal.core import identity
from chatd.terminal.core.attached import http_address
from chatd.terminal.core.identity import Identity
from chatd.terminal.core.prompts import own_name
from chatd.terminal.core.session import UNREACHABLE, Session
from chatd.terminal.core.text import one_line
from chatd.terminal.core.texts import Texts
from chatd.terminal.rooms.session import ChatSession

EXIT = {error.code: error.exit_code for error in ChatdError.__subclasses__()} | {UNREACHABLE: 3}
OF_PEOPLE = "dlg-"
SCHEMES = ("http", "https", "ws", "wss")


@dataclass(frozen=True)
class Options:
    """How to open a client. ``token``: who one is; ``name``: of somebody new. Without either one
    is who has logged in, if anybody has. ``password``: of a room."""

    url: str
    name: str | None = None
    plain: bool = False
    light: bool = False
    language: str | None = None
    token: str | None = None
    password: str | None = None


class Opening:
    """One client of a daemon, for whoever one is there."""

    def __init__(self, wanted: str, options: Options, environ: Mapping[str, str]) -> None:
        self.wanted, self.options = wanted, options
        self.url = check_url(options.url)
        new = options.name or options.token
        self.known: Identity | None = None if new else identity.find(self.url, environ)
        self.texts = Texts(chosen(options.language))

    @property
    def session(self) -> ChatSession:
        """Before anything was said."""
        token = self.options.token or (self.known.token if self.known else None)
        name = self.options.name or (None if token else own_name() or None)
        session = ChatSession(self.url, name=name, token=token)
        session.doors.given = self.options.password
        return session

    def open(self) -> int:
        """Until the user has enough; the exit status."""
        session = self.session
        if self.wanted.startswith(("@", OF_PEOPLE)) and not session.token:
            command = f"chatd login --url {self.url}"
            print(f"chatd: {self.texts('login.first', command=command)}", file=sys.stderr)
            return EXIT[Unauthenticated.code]
        self.texts.address = http_address(session.url)
        if self.options.plain or not has_screen():
            from chatd.terminal.rooms import plain as lines

            status = lines.run(session, self.texts, self.wanted)
        elif lacks := missing("terminal"):
            print(f"chatd: {lacks}, or use --plain", file=sys.stderr)
            return 2
        else:
            from chatd.terminal.rooms import chat as screen

            status = screen.run(session, self.texts, self.wanted, light=self.options.light)
        if self.known and session.end_code == Unauthenticated.code:
            session.why = self.texts("login.ended", url=self.url, username=self.known.username)
        wanted = "" if session.gone else self.wanted  # one was in it
        return farewell(session, self.texts, wanted) or status


def chat(wanted: str, options: Options, environ: Mapping[str, str] = os.environ) -> int:
    """``chatd chat``; ValueError for a URL that is none."""
    return Opening(wanted, options, environ).open()


def farewell(session: Session, texts: Texts, wanted: str) -> int:
    """Says why it ended, where that was not asked for; the exit status."""
    code = session.end_code
    if not code:
        return 0
    told = {UNREACHABLE: "not_reachable", NotFound.code: absence_of(wanted)}.get(
        code, "status_ended"
    )
    rooms = ", ".join(session.rooms)
    why = texts(told, url=session.url, why=session.why, room=wanted, rooms=rooms)
    print(f"chatd: {one_line(why)}", file=sys.stderr)
    return EXIT.get(code, 1)


def only_url(language: str | None) -> str | None:
    """The daemon that one has logged in to, if there is one; ValueError where there are more."""
    known = [f"@{one.username}, {one.url}" for one in identity.everywhere()]
    if len(known) > 1:
        raise ValueError(Texts(chosen(language))("login.several", known="; ".join(known)))
    return next((one.url for one in identity.everywhere()), None)


def check_url(url: str) -> str:
    """The URL, if it is one of a daemon."""
    parts = urlsplit(url if "://" in url else f"http://{url}")
    if parts.scheme not in SCHEMES or not parts.hostname:
        raise ValueError(f"{url!r} is not a daemon's address: http://HOST:PORT is expected")
    _ = parts.port
    return url


def absence_of(wanted: str) -> str:
    """What is said of a place that is not there; of one that nobody named, why it ended."""
    if not wanted:
        return "status_ended"
    if wanted.startswith("@"):
        return "no_person"
    return "no_dialog" if wanted.startswith(OF_PEOPLE) else "no_room"
