"""How good the calls of lately are, in one memory."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping

from chatd.domain.quality import Measured, Quality, measure

REMEMBERED = 1_000


class Qualities:
    """See :class:`chatd.live.calls.Qualities`."""

    def __init__(self) -> None:
        self._told: OrderedDict[str, dict[str, Measured]] = OrderedDict()

    def put(self, call_id: str, participant_id: str, quality: Quality, at: str) -> None:
        self.take(call_id, participant_id, quality, at)

    def take(self, call_id: str, participant_id: str, quality: Quality, at: str) -> None:
        """Of so many calls, those of which something was told last."""
        told = self._told.setdefault(call_id, {})
        self._told.move_to_end(call_id)
        known = told.get(participant_id)
        told[participant_id] = known.after(quality, at) if known else measure(quality, at)
        if len(self._told) > REMEMBERED:
            self._told.popitem(last=False)

    def of(self, call_id: str) -> Mapping[str, Measured]:
        return dict(self._told.get(call_id, {}))
