"""The people of the soak: members who check every message, customers, slow readers, attackers."""

from __future__ import annotations

import itertools
import json
import os
import random
import socket
from collections import Counter
from typing import Any

from benchmarks.dialects import Chatd, chatd_command, take_answer
from benchmarks.sockets import Broken, Client, Load, Script, encode

UNMASKED = b"\x81\x02hi"
HOSTILE: tuple[bytes, ...] = (
    UNMASKED,
    b"\xff\xff\xff\xff",
    b"\x81\xff\x7f\xff\xff\xff\xff\xff\xff\xff\0\0\0\0",
    b"\x89\xfe\x01\x00\0\0\0\0",
    encode(b"\xff\xfe not UTF-8"),
    encode(b"{" * 100_000),
    encode(b'{"event":"no:such","id":1}'),
    encode(b'{"event":"dialog:join","id":2,"data":{"dialog_id":"r0"}}'),
    encode(b'{"event":"hello","id":3,"data":{"token":"forged.forged"}}'),
    encode(b'{"event":"hello","id":[4],"data":7}'),
)
RAW: tuple[bytes, ...] = (
    b"GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n",
    b"\0" * 4096,
    b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\nabc",
    b"POST /api/support/send-message HTTP/1.1\r\nHost: x\r\n"
    b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
)


class Tally:
    """What happened, by name; and the numbers of commands and contents, never given twice."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.numbers = itertools.count(100)


class Member:
    """Somebody in a room who comes and goes, and misses nothing: every message's number must follow
    the last one's, over reconnections too."""

    def __init__(self, port: int, load: Load, room: str, tally: Tally) -> None:
        self.port, self.load, self.room, self.tally = port, load, room, tally
        self.token: str | None = None
        self.seen: int | None = None
        self.draft = 0
        self.client: Client | None = None
        self.unacknowledged: dict[int, str] = {}
        self.acknowledged: dict[int, str] = {}

    @property
    def ready(self) -> bool:
        """Whether it is in."""
        return self.client is not None and self.client.script is None and not self.client.gone

    def come(self) -> None:
        """Connects; resumes if it has been there before."""
        client = Client(self.port, Chatd.path)
        self.client = self.load.add(client, self._enter(client))
        client.on_text = self._take

    def leave(self) -> None:
        """Breaks off in the middle of whatever it is doing; what was unacknowledged is sent again
        when it is back, under the same client ids."""
        if self.client is not None:
            self.load.forget(self.client)
            self.client = None
            self.tally.counts["reconnections"] += 1

    def _enter(self, client: Client) -> Script:
        hello = {"token": self.token} if self.token else {"name": "soaked"}
        client.send(chatd_command("hello", 1, **hello))
        told: dict[str, Any] = {}
        yield from take_answer(1, told)
        self.token = told.get("token") or self.token
        self.draft = 0
        yield from self._join(client)
        for number, content in self.unacknowledged.items():
            client.send(Chatd().speak(self.room, number, content))

    def _join(self, client: Client) -> Script:
        more = True
        while more:
            after = {} if self.seen is None else {"after_seq": self.seen}
            number = next(self.tally.numbers)
            client.send(chatd_command("dialog:join", number, dialog_id=self.room, **after))
            told: dict[str, Any] = {}
            yield from take_answer(number, told)
            if self.seen is None:
                self.seen = told["dialog"].get("last_seq", 0)
                return
            for message in told["messages"]:
                self._see(message["seq"])
            more = told["more"]

    def _see(self, seq: int) -> None:
        assert self.seen is not None
        if seq != self.seen + 1:
            raise Broken(f"{self.room}: message {seq} after {self.seen}")
        self.seen = seq
        self.tally.counts["messages delivered"] += 1

    def say(self, text: str) -> None:
        """A message; its number is its client id."""
        number = next(self.tally.numbers)
        self.unacknowledged[number] = f"{number} {text}"
        if self.ready and self.client:
            self.client.send(Chatd().speak(self.room, number, self.unacknowledged[number]))
        self.tally.counts["messages sent"] += 1

    def type(self) -> None:
        """A key in the draft."""
        if self.ready and self.client:
            self.draft += 1
            edit = {"dialog_id": self.room, "seq": self.draft, "reset": "a" * (self.draft % 50 + 1)}
            self.client.send(chatd_command("draft:edit", next(self.tally.numbers), **edit))
            self.tally.counts["keys"] += 1

    def _take(self, payload: bytes) -> None:
        message = json.loads(payload)
        event, data = message["event"], message.get("data") or {}
        if event == "message:new" and data["dialog_id"] == self.room:
            self._see(data["seq"])
        elif event == "ack" and message["id"] in self.unacknowledged:
            self.acknowledged[data["message"]["seq"]] = self.unacknowledged.pop(message["id"])
        elif event == "error" and data["code"] != "conflict":
            raise Broken(f"refused: {payload[:300]!r}")


