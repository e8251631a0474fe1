"""How well two who call hear and see each other, as the browser of one measures it."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct
from msgspec.structs import replace

LineState = Literal["new", "connecting", "connected", "disconnected", "failed", "closed"]
Route = Literal["direct", "relayed"]
Trouble = (
    Literal["no_way", "no_relay", "nothing", "silent", "frozen"]
    | Literal["loss", "distant", "jitter", "bandwidth", "cpu"]
)
Milliseconds = Annotated[int, Meta(ge=0, le=60_000)]
Percent = Annotated[float, Meta(ge=0, le=100)]
Kilobits = Annotated[int, Meta(ge=0, le=10_000_000)]
Codec = Annotated[str, Meta(pattern=r"^[A-Za-z0-9._+-]{1,32}\Z")]


class Quality(Struct, frozen=True, kw_only=True):
    """How it is now. ``loss``: of a hundred parts so many, of what comes in and of what goes out;
    ``troubles``: what is wrong, the worst first."""

    state: LineState
    route: Route | None = None
    rtt_ms: Milliseconds = 0
    jitter_ms: Milliseconds = 0
    loss_in: Percent = 0.0
    loss_out: Percent = 0.0
    kbps_in: Kilobits = 0
    kbps_out: Kilobits = 0
    codecs: Annotated[tuple[Codec, ...], Meta(max_length=4)] = ()
    troubles: Annotated[tuple[Trouble, ...], Meta(max_length=10)] = ()

    @property
    def loss(self) -> float:
        """The greater of the two."""
        return max(self.loss_in, self.loss_out)


class Measured(Struct, frozen=True, kw_only=True):
    """What one side told: the last of it, the worst of it, and what was ever wrong."""

    at: str
    last: Quality
    worst_rtt_ms: int = 0
    worst_loss: float = 0.0
    troubles: tuple[Trouble, ...] = ()

    def after(self, quality: Quality, at: str) -> Measured:
        """The same, when they tell once more."""
        return replace(
            self,
            at=at,
            last=quality,
            worst_rtt_ms=max(self.worst_rtt_ms, quality.rtt_ms),
            worst_loss=max(self.worst_loss, quality.loss),
            troubles=tuple(dict.fromkeys((*self.troubles, *quality.troubles))),
        )


def measure(quality: Quality, at: str) -> Measured:
    """What somebody told first."""
    return Measured(at=at, last=quality).after(quality, at)
