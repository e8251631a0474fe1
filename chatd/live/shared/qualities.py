"""How good the calls of lately are, over all nodes: each tells what it is told."""

from __future__ import annotations

import msgspec

from chatd.delivery.broker.exchange import Exchange
from chatd.domain.quality import Quality
from chatd.live.local import qualities as local

KIND = "call-quality"
encode = msgspec.json.Encoder().encode
decode = msgspec.json.Decoder(tuple[str, str, Quality, str]).decode


class Qualities(local.Qualities):
    """See :class:`chatd.live.calls.Qualities`. What is lost is told again soon, in newer words."""

    def __init__(self, exchange: Exchange) -> None:
        super().__init__()
        self._exchange = exchange
        exchange.join(KIND, self)

    def put(self, call_id: str, participant_id: str, quality: Quality, at: str) -> None:
        self.take(call_id, participant_id, quality, at)
        self._exchange.send(KIND, encode((call_id, participant_id, quality, at)).decode())

    def hear(self, node: str, text: str) -> None:
        """See :class:`chatd.delivery.broker.exchange.Listener`."""
        self.take(*decode(text))

    def note_arrival(self, node: str) -> None:
        """It hears what is told next."""

    def note_loss(self, node: str) -> None:
        """Whoever is in a call tells again."""

    def note_end(self, node: str) -> None:
        """Whoever it had comes back to another."""
