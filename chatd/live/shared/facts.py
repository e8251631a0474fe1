"""Facts that each node tells the others: what is true because of it, until it takes them back or is
gone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol

import msgspec

from chatd.delivery.broker.exchange import Exchange

Fact = tuple[str, ...]
Told = Mapping[Fact, Any]
encode = msgspec.json.Encoder().encode


class News(msgspec.Struct, omit_defaults=True):
    """What changed of a node's facts: those that hold now, and those that do not; those ``revoked``
    do on no node. ``whole``: they are all that it has. ``wanted``: whose are to be told."""

    hold: list[tuple[list[str], Any]] = []
    dropped: list[list[str]] = []
    revoked: list[list[str]] = []
    whole: bool = False
    wanted: str = ""


class Believer(Protocol):
    """Keeps the facts of all nodes in one memory."""

    def believe(self, fact: Fact, value: Any) -> None:
        """It holds on another node, with this value in place of an earlier one."""

    def forget_fact(self, fact: Fact) -> None:
        """It does not any more, on no node."""


def ignore(facts: Told, back: bool) -> None:
    """Nobody is told of that."""


class Facts:
    """This node's facts of one kind, and what the others have told of theirs. Who misses something
    asks for all of it, and who arrives is told all; what did not hold in between is forgotten.

    ``note_ends`` is told of what holds no more because its node is gone, of which nobody else tells
    anybody; and, with ``True``, of what holds again because that one is back after all.
    """

    def __init__(
        self,
        exchange: Exchange,
        kind: str,
        believer: Believer,
        note_ends: Callable[[Told, bool], None] = ignore,
    ) -> None:
        self._exchange = exchange
        self._kind = kind
        self._believer = believer
        self._own: dict[Fact, Any] = {}
        self._theirs: dict[str, dict[Fact, Any]] = {}
        self._gone: set[str] = set()
        self._note_ends = note_ends
        self._decode = msgspec.json.Decoder(News).decode
        exchange.join(kind, self)

    def mark(self, id: str) -> str:
        """An id that only this node gives, told apart from those of others."""
        return f"{self._exchange.node}/{id}"

    @property
    def own(self) -> Mapping[Fact, Any]:
        """Those of this node."""
        return self._own

    def hold(self, fact: Fact, value: Any = None) -> None:
        """It is so on this node from now on; told where it was not."""
        if fact not in self._own or self._own[fact] != value:
            self._own[fact] = value
            self._tell(News(hold=[(list(fact), value)]))

    def drop(self, fact: Fact) -> None:
        """It is not so any more; harmless where it was not."""
        if fact in self._own:
            del self._own[fact]
            self._tell(News(dropped=[list(fact)]))

    def revoke(self, fact: Fact) -> None:
        """It is not so on any node; told whether or not it was."""
        self._revoke(fact)
        self._own.pop(fact, None)
        self._tell(News(revoked=[list(fact)]))

    def all(self) -> set[Fact]:
        """Those of every node."""
        return {*self._own, *(fact for known in self._theirs.values() for fact in known)}

    def hear(self, node: str, text: str) -> None:
        """See :class:`chatd.delivery.broker.exchange.Listener`."""
        news = self._decode(text)
        if news.wanted:
            if news.wanted == self._exchange.node:
                self._tell_all()
            return
        known = self._theirs.setdefault(node, {})
        if news.whole:
            kept = {tuple(fact) for fact, _ in news.hold}
            self._forget(known, [fact for fact in known if fact not in kept])
        self._forget(known, map(tuple, news.dropped))
        for words in news.revoked:
            self._revoke(tuple(words))
            self.drop(tuple(words))  # to those who were told meanwhile that it still is
        for words, value in news.hold:
            known[tuple(words)] = value
            self._believer.believe(tuple(words), value)
        if news.whole and node in self._gone:
            self._gone.discard(node)
            self._note_ends(dict(known), True)

    def note_arrival(self, node: str) -> None:
        """See there: it knows nothing of this one, and this one nothing of it."""
        self._tell_all()
        self._tell(News(wanted=node))

    def note_loss(self, node: str) -> None:
        self._tell(News(wanted=node))

    def note_end(self, node: str) -> None:
        """See there: nothing is true any more because of it."""
        known = self._theirs.pop(node, {})
        ended = dict(known)
        self._forget(known, tuple(known))
        self._gone.add(node)
        if over := {fact: value for fact, value in ended.items() if not self._is_held(fact)}:
            self._note_ends(over, False)

    def _forget(self, known: dict[Fact, Any], facts: Iterable[Fact]) -> None:
        for fact in facts:
            if fact in known:
                del known[fact]
                if not self._is_held(fact):
                    self._believer.forget_fact(fact)

    def _revoke(self, fact: Fact) -> None:
        held = self._is_held(fact)
        for known in self._theirs.values():
            known.pop(fact, None)
        if held:
            self._believer.forget_fact(fact)

    def _is_held(self, fact: Fact) -> bool:
        return fact in self._own or any(fact in known for known in self._theirs.values())

    def _tell_all(self) -> None:
        hold = [(list(fact), value) for fact, value in self._own.items()]
        self._tell(News(hold=hold, whole=True))

    def _tell(self, news: News) -> None:
        self._exchange.send(self._kind, encode(news).decode())
