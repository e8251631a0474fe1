"""Opens the console: words of the command line in, the exit status out."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass

from chatd.errors import in_words
from chatd.locale.reader import language as chosen
from chatd.runtime.streams import has_screen
from chatd.terminal.console.enrolling import enrol
from chatd.terminal.console.login import (
    LoggedIn,
    NotAnOperator,
    check,
    log_in,
    wants_code,
    wants_passkey,
)
from chatd.terminal.console.session import ConsoleSession
from chatd.terminal.core import kept
from chatd.terminal.core.attached import http_address
from chatd.terminal.core.once import NotReachable
from chatd.terminal.core.prompts import GivenUp, Nobody, ask_code, ask_name, ask_password
from chatd.terminal.core.shapes import Refused
from chatd.terminal.core.text import one_line
from chatd.terminal.core.texts import Texts
from chatd.terminal.rooms.opening import check_url, farewell

USAGE, UNREACHABLE, NOT_PERMITTED = 2, 3, 4
TRIES = 3


@dataclass(frozen=True)
class Options:
    """How to open the console. ``token``: a session's, instead of name and password.
    ``second_factor``: one is begun on the way."""

    url: str
    login: str | None = None
    token: str | None = None
    remember: bool = False
    second_factor: bool = False
    light: bool = False
    language: str | None = None


def console(options: Options, environ: Mapping[str, str] = os.environ) -> int:
    """``chatd console``; ValueError for a URL that is none."""
    texts = Texts(chosen(options.language))
    door = Door(check_url(options.url), texts, environ, options)
    try:
        token = door.enter(options.login, options.token)
        door.check_screen()
    except GivenUp as given_up:
        print(f"chatd: {one_line(str(given_up), 500)}", file=sys.stderr)
        return given_up.status
    from chatd.terminal.console import console as screen

    session = ConsoleSession(options.url, token)
    texts.address = http_address(session.url)
    log_out = door.new and not options.remember
    status = screen.run(session, texts, light=options.light, log_out=log_out)
    return farewell(session, texts, "") or status


class Door:
    """Where one shows who one is. ``new``: the session was begun here, and may end here."""

    def __init__(
        self, url: str, texts: Texts, environ: Mapping[str, str], options: Options
    ) -> None:
        self.url, self.texts, self.environ = url, texts, environ
        self.remember, self.enrols = options.remember, options.second_factor
        self.kept = kept.session(url, environ)
        self.new = False

    def enter(self, login: str | None, token: str | None) -> str:
        """A token that the daemon takes: the one given, else the one kept, else a new one."""
        given = token or (None if login else self.environ.get("CHATD_TOKEN"))
        try:
            if given:
                return self.check_token(given)
            kept = None if self.enrols else self.kept_token(login)
            return kept or self.begin(login)
        except Nobody:
            raise GivenUp(self.texts("console.nobody"), USAGE) from None
        except NotReachable as error:
            text = self.texts("not_reachable", url=self.url, why=str(error))
            raise GivenUp(text, UNREACHABLE) from None

    def check_token(self, token: str, login: str | None = None) -> str:
        """The token, or nothing doing: it is an operator's, and that of the one who is named."""
        try:
            me = check(self.url, token)
        except Refused as refused:
            raise GivenUp(self.reason(refused, "stale"), NOT_PERMITTED) from None
        except NotAnOperator:
            raise GivenUp(self.texts("console.not_operator"), NOT_PERMITTED) from None
        if login and me.username != login:
            raise GivenUp(self.texts("console.wrong"), NOT_PERMITTED)
        return token

    def kept_token(self, login: str | None) -> str | None:
        """The one of the last time, if it still opens."""
        token = self.kept.read()
        try:
            return self.check_token(token, login) if token else None
        except GivenUp:
            return None

    def begin(self, login: str | None) -> str:
        """A new session; on a terminal one may mistype the password twice."""
        password = self.environ.get("CHATD_PASSWORD")
        if not (sys.stdin.isatty() or (login and password)):
            raise GivenUp(self.texts("console.no_terminal"), USAGE)
        self.check_screen()
        login = login or ask_name(self.texts, "console.login")
        device = kept.device(self.url, login, self.environ)
        proof = device.read()
        for left in range(1 if password else TRIES, 0, -1):
            words = password or ask_password(self.texts, login)
            try:
                came = self.pass_door(login, words, proof)
            except Refused as refused:
                if wants_passkey(refused):
                    raise GivenUp(self.texts("console.passkey"), NOT_PERMITTED) from None
                if left == 1 or refused.code != "unauthenticated":
                    raise GivenUp(self.reason(refused, "wrong"), NOT_PERMITTED) from None
                print(self.texts("console.wrong"), file=sys.stderr)
            else:
                token = self.keep_login(came, device)
                if came.must_enrol or self.enrols:
                    self.enrol(token, words)
                return token
        raise GivenUp(self.texts("console.wrong"), NOT_PERMITTED)

    def pass_door(self, login: str, password: str, proof: str | None) -> LoggedIn:
        """By the password, and by a code where one is wanted, which may be mistyped twice."""
        code = ""
        for left in range(TRIES, -1, -1):
            try:
                return log_in(self.url, login, password, proof, code)
            except Refused as refused:
                if not wants_code(refused):
                    raise
                if not left or not sys.stdin.isatty():
                    raise GivenUp(self.reason(refused, "wrong_code"), NOT_PERMITTED) from None
                if code:
                    print(self.texts("console.wrong_code"), file=sys.stderr)
                code = ask_code(self.texts)
        raise AssertionError

    def enrol(self, token: str, password: str) -> None:
        """Begins and confirms a second factor."""
        try:
            enrol(self.url, token, password, self.texts)
        except Refused as refused:
            raise GivenUp(self.texts.refusal(refused), NOT_PERMITTED) from None
        except OSError as error:
            raise NotReachable(in_words(error)) from None

    def check_screen(self) -> None:
        """There is a terminal to sit down at, before a session is begun for it."""
        if not has_screen(self.environ):
            raise GivenUp(self.texts("console.no_screen"), USAGE)

    def reason(self, refused: Refused, key: str) -> str:
        """Why not, in the operator's language."""
        known = refused.code == "unauthenticated"
        return self.texts(f"console.{key}") if known else self.texts.refusal(refused)

    def keep_login(self, came: LoggedIn, device: kept.Kept) -> str:
        """Kept is the session when that was asked for, and always, where it can be, the proof."""
        self.new = True
        if came.device:
            with contextlib.suppress(OSError):
                device.write(came.device)
        if self.remember:
            try:
                self.kept.write(came.token)
            except OSError as error:
                raise GivenUp(in_words(error), 1) from None
        return came.token
