"""The other nodes on the same database: what they are told to do, what they are asked."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from itertools import count
from typing import Any

from gevent.event import Event

from chatd.delivery.broker.exchange import Exchange
from chatd.live.shared.telling import Telling, decode

ACT, ASK, ANSWER = "act", "ask", "answer"
PATIENCE_S = 1.0
Reply = Callable[[Any], None]


class Asked:
    """What was asked of some nodes, and what they have answered so far."""

    def __init__(self, nodes: Iterable[str]) -> None:
        self.answers: dict[str, Any] = dict.fromkeys(nodes)
        self._missing = set(self.answers)
        self._over = Event()

    def note(self, node: str, answer: Any) -> None:
        """One of them has answered."""
        if node in self._missing:
            self._missing.discard(node)
            self.answers[node] = answer
            if not self._missing:
                self._over.set()

    def wait(self) -> None:
        """Until all have, or it is over."""
        if self._missing:
            self._over.wait(PATIENCE_S)


class Nodes(Telling):
    """See :class:`chatd.live.nodes.Nodes`. ``do``: does what another node did, beside the rest;
    ``reply``: finds an answer to what another asks, and gives it, beside the rest."""

    def __init__(
        self,
        exchange: Exchange,
        do: Callable[[str, list[Any]], None],
        reply: Callable[[Any, Reply], None],
    ) -> None:
        super().__init__(exchange, "nodes")
        self._do = do
        self._reply = reply
        self._numbers = count(1)
        self._asked: dict[int, Asked] = {}

    def tell(self, act: str, *words: Any) -> None:
        self.tell_others(ACT, act, *words)

    def ask(self, question: Any, node: str | None = None) -> Mapping[str, Any]:
        asked = Asked(self._exchange.nodes if node is None else [node])
        number = next(self._numbers)
        self._asked[number] = asked
        try:
            if asked.answers:
                self.tell_others(ASK, number, node, question)
            asked.wait()
        finally:
            del self._asked[number]
        return asked.answers

    @property
    def name(self) -> str:
        return self._exchange.node

    def figures(self) -> Mapping[str, int]:
        return self._exchange.figures()

    def hear(self, node: str, text: str) -> None:
        kind, *words = decode(text)
        if kind == ACT:
            act, *rest = words
            self._do(act, rest)
        elif kind == ASK:
            number, whom, question = words
            if whom in (None, self.name):
                self._reply(question, lambda said: self.tell_others(ANSWER, node, number, said))
        elif kind == ANSWER:
            whom, number, answer = words
            if whom == self.name and number in self._asked:
                self._asked[number].note(node, answer)
