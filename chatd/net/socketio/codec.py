"""The codec of Socket.IO: a command is an event with or without an acknowledgement, a hello the
CONNECT of a namespace."""

from __future__ import annotations

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
    BadCommand,
    CallerId,
    check_text,
    decode_command,
    encode_json,
    reason,
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
    Packet,
    head,
    read_packet,
)

CHAT, CALL = "/chat", "/call"
NAMESPACES = (CHAT, CALL)
OF_CALLS = ("call:", "voice:")

_arguments = msgspec.json.Decoder(list[Raw])
_names = msgspec.json.Decoder(str)


class SocketIo(Codec):
    """Packets of Socket.IO. A caller's id is the beginning of the answer: ``3/chat,7`` to an event
    with the id 7, ``0/chat,`` to a CONNECT; none where no answer is wanted."""

    def __init__(self, pack: Callable[[bytes], bytes]) -> None:
        self._pack = pack

    def decode(
        self, frame: str | bytes, longest_text: int, *, known: bool
    ) -> tuple[CallerId, Command]:
        """A message as the answer's beginning and a command, or BadCommand."""
        text = check_text(frame)
        try:
            check_frame(text, longest_text, known=known)
            packet = read_packet(text)
        except ChatdError as error:
            raise BadCommand(connect_head(text), error) from None
        if packet.kind == CONNECT:
            return decode_connect(packet, longest_text)
        if packet.kind in BINARY:
            refused = Malformed("binary data: commands are JSON, files are sent by HTTP")
            raise BadCommand(ack_head(packet), refused)
        if packet.kind != EVENT:
            raise BadCommand(None, Malformed("a client sends CONNECT, EVENT or DISCONNECT"))
        return decode_event(packet, longest_text)

    def answer(self, caller_id: CallerId, result: Any) -> bytes:
        """The acknowledgement, if one is wanted; to a CONNECT its answer and the event hello."""
        if caller_id is None:
            return b""
        beginning = str(caller_id)
        if not beginning.startswith(CONNECT):
            return self.packet(beginning, b"[" + encode_json(result) + b"]")
        connected = self.packet(beginning, encode_json({"sid": secrets.token_urlsafe(12)}))
        namespace = beginning[1:].rstrip(",")
        return connected + self.event_in(namespace, "hello", encode_json(result))

    def refusal(self, caller_id: CallerId, error: ChatdError) -> bytes:
        """The acknowledgement with an error; to a CONNECT CONNECT_ERROR; else the event error."""
        told = error.as_dict()
        if caller_id is None:
            return self.event_in(CHAT, "error", encode_json(told))
        beginning = str(caller_id)
        if not beginning.startswith(CONNECT):
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


def connect_head(text: str) -> CallerId:
    """How the answer begins to a CONNECT that cannot be read, or is too large; None to what is no
    CONNECT."""
    if not text.startswith(CONNECT):
        return None
    named = next((one for one in NAMESPACES if text[1:].startswith(one)), CHAT)
    return head(CONNECT, named)


def ack_head(packet: Packet) -> CallerId:
    """How the acknowledgement of an event begins; None where none is wanted."""
    wanted = packet.id is not None and packet.kind in (EVENT, BINARY_EVENT)
    return head(ACK, packet.namespace, packet.id) if wanted else None


def decode_connect(packet: Packet, longest_text: int) -> tuple[CallerId, Command]:
    """A CONNECT is a hello; its ``auth`` is what that takes."""
    answer_head = head(CONNECT, packet.namespace)
    if packet.namespace not in NAMESPACES:
        unknown = NotFound("Invalid namespace", allowed=list(NAMESPACES))
        raise BadCommand(answer_head, unknown)
    return answer_head, decode_command(answer_head, "hello", packet.data or "{}", longest_text)


def decode_event(packet: Packet, longest_text: int) -> tuple[CallerId, Command]:
    """``["message:send", {…}]``, its second argument left out where a command takes none."""
    caller_id = ack_head(packet)
    try:
        check_shape(packet.data.encode(errors="surrogatepass"))
        name, *data = _arguments.decode(packet.data)
        event = _names.decode(name)
    except ChatdError as error:
        raise BadCommand(caller_id, error) from None
    except (msgspec.DecodeError, UnicodeError, ValueError, RecursionError) as error:
        wrong = Malformed(f'an event is ["COMMAND", {{…}}]: {reason(error)}')
        raise BadCommand(caller_id, wrong) from None
    if len(data) > 1:
        raise BadCommand(caller_id, Malformed("a command takes one argument, an object"))
    if packet.namespace != namespace_of(event):
        elsewhere = Malformed(f"{event[:64]} is a command of {namespace_of(event)}")
        raise BadCommand(caller_id, elsewhere)
    text = bytes(data[0]) if data else b"{}"
    return caller_id, decode_command(caller_id, event, text, longest_text)


def pack_bare(packet: bytes) -> bytes:
    """For polling: what one poll is answered with is joined already."""
    return packet + SEPARATOR.encode()


POLLED = SocketIo(pack_bare)
FRAMED = SocketIo(encode_text)
