"""What the configuration says of calls."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from chatd.config.shapes import IceAddress, Seconds, Section


class CallSettings(Section, frozen=True, kw_only=True):
    """Calls: whether there are any; how long one rings, and how long it waits for who is lost;
    ``candidates``: how many ways to be reached one side may name with each of its
    descriptions; ``recording_minutes``, ``recording_bytes``: how much one recording has."""

    enabled: bool = True
    ring_seconds: Seconds = 30.0
    lost_seconds: Seconds = 15.0
    candidates: Annotated[int, Meta(ge=1, le=1_000)] = 200
    recording_minutes: Annotated[int, Meta(ge=1, le=600)] = 120
    recording_bytes: Annotated[int, Meta(ge=1_048_576, le=4_294_967_296)] = 268_435_456


class TurnSettings(Section, frozen=True, kw_only=True):
    """The servers by which two who call can reach each other. ``secret_env``: the variable of the
    environment that has the secret, shared with them, that makes passwords good for ``ttl``
    seconds."""

    urls: tuple[IceAddress, ...] = ()
    secret_env: str = ""
    ttl: Annotated[int, Meta(ge=60, le=86_400)] = 3_600
