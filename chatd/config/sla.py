"""Within how much time of opening hours people are answered, and helped."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from chatd.config.shapes import Section
from chatd.domain.ticket import Priority

Minutes = Annotated[int, Meta(ge=0, le=525_600)]
Percent = Annotated[int, Meta(ge=1, le=99)]


class TargetSettings(Section, frozen=True, kw_only=True):
    """Minutes by priority, 0: nothing is promised; where a priority is not named, what the wider
    place says: a site's, then all of them. ``response``: until an operator's first word;
    ``resolution``: until it is closed."""

    response: dict[Priority, Minutes] = {}
    resolution: dict[Priority, Minutes] = {}


class SlaSettings(TargetSettings, frozen=True, kw_only=True):
    """Of all sites. ``warn_percent``: people are warned when so much of the time is over."""

    warn_percent: Percent = 80
