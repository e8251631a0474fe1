"""What became of messages in this turn of the loop, told at its end: of each its newest state, in
the order of these. What is announced of their conversation meanwhile has them told before it."""

from __future__ import annotations

from collections.abc import Callable

from chatd.domain.message import Message

Later = Callable[[Callable[[], None]], object]
Tell = Callable[[Message, bool], None]


class Updates:
    """A thousand reactions that become durable together are told of once. ``later`` has something
    called at the end of the turn."""

    def __init__(self, later: Later) -> None:
        self._later = later
        self._pending: dict[str, dict[str, tuple[Message, bool, Tell]]] = {}

    def put(self, message: Message, tell: Tell, *, whole: bool) -> None:
        """Has ``tell`` called with the newest state, and whether more than reactions changed."""
        if not self._pending:
            self._later(self._flush)
        pending = self._pending.setdefault(message.dialog_id, {})
        before = pending.pop(message.id, None)
        pending[message.id] = message, whole or (before is not None and before[1]), tell

    def tell_now(self, dialog_id: str) -> None:
        """What became of the messages of a conversation is told before what comes next there."""
        for message, whole, tell in self._pending.pop(dialog_id, {}).values():
            tell(message, whole)

    def _flush(self) -> None:
        for dialog_id in list(self._pending):
            self.tell_now(dialog_id)
