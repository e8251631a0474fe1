"""Who sits down at the console: name and password for a session token."""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from chatd.terminal.core.once import once
from chatd.terminal.core.shapes import Me, Welcome


class NotAnOperator(Exception):
    """The token is somebody's, but no operator's."""


class LoggedIn(NamedTuple):
    """The token of a new session, and what says next time that this account was here."""

    token: str
    device: str


def log_in(url: str, username: str, password: str, device: str | None) -> LoggedIn:
    """A new session; Refused for a wrong name or password. ``device``: of an earlier log-in."""
    words = {"username": username, "password": password}
    if device:
        words["device"] = device
    answer = once(url, ("operator:login", words))
    return LoggedIn(str(answer["token"]), str(answer.get("device", "")))


def check(url: str, token: str) -> Me:
    """Whose token it is; Refused when it is no longer good."""
    answer = once(url, ("hello", {"token": token, "device": "check"}))
    me = msgspec.convert(answer, Welcome).participant
    if me.kind != "operator":
        raise NotAnOperator
    return me
