"""How often things may be done: per connection, participant, account and address, from memory.

Of the library ``limits`` this takes how rates are written. Not its memory storage: that walks over
all keys in a timer thread every 10 ms, which took half of the time when thousands reconnect.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping

import msgspec
from limits import RateLimitItem, parse
from msgspec import Struct

from chatd.config.limits import LimitSettings
from chatd.domain.network import network_of
from chatd.domain.sizes import spell_bytes
from chatd.errors import RateLimited

FEW = 10_000
PER_ADDRESS = "_per_address"
BYTES = "bytes"


class Window:
    """How many hits since it was opened; ``ends`` on the monotonic clock."""

    __slots__ = ("count", "ends")

    def __init__(self, ends: float) -> None:
        self.ends = ends
        self.count = 0


class Charge(Struct, frozen=True):
    """What was counted, and in which window."""

    rate: str
    key: str
    amount: int
    window: Window


class Limiter:
    """Counts hits per rate of the configuration and key, in windows that begin with a hit."""

    def __init__(
        self, settings: LimitSettings, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._clock = clock
        self._windows: dict[tuple[str, str], Window] = {}
        self._charges: dict[str, list[Charge]] = {}
        self._sweep_above = FEW
        self._rates: dict[str, RateLimitItem] = {}
        self._allowed: dict[str, int] = {}
        self._lasting: dict[str, int] = {}
        self._per_address: frozenset[str] = frozenset()
        self.apply(settings)

    def apply(self, settings: LimitSettings) -> None:
        """Takes other rates; what was counted so far stays counted."""
        self._rates = {name: parse(rate) for name, rate in msgspec.structs.asdict(settings).items()}
        self._allowed = {name: rate.amount for name, rate in self._rates.items()}
        self._lasting = {name: rate.get_expiry() for name, rate in self._rates.items()}
        self._per_address = frozenset(name for name in self._rates if name.endswith(PER_ADDRESS))

    def hit(self, rate: str, key: str, amount: int = 1) -> None:
        """Counts one, or more, or only looks (0); RateLimited says in how many seconds to try
        again. What is more than all that is allowed at once counts as that. The window is looked
        for here, for this is done several times with every command."""
        if rate in self._per_address:
            key = network_of(key)
        window, now = self._windows.get((rate, key)), self._clock()
        if window is None or window.ends <= now:
            window = self._open(rate, key, now)
        allowed = self._allowed[rate]
        window.count += amount if amount < allowed else allowed
        if window.count > allowed:
            raise refusal(self._rates[rate], rate, window.ends - now)

    def spend(self, rate: str, key: str, amount: int) -> None:
        """Counts what is known only when it is done; who has spent more than is allowed is refused
        the next time."""
        self._window(rate, key, self._clock()).count += amount

    def forgive(self, rate: str, key: str, amount: int = 1) -> None:
        """Takes back what was counted."""
        if rate in self._per_address:
            key = network_of(key)
        if window := self._windows.get((rate, key)):
            window.count = max(0, window.count - min(amount, self._rates[rate].amount))

    def charge(self, what: str, keys: Mapping[str, str], amount: int) -> None:
        """Counts so much at each of these rates, by its key, or at none: RateLimited as ``hit``. Of
        which ``what`` it was is known as long as it counts."""
        now, charges = self._clock(), []
        for rate, key in keys.items():
            window, allowed = self._window(rate, key, now), self._allowed[rate]
            counted = min(amount, allowed)
            if window.count + counted > allowed:
                raise refusal(self._rates[rate], rate, window.ends - now)
            charges.append(Charge(rate, key, counted, window))
        for one in charges:
            one.window.count += one.amount
        if len(self._charges) > self._sweep_above:
            self._sweep(now)
        self._charges[what] = charges

    def give_back(self, what: str) -> None:
        """That has come to nothing: it counts no longer, where it still did. Twice is as once."""
        self._give_back(what)

    def _give_back(self, what: str) -> list[Charge]:
        """What was charged for it. A window that has ended counts for nothing anyway, and the one
        after it is left alone."""
        charges = self._charges.pop(what, [])
        for one in charges:
            one.window.count = max(0, one.window.count - one.amount)
        return charges

    def _window(self, rate: str, key: str, now: float) -> Window:
        if rate in self._per_address:
            key = network_of(key)
        window = self._windows.get((rate, key))
        if window is None or window.ends <= now:
            window = self._open(rate, key, now)
        return window

    def _open(self, rate: str, key: str, now: float) -> Window:
        if len(self._windows) > self._sweep_above:
            self._sweep(now)
        window = self._windows[rate, key] = Window(now + self._lasting[rate])
        return window

    def _sweep(self, now: float) -> None:
        """Lets go of windows that have ended; next time when there are twice as many as stay."""
        self._windows = {key: one for key, one in self._windows.items() if one.ends > now}
        self._charges = {
            what: charges
            for what, charges in self._charges.items()
            if any(one.window.ends > now for one in charges)
        }
        self._sweep_above = max(FEW, 2 * max(len(self._windows), len(self._charges)))


def refusal(item: RateLimitItem, rate: str, left_s: float) -> RateLimited:
    """The error that says what is allowed and when to come again."""
    wait = max(1, math.ceil(left_s))
    most = spell_bytes(item.amount) if BYTES in rate else str(item.amount)
    return RateLimited(
        f"at most {most} in {item.multiples} {item.GRANULARITY.name}; try again in {wait} s",
        retry_after=wait,
        limit=rate,
        **({"most_bytes": item.amount, "per_s": item.get_expiry()} if BYTES in rate else {}),
    )
