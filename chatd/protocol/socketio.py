"""Engine.IO 4 and Socket.IO 5 packets as text: what is in one, and how one is written.

https://github.com/socketio/engine.io-protocol, https://github.com/socketio/socket.io-protocol
"""

from __future__ import annotations

import re

from msgspec import Struct

from chatd.errors import Malformed

VERSION = "4"
SEPARATOR = "\x1e"
OPEN, CLOSE, PING, PONG, MESSAGE, UPGRADE, NOOP = "0123456"
CONNECT, DISCONNECT, EVENT, ACK, CONNECT_ERROR, BINARY_EVENT, BINARY_ACK = "0123456"
BINARY = frozenset({BINARY_EVENT, BINARY_ACK})
LONGEST_NAMESPACE = 64
LARGEST_ID = 2**53 - 1

_heads = re.compile(r"([0-6])(?:(\d{1,4})-)?(?:(/[^,\[{]*),)?(\d{1,16})?", re.ASCII)
_bare_namespaces = re.compile(r"([0-6])(/[^,\[{]*)\Z", re.ASCII)


class Packet(Struct, frozen=True):
    """One of Socket.IO. ``kind``: a digit; ``id``: of the acknowledgement that is wanted or given;
    ``data``: JSON, nothing for none; ``attachments``: so many messages of bytes belong to it."""

    kind: str
    namespace: str
    id: int | None
    data: str
    attachments: int = 0


class NoPacket(Malformed):
    """Who sends this does not keep to Socket.IO: the connection ends, as its protocol says."""


def split(payload: str) -> list[str]:
    """The packets that came in one POST."""
    return payload.split(SEPARATOR)


def read_packet(text: str) -> Packet:
    """What a message of Engine.IO has in it; NoPacket where that is nothing of Socket.IO."""
    found = _bare_namespaces.match(text)
    if found:
        kind, namespace, attachments, id, end = found[1], found[2], None, None, len(text)
    else:
        head = _heads.match(text)
        if head is None:
            raise NoPacket("not a packet of Socket.IO: it begins with a digit from 0 to 6")
        kind, attachments, namespace, id = head.groups()
        end = head.end()
    if (kind in BINARY) != (attachments is not None):
        raise NoPacket("not a packet of Socket.IO: binary ones, and no others, have attachments")
    name = (namespace or "/").partition("?")[0]
    if len(name) > LONGEST_NAMESPACE:
        raise NoPacket(f"a namespace has at most {LONGEST_NAMESPACE} characters")
    if id and kind == CONNECT:  # it has none: this is its data
        end -= len(id)
        id = None
    number = int(id) if id else None
    if number is not None and number > LARGEST_ID:
        raise NoPacket(f"an acknowledgement's id is at most {LARGEST_ID}")
    return Packet(kind, name, number, text[end:], int(attachments or 0))


def head(kind: str, namespace: str, id: int | None = None) -> str:
    """The beginning of a packet, up to its data."""
    where = "" if namespace == "/" else f"{namespace},"
    return f"{kind}{where}{'' if id is None else id}"
