"""What became of messages in this turn of the loop, told at its end: of each its newest state, in
the order of these. What is announced of their conversation meanwhile has them told before it."""

from __future__ import annotations

from collections.abc import Callable

from gevent.lock import BoundedSemaphore

from chatd.domain.message import Message

Later = Callable[[Callable[[], None]], object]
Tell = Callable[[Message, bool], None]


class Updates:
    """A thousand reactions that become durable together are told of once. ``later`` has something
    called at the end of the turn."""

    def __init__(self, later: Later) -> None:
        self._later = later
        self._pending: dict[str, dict[str, tuple[Message, bool, Tell]]] = {}
        self._last: dict[str, Callable[[], None]] = {}
        self._one_at_a_time = BoundedSemaphore()

    def put(self, message: Message, tell: Tell, *, whole: bool) -> None:
        """Has ``tell`` called with the newest state, and whether more than reactions changed."""
        self._flush_later()
        pending = self._pending.setdefault(message.dialog_id, {})
        before = pending.pop(message.id, None)
        pending[message.id] = message, whole or (before is not None and before[1]), tell

    def put_last(self, dialog_id: str, tell: Callable[[], None]) -> None:
        """Has ``tell`` called once for a conversation, behind all else that this turn brings."""
        self._flush_later()
        self._last[dialog_id] = tell

    def will_tell(self, dialog_id: str) -> bool:
        """Whether something is to be told of it last."""
        return dialog_id in self._last

    def _flush_later(self) -> None:
        if not self._pending and not self._last:
            self._later(self._flush)

    def tell_now(self, dialog_id: str) -> None:
        """What became of the messages of a conversation is told before what comes next there."""
        for message, whole, tell in self._pending.pop(dialog_id, {}).values():
            tell(message, whole)

    def _flush(self) -> None:
        """What is told last may have to be read: nothing newer is told meanwhile, to be overtaken
        by it."""
        with self._one_at_a_time:
            for dialog_id in list(self._pending):
                self.tell_now(dialog_id)
            last, self._last = self._last, {}
            for tell in last.values():
                tell()
