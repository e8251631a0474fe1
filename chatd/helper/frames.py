"""What daemon and helper say to each other: a head as JSON and the bytes that belong to it.

On the wire: length of the head (4 bytes), of the body (8 bytes), both big-endian; then these.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any

import msgspec
from msgspec import Struct

LENGTHS = struct.Struct("!IQ")
MOST_HEAD_BYTES = 65_536
Receive = Callable[[int], bytes]


class Job(Struct, frozen=True):
    """What is to be done with the body, and in how many seconds of the processor."""

    name: str
    seconds: float
    options: dict[str, Any] = {}


class Done(Struct, frozen=True, tag="done"):
    """What came of it; the body is what it made."""

    facts: dict[str, Any] = {}


class Refused(Struct, frozen=True, tag="refused"):
    """It was not done: the bytes are not what they have to be."""

    reason: str


Outcome = Done | Refused


class Nonsense(Exception):
    """What came is no frame, or too large a one."""


def frame(head: Struct, body: bytes = b"") -> bytes:
    """As it goes over the wire."""
    encoded = msgspec.json.encode(head)
    return LENGTHS.pack(len(encoded), len(body)) + encoded + body


def read(receive: Receive, most_body: int) -> tuple[bytes, bytes] | None:
    """A head and its body; ``None`` at the end of the stream. Nonsense, when it is neither."""
    first = receive(1)
    if not first:
        return None
    head_size, body_size = LENGTHS.unpack(first + exactly(receive, LENGTHS.size - 1))
    if head_size > MOST_HEAD_BYTES or body_size > most_body:
        raise Nonsense(f"a head of {head_size} bytes, a body of {body_size}")
    return exactly(receive, head_size), exactly(receive, body_size)


def exactly(receive: Receive, size: int) -> bytes:
    found = bytearray()
    while len(found) < size:
        some = receive(min(size - len(found), 1_048_576))
        if not some:
            raise Nonsense(f"it ended after {len(found)} of {size} bytes")
        found += some
    return bytes(found)
