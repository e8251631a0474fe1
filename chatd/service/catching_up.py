"""What became of a conversation, as it would have been announced, read from the store: for a node
that did not hear of it in time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import accumulate
from operator import itemgetter

from chatd.delivery.broker.base import Announcement
from chatd.delivery.broker.sequence import Reached
from chatd.domain import topics
from chatd.domain.conversation import Conversation
from chatd.domain.message import Message
from chatd.domain.reactions import trim
from chatd.protocol.envelope import encode_json
from chatd.protocol.events import Event, MessageUpdate, NewMessage
from chatd.service import showing
from chatd.service.context import Services

MOST = 200
TRIES = 10


class StoreReading:
    """See :class:`chatd.delivery.broker.sequence.Reading`."""

    def __init__(self, services: Callable[[], Services]) -> None:
        self._services_of = services

    @property
    def _services(self) -> Services:
        return self._services_of()

    def how_far(self, dialog_id: str) -> Reached:
        now = self._services.store.conversation(dialog_id)
        return Reached(now.rev, now.last_seq)

    def newer(self, dialog_id: str, rev: int, seq: int) -> Reached | None:
        """In the order of the changes, but new messages in their own: one that was changed since
        is told before those that came after it."""
        now, changed = self._read(dialog_id, rev)
        if changed is None:
            return None
        shown = showing.page(self._services, [trim(one) for one in changed])
        new = [one for one in shown if one.seq > seq]
        least = list(accumulate((one.rev for one in reversed(new)), min))[::-1]
        events: list[tuple[int, Event]] = [
            *((rev, NewMessage(message=one)) for rev, one in zip(least, new, strict=True)),
            *((one.rev, MessageUpdate(message=one)) for one in shown if one.seq <= seq),
        ]
        events.sort(key=itemgetter(0))
        told = tuple(announcement_of(dialog_id, event) for _, event in events)
        return Reached(now.rev, now.last_seq, told)

    def _read(self, dialog_id: str, rev: int) -> tuple[Conversation, Sequence[Message] | None]:
        """A conversation, and what changed in it up to there: what changed while both were read
        would be told once more when it is announced, so they are read again."""
        store = self._services.store
        for _ in range(TRIES):
            now = store.conversation(dialog_id)
            changed = store.list_changed(dialog_id, rev=rev, seq=now.last_seq, limit=MOST)
            if store.conversation(dialog_id).rev == now.rev:
                break
        return now, changed


def announcement_of(dialog_id: str, event: Event) -> Announcement:
    """An event of a conversation as it is published."""
    about, rev = event.tells
    data = encode_json(event.data)
    return Announcement(
        topics.dialog(dialog_id), event.event, data, event.key, dialog_id=about, rev=rev
    )
