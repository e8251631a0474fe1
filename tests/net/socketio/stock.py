"""npm's ``socket.io-client`` as a client of the tests: what pages use, driven from outside."""

from __future__ import annotations

import itertools
import json
import queue
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import Any

from tests.client import Client
from tests.shapes import check_answer, check_event
from tests.socketio import Mode

SCRIPT = Path(__file__).with_name("stock.mjs")
TRANSPORTS: dict[Mode, str] = {
    "polling": "polling",
    "websocket": "websocket",
    "upgrade": "polling,websocket",
}
CHAT = "/chat"


def find_node() -> str:
    """The one that builds the pages."""
    own = Path(sys.executable).with_name("node")
    found = str(own) if own.exists() else shutil.which("node")
    assert found, "no node: `make test` installs it"
    return found


class StockClient(Client):
    """One client in a process of its own; ``told``: what else it says happens to it."""

    def __init__(self, address: str, mode: Mode, *namespaces: str) -> None:
        self.events, self.answers, self.asked = [], {}, {}
        self.token = self.id = ""
        self.told: list[Any] = []
        self._ids = itertools.count(1)
        self._lines: queue.SimpleQueue[str] = queue.SimpleQueue()
        self.process = subprocess.Popen(
            [find_node(), SCRIPT, address, TRANSPORTS[mode], ",".join(namespaces or (CHAT,))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._reading = threading.Thread(target=self._read)
        self._reading.start()

    def _read(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            self._lines.put(line)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self.process.stdin and self.process.stdout
        self.process.stdin.close()
        try:
            self.process.wait(10)
        finally:
            self.process.kill()
            self._reading.join(10)
            self.process.stdout.close()

    def do(self, what: str, *given: Any, namespace: str = CHAT) -> None:
        """Has the client do something."""
        assert self.process.stdin
        self.process.stdin.write(json.dumps([what, namespace, *given]) + "\n")
        self.process.stdin.flush()

    def hello(self, **fields: Any) -> dict[str, Any]:
        """Connects, and is told who it is."""
        self.do("connect", fields)
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
        self.do("emit", number, event, data)
        return number

    def hear(self, what: str, seconds: float = 20.0) -> list[Any]:
        """The next thing of this kind that happens to it."""
        deadline = time.monotonic() + seconds
        while not (found := [one for one in self.told if one[0] == what]):
            self._receive(deadline)
        self.told.remove(found[0])
        happened: list[Any] = found[0]
        return happened

    @property
    def sid(self) -> str:
        """Of its session of Engine.IO."""
        self.do("sid")
        sid: str = self.hear("sid")[1]
        return sid

    def _receive(self, deadline: float) -> None:
        try:
            line = self._lines.get(timeout=max(0.001, deadline - time.monotonic()))
        except queue.Empty:
            raise TimeoutError("nothing happened") from None
        what, *told = json.loads(line)
        if what == "ack":
            self._answered(*told)
        elif what == "event" and told[1] == "hello":
            self._answered("hello", told[2])
        elif what == "connect_error" and told[2] is not None:
            self.answers["hello"] = {"event": "error", "data": {"message": told[1], **told[2]}}
        elif what == "event":
            if told[1] not in ("error", "closed"):
                check_event(told[1], told[2])
            self.events.append({"event": told[1], "data": told[2]})
        else:
            self.told.append([what, *told])

    def _answered(self, number: int | str, result: Any) -> None:
        refused = set(result) == {"error"}
        if asked := self.asked.pop(number, None) if not refused else None:
            check_answer(asked, result)
        event, data = ("error", result["error"]) if refused else ("ack", result)
        self.answers[number] = {"event": event, "data": data}
