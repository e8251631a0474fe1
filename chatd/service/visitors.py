"""Who has a page of a site open, where the site asks for that: who is there, where, since when; and
who watches is told."""

from __future__ import annotations

from chatd.domain import topics
from chatd.domain.participant import Participant
from chatd.domain.principal import Principal
from chatd.domain.ticket import Ticket
from chatd.live.base import MAX_PEOPLE
from chatd.live.connections import Connection
from chatd.protocol import visits
from chatd.protocol.events import VisitorUpdate
from chatd.protocol.visits import PageSeen
from chatd.service import announce, invitations
from chatd.service.context import Services
from chatd.service.views import readable_views

# Of more than these, only how many there are is told.
CROWD = 300


def shows(services: Services, site: str) -> bool:
    """Whether a site's operators see who is there."""
    settings = services.config.sites.get(site)
    return settings is not None and settings.visitors


def enter(services: Services, connection: Connection, *, moved: bool) -> None:
    """A visitor's page is open from now on; ``moved``: it may be another one."""
    who = connection.principal
    if not shows(services, who.site):
        return
    came = services.presence.enter(topics.visitors(who.site), who, connection.id)
    if came or moved:
        tell(services, who.site, who.id)


def leave(services: Services, connection: Connection) -> None:
    """A page was closed; who has none open any more is gone."""
    who = connection.principal
    circle = topics.visitors(who.site)
    if who.kind == "visitor" and services.presence.leave(circle, who.id, connection.id):
        tell(services, who.site, who.id)


def is_here(services: Services, site: str, participant_id: str) -> bool:
    """Whether somebody has a page of a site open."""
    return services.presence.has(topics.visitors(site), participant_id)


def note_ticket(services: Services, customer: Participant) -> None:
    """Somebody who may be there has begun a conversation."""
    if is_here(services, customer.site, customer.id):
        tell(services, customer.site, customer.id)


def tell(services: Services, site: str, participant_id: str) -> None:
    """How it is now with somebody, to those who watch: where they are, or that they are gone. Of
    very many only the number is told; and where nobody watches, nothing is made of it."""
    if not is_watched(services, site):
        return
    total = services.presence.count(topics.visitors(site))
    update = VisitorUpdate(site=site, total=total, id=participant_id, visitor=None)
    if total > CROWD:
        update = VisitorUpdate(site=site, total=total)
    elif is_here(services, site, participant_id):
        for view in readable_views(lambda id: show(services, id), [participant_id]):
            update = VisitorUpdate(site=site, total=total, id=participant_id, visitor=view)
    announce.tell(services, topics.visitors(site), update)


def is_watched(services: Services, site: str) -> bool:
    """Whether anybody may watch who is there: who does at another node is not known here."""
    watched = any(services.hub.followers(topics.visitors(site)))
    return watched or services.nodes.figures()["nodes_others"] > 0


def here(services: Services, site: str) -> list[str]:
    """The ids of who is there, who came last first; of very many so many."""
    people = services.presence.within(topics.visitors(site), MAX_PEOPLE)
    return [one.id for one in reversed(people)]


def count(services: Services, site: str) -> int:
    """How many are there."""
    return services.presence.count(topics.visitors(site))


def show(services: Services, participant_id: str) -> visits.Visitor | None:
    """Somebody who is there; nothing, of who is forgotten."""
    known = services.store.get(Participant, participant_id)
    return view(services, known) if known else None


def view(services: Services, known: Participant) -> visits.Visitor:
    """A visitor, as operators of their site see them."""
    told = known.visits
    page = told.page if told else None
    invited = invitations.pending(services, known)
    return visits.Visitor(
        id=known.id,
        name=known.name,
        site=known.site,
        page=PageSeen(address=page.address, title=page.title, at=page.at) if page else None,
        language=told.language if told else "",
        timezone=told.timezone if told else "",
        visited=told.count if told else 0,
        tickets=len(known.tickets),
        ticket=newest_ticket(services, known),
        invited_at=invited.at if invited else None,
    )


def newest_ticket(services: Services, known: Participant) -> str | None:
    """Their newest ticket that is still there: who talked once goes on in it."""
    found = (services.store.get(Ticket, id) for id in reversed(known.tickets))
    return next((one.id for one in found if one), None)


def sites_of(services: Services, viewer: Principal) -> list[str]:
    """The sites that somebody serves and that show who is there."""
    return [
        name for name, one in services.config.sites.items() if one.visitors and viewer.serves(name)
    ]
