"""Which customers a bot is answering, on whatever node."""

from __future__ import annotations

from typing import Any

from chatd.delivery.broker.exchange import Exchange
from chatd.live.shared.facts import Fact, Facts


class Answering:
    """See :class:`chatd.live.nodes.Marked`. Of a node that is gone nothing is being done."""

    def __init__(self, exchange: Exchange) -> None:
        self._ids: set[str] = set()
        self._facts = Facts(exchange, "answering", self)

    def __contains__(self, id: object, /) -> bool:
        return id in self._ids

    def add(self, id: str, /) -> None:
        self._ids.add(id)
        self._facts.hold((id,))

    def discard(self, id: str, /) -> None:
        self._ids.discard(id)
        self._facts.drop((id,))

    def believe(self, fact: Fact, value: Any) -> None:
        """See :class:`chatd.live.shared.facts.Believer`."""
        self._ids.add(fact[0])

    def forget_fact(self, fact: Fact) -> None:
        self._ids.discard(fact[0])
