"""What a request for help is promised: until when somebody answers, and until when it is over."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from chatd.domain.hours import Hours, open_after, open_seconds
from chatd.domain.times import to_epoch, to_text

Told = Literal["", "soon", "overdue"]
Verdict = Literal["", "met", "missed"]


class Deadline(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """``by`` when something is to be done; ``warn_at``: when its people are told that this comes
    near; ``told``: what they were told last."""

    by: str
    warn_at: str
    told: Told = ""

    @property
    def next_at(self) -> str | None:
        """When there is something to tell."""
        return {"": self.warn_at, "soon": self.by}.get(self.told)

    def verdict(self, done_at: str | None) -> Verdict:
        """Whether it was kept, as far as that is known by now."""
        if done_at:
            return "met" if done_at <= self.by else "missed"
        return "missed" if self.told == "overdue" else ""


class Promise(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """``since`` when somebody is wanted, reckoned for a ``priority`` and a ``department``;
    ``answered_at``: by the first word of an operator. ``stands_since``: the time for ``resolution``
    stands still since then, and did for ``stood_s`` seconds of opening hours before."""

    since: str
    priority: str
    department: str
    answered_at: str | None = None
    response: Deadline | None = None
    resolution: Deadline | None = None
    stands_since: str | None = None
    stood_s: float = 0.0


@dataclass(frozen=True)
class Terms:
    """What is promised somewhere: seconds of opening hours by priority (none, where it is not
    named), and after which share of these people are warned. Without ``hours`` it is always open.
    """

    hours: Hours | None = None
    response: Mapping[str, float] = field(default_factory=dict)
    resolution: Mapping[str, float] = field(default_factory=dict)
    warn_share: float = 0.8

    @property
    def empty(self) -> bool:
        """Whether nothing is promised whatever the priority is."""
        return not self.response and not self.resolution

    def after(self, since: str, seconds: float) -> str | None:
        """When so many seconds of opening hours are over; None where that is too far away."""
        begin = to_epoch(since)
        if self.hours is None:
            return to_text(begin + seconds)
        end = open_after(self.hours, begin, seconds)
        return None if end is None else to_text(end)

    def between(self, since: str, until: str) -> float:
        """How many seconds of opening hours are between the two."""
        begin, end = to_epoch(since), to_epoch(until)
        if self.hours is None:
            return max(0.0, end - begin)
        return open_seconds(self.hours, begin, end)

    def deadline(self, since: str, seconds: float | None, stood_s: float = 0.0) -> Deadline | None:
        """So many seconds after that, besides those in which it stood still."""
        if seconds is None:
            return None
        by = self.after(since, seconds + stood_s)
        warn_at = self.after(since, seconds * self.warn_share + stood_s)
        return Deadline(by=by, warn_at=warn_at) if by and warn_at else None

    def shift(self, deadline: Deadline, seconds: float) -> Deadline:
        """Later, by so many seconds of opening hours."""
        by, warn_at = self.after(deadline.by, seconds), self.after(deadline.warn_at, seconds)
        return replace(deadline, by=by, warn_at=warn_at) if by and warn_at else deadline
