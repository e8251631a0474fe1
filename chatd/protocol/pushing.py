"""The commands of web push: a browser that is to be told although no page of ours is open in it."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from msgspec import Meta, Struct

from chatd.protocol import results
from chatd.protocol.commands import Command

Endpoint = Annotated[str, Meta(min_length=1, max_length=1024)]
PushKey = Annotated[str, Meta(max_length=128)]


class PushOffered(results.Result, frozen=True, kw_only=True):
    """The ``key`` that a browser subscribes with (``applicationServerKey``, base64url); null where
    nothing is pushed."""

    key: str | None


class Subscribed(results.Result, frozen=True, kw_only=True):
    """How many of one's browsers are told."""

    count: int


class Keys(Struct, frozen=True, kw_only=True):
    """As ``PushSubscription.toJSON()`` has them."""

    p256dh: PushKey
    auth: PushKey


class OfferPush(Command, frozen=True, kw_only=True):
    """Asks for the key to subscribe with."""

    event: ClassVar[str] = "push:key"
    result: ClassVar[results.Kind] = PushOffered


class Subscribe(Command, frozen=True, kw_only=True):
    """Has a browser told, by what its push service gave it (``PushSubscription.toJSON()``): of an
    operator as long as they are logged in with this session, of a visitor as long as they are one.
    Of more than 4 the oldest is let go."""

    event: ClassVar[str] = "push:subscribe"
    result: ClassVar[results.Kind] = Subscribed
    endpoint: Endpoint
    keys: Keys
    language: Literal["ru", "en"] = "ru"


class Unsubscribe(Command, frozen=True, kw_only=True):
    """Has a browser told no more."""

    event: ClassVar[str] = "push:unsubscribe"
    result: ClassVar[results.Kind] = Subscribed
    endpoint: Endpoint


COMMANDS: tuple[type[Command], ...] = (OfferPush, Subscribe, Unsubscribe)
