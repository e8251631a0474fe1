"""The broker of several nodes: what is published is delivered here, and sent to the others."""

from __future__ import annotations

import gevent
import msgspec
from gevent.event import Event
from loguru import logger

from chatd.delivery.broker.base import Announcement, Cut, Deliver
from chatd.delivery.broker.exchange import Exchange
from chatd.delivery.broker.sequence import Ordered, Reading
from chatd.domain.topics import Topic, dialog_of
from chatd.errors import Unavailable

PATIENCE_S = 0.03  # for what another node has committed earlier and is still to tell
AGAIN_S = 0.5
STARTS_WITHIN_S = 5.0
KIND = "announcement"
LOG = logger.bind(area="nodes")
encode = msgspec.json.Encoder().encode
Line = tuple[Topic, str, msgspec.Raw, str | None, str | None, str | None, int]
lines = msgspec.json.Decoder(Line)


class SharedBroker:
    """Of a conversation everything is delivered in the order of its numbers, so as it was
    committed, whichever node it comes from. What is missing is waited for, for a moment, then read.

    What a node sent and never arrived here is said to be lost: it may have told of what is not
    stored.
    """

    def __init__(self, exchange: Exchange, reading: Reading) -> None:
        self._exchange = exchange
        self._reading = reading
        self._deliver: Deliver = lambda announcement: None
        self._cut: Cut = lambda: None
        self._topics: set[Topic] = set()
        self._ordered: dict[str, Ordered] = {}
        self._starting: dict[str, Event] = {}
        self._catching_up: set[str] = set()
        exchange.join(KIND, self)

    def attach(self, deliver: Deliver, cut: Cut) -> None:
        self._deliver, self._cut = deliver, cut

    def subscribe(self, topic: Topic) -> None:
        self._topics.add(topic)
        dialog_id = dialog_of(topic)
        if dialog_id is not None and dialog_id not in self._ordered:
            self._start(dialog_id)

    def await_start(self, topic: Topic) -> None:
        """See :class:`chatd.delivery.broker.base.Broker`: what a conversation has come to is known
        before anybody reads a page of it, lest something behind the page be taken for read."""
        starting = self._starting.get(dialog_of(topic) or "")
        if starting and not starting.wait(STARTS_WITHIN_S):
            raise Unavailable("it cannot be read how far this has come; try again", retry_after=1)

    def unsubscribe(self, topic: Topic) -> None:
        self._topics.discard(topic)
        if (dialog_id := dialog_of(topic)) is not None:
            self._ordered.pop(dialog_id, None)
            self._note_start(dialog_id)

    def publish(self, announcement: Announcement) -> bool:
        self._exchange.send(KIND, to_text(announcement))
        self._take(announcement)
        ordered = self._ordered.get(announcement.dialog_id or "")
        return ordered is None or announcement.rev <= (ordered.rev or 0)

    def hear(self, node: str, text: str) -> None:
        """See :class:`chatd.delivery.broker.exchange.Listener`."""
        self._take(of_text(text))

    def note_loss(self, node: str) -> None:
        """See there: announcements may have been among it."""
        self._cut()

    def note_arrival(self, node: str) -> None:
        """See there: what it announced before was not missed."""

    def note_end(self, node: str) -> None:
        """See there: it announces nothing any more."""

    def _take(self, announcement: Announcement) -> None:
        if announcement.topic not in self._topics:
            return
        dialog_id = announcement.dialog_id or ""
        ordered = self._ordered.get(dialog_id)
        if ordered is None:
            self._deliver(announcement)
            return
        ordered.take(announcement)
        if ordered.is_full:
            self._give_up(dialog_id)
        elif ordered.waits:
            self._catch_up_soon(dialog_id)

    def _give_up(self, dialog_id: str) -> None:
        """More is missing than is announced: it is read page by page, by who comes back."""
        self._start(dialog_id)
        self._cut()

    def _start(self, dialog_id: str) -> None:
        self._ordered[dialog_id] = Ordered(lambda one: self._deliver(one))
        self._starting.setdefault(dialog_id, Event())
        self._catch_up_soon(dialog_id, 0)

    def _note_start(self, dialog_id: str) -> None:
        if starting := self._starting.pop(dialog_id, None):
            starting.set()

    def _catch_up_soon(self, dialog_id: str, wait_s: float = PATIENCE_S) -> None:
        if dialog_id not in self._catching_up:
            self._catching_up.add(dialog_id)
            gevent.spawn_later(wait_s, self._catch_up, dialog_id)

    def _catch_up(self, dialog_id: str) -> None:
        """Until nothing is held any more, whether it was read or has come."""
        wait_s = 0.0
        try:
            while (ordered := self._ordered.get(dialog_id)) and (
                ordered.rev is None or ordered.waits
            ):
                try:
                    self._read(dialog_id, ordered)
                    wait_s = PATIENCE_S
                except (Unavailable, OSError) as error:
                    LOG.debug("cannot catch up with {}: {}", dialog_id, error)
                    wait_s = AGAIN_S
                gevent.sleep(wait_s)
        finally:
            self._catching_up.discard(dialog_id)

    def _read(self, dialog_id: str, ordered: Ordered) -> None:
        if ordered.rev is None:
            reached = self._reading.how_far(dialog_id)
            if self._ordered.get(dialog_id) is not ordered:
                return  # it was left, and entered anew
            self._note_start(dialog_id)
            gevent.sleep(PATIENCE_S)  # what was committed up to there arrives
            ordered.begin(reached)
            return
        before = ordered.rev
        found = self._reading.newer(dialog_id, before, ordered.seq)
        if self._ordered.get(dialog_id) is not ordered or ordered.rev != before:
            return  # what was missing has come meanwhile
        if found is None:
            self._give_up(dialog_id)
        else:
            ordered.catch_up(found)


def to_text(announcement: Announcement) -> str:
    """As it is sent to other nodes."""
    one = announcement
    data = msgspec.Raw(one.data)
    line = (one.topic, one.event, data, one.key, one.skip, one.dialog_id, one.rev)
    return encode(line).decode()


def of_text(text: str) -> Announcement:
    """What another node has sent."""
    topic, event, data, key, skip, dialog_id, rev = lines.decode(text)
    return Announcement(topic, event, bytes(data), key, skip, dialog_id, rev)
