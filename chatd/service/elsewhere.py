"""What becomes of people who were at a node that is gone, or is back: one of the others tells, as
that one would have."""

from __future__ import annotations

from collections.abc import Iterable

from chatd.domain import topics
from chatd.domain.principal import Principal
from chatd.service import announce, colleagues, crowds, episodes, presence, visitors
from chatd.service.context import Services


def tell_people(services: Services, people: Iterable[tuple[str, Principal]]) -> None:
    """Who is in which conversation no more, or is again; of a ticket those who only look, too; who
    has a page of a site open."""
    for circle, who in people:
        if circle == topics.visitors(who.site):
            visitors.tell(services, who.site, who.id)
            continue
        dialog_id = circle.removeprefix(topics.STAFF)
        if dialog_id == circle and not crowds.swallows(services, dialog_id):
            here = services.presence.has(dialog_id, who.id)
            status = services.presence.status(who.id) if here else "offline"
            announce.presence(services, dialog_id, who, status)
        if dialog_id != circle or services.presence.has(topics.staff(dialog_id), who.id):
            presence.tell_status(services, dialog_id, who)
        colleagues.tell(services, who, dialog_id)


def tell_operators(services: Services, usernames: Iterable[str]) -> None:
    """Who is on line no more, or is again."""
    for username in sorted(usernames):
        if services.operators.status(username) == "offline":
            presence.note_departure(services, username)
        else:
            presence.note_arrival(services, username)


def note_customers(services: Services, participant_ids: Iterable[str]) -> None:
    """Whose connections are gone, or are there again."""
    for id in sorted(participant_ids):
        episodes.note_whereabouts_of(services, id)
