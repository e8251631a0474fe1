"""What figures need of an episode, and nothing else: so it is read in half the time."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from msgspec import Meta, Struct

from chatd.domain.episode import Episode

Time = Annotated[datetime, Meta(tz=True)]
UNKNOWN = datetime.min.replace(tzinfo=UTC)
NEVER = ("requested_at", "accepted_at", "first_response_at", "closed_at", "customer_left_at")


class Score(Struct, frozen=True, gc=False):
    """Of a rating nothing else."""

    score: int


class Facts(Struct, frozen=True, kw_only=True, gc=False):
    """What an :class:`Episode` says under the same names. A time that an older system wrote in a
    way of its own is ``UNKNOWN``: it happened, and nobody knows when."""

    id: str
    ticket: str
    number: int
    site: str
    opened_at: Time
    requested_at: Time | None = None
    accepted_at: Time | None = None
    accepted_by: str | None = None
    first_response_at: Time | None = None
    closed_at: Time | None = None
    customer_left_at: Time | None = None
    transfers: int = 0
    returns: int = 0
    passes: int = 0
    customer_messages: int = 0
    operator_messages: int = 0
    counted: tuple[int, int] | None = None
    priority: str = "normal"
    tags: tuple[str, ...] = ()
    rating: Score | None = None
    department: str = ""
    outcome: str = ""
    response: str = ""
    resolution: str = ""
    unread: int = 0
    offline: bool = False

    @classmethod
    def of(cls, episode: Episode) -> Facts:
        """The same of one that is at hand."""
        told = {name: getattr(episode, name) for name in cls.__struct_fields__}
        told |= {name: time_of(told[name]) for name in NEVER if told[name] is not None}
        told["opened_at"] = time_of(episode.opened_at)
        told["rating"] = Score(episode.rating.score) if episode.rating else None
        return cls(**told)


def time_of(text: str) -> datetime:
    """A time; ``UNKNOWN`` where it was written in another way."""
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        return UNKNOWN
