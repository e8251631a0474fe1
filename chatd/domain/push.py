"""Web push: where a browser is told something although no page of ours is open in it."""

from __future__ import annotations

import base64
import binascii
import hashlib

from msgspec import Struct

MOST = 4  # of one person
PUBLIC_BYTES, SECRET_BYTES = 65, 16
UNCOMPRESSED = 4
TOPIC = 24


class Subscription(Struct, frozen=True):
    """What a browser gave: the address at its push service, and the keys that nobody but it can
    read with. ``language``: of who is told."""

    endpoint: str
    p256dh: str
    auth: str
    language: str
    created_at: str

    @property
    def id(self) -> str:
        """What it is known by."""
        return hashlib.sha256(self.endpoint.encode()).hexdigest()[:TOPIC]


def are_keys(p256dh: str, auth: str) -> bool:
    """Whether these may be keys: a point of P-256, uncompressed, and 16 bytes."""
    point, secret = decode(p256dh), decode(auth)
    of_point = len(point) == PUBLIC_BYTES and point[0] == UNCOMPRESSED
    return of_point and len(secret) == SECRET_BYTES


def decode(text: str) -> bytes:
    """The bytes of base64url without its end; none of what is none."""
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return b""


def encode(data: bytes) -> str:
    """Base64url without its end."""
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def with_one(known: tuple[Subscription, ...], new: Subscription) -> tuple[Subscription, ...]:
    """The newest, with this one."""
    others = (one for one in known if one.endpoint != new.endpoint)
    return (*others, new)[-MOST:]


def without(known: tuple[Subscription, ...], id: str) -> tuple[Subscription, ...]:
    """All but this one."""
    return tuple(one for one in known if one.id != id)


def topic_of(tag: str) -> str:
    """By which a push service lets what comes take the place of what waits there (RFC 8030)."""
    return encode(hashlib.sha256(tag.encode()).digest())[:TOPIC]
