"""What one stranger sends at default limits: a table of attacks, over plain HTTP and WebSocket."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable, Iterator
from typing import Any

from msgspec import Struct

from tests.net.raw import HANDSHAKE

EMOJI = "\N{GRINNING FACE}"
FAT = EMOJI * 8_000


class Me(Struct):
    """A stranger who was here before: who they are, and a message of theirs in the lobby."""

    token: str
    message: str


class Attack(Struct, kw_only=True):
    """So many connections that send the same bytes again and again; ``opening``: what each sends
    first. ``reads``: throws away what comes, else leaves it lying."""

    sent: bytes
    connections: int
    opening: list[bytes] = []
    reads: bool = True


Make = Callable[[Me], Attack]


def request(path: str, *headers: str, method: str = "GET", body: bytes = b"") -> bytes:
    """A request."""
    length = [f"Content-Length: {len(body)}"] if body else []
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost", *length, *headers, "", ""]
    return "\r\n".join(lines).encode("latin-1") + body


def ask(event: str, **data: Any) -> bytes:
    """A command as a masked frame."""
    return framed(json.dumps({"event": event, "id": 1, "data": data}, ensure_ascii=False))


def framed(text: str) -> bytes:
    """A masked frame."""
    payload = text.encode()
    size = len(payload)
    if size < 126:
        head = struct.pack("!BB", 0x81, 0x80 | size)
    elif size < 65_536:
        head = struct.pack("!BBH", 0x81, 0xFE, size)
    else:
        head = struct.pack("!BBQ", 0x81, 0xFF, size)
    return head + b"\0\0\0\0" + payload


def over_http(sent: bytes, connections: int) -> Make:
    """Requests on kept connections."""
    return lambda me: Attack(sent=sent, connections=connections)


def greetings(me: Me | None, connections: int) -> Iterator[bytes]:
    """What opens each connection: of somebody new each, or of the same one everywhere."""
    for number in range(connections):
        who = {"token": me.token, "device": f"d{number}"} if me else {"name": f"Eve{number}"}
        yield HANDSHAKE + ask("hello", **who) + ask("dialog:join", dialog_id="lobby", limit=1)


def over_websocket(*commands: bytes, connections: int, reads: bool = True) -> Make:
    """Commands of strangers who have said hello and are in the lobby."""
    opening = list(greetings(None, connections))
    sent = b"".join(commands)
    return lambda me: Attack(sent=sent, connections=connections, opening=opening, reads=reads)


def over_socketio(*packets: str, connections: int, reads: bool = True) -> Make:
    """Packets of strangers who have entered over Socket.IO and are in the lobby."""
    handshake = HANDSHAKE.replace(b"/ws", f"{SOCKETIO}&transport=websocket".encode(), 1)
    joins = '"join":[{"dialog_id":"lobby","limit":1}]'
    opening = [
        handshake + framed(f'40/chat,{{"name":"Eve{number}",{joins}}}')
        for number in range(connections)
    ]
    sent = b"".join(map(framed, packets))
    return lambda me: Attack(sent=sent, connections=connections, opening=opening, reads=reads)


def of_an_author(commands: Callable[[str], list[bytes]], connections: int) -> Make:
    """Commands of somebody about a message of theirs."""
    return lambda me: Attack(
        sent=b"".join(commands(me.message)),
        connections=connections,
        opening=list(greetings(me, connections)),
    )


SAY = "/api/support/send-message"
JSON = "Content-Type: application/json"
VALUES = b'{"message": "x", "more": [' + b"1," * 500_000 + b"1]}"
COOKIE = 'Cookie: a="' + "\\" * 30_000
PAGE = ask("history:get", dialog_id="lobby", limit=200)
OTHERS = "/api/admin/support/reply"
MADE_UP = [f"p-6b49{number:04x}-{number % 64}.{'Aa0_' * 8}" for number in range(4_000)]
SOCKETIO = "/socket.io/?EIO=4"
POLL = f"{SOCKETIO}&transport=polling"
POSTED = b"\x1e".join([b'42/chat,["ping"]'] * 1_000)
OPS = [["i", "x" * 240_000], *[["i", "y", 0]] * 255]

READING: dict[str, Make] = {
    f"{what} read by {readers}": over_websocket(*[page] * 20, connections=readers)
    for readers in (10, 60, 150)
    for what, page in (
        ("history", PAGE),
        ("joins", ask("dialog:join", dialog_id="lobby", limit=200)),
    )
}
ATTACKS: dict[str, Make] = {
    "pipelined": over_http(request("/api/rooms") * 500, 4),
    "pipelined liveness": over_http(request("/healthz") * 500, 4),
    "pages": over_http(request("/console") * 300, 4),
    "cookies": over_http(request("/manager/me", COOKIE) * 10, 4),
    "bodies": over_http(request(SAY, JSON, method="POST", body=VALUES), 8),
    "bodies of who is nobody": over_http(
        request(OTHERS, JSON, method="POST", body=VALUES[:200_000]), 8
    ),
    "objects": over_http(
        request(SAY, JSON, method="POST", body=b'{"m":[' + b"{}," * 5_000 + b"{}]}") * 20, 4
    ),
    "deep": over_http(request(SAY, JSON, method="POST", body=b"[" * 16_000) * 20, 4),
    "addresses": over_http(request("/api/rooms", "X-Forwarded-For: " + "1.2.3.4," * 3_900) * 50, 4),
    "heads": over_http(request("/api/rooms", *(f"A{n}: {'b' * 300}" for n in range(90))) * 50, 4),
    "no requests": over_http(b"GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 8),
    **READING,
    "pages that nobody reads": over_websocket(*[PAGE] * 20, connections=20, reads=False),
    "no commands": over_websocket(*[framed('{"event":"nothing","id":1}')] * 100, connections=20),
    "pings": over_websocket(*[ask("ping")] * 100, connections=20),
    "drafts": over_websocket(
        ask("draft:edit", dialog_id="lobby", seq=1, ops=OPS),
        ask("draft:edit", dialog_id="lobby", seq=1, reset=FAT),
        connections=10,
    ),
    "made-up tokens": over_websocket(*(ask("hello", token=one) for one in MADE_UP), connections=20),
    "made-up ids": over_websocket(
        *(ask("ticket:messages", ticket_id=f"TKT-17{n * 3_331:08}") for n in range(30_000)),
        connections=10,
    ),
    "meta": over_websocket(
        ask(
            "message:send", dialog_id="lobby", content="x", meta={f"a{n}": {} for n in range(9_000)}
        ),
        connections=10,
    ),
    "sessions of Socket.IO": over_http(request(POLL) * 100, 8),
    "polls of no session": over_http(request(f"{POLL}&sid=made-up") * 500, 4),
    "posts to no session": over_http(
        request(f"{POLL}&sid=made-up", method="POST", body=POSTED) * 20, 4
    ),
    "no packets": over_socketio(*["4abc"], connections=20),
    "events": over_socketio(*['42/chat,1["ping"]'] * 100, connections=20),
    "namespaces": over_socketio(*[f"40/{n}," for n in range(200)], connections=20),
    "entered and left": over_socketio(*["41/chat,", "40/chat,{}"] * 50, connections=20),
    "binary": over_socketio(*['451-/chat,1["message:send",{}]'] * 100, connections=20),
    "events that nobody reads": over_socketio(
        *['42/chat,1["history:get",{"dialog_id":"lobby","limit":200}]'] * 20,
        connections=20,
        reads=False,
    ),
    "fat messages": over_websocket(
        ask("message:send", dialog_id="lobby", content=FAT), connections=10
    ),
    "fat edits": of_an_author(
        lambda id: [ask("message:edit", message_id=id, content=one * 8_000) for one in "😀😁"],
        connections=8,
    ),
    "reactions": of_an_author(
        lambda id: [
            ask("message:react", message_id=id, emoji=one, remove=remove)
            for one in "👍🎉🔥"
            for remove in (False, True)
        ],
        connections=8,
    ),
}
