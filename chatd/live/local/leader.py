"""The one process that there is leads."""

from __future__ import annotations


class OnlyOne:
    """See :class:`chatd.live.base.Leader`."""

    def leads(self) -> bool:
        return True
