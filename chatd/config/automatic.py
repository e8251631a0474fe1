"""What a site says by itself to who waits for a person."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from chatd.config.shapes import Seconds, Section

Line = Annotated[str, Meta(max_length=2_000)]


class AutomaticSettings(Section, frozen=True, kw_only=True):
    """What customers are told once in each request for help: as they begin to wait, in its place
    while nobody comes soon, and after so long a wait. Nothing where there are no words."""

    waits: Line = ""
    away: Line = ""
    still_waits: Line = ""
    still_seconds: Seconds = 60.0
