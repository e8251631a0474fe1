"""Who sits down at the desk: name and password for a session token, and where one is kept."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

import msgspec
from websockets.exceptions import WebSocketException

from chatd.terminal.core.link import Link, Lost, opened, reason, socket_url
from chatd.terminal.core.shapes import Me, Welcome


class NotReachable(Exception):
    """There is no daemon at that address; the text says why."""


class NotAnOperator(Exception):
    """The token is somebody's, but no operator's."""


def log_in(url: str, username: str, password: str) -> str:
    """The token of a new session; Refused for a wrong name or password."""
    answer = once(url, "operator:login", username=username, password=password)
    return str(answer["token"])


def check(url: str, token: str) -> Me:
    """Whose token it is; Refused when it is no longer good."""
    me = msgspec.convert(once(url, "hello", token=token, device="check"), Welcome).participant
    if me.kind != "operator":
        raise NotAnOperator
    return me


def once(url: str, event: str, **data: Any) -> dict[str, Any]:
    """One command on a connection of its own."""
    try:
        return asyncio.run(asked(socket_url(url), event, data))
    except (OSError, WebSocketException, Lost, TimeoutError) as error:
        raise NotReachable(reason(error)) from None


async def asked(url: str, event: str, data: dict[str, Any]) -> dict[str, Any]:
    """The answer to it."""
    async with opened(url, lambda event, data: None) as link:
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


class Kept:
    """A session token in the user's state directory, one per daemon, for nobody else to read."""

    def __init__(self, url: str, environ: Mapping[str, str] = os.environ) -> None:
        state = environ.get("XDG_STATE_HOME") or str(Path.home() / ".local" / "state")
        self.file = Path(state) / "chatd" / f"session-{quote(socket_url(url), safe='')}"

    def read(self) -> str | None:
        """What was kept, if that is still only ours to read."""
        try:
            if self.file.stat().st_mode & 0o077:
                return None
            return self.file.read_text("utf-8").strip() or None
        except (OSError, UnicodeDecodeError):
            return None

    def write(self, token: str) -> None:
        """Keeps it; OSError when that cannot be."""
        self.file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.file.unlink(missing_ok=True)
        descriptor = os.open(self.file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(f"{token}\n")
