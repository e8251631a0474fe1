"""Operators' passkeys (WebAuthn), and the challenges that these answer: each good for a few minutes
and what it was asked for, and no more for who has answered it or a later one."""

from __future__ import annotations

import base64
import binascii
import secrets
from urllib.parse import urlsplit

from msgspec import Struct

from chatd.domain.addresses import parse
from chatd.domain.tokens import Tokens, digest

MOST = 10
LASTS_S = 300
DRIFT_S = 30  # that clocks of nodes may be apart
STAMP_BYTES, RANDOM_BYTES = 8, 16
MICROSECOND = 1_000_000
LOCAL_HOST = "localhost"


class Passkey(Struct, frozen=True, kw_only=True):
    """``id``: the credential's, ``public_key``: in COSE; both in base64url. ``host``: at which name
    of the daemon it is good. ``count``: of the times that it says it has signed; many say 0."""

    id: str
    public_key: str
    name: str
    host: str
    created_at: str
    used_at: str = ""
    count: int = 0


class Holder(Struct, frozen=True, kw_only=True):
    """The operator who has a passkey. ``id``: a hash of the passkey's."""

    id: str
    operator: str
    version: int = 1


def holder_id(passkey: str) -> str:
    """Under which it is found who has a passkey."""
    return digest(passkey)


def host_of(page: str) -> str | None:
    """The name at which passkeys of a page of this origin are good, if there can be any: browsers
    have them at names only, over https, or on their own machine."""
    parts = urlsplit(page)
    host = (parts.hostname or "").lower()
    if not host or parse(host) is not None:
        return None
    local = host == LOCAL_HOST or host.endswith(f".{LOCAL_HOST}")
    return host if parts.scheme == "https" or (parts.scheme == "http" and local) else None


def handle_of(tokens: Tokens, username: str) -> str:
    """What an authenticator knows an account by, in base64url: nothing that says who it is."""
    return tokens.sign(f"passkeys of {username}")


def make_challenge(tokens: Tokens, purpose: str, now: float) -> str:
    """One that is good for this purpose from now on, in base64url."""
    head = int(now * MICROSECOND).to_bytes(STAMP_BYTES, "big") + secrets.token_bytes(RANDOM_BYTES)
    return to_text(head + mark_of(tokens, purpose, head))


def stamp_of(tokens: Tokens, purpose: str, challenge: str, now: float) -> int | None:
    """When a challenge was made, in microseconds; nothing for one that is not ours, was made for
    something else, or is not good any more."""
    try:
        known = to_bytes(challenge)
    except ValueError:
        return None
    head = known[: STAMP_BYTES + RANDOM_BYTES]
    if not secrets.compare_digest(known[len(head) :], mark_of(tokens, purpose, head)):
        return None
    stamp = int.from_bytes(head[:STAMP_BYTES], "big")
    age = now - stamp / MICROSECOND
    return stamp if -DRIFT_S <= age <= LASTS_S else None


def mark_of(tokens: Tokens, purpose: str, head: bytes) -> bytes:
    """What only who has the daemon's key can make."""
    return tokens.sign(f"challenge {purpose} {head.hex()}").encode()


def to_text(raw: bytes) -> str:
    """Bytes in base64url, as browsers write it: without padding."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def to_bytes(text: str) -> bytes:
    """And back; ValueError for what is none."""
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except binascii.Error as error:
        raise ValueError(str(error)) from None
