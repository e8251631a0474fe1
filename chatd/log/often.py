"""Lines that come with every connection: told without what loguru finds out for each line (stack,
thread, process), which no line of ours says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from loguru import logger

from chatd.log.areas import LogArea

Tell = Callable[[LogArea, str, dict[str, Any]], None]


def by_loguru(area: LogArea, text: str, fields: dict[str, Any]) -> None:
    """Where nobody has said where the log goes."""
    logger.bind(area=area, **fields).info("{}", text)


class Often:
    """``tell``: where such a line goes; whoever starts the log says so."""

    def __init__(self) -> None:
        self.tell: Tell = by_loguru

    def info(self, area: LogArea, text: str, **fields: Any) -> None:
        """A line at level info."""
        self.tell(area, text, fields)


often = Often()
