"""When conversations were looked through for what is too old, and since when there is anything in
them now: until that is too old nothing of them is read."""

from __future__ import annotations

from collections import OrderedDict

MOST = 20_000
PAUSE_S = 3_600.0


class KeptSince:
    """Of so many conversations; of more, those that were looked through longest ago are read again
    sooner than they need be. In none is looked twice within PAUSE_S."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._known: OrderedDict[str, tuple[str, float]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._known)

    def is_due(self, dialog_id: str, before: str, now: float) -> bool:
        """Whether there may be anything in it from before that time."""
        since, looked = self._known.get(dialog_id, ("", float("-inf")))
        return since < before and now >= looked + PAUSE_S

    def note(self, dialog_id: str, since: str, now: float) -> None:
        """It was looked through ``now``; the first that it has left is of ``since``."""
        self._known[dialog_id] = since, now
        self._known.move_to_end(dialog_id)
        if len(self._known) > self._most:
            self._known.popitem(last=False)
