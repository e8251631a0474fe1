"""Signatures by the Standard Webhooks specification (version 1, symmetric)."""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Sequence

PREFIX = "whsec_"
LENGTHS = range(24, 65)


def keys_in(text: str) -> list[bytes]:
    """The keys that a secret holds: one, or while it is exchanged two with a space between.
    ValueError says what a secret is."""
    found = [key_of(word) for word in text.split()]
    if not found:
        raise ValueError("it is empty")
    return found


def key_of(secret: str) -> bytes:
    """``whsec_`` and 24 to 64 bytes as base64."""
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("it is not 'whsec_' and base64") from None
    if len(key) not in LENGTHS:
        raise ValueError(f"it has {len(key)} bytes; 24 to 64 are allowed")
    return key


def headers(keys: Sequence[bytes], id: str, at: int, body: bytes) -> dict[str, str]:
    """``webhook-id``, ``webhook-timestamp`` (seconds since 1970), ``webhook-signature``: of a body,
    with each key."""
    signed = f"{id}.{at}.".encode() + body
    signatures = (base64.b64encode(hmac.digest(key, signed, "sha256")).decode() for key in keys)
    return {
        "webhook-id": id,
        "webhook-timestamp": str(at),
        "webhook-signature": " ".join(f"v1,{one}" for one in signatures),
    }
