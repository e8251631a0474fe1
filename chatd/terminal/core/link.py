"""One connection to the daemon, from connect to close: commands with their answers, events."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
from collections.abc import AsyncIterator, Callable
from functools import partial
from typing import Any

import msgspec
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from chatd import __version__
from chatd.errors import in_words
from chatd.terminal.core.fence import fence
from chatd.terminal.core.shapes import Frame, Refused
from chatd.terminal.core.text import to_sendable

ANSWER_WITHIN = 20.0
AGENT = f"chatd/{__version__}"
NO_ANSWER = "no answer"
MAX_FRAME = 32 * 1024 * 1024
OnEvent = Callable[[str, dict[str, Any]], None]


class Lost(Exception):
    """The connection ended before the answer; ``code`` is the close code, if there was one."""

    def __init__(self, code: int | None = None, reason: str = "") -> None:
        super().__init__(reason or "the connection is lost")
        self.code, self.reason = code, reason


class Waiting:
    """Somebody who waits for an answer; ``taken`` when they have it and may act on it."""

    def __init__(self) -> None:
        self.answer: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self.taken = asyncio.Event()


class Link:
    """Reads until the end; a frame that makes no sense is left aside and counted.

    Behind an answer nothing is read until who asked has begun to act on it: else the events that
    follow it, of who came after one had joined, would find no conversation yet and be lost.
    """

    def __init__(self, ws: ClientConnection, on_event: OnEvent) -> None:
        self.ws = ws
        self.on_event = on_event
        self.garbage = 0
        self._ids = itertools.count(1)
        self._waiting: dict[int, Waiting] = {}
        self._closing: asyncio.Task[None] | None = None
        self._decoder = msgspec.json.Decoder(Frame)
        self._encoder = msgspec.json.Encoder()

    async def ask(self, event: str, **data: Any) -> dict[str, Any]:
        """A command and its answer; Refused for an error, Lost when the connection ends first."""
        number = next(self._ids)
        waiting = self._waiting[number] = Waiting()
        try:
            frame = self._encoder.encode({"event": event, "id": number, "data": data})
        except UnicodeEncodeError:
            frame = self._encoder.encode(
                {"event": event, "id": number, "data": make_wellformed(data)}
            )
        try:
            await self.ws.send(frame.decode())
            return await asyncio.wait_for(waiting.answer, ANSWER_WITHIN)
        except ConnectionClosed as closed:
            raise to_lost(closed) from None
        except TimeoutError:
            # Not waited for: who asked is ended with the connection, and is to know why before.
            self._closing = asyncio.create_task(self.ws.close(1001, NO_ANSWER))
            raise Lost(None, NO_ANSWER) from None
        finally:
            self._waiting.pop(number, None)
            waiting.taken.set()

    async def read(self) -> None:
        """Until the connection ends, which is told as Lost."""
        try:
            async for payload in self.ws:
                if answered := self.take(payload):
                    await answered.taken.wait()
            raise Lost(self.ws.close_code, self.ws.close_reason or "")
        except ConnectionClosed as closed:
            raise to_lost(closed) from None
        finally:
            self.fail_waiting()

    def take(self, payload: str | bytes) -> Waiting | None:
        """One frame; who waited for it, if somebody did."""
        try:
            frame = self._decoder.decode(payload)
        except msgspec.DecodeError:
            self.garbage += 1
            return None
        if frame.event in ("ack", "error"):
            return self.take_waiting(frame)
        self.garbage += fence(partial(self.event, frame), 1)
        return None

    def event(self, frame: Frame) -> int:
        """News; one that cannot be taken in ends nothing."""
        self.on_event(frame.event, frame.data)
        return 0

    def take_waiting(self, frame: Frame) -> Waiting | None:
        """An answer finds who waits for it."""
        waiting = self._waiting.get(frame.id) if isinstance(frame.id, int) else None
        if waiting is None or waiting.answer.done():
            self.garbage += frame.event == "ack"
            return None
        if frame.event == "ack":
            waiting.answer.set_result(frame.data)
        else:
            code, message = frame.data.get("code"), frame.data.get("message")
            fail(waiting, Refused(str(code), str(message), frame.data))
        return waiting

    def fail_waiting(self) -> None:
        """Nobody waits for an answer that cannot come."""
        for waiting in self._waiting.values():
            if not waiting.answer.done():
                fail(waiting, Lost(self.ws.close_code, self.ws.close_reason or ""))


def make_wellformed(told: Any) -> Any:
    """The same in whole characters: of what the system had no letters for, none is left."""
    if isinstance(told, dict):
        return {name: make_wellformed(one) for name, one in told.items()}
    if isinstance(told, list):
        return [make_wellformed(one) for one in told]
    return to_sendable(told) if isinstance(told, str) else told


def fail(waiting: Waiting, error: Exception) -> None:
    """It is no fault of anybody's if this is not looked at: who asked may still be sending, and
    learn it from the socket."""
    waiting.answer.set_exception(error)
    waiting.answer.exception()


def to_lost(closed: ConnectionClosed) -> Lost:
    """The same in our words."""
    return Lost(closed.rcvd.code, closed.rcvd.reason) if closed.rcvd else Lost()


@contextlib.asynccontextmanager
async def open_link(url: str, on_event: OnEvent) -> AsyncIterator[Link]:
    """A connection; it is closed at the end. OSError or WebSocketException when there is none."""
    async with connect(
        url,
        user_agent_header=AGENT,
        max_size=MAX_FRAME,
        max_queue=64,
        open_timeout=10,
        close_timeout=1,
        compression=None,
    ) as ws:
        yield Link(ws, on_event)


def socket_url(url: str) -> str:
    """``https://chat.example`` → ``wss://chat.example/ws``."""
    base = url if "://" in url else f"http://{url}"
    scheme, _, rest = base.partition("://")
    secure = {"http": "ws", "https": "wss"}.get(scheme, scheme)
    rest = rest.rstrip("/")
    return f"{secure}://{rest}" if rest.endswith("/ws") else f"{secure}://{rest}/ws"


def reason(error: Exception) -> str:
    """Why a connection could not be, in the system's words where it has some."""
    number = error.errno if isinstance(error, OSError) else None
    return os.strerror(number) if number and number > 0 else in_words(error)
