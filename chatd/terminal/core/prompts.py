"""What is asked at a terminal before there is a client: a name, a password."""

from __future__ import annotations

import getpass

from chatd.terminal.core.texts import Texts


class GivenUp(Exception):
    """It was not done; the text says why, ``status`` is the exit status."""

    def __init__(self, text: str, status: int) -> None:
        super().__init__(text)
        self.status = status


class Nobody(Exception):
    """Whoever was asked has gone."""


def own_name() -> str:
    """What the system calls one; empty where it does not know."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return ""


def ask_name(texts: Texts, key: str) -> str:
    """A mere Enter is the name that one has there."""
    own = own_name()
    try:
        return input(texts(key, name=own)).strip() or own
    except (EOFError, KeyboardInterrupt):
        raise Nobody from None


def ask_code(texts: Texts, key: str = "console.code") -> str:
    """A code of the second factor, good once, so that it may be seen."""
    try:
        return input(texts(key)).strip()
    except (EOFError, KeyboardInterrupt):
        raise Nobody from None


def wait(texts: Texts) -> None:
    """Until what is shown was read."""
    try:
        input(texts("console.factor_kept"))
    except (EOFError, KeyboardInterrupt):
        raise Nobody from None


def ask_password(texts: Texts, name: str) -> str:
    """What is typed is not shown."""
    try:
        return getpass.getpass(texts("console.password", name=name))
    except (EOFError, KeyboardInterrupt):
        raise Nobody from None
