"""Errands of several nodes: all know what waits, the one that leads carries it out."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import msgspec
from msgspec.structs import replace

from chatd.delivery.broker.exchange import Exchange
from chatd.domain.errand import Errand
from chatd.errands.runner import Errands

KIND = "errand"
LOOK_S = 1.0
encode = msgspec.json.Encoder().encode
decode = msgspec.json.Decoder(list[Errand]).decode


class SharedErrands(Errands):
    """The runner of one node. Who begins to lead looks into the store for what was not told."""

    def __init__(self, exchange: Exchange, leads: Callable[[], bool], *parts: Any) -> None:
        super().__init__(*parts)
        self._exchange = exchange
        self._leads = leads
        self._led = False
        exchange.join(KIND, self)

    def put(self, errands: Iterable[Errand]) -> None:
        errands = list(errands)
        if errands:
            super().put(errands)
            self._tell(errands)

    def let_go(self, errand: Errand) -> None:
        super().let_go(errand)
        self._tell([errand])

    def hear(self, node: str, text: str) -> None:
        """See :class:`chatd.delivery.broker.exchange.Listener`."""
        for errand in decode(text):
            if errand.waits:
                self.add([errand])
            else:
                super().let_go(errand)

    def note_arrival(self, node: str) -> None:
        """It has read what waits."""

    def note_loss(self, node: str) -> None:
        self._spawn("errands-lost", self.take_up)

    def note_end(self, node: str) -> None:
        """What it put, and could not tell, is read."""
        self._spawn("errands-left", self.take_up)

    def _may_begin(self) -> bool:
        leads = self._leads()
        if leads and not self._led:
            self._spawn("errands-left", self.take_up)
        self._led = leads
        return leads

    def _nap(self) -> float:
        nap = super()._nap()  # also where it is not led: this forgets what others have done
        return min(LOOK_S, nap) if self._led else LOOK_S

    def _note_try(self, errand: Errand) -> None:
        super()._note_try(errand)
        self._tell([errand])

    def _tell(self, errands: Iterable[Errand]) -> None:
        """Without what they carry: that is in the store."""
        short = [replace(one, data={}, message=None, last_error="") for one in errands]
        self._exchange.send(KIND, encode(short).decode())
