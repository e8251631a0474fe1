"""The log: structured, by area, levels changeable on the running daemon, never a message's body."""

from __future__ import annotations

import os
import sys
import time
import traceback
from datetime import UTC, datetime, tzinfo
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from loguru import logger

from chatd.config.settings import LogSettings
from chatd.dispatch import commandlog
from chatd.log.acting import WHO
from chatd.log.areas import AREAS, LEVELS, EveryArea, LogArea, LogLevel
from chatd.log.line import Entry, Shape, as_json, as_text, for_journal
from chatd.log.often import often
from chatd.log.stderr import Outlet, is_journal

if TYPE_CHECKING:
    from loguru import Message, Record

STDERR = 2
NOBODY = ("", "anonymous")
INFO = 20  # as loguru counts
QUARTER_S = 900


class Levels:
    """How much each area says; areas without a level of their own follow the general one.

    loguru is told the lowest of them, so that what no area says costs next to nothing.
    """

    def __init__(self, settings: LogSettings, outlet: Outlet) -> None:
        self._sink: int | None = None
        self.outlet = outlet
        self.take(settings)

    def take(self, settings: LogSettings) -> None:
        """The levels and the form of a configuration."""
        self._shape = shape_of(settings)
        self.outlet.told = self._missing
        self._general = number(settings.level)
        self._areas: dict[str, int] = {
            str(area): number(level) for area, level in settings.areas.items()
        }
        self.apply()

    def set(self, area: str, level: str) -> None:
        """From now on; ``all`` sets every area."""
        if area == "all":
            self._general = number(level)
            self._areas.clear()
        else:
            self._areas[area] = number(level)
        self.apply()

    def each(self) -> dict[EveryArea, LogLevel]:
        """The level of each area; ``all`` is that of those that have none of their own."""
        names: dict[int, LogLevel] = {number(level): level for level in LEVELS}
        own: dict[EveryArea, LogLevel] = {"all": names[self._general]}
        for area in AREAS:
            own[area] = names[self._areas.get(area, self._general)]
        return own

    def apply(self) -> None:
        """Sends the log to stderr, as text or as JSON lines."""
        debug = number("debug")
        commandlog.TOLD.clear()
        commandlog.TOLD.update(
            area for area in AREAS if self._areas.get(area, self._general) <= debug
        )
        lowest = min([self._general, *self._areas.values()])
        added = logger.add(
            self._write, level=lowest, filter=self.allows, format=nothing, catch=False
        )
        before, self._sink = self._sink, added
        if before is not None:
            logger.remove(before)
        often.tell = self._tell

    def allows(self, record: Record) -> bool:
        """Whether a line is written."""
        return record["level"].no >= self._areas.get(area_of(record), self._general)

    def _tell(self, area: LogArea, text: str, fields: dict[str, Any]) -> None:
        if self._areas.get(area, self._general) <= INFO:
            entry = Entry(local_now(), "INFO", area, text, by_whom(fields))
            self.outlet.soon(self._shape(entry))

    def _write(self, message: Message) -> None:
        self.outlet.line(self._shape(entry_of(message.record)))

    def _missing(self, count: int, why: str) -> str:
        text = f"{count} lines of the log are missing here: {why}"
        return self._shape(Entry(local_now(), "WARNING", "chatd", text, {"lost": count}))


def local_now() -> datetime:
    """What the clock on the wall says."""
    now = time.time()
    return datetime.fromtimestamp(now, zone_at(int(now) // QUARTER_S))


@lru_cache(maxsize=1)
def zone_at(quarter: int) -> tzinfo | None:
    """How far from UTC that is, which changes at the quarters of hours if at all: to ask for it
    costs ten times what the rest of a line's time does."""
    return datetime.fromtimestamp(quarter * QUARTER_S, UTC).astimezone().tzinfo


def shape_of(settings: LogSettings) -> Shape:
    """How lines look: as the configuration says, and as the journal reads them where it does."""
    shape = as_json if settings.format == "json" else as_text
    journal = is_journal(STDERR, os.environ.get("JOURNAL_STREAM", ""))
    return for_journal(shape) if journal else shape


def nothing(record: Record) -> str:
    """What loguru is to make of a line: it is told from its record."""
    return ""


def area_of(record: Record) -> str:
    """The area that a line belongs to."""
    area: str = record["extra"].get("area", "chatd")
    return area


def entry_of(record: Record) -> Entry:
    """What loguru knows of a line, as ours."""
    fields = {name: value for name, value in record["extra"].items() if name != "area"}
    by_whom(fields)
    fault = record["exception"]
    trace = "".join(traceback.format_exception(*fault)) if fault else ""
    text = record["message"]
    return Entry(record["time"], record["level"].name, area_of(record), text, fields, trace)


def by_whom(fields: dict[str, Any]) -> dict[str, Any]:
    """The fields of a line, with who acts, unless they say so."""
    if "principal" not in fields and (who := WHO.get()) not in NOBODY:
        fields["by"] = who
    return fields


def number(level: str) -> int:
    """loguru's number of a level."""
    return logger.level(level.upper()).no


def start(settings: LogSettings) -> Levels:
    """From here on the log goes where it should."""
    logger.remove()
    return Levels(settings, Outlet(STDERR))


class Stray:
    """What others write to stderr, line by line into the log: there, too, nobody waits."""

    def __init__(self) -> None:
        self._begun = ""

    def write(self, text: str) -> int:
        """One line or several, perhaps in pieces."""
        *lines, self._begun = (self._begun + text).split("\n")
        for line in filter(None, lines):
            logger.error("{}", line)
        return len(text)

    def flush(self) -> None:
        """Nothing is held back but the beginning of a line."""


def take_strays() -> None:
    """From here on nothing in this process writes to stderr by itself."""
    stray: Any = Stray()
    sys.stderr = stray


def complain(text: str) -> None:
    """What the operator must know although nothing was started."""
    try:
        print(f"chatd: {text}", file=sys.stderr)
    except OSError:
        return
