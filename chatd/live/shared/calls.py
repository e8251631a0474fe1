"""The open calls of all nodes: what is stored on another is told, and what was lost is read."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Collection, Sequence

import msgspec

from chatd.delivery.broker.exchange import Exchange
from chatd.domain.call import Call
from chatd.live.local import calls as local
from chatd.live.shared.rereading import Rereading

KIND = "call"
REMEMBERED = 10_000
encode = msgspec.json.Encoder().encode
decode = msgspec.json.Decoder(Call | tuple[str, ...]).decode


class Calls(local.Calls):
    """See :class:`chatd.live.calls.Calls`. Of a call the newest version counts, and one that has
    ended stays so. ``stored``: reads those that are open; may wait, and fail."""

    def __init__(self, exchange: Exchange, stored: Callable[[], Sequence[Call]]) -> None:
        super().__init__()
        self._exchange = exchange
        self._stored = stored
        self._versions: OrderedDict[str, int] = OrderedDict()
        self._rereading = Rereading("the open calls", self._compare)
        exchange.join(KIND, self)

    def put(self, call: Call) -> None:
        self.take(call)
        self._exchange.send(KIND, encode(call).decode())

    def take(self, call: Call) -> None:
        known = self._versions.pop(call.id, 0)
        self._versions[call.id] = max(known, call.version)
        if call.version > known:
            super().take(call)
        if len(self._versions) > REMEMBERED:
            self._versions.popitem(last=False)

    def hear(self, node: str, text: str) -> None:
        """See :class:`chatd.delivery.broker.exchange.Listener`."""
        told = decode(text)
        if isinstance(told, Call):
            self.take(told)
        else:
            self.drop(told)

    def forget(self, whose: Collection[str]) -> None:
        self.drop(whose)
        self._exchange.send(KIND, encode(tuple(whose)).decode())

    def note_arrival(self, node: str) -> None:
        """What it stored before is read by :meth:`fill`, or was told."""

    def note_loss(self, node: str) -> None:
        self.read_again()

    def note_end(self, node: str) -> None:
        """Its last changes may be stored, and were told nobody."""
        self.read_again()

    def read_again(self) -> None:
        """Soon: something may not have been told."""
        self._rereading.begin()

    def _compare(self) -> None:
        """What is not stored any more has ended; how, its message says."""
        before = {one.id: one.version for one in self}
        found = {one.id: one for one in self._stored()}
        for call in found.values():
            self.take(call)
        for id, version in before.items():
            now = self.get(id)
            if id not in found and now and now.version == version:
                self._remove(id)
