"""``chatd login`` and ``chatd logout``: as whom ``chatd chat`` is opened from now on."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

import msgspec
from msgspec import Struct

from chatd.errors import in_words
from chatd.locale.reader import language as chosen
from chatd.terminal.core import identity, kept
from chatd.terminal.core.identity import Identity
from chatd.terminal.core.once import NotReachable, once
from chatd.terminal.core.prompts import GivenUp, Nobody, ask_name, ask_password
from chatd.terminal.core.session import UNREACHABLE
from chatd.terminal.core.shapes import Refused
from chatd.terminal.core.text import one_line
from chatd.terminal.core.texts import Texts
from chatd.terminal.rooms.opening import EXIT, check_url

FAILED, USAGE = 1, 2
TRIES = 3
STALE = "unauthenticated"


class Person(Struct):
    """Whose session it is."""

    username: str
    display_name: str = ""


class LoggedIn(Struct):
    """The answer to person:login."""

    token: str
    person: Person
    device: str = ""


@dataclass(frozen=True)
class Options:
    """Where, as whom, and whether the password is the first line of the input."""

    url: str
    username: str | None = None
    password_stdin: bool = False
    language: str | None = None


class Account:
    """A person's at one daemon."""

    def __init__(self, options: Options, environ: Mapping[str, str] = os.environ) -> None:
        self.options, self.environ = options, environ
        self.texts = Texts(chosen(options.language))
        self.url = check_url(options.url)

    def log_in(self) -> str:
        """A new session in place of the one before; what to say of it."""
        before = identity.find(self.url, self.environ)
        came = self.begin()
        who = Identity(self.url, came.token, came.person.username, came.person.display_name)
        try:
            identity.write(who, self.environ)
        except OSError as error:
            self.end(who)
            raise GivenUp(in_words(error), FAILED) from None
        if before:
            self.end(before)
        return self.say("login.done", who)

    def begin(self) -> LoggedIn:
        """Asks for what was not said; on a terminal one may mistype the password twice."""
        typed = self.options.password_stdin and not sys.stdin.isatty()
        if not (typed or sys.stdin.isatty()):
            raise GivenUp(self.texts("login.no_terminal"), USAGE)
        username = (self.options.username or "").removeprefix("@")
        if typed and not username:
            raise GivenUp(self.texts("login.nameless"), USAGE)
        username = username or ask_name(self.texts, "login.name").removeprefix("@")
        password = sys.stdin.readline().rstrip("\r\n") if typed else ""
        if typed and not password:
            raise GivenUp(self.texts("login.no_password"), USAGE)
        for left in range(1 if typed else TRIES, 0, -1):
            try:
                return self.prove(username, password or ask_password(self.texts, username))
            except Refused as refused:
                if left == 1 or refused.code != STALE:
                    raise
                print(self.texts("console.wrong"), file=sys.stderr)
        raise AssertionError

    def prove(self, username: str, password: str) -> LoggedIn:
        """A new session; Refused for a wrong name or password. What says next time that this
        account was here is kept, where it can be."""
        device = kept.device(self.url, f"person:{username}", self.environ)
        words = {"username": username, "password": password, "device": device.read() or ""}
        came = msgspec.convert(once(self.url, ("person:login", words)), LoggedIn)
        if came.device:
            with contextlib.suppress(OSError):
                device.write(came.device)
        return came

    def log_out(self, *, forget: bool) -> str:
        """The session ends at the daemon, and then here; ``forget``: here, whatever the daemon
        says of it."""
        who = identity.find(self.url, self.environ)
        if who is None:
            raise GivenUp(self.texts("login.nobody", url=one_line(self.url)), FAILED)
        key = "login.out"
        try:
            once(self.url, ("hello", {"token": who.token}), ("person:logout", {}))
        except Refused as refused:
            if refused.code != STALE and not forget:
                raise
            key = "login.was_out"
        except NotReachable:
            if not forget:
                raise
            key = "login.forgotten"
        try:
            identity.forget(self.url, self.environ)
        except OSError as error:
            raise GivenUp(in_words(error), FAILED) from None
        return self.say(key, who)

    def end(self, who: Identity) -> None:
        """A session that nobody keeps any more; one that cannot be ended now ends without use."""
        with contextlib.suppress(Refused, NotReachable):
            once(self.url, ("hello", {"token": who.token}), ("person:logout", {}))

    def say(self, key: str, who: Identity) -> str:
        """What became of it."""
        name = one_line(who.name or who.username)
        return self.texts(key, url=one_line(self.url), name=name, username=one_line(who.username))

    def reason(self, refused: Refused) -> str:
        """Why not, in the person's language."""
        wrong = refused.code == STALE
        return self.texts("console.wrong") if wrong else self.texts.refusal(refused)

    def carry_out(self, work: Callable[[], str]) -> int:
        """Does it and says what became of it; the exit status."""
        try:
            told, status = f"OK: {work()}", 0
        except GivenUp as given_up:
            told, status = str(given_up), given_up.status
        except Nobody:
            told, status = self.texts("console.nobody"), USAGE
        except NotReachable as error:
            told = self.texts("not_reachable", url=self.url, why=str(error))
            status = EXIT[UNREACHABLE]
        except Refused as refused:
            told, status = self.reason(refused), EXIT.get(refused.code, FAILED)
        print(told if not status else f"chatd: {one_line(told, 500)}", file=sys.stderr)
        return status


def login(options: Options) -> int:
    """``chatd login``; the exit status. ValueError for a URL that is none."""
    account = Account(options)
    return account.carry_out(account.log_in)


def logout(options: Options, *, forget: bool = False) -> int:
    """``chatd logout``; the exit status. ValueError for a URL that is none."""
    account = Account(options)
    return account.carry_out(partial(account.log_out, forget=forget))
