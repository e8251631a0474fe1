"""A few commands on a connection of their own, for who needs no client."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

from websockets.exceptions import WebSocketException

from chatd.terminal.core.link import Link, Lost, open_link, reason, socket_url

Step = tuple[str, dict[str, Any]]


class NotReachable(Exception):
    """There is no daemon at that address; the text says why."""


def once(url: str, *steps: Step) -> dict[str, Any]:
    """The answer to the last of these commands; Refused for what the daemon refuses of them."""
    try:
        return asyncio.run(request(socket_url(url), *steps))
    except (OSError, WebSocketException, Lost, TimeoutError) as error:
        raise NotReachable(reason(error)) from None


async def request(url: str, *steps: Step) -> dict[str, Any]:
    """One after the other."""
    async with open_link(url, lambda event, data: None) as link:
        return await reading(link, *steps)


async def reading(link: Link, *steps: Step) -> dict[str, Any]:
    """Reads while it asks."""
    task, answer = asyncio.create_task(link.read()), dict[str, Any]()
    try:
        for event, data in steps:
            answer = await link.ask(event, **data)
        return answer
    finally:
        task.cancel()
        with contextlib.suppress(Lost, asyncio.CancelledError):
            await task
