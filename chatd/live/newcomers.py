"""Who was new moments ago: a first request that is sent again, its answer lost, finds them."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable

KEPT_S = 600.0
MOST = 10_000


class Newcomers:
    """Their tokens by the very request that made them; the oldest are forgotten first."""

    def __init__(self) -> None:
        self._tokens: OrderedDict[Hashable, tuple[float, str]] = OrderedDict()

    def token(self, request: Hashable, now: float) -> str | None:
        """The token that this request was given, if that was lately."""
        at, token = self._tokens.get(request, (0.0, None))
        return token if now - at < KEPT_S else None

    def came(self, request: Hashable, token: str, now: float) -> None:
        """Somebody is new."""
        self._tokens[request] = (now, token)
        self._tokens.move_to_end(request)
        while len(self._tokens) > MOST or next(iter(self._tokens.values()))[0] < now - KEPT_S:
            self._tokens.popitem(last=False)
