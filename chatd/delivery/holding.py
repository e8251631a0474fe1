"""What is announced to who is just being answered: kept back until the answer is on its way, then
brought without what the answer says already."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable

from chatd.delivery.broker.base import Announcement
from chatd.domain.topics import Topic, about

MOST = 2_000
MOST_BYTES = 4_000_000
OVERDUE_S = 5.0  # later than this nothing that was read is announced any more


class Hold:
    """Announcements for one follower, in order, while what it is answered is being read: meanwhile
    others act, and what they do is on the page, or announced, never both and never neither.

    Bounded: where more is announced meanwhile, ``overflown`` is set and nothing is kept; who is
    answered then has to come back and read anew.
    """

    def __init__(self) -> None:
        self.topics: set[Topic] = set()
        self.overflown = False
        self._kept: list[Announcement] = []
        self._bytes = 0
        self._known: dict[str, int] = {}
        self._released = 0.0

    def keep(self, announcement: Announcement) -> None:
        """Until the answer is on its way."""
        self._bytes += len(announcement.data)
        if self.overflown or len(self._kept) >= MOST or self._bytes > MOST_BYTES:
            self.overflown = True
            self._kept.clear()
        else:
            self._kept.append(announcement)

    def read(self, dialog_id: str, rev: int, covered: Iterable[str]) -> None:
        """The answer tells what became of a conversation up to ``rev``; of the ``covered`` events
        that tell of no change of it, and so have no number, all that have come."""
        self._known[dialog_id] = rev
        said = frozenset(covered)
        self._kept = [
            one
            for one in self._kept
            if one.event not in said or one.dialog_id or about(one.topic) != dialog_id
        ]

    def release(self, told: Callable[[str], int], bring: Callable[[Announcement], None]) -> None:
        """The answer is on its way: what it does not say follows. ``told``: up to which ``rev`` a
        conversation has been announced. What is read before it is announced is held on to, so that
        it is not told then: these ``topics`` stay, until something newer is announced there."""
        self._released = time.monotonic()
        for announcement in self._kept:
            if not self._says(announcement):
                bring(announcement)
        self._kept.clear()
        behind = {id for id, rev in self._known.items() if told(id) < rev}
        self.topics = {topic for topic in self.topics if about(topic) in behind}

    def passes(self, announcement: Announcement) -> bool:
        """Whether this comes behind the answer, which has left."""
        return not self._says(announcement)

    def is_over(self, announcement: Announcement) -> bool:
        """Whether nothing on the topic of this one has to be looked at any more."""
        newer = announcement.rev > self._known.get(announcement.dialog_id or "", 0)
        return newer or time.monotonic() - self._released > OVERDUE_S

    @property
    def released(self) -> bool:
        """Whether the answer has left."""
        return self._released > 0

    def _says(self, announcement: Announcement) -> bool:
        """Whether a message that is announced is told by the answer as it is there. What says how a
        conversation stands is brought twice rather than not."""
        if not announcement.event.startswith("message:"):
            return False
        return 0 < announcement.rev <= self._known.get(announcement.dialog_id or "", 0)
