"""Who sits down at the console: name and password for a session token."""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from chatd.terminal.core.once import once
from chatd.terminal.core.shapes import Me, Refused, Welcome


class NotAnOperator(Exception):
    """The token is somebody's, but no operator's."""


class LoggedIn(NamedTuple):
    """The token of a new session, and what says next time that this account was here.
    ``must_enrol``: it is good for nothing until there is a second factor."""

    token: str
    device: str
    must_enrol: bool = False


def log_in(url: str, username: str, password: str, device: str | None, code: str = "") -> LoggedIn:
    """A new session; Refused for a wrong name or password, and where a ``code`` is wanted as well.
    ``device``: of an earlier log-in."""
    words = {"username": username, "password": password}
    words |= {"device": device} if device else {}
    words |= {"code": code} if code else {}
    answer = once(url, ("operator:login", words))
    must_enrol = bool(answer["operator"].get("must_enrol"))
    return LoggedIn(str(answer["token"]), str(answer.get("device", "")), must_enrol)


def wants_code(refused: Refused) -> bool:
    """Whether the password was right, and a code is what is missing or wrong."""
    return bool(refused.details.get("second_factor"))


def wants_passkey(refused: Refused) -> bool:
    """Whether the password was right, and only a browser has what is missing."""
    return bool(refused.details.get("passkey"))


def check(url: str, token: str) -> Me:
    """Whose token it is; Refused when it is no longer good."""
    answer = once(url, ("hello", {"token": token, "device": "check"}))
    me = msgspec.convert(answer, Welcome).participant
    if me.kind != "operator":
        raise NotAnOperator
    return me
