"""What the configuration says of a site's hours, and what of that cannot be."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from chatd.config.shapes import DayKey, Section, SpanText
from chatd.domain import periods
from chatd.domain.hours import Hours, Span, check_spans

Spans = tuple[SpanText, ...]


class HoursSettings(Section, frozen=True, kw_only=True):
    """When somebody answers, by the clocks of ``timezone``; without one, always. ``holidays``: what
    single days have in place of their weekday's, nothing where nobody is there."""

    timezone: str = ""
    monday: Spans = ()
    tuesday: Spans = ()
    wednesday: Spans = ()
    thursday: Spans = ()
    friday: Spans = ()
    saturday: Spans = ()
    sunday: Spans = ()
    holidays: dict[DayKey, Spans] = {}

    @property
    def week(self) -> dict[str, Spans]:
        """The days by name, from Monday on."""
        return {day: getattr(self, day) for day in WEEK}


WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def hours_of(settings: HoursSettings) -> Hours:
    """As the domain knows them; they have a time zone, and nothing is wrong with them."""
    return Hours(
        zone=periods.zone(settings.timezone),
        week=tuple(map(spans_of, settings.week.values())),
        days={date.fromisoformat(day): spans_of(one) for day, one in settings.holidays.items()},
    )


def spans_of(texts: Iterable[str]) -> tuple[Span, ...]:
    """``09:00-18:00`` is 540 to 1080."""
    return tuple((minute_of(text[:5]), minute_of(text[6:])) for text in texts)


def minute_of(text: str) -> int:
    """``09:30`` is the 570th."""
    return 60 * int(text[:2]) + int(text[3:])


def unfit_hours(settings: HoursSettings) -> str | None:
    """The first key that cannot be, and why."""
    days = settings.week | {f"holidays.{day}": one for day, one in settings.holidays.items()}
    if not settings.timezone:
        named = next((day for day, spans in settings.week.items() if spans), None)
        named = named or ("holidays" if settings.holidays else None)
        return f"timezone: needed by {named}: 'Europe/Moscow' is one" if named else None
    try:
        periods.zone(settings.timezone)
    except ValueError as error:
        return f"timezone: {error}"
    for day, spans in days.items():
        try:
            check_spans(spans_of(spans))
        except ValueError:
            told = ", ".join(spans)
            return f"{day}: times of a day follow one another, from early to late, not {told}"
    for day in settings.holidays:
        try:
            date.fromisoformat(day)
        except ValueError:
            return f"holidays: no calendar has {day!r}"
    if not any(days.values()):
        return 'timezone: no day has any hours: monday = ["09:00-18:00"]'
    return None
