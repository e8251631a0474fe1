"""Who is kept out, on all nodes: what is stored on another is told, and what was lost is read."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import msgspec

from chatd.delivery.broker.exchange import Exchange
from chatd.domain.participant import Ban
from chatd.live.local import bans as local
from chatd.live.shared.rereading import Rereading

KIND = "ban"
Told = tuple[Ban, bool]
encode = msgspec.json.Encoder().encode
decode = msgspec.json.Decoder(Told).decode


class Bans(local.Bans):
    """See :class:`chatd.live.base.Bans`. ``stored`` reads all that there are, and may wait;
    Unavailable and OSError where it cannot. ``note_ban``: called when somebody more may be kept
    out by what another node was asked for."""

    def __init__(
        self,
        exchange: Exchange,
        stored: Callable[[], Iterable[Ban]],
        note_ban: Callable[[], None],
    ) -> None:
        super().__init__(())
        for ban in stored():
            super().add(ban)
        self._exchange = exchange
        self._stored = stored
        self._note_ban = note_ban
        self._rereading = Rereading("the bans", self._compare)
        self._meanwhile: list[Told] = []
        exchange.join(KIND, self)

    def add(self, ban: Ban) -> None:
        self._change(ban, holds=True)
        self._exchange.send(KIND, encode((ban, True)).decode())

    def remove(self, ban: Ban) -> None:
        self._change(ban, holds=False)
        self._exchange.send(KIND, encode((ban, False)).decode())

    def hear(self, node: str, text: str) -> None:
        """See :class:`chatd.delivery.broker.exchange.Listener`."""
        ban, holds = decode(text)
        self._change(ban, holds=holds)
        if holds:
            self._note_ban()

    def note_loss(self, node: str) -> None:
        self.read_again()

    def read_again(self) -> None:
        """Soon: some may not have been told."""
        self._rereading.begin()

    def note_arrival(self, node: str) -> None:
        """What it stored before is known, or was told."""

    def note_end(self, node: str) -> None:
        """It may have kept out somebody more before it could tell."""
        self.read_again()

    def _change(self, ban: Ban, *, holds: bool) -> None:
        if self._rereading.running:
            self._meanwhile.append((ban, holds))
        (super().add if holds else super().remove)(ban)

    def _compare(self) -> None:
        self._meanwhile.clear()
        self._replace({one.id: one for one in self._stored()})
        self._note_ban()

    def _replace(self, found: dict[str, Ban]) -> None:
        """What was heard while it was read may be newer than that."""
        for ban in [one for id, one in self._by_id.items() if id not in found]:
            super().remove(ban)
        for ban in found.values():
            super().add(ban)
        for ban, holds in self._meanwhile:
            (super().add if holds else super().remove)(ban)
