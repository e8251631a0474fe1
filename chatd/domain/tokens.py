"""Tokens: an id, a secret, and a mark that tells a token of ours from a made-up one unread."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
from typing import NamedTuple

from chatd.domain.ids import birth
from chatd.domain.times import to_epoch

RANDOM_BYTES = 18
MARK_BYTES = 9
SECRET = (RANDOM_BYTES + MARK_BYTES) * 4 // 3  # characters, without padding
OLD_SECRET = 32  # characters of a secret as they were before there were marks
KINDS = ("p-", "s-")
DEVICE = "device of "
SIGNED = "signed "
STANDARD = bytes.maketrans(b"-_", b"+/")  # from the alphabet of base64 that is safe in a URL


class Token(NamedTuple):
    """A token, taken apart."""

    id: str
    secret: str

    @property
    def marked(self) -> bool:
        """Whether it is ours for sure; else only the store knows."""
        return len(self.secret) == SECRET


class Tokens:
    """Makes tokens, and tells before anything is read whether one can be good: whose it is only the
    store knows. A key that becomes known opens nothing, for what is kept is a hash of the secret.

    ``since``: older ids than the key have tokens without a mark, and these are still good.
    """

    def __init__(self, key: str, since: str) -> None:
        self._signing = hmac.new(bytes.fromhex(key), digestmod="sha256")
        self._since = int(to_epoch(since))

    def make(self, id: str, seed: bytes | None = None) -> tuple[str, str]:
        """A new token for an id, and its secret; the same again from the same ``seed``, which
        nobody can guess."""
        random = secrets.token_bytes(RANDOM_BYTES)
        if seed is not None:
            random = self._sign(id.encode() + seed)[:RANDOM_BYTES]
        secret = base64.urlsafe_b64encode(random + self._mark(id, random)).decode()
        return f"{id}.{secret}", secret

    def read(self, token: str) -> Token | None:
        """A token that can be good, or nothing."""
        id, _, secret = token.partition(".")
        if not id.startswith(KINDS) or not token.isascii():
            return None
        if len(secret) == OLD_SECRET:
            made = birth(id)
            return Token(id, secret) if made is not None and made <= self._since else None
        return Token(id, secret) if self._is_marked(id, secret) else None

    def vouch(self, account: str) -> str:
        """A proof, for a device, that an account was logged in to there."""
        random = secrets.token_bytes(RANDOM_BYTES)
        return base64.urlsafe_b64encode(random + self._mark(DEVICE + account, random)).decode()

    def confirms(self, account: str, proof: str) -> bool:
        """Whether a proof is one of this account's."""
        return self._is_marked(DEVICE + account, proof)

    def sign(self, what: str) -> str:
        """A mark that only who has the key can make, for what needs no secret."""
        return base64.urlsafe_b64encode(self._mark(SIGNED, what.encode())).decode()

    def _is_marked(self, id: str, secret: str) -> bool:
        if len(secret) != SECRET:
            return False
        try:
            found = binascii.a2b_base64(secret.encode().translate(STANDARD), strict_mode=True)
        except ValueError:
            return False
        random, mark = found[:RANDOM_BYTES], found[RANDOM_BYTES:]
        return hmac.compare_digest(mark, self._mark(id, random))

    def _mark(self, id: str, random: bytes) -> bytes:
        return self._sign(id.encode() + random)[:MARK_BYTES]

    def _sign(self, data: bytes) -> bytes:
        """What only who has the key can make. From a copy: to begin anew takes twice as long."""
        signing = self._signing.copy()
        signing.update(data)
        return signing.digest()


def digest(secret: str) -> str:
    """What is kept of a secret; it is random and long, so that a plain hash is enough."""
    return hashlib.sha256(secret.encode()).hexdigest()


def matches(secret: str, token_hash: str) -> bool:
    """Compares in constant time."""
    return hmac.compare_digest(digest(secret), token_hash)
