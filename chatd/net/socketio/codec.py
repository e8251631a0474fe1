"""The codec of Socket.IO: a command is an event with or without an acknowledgement, a hello the
CONNECT of a namespace."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from typing import Any

import msgspec
from msgspec import Raw

from chatd.delivery.codec import Codec
from chatd.errors import ChatdError, Malformed, NotFound
from chatd.net.frames import encode_text
from chatd.protocol.bounds import check_frame, check_shape
from chatd.protocol.commands import Command
from chatd.protocol.envelope import (
    COMMANDS,
    BadCommand,
    CallerId,
    check_text,
    decode_command,
    encode_json,
)
from chatd.protocol.socketio import (
    ACK,
    BINARY,
    BINARY_EVENT,
    CONNECT,
    CONNECT_ERROR,
    EVENT,
    MESSAGE,
    SEPARATOR,
    NoPacket,
    Packet,
    head,
    read_packet,
)
from chatd.protocol.unreadable import READ_AGAIN, why_unreadable

CHAT, CALL = "/chat", "/call"
NAMESPACES = (CHAT, CALL)
OF_CALLS = ("call:", "voice:")
AN_EVENT = 'an event is ["COMMAND", {…}]'

_arguments = msgspec.json.Decoder(list[Raw])
_names = msgspec.json.Decoder(str)


class SocketIo(Codec):
    """Packets of Socket.IO. A caller's id is the beginning of the answer: ``3/chat,7`` to an event
    with the id 7, ``0/chat,`` to a CONNECT; ``2/chat,``, an event, where nothing but an error is
    told."""

    def __init__(self, pack: Callable[[bytes], bytes]) -> None:
        self._pack = pack

    def decode(
        self, frame: str | bytes, longest_text: int, *, known: bool
    ) -> tuple[CallerId, Command]:
        """A message as the answer's beginning and a command, or BadCommand: with NoPacket in it
        where the protocol wants the connection closed."""
        text = check_text(frame)
        try:
            packet = read_packet(text)
        except NoPacket as error:
            raise BadCommand(None, error) from None
        begins = answer_head(packet)
        try:
            check_frame(text, longest_text, known=known)
        except ChatdError as error:
            raise BadCommand(begins, error) from None
        if packet.kind == CONNECT:
            return decode_connect(begins, packet, longest_text)
        if packet.kind in BINARY:
            refused = Malformed("binary data: commands are JSON, files are sent by HTTP")
            raise BadCommand(begins, refused)
        if packet.kind != EVENT:
            raise BadCommand(begins, Malformed("a client sends CONNECT, EVENT or DISCONNECT"))
        return decode_event(begins, packet, longest_text)

    def answer(self, caller_id: CallerId, result: Any) -> bytes:
        """The acknowledgement, if one is wanted; to a CONNECT its answer and the event hello."""
        beginning = str(caller_id)
        if beginning.startswith(EVENT):
            return b""
        if beginning.startswith(ACK):
            return self.packet(beginning, b"[" + encode_json(result) + b"]")
        connected = self.packet(beginning, encode_json({"sid": secrets.token_urlsafe(12)}))
        return connected + self.event_in(namespace_in(beginning), "hello", encode_json(result))

    def refusal(self, caller_id: CallerId, error: ChatdError) -> bytes:
        """The acknowledgement with an error; to a CONNECT CONNECT_ERROR; else the event error, in
        the namespace that was spoken in."""
        told = error.as_dict()
        beginning = str(caller_id or head(EVENT, CHAT))
        if beginning.startswith(EVENT):
            return self.event_in(namespace_in(beginning), "error", encode_json(told))
        if beginning.startswith(ACK):
            return self.packet(beginning, encode_json([{"error": told}]))
        data = {name: value for name, value in told.items() if name != "message"}
        return self.packet(
            CONNECT_ERROR + beginning[1:], encode_json({"message": error.message, "data": data})
        )

    def event(self, name: str, data: bytes) -> bytes:
        return self.event_in(namespace_of(name), name, data)

    def event_in(self, namespace: str, name: str, data: bytes) -> bytes:
        """An event of a namespace."""
        return self.packet(head(EVENT, namespace), b'["%b",%b]' % (name.encode(), data))

    def packet(self, beginning: str, data: bytes = b"") -> bytes:
        """A packet as what carries it takes it."""
        return self._pack(MESSAGE.encode() + beginning.encode() + data)


def namespace_of(name: str) -> str:
    """Where a command is asked, or an event told."""
    return CALL if name.startswith(OF_CALLS) else CHAT


def answer_head(packet: Packet) -> str:
    """How the answer to a packet begins, whatever it will be."""
    if packet.kind == CONNECT:
        return head(CONNECT, packet.namespace)
    if packet.id is not None and packet.kind in (EVENT, BINARY_EVENT):
        return head(ACK, packet.namespace, packet.id)
    return head(EVENT, packet.namespace)


def namespace_in(beginning: str) -> str:
    """That of an answer without an id."""
    return beginning[1:].rstrip(",") or "/"


def decode_connect(begins: str, packet: Packet, longest_text: int) -> tuple[CallerId, Command]:
    """A CONNECT is a hello; its ``auth`` is what that takes."""
    if packet.namespace not in NAMESPACES:
        raise BadCommand(begins, NotFound("Invalid namespace", allowed=list(NAMESPACES)))
    return begins, decode_command(begins, "hello", packet.data or "{}", longest_text)


def decode_event(begins: str, packet: Packet, longest_text: int) -> tuple[CallerId, Command]:
    """``["message:send", {…}]``, its second argument left out where a command takes none."""
    name, *data = read_arguments(begins, packet.data)
    try:
        event = _names.decode(name)
    except (msgspec.DecodeError, UnicodeError):
        unnamed = Malformed('an event is ["COMMAND", {…}]: its first element names the command')
        raise BadCommand(begins, unnamed) from None
    if len(data) > 1:
        raise BadCommand(begins, Malformed("a command takes one argument, an object"))
    if packet.namespace != (there := namespace_of(event)) and (there == CALL or event in COMMANDS):
        raise BadCommand(begins, Malformed(f"{event[:64]} is a command of {there}"))
    text = bytes(data[0]) if data else b"{}"
    return begins, decode_command(begins, event, text, longest_text)


def read_arguments(begins: str, text: str) -> list[Raw]:
    """What an event has in it: as the protocol says, a list that is not empty, or the connection
    is closed. What only is too much, or has half a character in it, is refused."""
    data = text.encode(errors="surrogatepass")
    try:
        check_shape(data)
        found = _arguments.decode(data)
    except ChatdError as error:
        raise BadCommand(begins, error) from None
    except (msgspec.DecodeError, RecursionError) as error:
        if is_list(text):
            raise BadCommand(
                begins, Malformed(f"{AN_EVENT}: {why_unreadable(error, data)}")
            ) from None
        found = []
    if not found:
        raise BadCommand(begins, NoPacket(AN_EVENT))
    return found


def is_list(text: str) -> bool:
    """Whether it is JSON to who is less strict, as one with half a character, and no empty list."""
    try:
        found = json.loads(text[:READ_AGAIN])
    except (ValueError, RecursionError):
        return len(text) > READ_AGAIN
    return isinstance(found, list) and bool(found)


def pack_bare(packet: bytes) -> bytes:
    """For polling: what one poll is answered with is joined already."""
    return packet + SEPARATOR.encode()


POLLED = SocketIo(pack_bare)
FRAMED = SocketIo(encode_text)
