"""What is refused is said when it happens: a counter for each reason, and lines that stay few."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping

from loguru import logger

from chatd.domain.network import network_of
from chatd.errors import Banned, ChatdError, ForeignOrigin

WINDOW_S = 60.0
LINES = 30
LOUD = frozenset({"lockout", "login"})
NAMED = ("origin", "limit")
NO_FIELDS: Mapping[str, str] = {}


class Refusals:
    """The first refusal of a kind to an address is a line at once, the others of that minute are
    counted and told at its end; of one reason at most LINES addresses have lines of their own, so
    that an attack floods neither the log nor the memory.

    ``count`` is called for each, with its reason.
    """

    def __init__(self, count: Callable[[str], None]) -> None:
        self._count = count
        self._more: Counter[tuple[str, str, str]] = Counter()
        self._lines: Counter[str] = Counter()
        self._others: Counter[str] = Counter()

    def note(self, error: ChatdError, address: str, who: str = "") -> None:
        """An error that a peer is told: counted once, if it is a refusal that has a reason."""
        if error.reason and not error.noted:
            error.noted = True
            named = {name: error.details.get(name) for name in NAMED}
            fields = {name: one for name, one in named.items() if isinstance(one, str)}
            self.count(error.reason, kind_of(error), address, who, **fields)

    def count(self, reason: str, what: str, address: str, who: str = "", **fields: str) -> None:
        """Something was refused to an address: for this reason, namely this, to whom. ``fields``
        are further ones of the line."""
        self._count(reason)
        key = (reason, what, network_of(address))
        if key in self._more:
            self._more[key] += 1
        elif self._lines[reason] < LINES:
            self._lines[reason] += 1
            self._more[key] = 0
            text = f"{what}; {who or 'somebody'} from {address or 'here'}"
            log(reason, address, text, fields)
        else:
            self._others[reason] += 1

    def tell(self) -> None:
        """The minute is over: how many more there were."""
        for (reason, what, network), count in self._more.items():
            if count:
                log(reason, network, f"{what}; {count} more from {network or 'here'}")
        for reason, count in self._others.items():
            log(reason, "", f"{count} more from other addresses")
        for counted in (self._more, self._lines, self._others):
            counted.clear()


def kind_of(error: ChatdError) -> str:
    """What one line stands for: words without the seconds that differ from time to time, and where
    an origin would have to stand; of a ban, which one."""
    if isinstance(error, ForeignOrigin):
        return f"{error.details['origin'] or 'no origin'} is not among sites.NAME.origins"
    if isinstance(error, Banned):
        return f"{error.message}, by the ban on {error.target}"
    limit = error.details.get("limit")
    return limit if isinstance(limit, str) and limit else error.message


def log(reason: str, address: str, text: str, fields: Mapping[str, str] = NO_FIELDS) -> None:
    """One line; a lock-out is somebody's trouble or somebody's attack, so louder."""
    level = "WARNING" if reason in LOUD else "INFO"
    line = logger.bind(area="connections", refusal=reason, address=address, **fields)
    line.log(level, "refused ({}): {}", reason, text)
