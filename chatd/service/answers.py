"""How long first answers take: from what is stored at the start, then from what is said."""

from __future__ import annotations

from collections.abc import Iterable

from chatd.domain.answering import spoken_minutes
from chatd.domain.episode import Episode
from chatd.domain.facts import UNKNOWN, Facts
from chatd.domain.ticket import first_episode_id
from chatd.runtime.loop import in_turns
from chatd.service.context import Services
from chatd.store.base import Put

WEEK_S = 7 * 86_400


def note(services: Services, puts: Iterable[Put]) -> None:
    """These were stored: what is an episode with its first answer counts."""
    for put in puts:
        if isinstance(put.document, Episode) and put.document.first_response_at:
            note_episode(services, Facts.of(put.document))


def note_episode(services: Services, one: Facts) -> None:
    """Since a person was wanted; who answered without that was asked from the beginning."""
    at, asked = one.first_response_at, one.requested_at or one.opened_at
    if at is not None and UNKNOWN not in (at, asked):
        services.answers.note(one.site, one.id, at.timestamp(), (at - asked).total_seconds())


def recall(services: Services) -> None:
    """What was answered of what began in the last week, read beside the loop."""
    now = services.now()
    week = {"since": first_episode_id(now - WEEK_S), "until": first_episode_id(now + 1)}
    for some in services.store.excerpts(Episode, Facts, **week):
        for one in in_turns(some):
            note_episode(services, one)


def usual_minutes(services: Services, site: str) -> int | None:
    """After how many minutes a site's customers are usually answered, as one says it."""
    usual = services.answers.usual_s(site)
    return None if usual is None else spoken_minutes(usual)
