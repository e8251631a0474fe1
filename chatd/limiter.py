"""How often things may be done: per connection, participant, account and address, from memory."""

from __future__ import annotations

import math
import time

import msgspec
from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

from chatd.config import LimitSettings
from chatd.errors import RateLimited


class Limiter:
    """Counts hits per rate of the configuration and key."""

    def __init__(self, settings: LimitSettings) -> None:
        self._windows = FixedWindowRateLimiter(MemoryStorage())
        self._rates: dict[str, RateLimitItem] = {}
        self.apply(settings)

    def apply(self, settings: LimitSettings) -> None:
        """Takes other rates; what was counted so far stays counted."""
        self._rates = {name: parse(rate) for name, rate in msgspec.structs.asdict(settings).items()}

    def hit(self, rate: str, key: str) -> None:
        """Counts one; RateLimited says in how many seconds to try again."""
        item = self._rates[rate]
        if not self._windows.hit(item, rate, key):
            raise self._refusal(item, rate, key)

    def check(self, rate: str, key: str) -> None:
        """Like :meth:`hit`, counting nothing."""
        item = self._rates[rate]
        if not self._windows.test(item, rate, key):
            raise self._refusal(item, rate, key)

    def _refusal(self, item: RateLimitItem, rate: str, key: str) -> RateLimited:
        reset = self._windows.get_window_stats(item, rate, key).reset_time
        wait = max(1, math.ceil(reset - time.time()))
        return RateLimited(
            f"at most {item.amount} in {item.multiples} {item.GRANULARITY.name}; "
            f"try again in {wait} s",
            retry_after=wait,
            limit=rate,
        )
