"""An errand: what leaves the house (a webhook, a mail), until it is carried out."""

from __future__ import annotations

from typing import Any, Literal, get_args

from msgspec import Struct

from chatd.domain.message import Message

State = Literal["waiting", "delivered", "failed", "dropped"]
STATES: tuple[State, ...] = get_args(State)
PREFIX = "e"
PUSH = "push"  # the same, of words for a browser
MAIL = "mail"  # the kind, and the one target, of letters

WebhookEvent = Literal[
    "ticket.opened",
    "ticket.waiting",
    "ticket.accepted",
    "ticket.connected",
    "ticket.transferred",
    "ticket.returned",
    "ticket.closed",
    "ticket.rated",
    "ticket.reopened",
    "ticket.due_soon",
    "ticket.overdue",
    "message.created",
    "message.edited",
    "message.deleted",
]
WEBHOOK_EVENTS: tuple[WebhookEvent, ...] = get_args(WebhookEvent)


class Errand(Struct, frozen=True, omit_defaults=True):
    """``target`` is told of ``type`` with ``data`` and, if it carries one, a ``message``; its
    ``id`` stays the same however often it is tried. Times of trying are in seconds since 1970.
    ``handed_at``: since when it may have been carried out, of what must not be done twice.
    """

    id: str
    kind: str
    target: str
    type: str
    created_at: str
    data: dict[str, Any] = {}
    message: Message | None = None
    state: State = "waiting"
    attempts: int = 0
    next_at: float = 0.0
    last_error: str = ""
    ended_at: str = ""
    handed_at: str = ""
    version: int = 1

    @property
    def waits(self) -> bool:
        """Whether it is still to be carried out."""
        return self.state == "waiting"


class Target(Struct, frozen=True):
    """Where errands went to that wants no more of them: what it said, and under which address."""

    id: str
    url: str
    closed_at: str
    why: str
