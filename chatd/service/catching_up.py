"""What became of a conversation, as it would have been announced, read from the store: for a node
that did not hear of it in time."""

from __future__ import annotations

from collections.abc import Callable

from chatd.delivery.broker.base import Announcement
from chatd.delivery.broker.sequence import Reached
from chatd.domain import topics
from chatd.domain.reactions import trim
from chatd.protocol.envelope import encode_json
from chatd.protocol.events import Event, MessageUpdate, NewMessage
from chatd.service import showing
from chatd.service.context import Services

MOST = 200


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
        """New messages first, in their order; then the others in the order of their changes."""
        store = self._services.store
        now = store.conversation(dialog_id)
        changed = store.list_changed(dialog_id, rev=rev, seq=now.last_seq, limit=MOST)
        if changed is None:
            return None
        shown = showing.page(self._services, [trim(one) for one in changed])
        new = [NewMessage(message=one) for one in shown if one.seq > seq]
        old = [one for one in shown if one.seq <= seq]
        others = [MessageUpdate(message=one) for one in sorted(old, key=lambda one: one.rev)]
        told = tuple(announcement_of(dialog_id, one) for one in (*new, *others))
        return Reached(now.rev, now.last_seq, told)


def announcement_of(dialog_id: str, event: Event) -> Announcement:
    """An event of a conversation as it is published."""
    about, rev = event.tells
    data = encode_json(event.data)
    return Announcement(
        topics.dialog(dialog_id), event.event, data, event.key, dialog_id=about, rev=rev
    )