class Customer:
    """Opens a ticket, talks with the operator, who closes it, and leaves."""

    def __init__(self, port: int, load: Load, operator: Client, tally: Tally) -> None:
        self.load, self.operator, self.tally = load, operator, tally
        self.client = Client(port, Chatd.path)
        self.done = False
        load.add(self.client, self._visit())

    def _visit(self) -> Script:
        client, told = self.client, {}
        number = next(self.tally.numbers)
        client.send(chatd_command("hello", number, name="customer"))
        yield from take_answer(number, told)
        number = next(self.tally.numbers)
        client.send(chatd_command("ticket:open", number, content="help", wants_person=True))
        yield from take_answer(number, told)
        ticket = told["ticket"]["id"]
        number = next(self.tally.numbers)
        client.send(chatd_command("dialog:join", number, dialog_id=ticket))
        yield from take_answer(number, told)
        self._operate("ticket:accept", ticket_id=ticket)
        self._operate("ticket:reply", ticket_id=ticket, message="good day")
        yield from wait_for(b'"content":"good day"')
        for _ in range(3):
            number = next(self.tally.numbers)
            client.send(Chatd().speak(ticket, number, "it does not work"))
            yield from take_answer(number, told)
        self._operate("ticket:close", ticket_id=ticket)
        yield from wait_for(b"ticket_closed")
        self.tally.counts["tickets"] += 1
        self.done = True

    def _operate(self, event: str, **data: Any) -> None:
        self.operator.send(chatd_command(event, next(self.tally.numbers), **data))


def wait_for(text: bytes) -> Script:
    """Until a message has this in it."""
    while text not in (yield):
        pass


class SlowReader:
    """Joins a room and reads no more."""

    def __init__(self, port: int, load: Load, room: str, tally: Tally) -> None:
        self.client = Client(port, Chatd.path)
        self.client.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self.load = load
        load.add(self.client, self._enter(room))
        tally.counts["slow readers"] += 1

    def _enter(self, room: str) -> Script:
        yield from Chatd().enter(self.client, room)
        self.load.epoll.unregister(self.client.fd)
        self.load.clients.pop(self.client.fd)

    def leave(self) -> None:
        """Hangs up, whatever state it is in."""
        if self.client.fd in self.load.clients:
            self.load.forget(self.client)
        else:
            self.client.close()


def attack(port: int, dice: random.Random, tally: Tally) -> socket.socket:
    """Something that no client does; returns the socket, to be closed some time later."""
    attacker = socket.create_connection(("127.0.0.1", port), timeout=5)
    attacker.settimeout(0.5)
    try:
        if dice.random() < 0.3:
            attacker.sendall(dice.choice(RAW))
        else:
            attacker.sendall(UPGRADE)
            attacker.recv(4096)
            attacker.sendall(dice.choice((*HOSTILE, encode(os.urandom(500)), os.urandom(500))))
    except OSError:
        tally.counts["attacks cut short"] += 1
    tally.counts["attacks"] += 1
    return attacker


UPGRADE = (
    b"GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
