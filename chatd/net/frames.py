"""RFC 6455 frames without sockets: ready frames to send, and messages out of what was received.

Sizes are judged from a frame's head, before its payload is taken; text is checked as it arrives,
so that what is not UTF-8 fails at the byte where it stops being it. Reserved bits stay reserved:
permessage-deflate is not offered (small JSON gains little, and inflating is a way to be hurt).
"""

from __future__ import annotations

import codecs
import struct

from msgspec import Struct

try:
    from websockets.speedups import apply_mask
except ImportError:
    from websockets.utils import apply_mask

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
NORMAL, GOING_AWAY, PROTOCOL_ERROR, NO_CODE, ABNORMAL = 1000, 1001, 1002, 1005, 1006
BAD_DATA, TOO_BIG, TOO_SLOW = 1007, 1009, 4008
SENDABLE = frozenset(range(1000, 1015)) - {1004, NO_CODE, ABNORMAL}
MAX_CONTROL = 125
BYTES_OF_WORK = 2_048
UTF8 = codecs.getincrementaldecoder("utf-8")

Item = tuple[int, str | bytes]


class Limits(Struct, frozen=True, kw_only=True):
    """Caps and deadlines of one connection; bytes and seconds. ``ping``: the frame that asks for a
    sign of life, of who was quiet for so long or, regularly, of everybody."""

    ping: bytes = b"\x89\x00"
    pings_regularly: bool = False
    max_message: int = 262_144
    max_fragments: int = 1_024
    outbox_bytes: int = 4_194_304
    header_timeout: float = 10.0
    ping_interval: float = 25.0
    idle_timeout: float = 75.0
    close_timeout: float = 5.0
    frames_per_turn: int = 64


