"""What a ticket's requests for help look like from outside."""

from __future__ import annotations

from msgspec import Struct

from chatd.domain.rating import Rating
from chatd.domain.ticket import Outcome, Priority


class Episode(Struct, frozen=True, kw_only=True):
    """A request for help that is over: asked for, taken and closed when and by whom; what its
    customer said of it."""

    requested_at: str | None
    accepted_at: str | None
    operator: str | None
    closed_at: str | None
    closed_by: str | None
    rating: Rating | None


class Request(Episode, frozen=True, kw_only=True):
    """All that is kept of a request for help; ``number``: which of its ticket's it is. ``partial``:
    of what was before episodes were kept only the times are known."""

    number: int
    opened_at: str
    opened_by: str
    accepted_by: str | None
    first_response_at: str | None
    first_response_by: str | None
    offers: int
    passes: int
    transfers: int
    returns: int
    customer_messages: int
    operator_messages: int
    customer_left_at: str | None
    partial: bool
    priority: Priority
    tags: list[str]
    department: str
    outcome: Outcome
