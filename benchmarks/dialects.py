"""How to enter a room and to speak in it, with chatd and with each kind of peer."""

from __future__ import annotations

import json
from typing import Any

from benchmarks.sockets import Client, Script


def chatd_command(event: str, id: int, **data: Any) -> bytes:
    """A command of chatd's envelope."""
    return json.dumps({"event": event, "id": id, "data": data}, ensure_ascii=False).encode()


class Chatd:
    """The real thing: hello, join, send with the client's id, acknowledgement."""

    path = "/ws"

    def enter(self, client: Client, room: str, *, follow: bool = True) -> Script:
        """Says hello and joins."""
        client.send(chatd_command("hello", 1, name=f"bench {client.fd}"))
        yield from answer(1)
        if follow:
            client.send(chatd_command("dialog:join", 2, dialog_id=room, limit=1))
            yield from answer(2)

    def speak(self, room: str, number: int, content: str) -> bytes:
        """A message of a room."""
        return chatd_command(
            "message:send", number, dialog_id=room, content=content, client_id=f"c-{number}"
        )

    def acknowledged(self, payload: bytes) -> bool:
        """Whether this tells the sender that a message is through."""
        if payload.startswith(b'{"event":"error"'):
            raise ValueError(f"refused: {payload[:300]!r}")
        return payload.startswith(b'{"event":"ack"')

    def content(self, payload: bytes) -> str | None:
        """The text of an announced message; ``None`` when this is something else."""
        if not payload.startswith(b'{"event":"message:new"'):
            return None
        text: str = json.loads(payload)["data"]["content"]
        return text


class Typing(Chatd):
    """The same with a live draft: every key press puts another text in place of the last."""

    def speak(self, room: str, number: int, content: str) -> bytes:
        """An edit of the draft."""
        ops = [["e", 8_000], ["i", content]]
        return chatd_command("draft:edit", number, dialog_id=room, seq=number, ops=ops)

    def content(self, payload: bytes) -> str | None:
        """The text that a screen shows now; ``None`` when this is something else."""
        if not payload.startswith(b'{"event":"draft:edit"'):
            return None
        text: str = json.loads(payload)["data"]["ops"][1][1]
        return text


class Plain:
    """The bare servers: the first message names the room, everything else is broadcast in it."""

    path = "/"

    def enter(self, client: Client, room: str, *, follow: bool = True) -> Script:
        """Names the room and waits for the echo."""
        client.send(room.encode())
        while (yield) != room.encode():
            pass

    def speak(self, room: str, number: int, content: str) -> bytes:
        """Only the text."""
        return content.encode()

    def acknowledged(self, payload: bytes) -> bool:
        """The sender's own message coming back."""
        return True

    def content(self, payload: bytes) -> str | None:
        """The text."""
        return payload.decode()


class SocketIO:
    """The two socket.io servers, over WebSocket at once, Engine.IO 4."""

    path = "/socket.io/?EIO=4&transport=websocket"

    def enter(self, client: Client, room: str, *, follow: bool = True) -> Script:
        """Opens the namespace and joins."""
        while not (yield).startswith(b"0{"):
            pass
        client.send(b"40")
        while not (yield).startswith(b"40"):
            pass
        client.send(f'42["join","{room}"]'.encode())
        while not (yield).startswith(b'42["joined"'):
            pass

    def speak(self, room: str, number: int, content: str) -> bytes:
        """An event with the text."""
        return f'42["msg","{content}"]'.encode()

    def acknowledged(self, payload: bytes) -> bool:
        """The sender's own message coming back."""
        return payload.startswith(b'42["msg"')

    def content(self, payload: bytes) -> str | None:
        """The text."""
        if not payload.startswith(b'42["msg"'):
            return None
        text: str = json.loads(payload[2:])[1]
        return text


class ChatdSocketIO:
    """chatd over Socket.IO, over WebSocket at once: the same as over its own, in packets."""

    path = SocketIO.path

    def enter(self, client: Client, room: str, *, follow: bool = True) -> Script:
        """Enters the namespace, which says hello, and joins."""
        while not (yield).startswith(b"0{"):
            pass
        client.send(f'40/chat,{{"name":"bench {client.fd}"}}'.encode())
        while not (yield).startswith(b'42/chat,["hello",'):
            pass
        if follow:
            client.send(socketio_command("dialog:join", 2, dialog_id=room, limit=1))
            while not (yield).startswith(b"43/chat,2["):
                pass

    def speak(self, room: str, number: int, content: str) -> bytes:
        """A message of a room."""
        return socketio_command(
            "message:send", number, dialog_id=room, content=content, client_id=f"c-{number}"
        )

    def acknowledged(self, payload: bytes) -> bool:
        """Whether this tells the sender that a message is through."""
        told = payload.startswith(b"43/chat,")
        if told and b'[{"error":' in payload[:40]:
            raise ValueError(f"refused: {payload[:300]!r}")
        return told

    def content(self, payload: bytes) -> str | None:
        """The text of an announced message; ``None`` when this is something else."""
        if not payload.startswith(b'42/chat,["message:new"'):
            return None
        text: str = json.loads(payload[len("42/chat,") :])[1]["content"]
        return text


def socketio_command(event: str, id: int, **data: Any) -> bytes:
    """A command of chatd as an event that wants an acknowledgement."""
    return f"42/chat,{id}{json.dumps([event, data], ensure_ascii=False)}".encode()


Dialect = Chatd | ChatdSocketIO | Plain | SocketIO


def answer(id: int) -> Script:
    """Waits for the answer to a command of chatd; what else comes is passed over."""
    yield from take_answer(id, {})


def take_answer(id: int, into: dict[str, Any]) -> Script:
    """Like :func:`answer`, leaving the acknowledgement's data in ``into``."""
    mark = b'"id":%d,' % id
    while True:
        payload = yield
        if mark not in payload[:40]:
            continue
        message = json.loads(payload)
        if message["event"] == "error":
            raise ValueError(f"refused: {payload[:300]!r}")
        into.update(message["data"])
        return
