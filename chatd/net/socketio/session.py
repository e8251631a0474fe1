"""What is said in a session of Socket.IO: its namespaces, each entered by a CONNECT."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from chatd.delivery.mailbox import Mailbox
from chatd.errors import Malformed
from chatd.live.connections import CLOSE_BANNED, CLOSE_KICKED, CLOSE_REPLACED
from chatd.net.frames import PROTOCOL_ERROR
from chatd.net.session import Link, Session
from chatd.net.socketio.codec import FRAMED, NAMESPACES, SocketIo
from chatd.protocol.commands import Command, Hello
from chatd.protocol.envelope import CallerId, encode_json
from chatd.protocol.socketio import CONNECT, DISCONNECT, EVENT, NoPacket, head, read_packet
from chatd.service import presence

FOR_GOOD = frozenset({CLOSE_REPLACED, CLOSE_KICKED, CLOSE_BANNED})


class SocketIoSession(Session):
    """One connection in as many namespaces as were entered; who is in one enters the next as the
    same. A client that leaves the last one has no more to say."""

    def __init__(self, link: Link, codec: SocketIo, **fields: Any) -> None:
        super().__init__(link, codec, **fields)
        self._packets = codec
        self._entered: tuple[str, ...] = ()

    def take(self, message: str | bytes) -> None:
        """A packet. To leave a namespace is no command; what is no packet ends the connection."""
        if isinstance(message, bytes) or message.startswith(EVENT):
            super().take(message)
            return
        try:
            packet = read_packet(message)
        except NoPacket as error:
            self._link.close(PROTOCOL_ERROR, error.message)
        except Malformed:
            super().take(message)
        else:
            if packet.kind == DISCONNECT:
                self._leave(packet.namespace)
            else:
                super().take(message)

    def _leave(self, namespace: str) -> None:
        """Who has left the last one is nobody again, and may enter another in time; who never was
        somebody is given no more time by leaving."""
        self._entered = tuple(one for one in self._entered if one != namespace)
        if not self._entered and self.connection.principal.id:
            presence.let_go(self._services, self.connection)
            self._services.connections.clear(self.connection)
            self.wait_for_hello()

    def _decode(self, frame: str | bytes, longest: int, *, known: bool) -> tuple[CallerId, Command]:
        caller_id, command = super()._decode(frame, longest, known=known)
        beginning = str(caller_id)
        if isinstance(command, Hello) and beginning.startswith(CONNECT):
            self._enter(beginning[1:].rstrip(","))
            if known and not command.token:
                command = replace(command, token=self.connection.key.partition("/")[0])
        return caller_id, command

    def _enter(self, namespace: str) -> None:
        if namespace not in self._entered:
            self._entered = tuple(one for one in NAMESPACES if one in (*self._entered, namespace))

    def move(self, mailbox: Mailbox) -> None:
        """The session goes on over a WebSocket."""
        self._codec = self._packets = FRAMED
        self.connection.transport = "socketio-websocket"
        self._services.hub.move(self.connection, FRAMED, mailbox)

    def farewell(self, code: int, reason: str) -> bytes:
        """Why it ends, as Socket.IO has no codes for that; who shall not come back by themselves is
        let go of each namespace."""
        told = encode_json({"code": code, "reason": reason})
        last = b""
        for namespace in NAMESPACES:
            if namespace in self._entered:
                last += self._packets.event_in(namespace, "closed", told)
                if code in FOR_GOOD:
                    last += self._packets.packet(head(DISCONNECT, namespace))
        return last
