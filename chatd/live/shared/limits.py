"""Limits of several nodes: those on what is guessed and made are counted over all of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chatd.config.limits import LimitSettings
from chatd.delivery.broker.exchange import Exchange
from chatd.live.shared.telling import Telling
from chatd.runtime.limiter import Charge, Limiter

# What is only traffic is each node's own: so many nodes bear so many times as much.
OVER_ALL = frozenset(
    {
        *("logins_per_address", "logins_per_account", "logins_per_account_anywhere"),
        *("old_tokens_per_address", "old_tokens_first_per_address"),
        *("old_tokens_first", "old_tokens"),
        *("visitors_per_address", "tickets_per_address", "registrations_per_address"),
        "companions_per_participant",
        *("mails_per_participant", "mails_per_address", "mails_per_recipient"),
        *("files_per_participant", "files_per_address"),
        *("file_bytes_per_participant", "file_bytes_per_address"),
    }
)
GIVE_BACK = "give_back"


class Limits(Limiter, Telling):
    """See :class:`chatd.live.base.Limits`. What is refused here is told nobody; of two nodes that
    are asked at the same moment each may allow the last one."""

    def __init__(self, exchange: Exchange, settings: LimitSettings) -> None:
        Limiter.__init__(self, settings)
        Telling.__init__(self, exchange, "limit")

    def hit(self, rate: str, key: str, amount: int = 1) -> None:
        super().hit(rate, key, amount)
        self._tell(rate, key, amount)

    def spend(self, rate: str, key: str, amount: int) -> None:
        super().spend(rate, key, amount)
        self._tell(rate, key, amount)

    def forgive(self, rate: str, key: str, amount: int = 1) -> None:
        super().forgive(rate, key, amount)
        self._tell(rate, key, -amount)

    def charge(self, what: str, keys: Mapping[str, str], amount: int) -> None:
        super().charge(what, keys, amount)
        for one in self._charges[what]:
            self._tell(one.rate, one.key, one.amount)

    def give_back(self, what: str) -> None:
        """Whoever has counted it tells the others; where it was not this one, they are asked."""
        if not self._give_back(what):
            self.tell_others(GIVE_BACK, what, 0)

    def _give_back(self, what: str) -> list[Charge]:
        charges = super()._give_back(what)
        for one in charges:
            self._tell(one.rate, one.key, -one.amount)
        return charges

    def _tell(self, rate: str, key: str, amount: int) -> None:
        if amount and rate in OVER_ALL:
            self.tell_others(rate, key, amount)

    def take(self, words: list[Any]) -> None:
        rate, key, amount = words
        if rate == GIVE_BACK:
            self._give_back(key)
        if rate not in OVER_ALL:  # a newer node's
            return
        if amount > 0:
            super().spend(rate, key, amount)
        else:
            super().forgive(rate, key, -amount)
