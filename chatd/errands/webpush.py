"""The errand ``push``: a few words for one browser, readable by nobody on the way (RFC 8030, 8291),
signed with the daemon's own key (RFC 8292)."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlsplit

import msgspec
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from py_vapid import Vapid02
from pywebpush import WebPusher, WebPushException

from chatd.domain.push import Subscription, encode, topic_of
from chatd.errands.base import Failed, Gone, Urgency
from chatd.errands.dialer import Answer, Dialer
from chatd.errands.webhooks import judge

GONE = frozenset({404, 410})
TOO_LARGE = 413
SIGNED_FOR_S = 43_200


def make_key() -> str:
    """A new private key, in hexadecimal."""
    number = ec.generate_private_key(ec.SECP256R1()).private_numbers().private_value
    return f"{number:064x}"


class Pushes:
    """Gives words to push services. ``key``: the daemon's own, in hexadecimal; ``contact``: whom a
    push service asks about it."""

    def __init__(
        self,
        key: str,
        contact: str,
        dialer: Dialer,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._vapid = Vapid02.from_raw(encode(bytes.fromhex(key)).encode())
        self._contact = contact
        self._dialer = dialer
        self._now = now

    @property
    def public_key(self) -> str:
        """What a browser subscribes with."""
        point = self._vapid.public_key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return encode(point)

    def send(
        self,
        to: Subscription,
        words: Sequence[dict[str, Any]],
        *,
        tag: str,
        ttl: int,
        urgency: Urgency,
    ) -> str:
        """What the push service answered. ``words``: of which the first is sent that is not too
        long for it; ``tag``: of which only the newest is kept. Gone, or Failed."""
        answer = None
        for one in words:
            answer = self._post(to, msgspec.json.encode(one), tag, ttl, urgency)
            if answer.status != TOO_LARGE:
                break
        assert answer
        if answer.status in GONE:
            raise Gone(f"status {answer.status}")
        return judge(answer)

    def _post(self, to: Subscription, words: bytes, tag: str, ttl: int, urgency: Urgency) -> Answer:
        headers = {
            **self._signature(to.endpoint),
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
            "TTL": str(ttl),
            "Topic": topic_of(tag),
            "Urgency": urgency,
        }
        return self._dialer.post(to.endpoint, encrypt(to, words), headers)

    def _signature(self, endpoint: str) -> dict[str, str]:
        address = urlsplit(endpoint)
        claims = {
            "aud": f"{address.scheme}://{address.netloc}",
            "exp": int(self._now()) + SIGNED_FOR_S,
            "sub": self._contact,
        }
        signed: dict[str, str] = self._vapid.sign(claims)
        return signed


def encrypt(to: Subscription, words: bytes) -> bytes:
    """For this browser only; Failed where its keys are none."""
    keys = {"p256dh": to.p256dh, "auth": to.auth}
    try:
        pusher = WebPusher({"endpoint": to.endpoint, "keys": keys})
        return bytes(pusher.encode(words, content_encoding="aes128gcm")["body"])
    except (WebPushException, ValueError) as error:
        raise Failed(f"its keys are none: {type(error).__name__}", again=False) from None
