"""The tests' client over Socket.IO: by polling, by WebSocket, and from one to the other."""

from __future__ import annotations

import http.client
import itertools
import json
import re
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Literal

from websockets.exceptions import ConnectionClosed, ConnectionClosedOK
from websockets.sync.client import ClientConnection, connect

from tests.client import Client, Refused
from tests.shapes import check_answer, check_event

Mode = Literal["polling", "websocket", "upgrade"]
MODES: tuple[Mode, ...] = ("polling", "websocket", "upgrade")
PATH = "/socket.io/?EIO=4"
HEAD = re.compile(r"4(\d)(?:(/[^,\[{]*),?)?(\d*)")
CONNECT, DISCONNECT, EVENT, ACK, CONNECT_ERROR = "01234"


class Closed(ConnectionClosedOK):
    """The session is over."""

    def __init__(self) -> None:
        super().__init__(None, None)


class Answered(Exception):
    """A plain request was answered with something else than 200."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(f"{status}: {text}")
        self.status, self.text = status, text


class SocketIoClient(Client):
    """One session; what a raw WebSocket says and hears, said and heard here."""

    def __init__(
        self,
        address: str,
        mode: Mode = "websocket",
        *,
        origin: str | None = None,
        additional_headers: dict[str, str] | None = None,
    ) -> None:
        self.host = address
        self.headers = (additional_headers or {}) | ({"Origin": origin} if origin else {})
        self.events, self.answers, self.asked = [], {}, {}
        self.token = self.id = ""
        self.namespace = "/chat"
        self.disconnected: list[str] = []
        self.wrong_in: list[str] = []  # of each event error, where it was told
        self._ids = itertools.count(1)
        self._packets: deque[str] = deque()
        self.socket: ClientConnection | None = None
        if mode == "websocket":
            self.socket = self._open("")
            self.opened = json.loads(str(self.socket.recv(timeout=10))[1:])
        else:
            self.opened = json.loads(self.request("GET")[1:])
        self.sid: str = self.opened["sid"]
        if mode == "upgrade":
            self.upgrade()

    def _open(self, sid: str) -> ClientConnection:
        return connect(
            f"ws://{self.host}{PATH}&transport=websocket{sid and f'&sid={sid}'}",
            additional_headers=self.headers,
            compression=None,
            ping_interval=None,
            close_timeout=2,
            max_size=None,
        ).__enter__()

    def upgrade(self, before: Callable[[], object] = lambda: None) -> None:
        """From polling to a WebSocket. ``before``: what happens between the probe and the end."""
        ws = self._open(self.sid)
        ws.send("2probe")
        assert ws.recv(timeout=10) == "3probe"
        before()
        ws.send("5")
        self.socket = ws

    def close(self) -> None:
        """Hangs up, or says goodbye where nothing can be hung up."""
        if self.socket:
            self.socket.close()
            return
        with suppress(Answered, OSError):
            self._push("1")

    def request(self, method: str, body: str | bytes | None = None, seconds: float = 30.0) -> str:
        """One plain request of the session."""
        connection = http.client.HTTPConnection(self.host, timeout=seconds)
        sid = f"&sid={self.sid}" if hasattr(self, "sid") else ""
        data = body.encode() if isinstance(body, str) else body
        connection.request(method, f"{PATH}&transport=polling{sid}", data, self.headers)
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        if answer.status != 200:
            raise Answered(answer.status, text)
        return text

    def send(self, packet: str | bytes) -> None:
        """A packet of Engine.IO."""
        self._push(packet)

    def _push(self, packet: str | bytes) -> None:
        if self.socket:
            self.socket.send(packet)
        else:
            self.request("POST", packet)

    def hello(self, **fields: Any) -> dict[str, Any]:
        """Enters the namespace."""
        self._push(f"40{self.namespace},{json.dumps(fields)}")
        self.asked["hello"] = "hello"
        known = self.answer("hello")
        self.token, self.id = known["token"], known["participant"]["id"]
        return known

    def give(self, event: str, **data: Any) -> int:
        """A command, not waiting for its answer."""
        number = next(self._ids)
        self.asked[number] = event
        self._push(f"42{self.namespace},{number}{json.dumps([event, data])}")
        return number

    def close_code(self, seconds: float = 30.0) -> int | None:
        """Of the WebSocket, or of what was said last; for polling where it had ended."""
        if self.socket:
            return super().close_code(seconds)
        deadline = time.monotonic() + seconds
        try:
            while True:
                self._receive(deadline)
        except (Closed, Answered):
            told = [one["data"]["code"] for one in self.events if one["event"] == "closed"]
            return told[-1] if told else None

    def _receive(self, deadline: float) -> None:
        left = max(0.001, deadline - time.monotonic())
        if not self._packets:
            if self.socket:
                self._packets.append(str(self.socket.recv(timeout=left)))
            else:
                self._packets += self.request("GET", seconds=left).split("\x1e")
        self.take(self._packets.popleft())

    def take(self, packet: str) -> None:
        """One packet of Engine.IO."""
        if packet == "2":
            self._push("3")
        elif packet == "1":
            raise Closed
        elif packet != "6":
            self._take(packet)

    def _take(self, packet: str) -> None:
        head = HEAD.match(packet)
        assert head, packet
        kind, namespace, number = head.groups()
        rest = packet[head.end() :]
        data = json.loads(rest) if rest else None
        if kind == ACK:
            self._answered(int(number), data[0])
        elif kind == CONNECT_ERROR:
            error = {"code": "", **data.get("data", {}), "message": data["message"]}
            self.answers["hello"] = {"event": "error", "data": error}
        elif kind == DISCONNECT:
            self.disconnected.append(namespace)
        elif kind == EVENT and data[0] == "hello":
            self._answered("hello", data[1])
        elif kind == EVENT:
            if data[0] not in ("error", "closed"):
                check_event(data[0], data[1])
            if data[0] == "error":
                self.wrong_in.append(namespace)
            self.events.append({"event": data[0], "data": data[1]})
        else:
            assert kind == CONNECT and data["sid"]

    def _answered(self, number: int | str, result: Any) -> None:
        asked = self.asked.pop(number)
        refused = set(result) == {"error"}
        if not refused:
            check_answer(asked, result)
        event, data = ("error", result["error"]) if refused else ("ack", result)
        self.answers[number] = {"event": event, "data": data}


class SocketIoLine(SocketIoClient):
    """The same with whatever comes in its order, as :class:`tests.net.raw.RawClient` has it."""

    def __init__(self, address: str, mode: Mode = "websocket") -> None:
        super().__init__(address, mode)
        self.frames: deque[dict[str, Any]] = deque()

    def send(self, event: str, **data: Any) -> None:  # type: ignore[override]
        """A hello; everything else as ever."""
        assert event == "hello"
        self.asked["hello"] = "hello"
        self._push(f"40{self.namespace},{json.dumps(data)}")

    def next(self, seconds: float = 20.0) -> dict[str, Any] | None:
        """The next event or answer, ``None`` when none came in time, EOFError at the end."""
        deadline = time.monotonic() + seconds
        while not self.frames:
            try:
                self._receive(deadline)
            except TimeoutError:
                return None
            except (Answered, ConnectionClosed) as end:
                raise EOFError from end
        return self.frames.popleft()

    def _take(self, packet: str) -> None:
        super()._take(packet)
        self.frames += [*self.answers.values(), *self.events]
        self.answers.clear()
        self.events.clear()


__all__ = ["MODES", "Answered", "Mode", "Refused", "SocketIoClient", "SocketIoLine"]
