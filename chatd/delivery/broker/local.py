"""The broker of a single process: what is published is delivered here, at once."""

from __future__ import annotations

from chatd.delivery.broker.base import Announcement, Deliver


class LocalBroker:
    """Hands every announcement straight to this process's hub."""

    def __init__(self) -> None:
        self._deliver: Deliver | None = None

    def subscribe(self, deliver: Deliver) -> None:
        """Sets who delivers to this process's followers."""
        self._deliver = deliver

    def publish(self, announcement: Announcement) -> None:
        """Delivers."""
        if self._deliver:
            self._deliver(announcement)