class Violation(Exception):
    """The peer broke the protocol or a cap; the connection is closed with this code."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


def encode(opcode: int, payload: bytes) -> bytes:
    """A whole unmasked frame, ready to be sent to any number of peers."""
    size = len(payload)
    if size < 126:
        return bytes((0x80 | opcode, size)) + payload
    if size < 65_536:
        return struct.pack("!BBH", 0x80 | opcode, 126, size) + payload
    return struct.pack("!BBQ", 0x80 | opcode, 127, size) + payload


def encode_text(payload: bytes) -> bytes:
    """A text frame; ``payload`` is UTF-8."""
    return encode(TEXT, payload)


def encode_close(code: int, reason: str) -> bytes:
    """A close frame; a reason that is too long is cut, NO_CODE makes an empty one."""
    if code == NO_CODE:
        return encode(CLOSE, b"")
    text = reason.encode()[: MAX_CONTROL - 2].decode("utf-8", "ignore").encode()
    return encode(CLOSE, struct.pack("!H", code) + text)


def read_close(payload: bytes) -> tuple[int, str]:
    """The code and reason of a close frame."""
    if not payload:
        return NO_CODE, ""
    if len(payload) == 1:
        raise Violation(PROTOCOL_ERROR, "half a close code")
    code = struct.unpack_from("!H", payload)[0]
    if not (code in SENDABLE or 3000 <= code <= 4999):
        raise Violation(PROTOCOL_ERROR, f"close code {code} is not to be sent")
    return code, decode_text(payload[2:])


def decode_text(payload: bytes) -> str:
    """Text, or a violation."""
    try:
        return payload.decode()
    except UnicodeDecodeError:
        raise Violation(BAD_DATA, "text that is not UTF-8") from None


class Assembler:
    """Bytes in by :meth:`feed`, messages and control frames out by :meth:`take`.

    It keeps at most one message, and of what follows only what one ``feed`` brought. ``work``
    counts frames, feeds and every BYTES_OF_WORK, for the reader to know when to let others have a
    turn.
    """

    __slots__ = (
        "_buffer",
        "_checker",
        "_fin",
        "_fragments",
        "_left",
        "_limits",
        "_mask",
        "_message",
        "_opcode",
        "_pos",
        "work",
    )

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._checker: codecs.IncrementalDecoder | None = None
        self.work = 0
        self.clear()

    def clear(self) -> None:
        """Forgets everything that was fed."""
        self._buffer, self._pos = b"", 0
        self._left, self._fin, self._mask = 0, False, b""
        self._start_over()

    def feed(self, data: bytes) -> None:
        """More of the stream."""
        self.work += 1 + len(data) // BYTES_OF_WORK
        self._buffer += data

    @property
    def more(self) -> bool:
        """Whether anything that was fed is left."""
        return self._pos < len(self._buffer)

    def take(self) -> Item | None:
        """The next whole message (TEXT as str, BINARY as bytes) or control frame; ``None`` when
        more must be fed first. Raises Violation."""
        while True:
            if not self._left:
                head = self._head()
                if head is None:
                    break
                fin, opcode, length = head
                if opcode >= CLOSE:
                    return opcode, self._cut(length)
                if fin and opcode and length <= len(self._buffer) - self._pos:
                    payload = self._cut(length)
                    return opcode, decode_text(payload) if opcode == TEXT else payload
                self._begin(fin, opcode, length)
            if self._absorb():
                return self._whole()
            if self._left:
                break
        self._buffer, self._pos = self._buffer[self._pos :], 0
        return None

    def _head(self) -> tuple[bool, int, int] | None:
        """FIN, opcode and length of a frame that may come; ``None`` before its head is here, or,
        for a control frame, all of it."""
        buffer, pos = self._buffer, self._pos
        here = len(buffer) - pos
        if here < 2:
            return None
        first, second = buffer[pos], buffer[pos + 1]
        opcode, length, size = first & 0x0F, second & 0x7F, 6
        if first & 0x70 or second < 0x80 or opcode > BINARY:
            judge_unusual(first, second)
        if length >= 126:
            size = 8 if length == 126 else 14
            length = int.from_bytes(buffer[pos + 2 : pos + size - 4], "big")
        if here < size or (opcode >= CLOSE and here < size + length):
            return None
        if opcode <= BINARY:
            self._judge(opcode, length)
        self.work += 1
        self._pos = pos + size
        self._mask = buffer[self._pos - 4 : self._pos]
        return first >= 0x80, opcode, length

    def _judge(self, opcode: int, length: int) -> None:
        """Whether a frame of data may come, before any of its payload is taken."""
        if (opcode == CONTINUATION) != (self._opcode != CONTINUATION):
            raise Violation(PROTOCOL_ERROR, "fragments out of order")
        limits = self._limits
        if len(self._message) + length > limits.max_message:
            raise Violation(TOO_BIG, f"a message has at most {limits.max_message} bytes")
        if self._fragments >= limits.max_fragments:
            raise Violation(TOO_BIG, f"a message has at most {limits.max_fragments} fragments")

    def _cut(self, size: int) -> bytes:
        """Takes payload out of the buffer, and its mask off."""
        start, self._pos = self._pos, self._pos + size
        return apply_mask(self._buffer[start : self._pos], self._mask)

    def _begin(self, fin: bool, opcode: int, length: int) -> None:
        """A fragment, or a frame that is not all here yet."""
        if opcode != CONTINUATION:
            self._opcode = opcode
            self._checker = UTF8() if opcode == TEXT else None
        self._fragments += 1
        self._fin, self._left = fin, length

    def _absorb(self) -> bool:
        """Takes what is here of the frame; whether that completes the message."""
        size = min(self._left, len(self._buffer) - self._pos)
        part = self._cut(size)
        self._left -= size
        turn = size % 4
        self._mask = self._mask[turn:] + self._mask[:turn]
        complete = self._fin and not self._left
        if self._checker is not None:
            check(self._checker, part, complete)
        self._message += part
        return complete

    def _whole(self) -> Item:
        opcode, message = self._opcode, self._message
        self._start_over()
        return opcode, message.decode() if opcode == TEXT else bytes(message)

    def _start_over(self) -> None:
        self._opcode, self._fragments = CONTINUATION, 0
        self._message = bytearray()
        self._checker = None


def judge_unusual(first: int, second: int) -> None:
    """A head that is not an ordinary masked frame of data: a control frame, or a violation."""
    opcode = first & 0x0F
    if first & 0x70:
        raise Violation(PROTOCOL_ERROR, "reserved bits are set")
    if second < 0x80:
        raise Violation(PROTOCOL_ERROR, "a client's frames are masked")
    if opcode not in (CLOSE, PING, PONG):
        raise Violation(PROTOCOL_ERROR, f"unknown opcode {opcode}")
    if first < 0x80 or second & 0x7F > MAX_CONTROL:
        raise Violation(PROTOCOL_ERROR, "a control frame is short and whole")


def check(checker: codecs.IncrementalDecoder, part: bytes, complete: bool) -> None:
    """Whether text goes on as UTF-8."""
    try:
        checker.decode(part, complete)
    except UnicodeDecodeError:
        raise Violation(BAD_DATA, "text that is not UTF-8") from None
