"""An authenticator as browsers have them: it makes passkeys, and signs what it is asked."""

from __future__ import annotations

import hashlib
import json
import secrets
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

from chatd.domain.passkey import to_bytes, to_text

PRESENT, VERIFIED, ATTESTED = 1, 4, 64
PAGE = "https://chat.example"


class Authenticator:
    """One with one passkey. ``count``: how often it says that it has signed; ``flags``: what it
    says of who is there."""

    def __init__(self, *, flags: int = PRESENT | VERIFIED, counts: bool = True) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.id = to_text(secrets.token_bytes(16))
        self.flags, self.counts, self.count = flags, counts, 0
        self.handle = ""

    def make(self, begun: Any, page: str = PAGE, **lies: Any) -> dict[str, str]:
        """What a browser answers where a passkey is begun."""
        self.handle = begun.handle
        numbers = self.key.public_key().public_numbers()
        x, y = (number.to_bytes(32, "big") for number in (numbers.x, numbers.y))
        public = cbor2.dumps({1: 2, 3: -7, -1: 1, -2: x, -3: y})
        raw = to_bytes(self.id)
        attested = bytes(16) + len(raw).to_bytes(2, "big") + raw + public
        data = self.data(lies.get("host", begun.host), ATTESTED) + attested
        made = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        said = client_data("webauthn.create", lies.get("challenge", begun.challenge), page)
        return {"passkey": self.id, "client_data": to_text(said), "attestation": to_text(made)}

    def sign(self, asked: Any, page: str = PAGE, **lies: Any) -> dict[str, str]:
        """What a browser answers where somebody logs in."""
        self.count += self.counts
        data = self.data(lies.get("host", asked.host))
        said = client_data("webauthn.get", lies.get("challenge", asked.challenge), page)
        key = lies.get("key", self.key)
        signature = key.sign(data + hashlib.sha256(said).digest(), ec.ECDSA(SHA256()))
        return {
            "passkey": self.id,
            "handle": lies.get("handle", self.handle),
            "client_data": to_text(said),
            "authenticator_data": to_text(data),
            "signature": to_text(signature),
        }

    def data(self, host: str, flags: int = 0) -> bytes:
        """Where it was asked, who was there, how often it has signed."""
        said = bytes([self.flags | flags]) + self.count.to_bytes(4, "big")
        return hashlib.sha256(host.encode()).digest() + said


def client_data(kind: str, challenge: str, page: str) -> bytes:
    """What a browser says of where it is."""
    said = {"type": kind, "challenge": challenge, "origin": page, "crossOrigin": False}
    return json.dumps(said).encode()
