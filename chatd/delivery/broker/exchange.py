"""What nodes tell each other, by kind; who is there, what of theirs was lost, who is gone."""

from __future__ import annotations

import time
from typing import Protocol

from loguru import logger

from chatd.delivery.broker.bus import Bus, Notice

SILENT_S = 30.0
STOOD_STILL_S = 5.0  # who has not looked for so long has not listened either
HELLO, GOODBYE = "hello", "goodbye"
LOG = logger.bind(area="nodes")


class Listener(Protocol):
    """Who hears one kind of notices, and what becomes of the nodes that they come from. None of
    these waits."""

    def hear(self, node: str, text: str) -> None:
        """Of one node they come in order, each at most once."""

    def note_arrival(self, node: str) -> None:
        """A node is there of which nothing is known yet, or not any more."""

    def note_loss(self, node: str) -> None:
        """Some of what it sent never came, and never will; told before what comes behind it."""

    def note_end(self, node: str) -> None:
        """It has not been heard of for so long that it counts as gone."""


class Exchange:
    """Makes one numbered stream of several kinds, and finds out by the numbers what is missing."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._listeners: dict[str, Listener] = {}
        self._numbers: dict[str, int] = {}
        self._heard: dict[str, float] = {}
        self._ended: dict[str, float] = {}
        self._interrupted = False
        self._sent = 0
        self._tended_at = time.monotonic()
        bus.attach(self._receive, self._note_interruption)

    @property
    def node(self) -> str:
        """What this one is called by the others."""
        return self._bus.node

    @property
    def nodes(self) -> list[str]:
        """The others that are there."""
        return sorted(self._heard)

    def figures(self) -> dict[str, int]:
        """How many others are there, how many notices were sent, and heard of those."""
        heard = sum(self._numbers[node] for node in self._heard)
        return {"nodes_others": len(self._heard), "nodes_sent": self._sent, "nodes_heard": heard}

    def join(self, kind: str, listener: Listener) -> None:
        """From now on it hears what is sent under that name: one word."""
        self._listeners[kind] = listener

    def send(self, kind: str, text: str) -> None:
        """To all other nodes; never waits, never raises."""
        self._sent += 1
        self._bus.send(f"{kind} {text}")

    def tend(self) -> None:
        """Called about once a second: who is silent is gone."""
        now, before = time.monotonic(), self._tended_at
        self._tended_at = now
        if now - before > STOOD_STILL_S:
            self._heard = dict.fromkeys(self._heard, now)
        self._ended = {node: at for node, at in self._ended.items() if now - at <= SILENT_S}
        for node, at in tuple(self._heard.items()):
            if now - at > SILENT_S:
                LOG.warning("node {} is gone", node)
                self._end(node)

    def arrive(self) -> None:
        """Has the others tell at once what they hold: they hear of a node that is new."""
        self.send(HELLO, "")

    def leave(self) -> None:
        """Has the others know that this node ends."""
        self.send(GOODBYE, "")

    def _end(self, node: str) -> None:
        del self._heard[node]
        for listener in self._listeners.values():
            listener.note_end(node)

    def _receive(self, notice: Notice) -> None:
        """One that is heard of for the first time has told nothing yet that was missed here,
        unless nobody listened for a while. Who has said goodbye is not there again: what still
        comes, as a last beat, is nothing."""
        if notice.node in self._ended:
            return
        node, before = notice.node, notice.number - bool(notice.text)
        last = self._numbers.get(node, 0 if self._interrupted else before)
        self._numbers[node] = max(last, notice.number)
        is_new = node not in self._heard
        self._heard[node] = time.monotonic()
        if before > last:
            LOG.warning("{} notices of node {} were lost", before - last, node)
        for listener in self._listeners.values():
            if before > last:
                listener.note_loss(node)
            if is_new:
                listener.note_arrival(node)
        if notice.text and notice.number > last:
            kind, _, text = notice.text.partition(" ")
            if kind == GOODBYE:
                LOG.info("node {} has ended", node)
                self._end(node)
                self._ended[node] = time.monotonic()
                del self._numbers[node]
            elif kind in self._listeners:  # a newer node may know of more
                self._listeners[kind].hear(node, text)

    def _note_interruption(self) -> None:
        self._interrupted = True
