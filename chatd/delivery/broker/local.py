"""The broker of a single process: what is published is delivered here, at once."""

from __future__ import annotations

from chatd.delivery.broker.base import Announcement, Cut, Deliver
from chatd.domain.topics import Topic


class LocalBroker:
    """Hands every announcement of a topic that somebody follows straight to this process's hub.
    Nothing is under way, so that nothing is lost: it is never full, and never cut."""

    def __init__(self) -> None:
        self._deliver: Deliver | None = None
        self._topics: set[Topic] = set()

    def attach(self, deliver: Deliver, cut: Cut) -> None:
        self._deliver = deliver

    def subscribe(self, topic: Topic) -> None:
        self._topics.add(topic)

    def await_start(self, topic: Topic) -> None:
        """Nothing is under way."""

    def unsubscribe(self, topic: Topic) -> None:
        self._topics.discard(topic)

    def publish(self, announcement: Announcement) -> bool:
        if self._deliver and announcement.topic in self._topics:
            self._deliver(announcement)
        return True
