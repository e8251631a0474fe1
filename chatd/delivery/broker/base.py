"""What a broker carries, and what it promises: announcements of one topic arrive in order."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from msgspec import Struct

from chatd.domain.topics import Topic


class Announcement(Struct, frozen=True):
    """An event for those who follow a topic.

    ``data`` is the event's JSON, encoded once. ``key``: droppable under pressure, of events with
    one key only the newest counts. ``skip``: the id of the connection that caused it.
    ``rev``: the number of the change of ``dialog_id`` that this tells of; 0 where it tells of none.
    """

    topic: Topic
    event: str
    data: bytes
    key: str | None = None
    skip: str | None = None
    dialog_id: str | None = None
    rev: int = 0


Deliver = Callable[[Announcement], None]


class Broker(Protocol):
    """Carries announcements to every process, this one included."""

    def subscribe(self, deliver: Deliver) -> None:
        """Sets who delivers to this process's followers."""

    def publish(self, announcement: Announcement) -> None:
        """Carries one; must not wait."""
