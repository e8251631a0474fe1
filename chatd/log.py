"""The log: structured, by area, levels changeable on the running daemon, never a message's body."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from loguru import logger

from chatd.config import LogSettings

if TYPE_CHECKING:
    from loguru import Record

NAMES = {"trace": "TRACE", "debug": "DEBUG", "info": "INFO", "warning": "WARNING", "error": "ERROR"}
LINE = "{time:YYYY-MM-DDTHH:mm:ss.SSSZZ} {level: <7} {extra[area]: <11} {extra[text]}"


class Levels:
    """How much each area says; areas without a level of their own follow the general one.

    loguru is told the lowest of them, so that what no area says costs next to nothing.
    """

    def __init__(self, settings: LogSettings) -> None:
        self._json = settings.format == "json"
        self._sink: int | None = None
        self._general = number(settings.level)
        self._areas: dict[str, int] = {
            str(area): number(level) for area, level in settings.areas.items()
        }

    def set(self, area: str, level: str) -> None:
        """From now on; ``all`` sets every area."""
        if area == "all":
            self._general = number(level)
            self._areas.clear()
        else:
            self._areas[area] = number(level)
        self.apply()

    def apply(self) -> None:
        """Sends the log to stderr, as text or as JSON lines."""
        sink: dict[str, Any] = {
            "level": min([self._general, *self._areas.values()]),
            "filter": self.allows,
            "format": "{extra[text]}" if self._json else LINE,
            "serialize": self._json,
            "colorize": False,
            "backtrace": False,
            "diagnose": False,
        }
        before, self._sink = self._sink, logger.add(sys.stderr, **sink)
        if before is not None:
            logger.remove(before)

    def allows(self, record: Record) -> bool:
        """Whether a line is written; gives it its area and a text that stays on its line."""
        area = record["extra"].setdefault("area", "chatd")
        record["extra"]["text"] = tame(record["message"].rstrip())
        return record["level"].no >= self._areas.get(area, self._general)


def number(level: str) -> int:
    """loguru's number of a level."""
    return logger.level(NAMES[level]).no


def tame(text: str) -> str:
    """Names that peers choose cannot begin a line of their own or colour the terminal; our own
    stacks keep their lines."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() or char == "\n" else "�" for char in text).replace(
        "\n", "\n    "
    )


def start(settings: LogSettings) -> Levels:
    """From here on the log goes where it should."""
    logger.remove()
    levels = Levels(settings)
    levels.apply()
    return levels


def complain(text: str) -> None:
    """What the operator must know although nothing was started."""
    print(f"chatd: {text}", file=sys.stderr)
