"""Who sits down at the console: name and password for a session token."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any, NamedTuple

import msgspec
from websockets.exceptions import WebSocketException

from chatd.terminal.core.link import Link, Lost, open_link, reason, socket_url
from chatd.terminal.core.shapes import Me, Welcome


class NotReachable(Exception):
    """There is no daemon at that address; the text says why."""


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
    answer = once(url, "operator:login", **words)
    return LoggedIn(str(answer["token"]), str(answer.get("device", "")))


def check(url: str, token: str) -> Me:
    """Whose token it is; Refused when it is no longer good."""
    me = msgspec.convert(once(url, "hello", token=token, device="check"), Welcome).participant
    if me.kind != "operator":
        raise NotAnOperator
    return me


def once(url: str, event: str, **data: Any) -> dict[str, Any]:
    """One command on a connection of its own."""
    try:
        return asyncio.run(request(socket_url(url), event, data))
    except (OSError, WebSocketException, Lost, TimeoutError) as error:
        raise NotReachable(reason(error)) from None


async def request(url: str, event: str, data: dict[str, Any]) -> dict[str, Any]:
    """The answer to it."""
    async with open_link(url, lambda event, data: None) as link:
        return await reading(link, event, data)


async def reading(link: Link, event: str, data: dict[str, Any]) -> dict[str, Any]:
    """Reads while it asks."""
    task = asyncio.create_task(link.read())
    try:
        return await link.ask(event, **data)
    finally:
        task.cancel()
        with contextlib.suppress(Lost, asyncio.CancelledError):
            await task
