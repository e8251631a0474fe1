"""How long first answers take: from what is stored at the start, then from what is said."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress

from chatd.domain.answering import spoken_minutes
from chatd.domain.episode import Episode
from chatd.domain.times import to_epoch
from chatd.errors import Damaged
from chatd.service.context import Services
from chatd.store.base import Put

WEEK_S = 7 * 86_400


def note(services: Services, puts: Iterable[Put]) -> None:
    """These were stored: what is an episode with its first answer counts."""
    for put in puts:
        if isinstance(put.document, Episode):
            note_episode(services, put.document)


def note_episode(services: Services, episode: Episode) -> None:
    """Since a person was wanted; who answered without that was asked from the beginning."""
    if not episode.first_response_at:
        return
    with suppress(ValueError):  # a time that an older system wrote in a way of its own
        at = to_epoch(episode.first_response_at)
        asked = to_epoch(episode.requested_at or episode.opened_at)
        services.answers.note(episode.site, episode.id, at, at - asked)


def recall(services: Services) -> None:
    """What was answered in the last week, read beside the loop, from the newest part back to the
    first that has nothing so new."""
    since = services.now() - WEEK_S
    for name in reversed(services.store.parts(Episode)):
        newest = 0.0
        with suppress(Damaged):
            for episode in services.store.part(Episode, name):
                note_episode(services, episode)
                with suppress(ValueError):
                    newest = max(newest, to_epoch(episode.opened_at))
            if newest < since:
                return


def usual_minutes(services: Services, site: str) -> int | None:
    """After how many minutes a site's customers are usually answered, as one says it."""
    usual = services.answers.usual_s(site)
    return None if usual is None else spoken_minutes(usual)
