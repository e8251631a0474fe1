"""python-socketio's own client as a client of the tests."""

from __future__ import annotations

import itertools
import queue
import time
from types import TracebackType
from typing import Any

import socketio

from tests.client import Client
from tests.shapes import check_answer, check_event
from tests.socketio import Mode

TRANSPORTS: dict[Mode, list[str]] = {
    "polling": ["polling"],
    "websocket": ["websocket"],
    "upgrade": ["polling", "websocket"],
}
CHAT = "/chat"


class PythonClient(Client):
    """One client. ``auth``: what it says whenever it comes back; ``told``: what else happens;
    ``websocket``: options of what it opens WebSockets with."""

    def __init__(self, address: str, mode: Mode, **websocket: Any) -> None:
        self.events, self.answers, self.asked = [], {}, {}
        self.token = self.id = ""
        self.auth: dict[str, Any] = {}
        self.told: list[Any] = []
        self._ids = itertools.count(1)
        self._happened: queue.SimpleQueue[tuple[Any, ...]] = queue.SimpleQueue()
        self._address, self._mode = address, mode
        self.io = socketio.Client(
            reconnection_delay=0.05,
            reconnection_delay_max=0.2,
            handle_sigint=False,
            websocket_extra_options=websocket,
        )
        for what in ("connect_error", "disconnect"):
            self.io.on(what, self._note(what), namespace=CHAT)
        self.io.on("*", self._note("event"), namespace=CHAT)

    def _note(self, what: str) -> Any:
        return lambda *told: self._happened.put((what, *told))

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.io.shutdown()

    def hello(self, **fields: Any) -> dict[str, Any]:
        """Connects, and is told who it is."""
        self.auth = fields
        self.io.connect(
            f"http://{self._address}",
            auth=lambda: self.auth,
            transports=TRANSPORTS[self._mode],
            namespaces=[CHAT],
            wait_timeout=20,
        )
        return self.known()

    def known(self) -> dict[str, Any]:
        """The answer to hello, once it is there: after each connect."""
        self.asked["hello"] = "hello"
        known = self.answer("hello")
        self.token, self.id = known["token"], known["participant"]["id"]
        return known

    def give(self, event: str, **data: Any) -> int:
        """A command, not waiting for its answer."""
        number = next(self._ids)
        self.asked[number] = event
        heard = self._note("ack")
        self.io.emit(event, data, namespace=CHAT, callback=lambda result: heard(number, result))
        return number

    def hear(self, what: str, seconds: float = 20.0) -> Any:
        """The next thing of this kind that happens to it."""
        deadline = time.monotonic() + seconds
        while not (found := [one for one in self.told if one[0] == what]):
            self._receive(deadline)
        self.told.remove(found[0])
        return found[0]

    @property
    def sid(self) -> str:
        """Of its session of Engine.IO."""
        sid: str = self.io.eio.sid
        return sid

    def _receive(self, deadline: float) -> None:
        try:
            left = max(0.001, deadline - time.monotonic())
            what, *told = self._happened.get(timeout=left)
        except queue.Empty:
            raise TimeoutError("nothing happened") from None
        if what == "ack":
            self._answered(*told)
        elif what == "event" and told[0] == "hello":
            self._answered("hello", told[1])
        elif what == "event":
            if told[0] not in ("error", "closed"):
                check_event(*told)
            self.events.append({"event": told[0], "data": told[1]})
        else:
            self.told.append((what, *told))

    def _answered(self, number: int | str, result: Any) -> None:
        refused = set(result) == {"error"}
        if (asked := self.asked.pop(number, None)) and not refused:
            check_answer(asked, result)
        event, data = ("error", result["error"]) if refused else ("ack", result)
        self.answers[number] = {"event": event, "data": data}
