"""What is said in a session of Socket.IO: its namespaces, each entered by a CONNECT."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from chatd.delivery.mailbox import Mailbox
from chatd.errors import ChatdError
from chatd.live.connections import CLOSE_BANNED, CLOSE_KICKED, CLOSE_REPLACED
from chatd.net.frames import PROTOCOL_ERROR
from chatd.net.session import Link, Session
from chatd.net.socketio.codec import CHAT, FRAMED, NAMESPACES, SocketIo, namespace_in
from chatd.protocol.commands import Command, Hello
from chatd.protocol.envelope import BadCommand, CallerId, encode_json
from chatd.protocol.socketio import (
    CONNECT,
    CONNECT_ERROR,
    DISCONNECT,
    NoPacket,
    Packet,
    head,
    read_packet,
)
from chatd.service import presence

FOR_GOOD = frozenset({CLOSE_REPLACED, CLOSE_KICKED, CLOSE_BANNED})


class SocketIoSession(Session):
    """One connection in as many namespaces as were entered; who is in one enters the next as the
    same. A client that leaves the last one has no more to say; one that speaks in a namespace that
    it is not in is let go, as the protocol and its reference server have it."""

    def __init__(self, link: Link, codec: SocketIo, **fields: Any) -> None:
        super().__init__(link, codec, **fields)
        self._packets = codec
        self._entered: tuple[str, ...] = ()
        self._attachments = 0

    def _take(self, frame: str | bytes) -> None:
        """A packet. To leave a namespace is no command; who breaks the protocol is let go."""
        try:
            packet = self._admit(frame)
            if packet and packet.kind == DISCONNECT:
                self._leave(packet.namespace)
            elif packet:
                super()._take(frame)
        except NoPacket as error:
            self._link.close(PROTOCOL_ERROR, error.message)

    def _admit(self, frame: str | bytes) -> Packet | None:
        """A packet that may come now, None for bytes that belong to one: that was refused for
        having them; NoPacket for any other."""
        if isinstance(frame, bytes):
            if not self._attachments:
                raise NoPacket("bytes that no packet announced")
            self._attachments -= 1
            return None
        if self._attachments:
            raise NoPacket("text where the bytes of a packet were to come")
        packet = read_packet(frame)
        if packet.kind == CONNECT_ERROR:
            raise NoPacket("a CONNECT_ERROR is the server's")
        if packet.kind != CONNECT and packet.namespace not in self._entered:
            raise NoPacket(f"{packet.namespace} is not entered: its CONNECT comes first")
        self._attachments = packet.attachments
        return packet

    def _refuse_bad(self, bad: BadCommand) -> None:
        if isinstance(bad.error, NoPacket):
            raise bad.error
        super()._refuse_bad(bad)

    def _refuse(self, caller_id: CallerId, error: ChatdError) -> None:
        """Who is refused a namespace is not in it."""
        super()._refuse(caller_id, error)
        beginning = str(caller_id)
        if beginning.startswith(CONNECT):
            self._leave(namespace_in(beginning))

    def _leave(self, namespace: str) -> None:
        """Who leaves ``/chat`` leaves its dialogs, wherever else they stay. Who has left the last
        one is nobody again, and may enter another in time; who never was somebody is given no more
        time by leaving."""
        self._entered = tuple(one for one in self._entered if one != namespace)
        if not self.connection.principal.id:
            return
        if namespace == CHAT:
            presence.leave_all(self._services, self.connection)
        if not self._entered:
            presence.let_go(self._services, self.connection)
            self._services.connections.clear(self.connection)
            self.wait_for_hello()

    def _decode(self, frame: str | bytes, longest: int, *, known: bool) -> tuple[CallerId, Command]:
        caller_id, command = super()._decode(frame, longest, known=known)
        beginning = str(caller_id)
        if isinstance(command, Hello) and beginning.startswith(CONNECT):
            self._enter(namespace_in(beginning))
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
