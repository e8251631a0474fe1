"""Pages of messages that were read lately: when everybody comes back at once, most ask for the same
ones."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable

from chatd.protocol.results import MessagePage

MOST_BYTES = 4_194_304
PAGE_BYTES = 1_024  # of one without messages, with all that it is kept under


class KeptPages:
    """What was read lately, by all that decides what is on it, with its size as JSON; of more than
    ``most_bytes``, each page's own among them, what was asked for longest ago goes."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most_bytes = most_bytes
        self._bytes = 0
        self._pages: OrderedDict[Hashable, tuple[MessagePage, int]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._pages)

    def get(self, asked: Hashable) -> tuple[MessagePage, int] | None:
        """The page and its size, if it is still kept."""
        found = self._pages.get(asked)
        if found:
            self._pages.move_to_end(asked)
        return found

    def keep(self, asked: Hashable, page: MessagePage, size: int) -> None:
        """For whoever asks for the same."""
        if asked not in self._pages and size + PAGE_BYTES <= self._most_bytes:
            self._pages[asked] = page, size
            self._bytes += size + PAGE_BYTES
        while self._bytes > self._most_bytes:
            _, (_, gone) = self._pages.popitem(last=False)
            self._bytes -= gone + PAGE_BYTES
