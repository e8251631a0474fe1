"""What became of messages in this turn of the loop, told at its end: of each its newest state."""

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
        self._pending: dict[str, tuple[Message, bool, Tell]] = {}

    def put(self, message: Message, tell: Tell, *, whole: bool) -> None:
        """Has ``tell`` called with the newest state, and whether more than reactions changed."""
        if not self._pending:
            self._later(self._flush)
        before = self._pending.get(message.id)
        self._pending[message.id] = message, whole or (before is not None and before[1]), tell

    def _flush(self) -> None:
        pending, self._pending = self._pending, {}
        for message, whole, tell in pending.values():
            tell(message, whole)
