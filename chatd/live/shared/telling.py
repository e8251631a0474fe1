"""What nodes tell each other in passing: who misses some of it only knows a little less."""

from __future__ import annotations

from typing import Any

import msgspec

from chatd.delivery.broker.exchange import Exchange

encode = msgspec.json.Encoder().encode
decode = msgspec.json.decode


class Telling:
    """Calls as they were made on another node; who listens inherits it, and says what becomes of
    them. See :class:`chatd.delivery.broker.exchange.Listener`."""

    def __init__(self, exchange: Exchange, kind: str) -> None:
        self._exchange = exchange
        self._kind = kind
        exchange.join(kind, self)

    def tell_others(self, *words: Any) -> None:
        """To all other nodes, as JSON; never waits, never raises."""
        self._exchange.send(self._kind, encode(words).decode())

    def take(self, words: list[Any]) -> None:
        """What another node has told."""
        raise NotImplementedError

    def hear(self, node: str, text: str) -> None:
        self.take(decode(text))

    def note_arrival(self, node: str) -> None:
        """What it told before is not missed."""

    def note_loss(self, node: str) -> None:
        """Nor is what never came."""

    def note_end(self, node: str) -> None:
        """What it told stays true."""
