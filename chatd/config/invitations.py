"""What a site says by itself to who looks at its pages, and when."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from msgspec import Meta

from chatd.config.shapes import NameKey, PageText, Positive, Section
from chatd.domain.visible import shows

MOST_INVITATIONS = 10


class InvitationSettings(Section, frozen=True, kw_only=True):
    """One invitation to a conversation. ``text``: what is said; ``page``: on which, by its path,
    where ``*`` stands for anything; ``after_seconds`` there; from which of their ``visits`` on;
    ``only_open``: not outside the site's hours, when a bot may still answer."""

    name: NameKey
    text: Annotated[str, Meta(min_length=1, max_length=500)]
    page: PageText = "*"
    after_seconds: Annotated[int, Meta(ge=0, le=86_400)] = 30
    visits: Positive = 1
    only_open: bool = True


def unfit_invitations(invitations: Sequence[InvitationSettings]) -> str | None:
    """Why these cannot be a site's."""
    if len(invitations) > MOST_INVITATIONS:
        return f"at most {MOST_INVITATIONS}, not {len(invitations)}"
    names = [one.name for one in invitations]
    if doubled := [name for name in names if names.count(name) > 1]:
        return f"{doubled[0]!r} is there twice"
    blank = next((one.name for one in invitations if not shows(one.text)), None)
    return f"{blank}: the text shows nothing" if blank else None
