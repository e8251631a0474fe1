"""A WebSocket client for tests: commands with their answers, events when they are expected."""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import Iterable
from contextlib import suppress
from types import TracebackType
from typing import Any

from websockets.sync.client import ClientConnection, connect

from tests.shapes import check_answer, check_event


class Refused(Exception):
    """The daemon answered with an error."""

    def __init__(self, error: dict[str, Any]) -> None:
        super().__init__(f"{error['code']}: {error['message']}")
        self.error = error
        self.code: str = error["code"]


class Client:
    """One connection; events that nobody asked for yet are kept in order."""

    def __init__(self, address: str, *, origin: str | None = None, **options: Any) -> None:
        self.ws: ClientConnection = connect(
            f"{address if '://' in address else f'ws://{address}'}/ws",
            origin=origin,  # type: ignore[arg-type]
            compression=None,
            open_timeout=10,
            close_timeout=2,
            **options,
        ).__enter__()
        self.events: list[dict[str, Any]] = []
        self.answers: dict[Any, dict[str, Any]] = {}
        self.asked: dict[Any, str] = {}
        self.token = ""
        self.id = ""
        self._ids = itertools.count(1)

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Hangs up."""
        self.ws.close()

    def hello(self, **fields: Any) -> dict[str, Any]:
        """Says who it is, and remembers."""
        known = self.ask("hello", **fields)
        self.token, self.id = known["token"], known["participant"]["id"]
        return known

    def join(self, dialog_id: str, **fields: Any) -> dict[str, Any]:
        """Follows a dialog."""
        return self.ask("dialog:join", dialog_id=dialog_id, **fields)

    def say(self, dialog_id: str, content: str, **fields: Any) -> dict[str, Any]:
        """Writes a message; the message as stored."""
        message: dict[str, Any] = self.ask(
            "message:send", dialog_id=dialog_id, content=content, **fields
        )["message"]
        return message

    def ask(self, event: str, **data: Any) -> dict[str, Any]:
        """A command and its answer; Refused when that is an error."""
        return self.answer(self.give(event, **data))

    def give(self, event: str, **data: Any) -> int:
        """A command, not waiting for its answer."""
        number = next(self._ids)
        self.asked[number] = event
        self.ws.send(json.dumps({"event": event, "id": number, "data": data}))
        return number

    def answer(self, number: Any, seconds: float = 20.0) -> dict[str, Any]:
        """The answer to a command."""
        deadline = time.monotonic() + seconds
        while number not in self.answers:
            self._receive(deadline)
        found = self.answers.pop(number)
        if found["event"] == "error":
            raise Refused(found["data"])
        data: dict[str, Any] = found["data"]
        return data

    def expect(self, event: str, seconds: float = 30.0, **fields: Any) -> dict[str, Any]:
        """The next event of this name whose data have these members; earlier others stay kept."""
        deadline = time.monotonic() + seconds
        seen = 0
        while True:
            for index in range(seen, len(self.events)):
                found = self.events[index]
                if found["event"] == event and fields.items() <= found["data"].items():
                    del self.events[index]
                    data: dict[str, Any] = found["data"]
                    return data
            seen = len(self.events)
            self._receive(deadline)

    def ask_all(self, event: str, each: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
        """Commands given one behind the other; their results, when all are answered."""
        numbers = [self.give(event, **data) for data in each]
        return [self.answer(number) for number in numbers]

    def settle(self) -> list[dict[str, Any]]:
        """All events that came before the answer to a ping."""
        self.ask("ping")
        events, self.events = self.events, []
        return events

    def listen(self, seconds: float) -> list[dict[str, Any]]:
        """All events that are there, once one more frame has come, or none for so long."""
        with suppress(TimeoutError):
            self._receive(time.monotonic() + seconds)
        events, self.events = self.events, []
        return events

    def close_code(self, seconds: float = 30.0) -> int | None:
        """Reads until the daemon closes; the code that it gave."""
        from websockets.exceptions import ConnectionClosed

        deadline = time.monotonic() + seconds
        try:
            while True:
                self._receive(deadline)
        except ConnectionClosed as closed:
            return closed.rcvd.code if closed.rcvd else None

    def _receive(self, deadline: float) -> None:
        frame = json.loads(self.ws.recv(timeout=max(0.001, deadline - time.monotonic())))
        if frame["event"] in ("ack", "error"):
            asked = self.asked.pop(frame.get("id"), None)
            if asked and frame["event"] == "ack":
                check_answer(asked, frame["data"])
            self.answers[frame.get("id")] = frame
        else:
            check_event(frame["event"], frame["data"])
            self.events.append(frame)
