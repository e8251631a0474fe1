"""What a site has set for itself: what its pages show before anybody spoke, its hours."""

from __future__ import annotations

from msgspec import UNSET
from msgspec.structs import asdict

from chatd.config.logos import ELSEWHERE
from chatd.domain.participant import Operator
from chatd.domain.principal import operator_id
from chatd.errors import Damaged
from chatd.handlers.system import file_limits, site_of
from chatd.protocol.sites import (
    AskedFirst,
    Face,
    GetSite,
    HoursList,
    ListHours,
    SiteHours,
    SiteShown,
)
from chatd.service import answers, hours, invitations, pages, people
from chatd.service.context import Context, Handlers, Services
from chatd.service.standing import Standing
from chatd.service.texts import site_text

OWN = ("self",)
MOST_FACES = 3


def show(cx: Context, command: GetSite) -> SiteShown:
    """→ ``site``, ``title``, ``language``, ``accent``, ``texts`` (the site's own), ``greeting``,
    ``live_typing``, ``operators_online``, and what a page shows of the team and its daemon. Without
    a name: one's own, else the first that the page belongs to."""
    services = cx.services
    own = cx.principal.site if cx.principal.site in services.config.sites else None
    name = site_of(services, cx.caller, command.site or own)
    settings = services.config.sites[name]
    standing, is_open = Standing(services), hours.is_open(services, name)
    return SiteShown(
        site=name,
        title=settings.title,
        language=settings.language,
        accent=settings.accent,
        texts=settings.texts,
        greeting=site_text(services, name, "greeting"),
        live_typing=services.config.tickets.customer_drafts,
        operators_online=standing.attending(name, settings.department),
        logo=logo_address(services, name),
        questions=settings.questions,
        team=list_team(standing, name, settings.department) if is_open else [],
        answers_in_min=answers.usual_minutes(services, name),
        has_mail=bool(services.config.mail.host),
        has_push=services.pushes is not None,
        registration=settings.registration,
        has_people=people.has_any(services) and services.config.web.people,
        has_operators=bool(services.store.all(Operator, limit=1)),
        has_pages=any(one.origins not in ((), OWN) for one in services.config.sites.values()),
        has_tickets=has_tickets(services),
        files=file_limits(services),
        open=is_open,
        form=[AskedFirst(**asdict(one)) for one in settings.form] or UNSET,
        opens_at=hours.opens_at(services, name),
        needs_contact=standing.needs_contact(name),
        visitors=settings.visitors or UNSET,
        invitations=invitations.list_rules(services, name, standing) or UNSET,
    )


def logo_address(services: Services, site: str) -> str:
    """Where a site's logo is: elsewhere, or below the daemon's own address."""
    named = services.config.sites[site].logo
    if named.startswith(ELSEWHERE):
        return named
    served = services.config.logos.get(site)
    return f"logo/{served.name}" if served else ""


def list_team(standing: Standing, site: str, department: str) -> list[Face]:
    """Some of who could take a ticket that begins there now."""
    return [face(one) for one in standing.takers(site, department)[:MOST_FACES]]


def face(operator: Operator) -> Face:
    """An operator without their name."""
    words = operator.name.split()[:2]
    return Face(id=operator_id(operator), initials="".join(word[0].upper() for word in words))


def has_tickets(services: Services) -> bool:
    """Whether anybody ever wrote; what is damaged was written by somebody."""
    try:
        return bool(len(services.waiting) or services.store.tickets(limit=1))
    except Damaged:
        return True


def list_hours(cx: Context, command: ListHours) -> HoursList:
    """→ ``sites`` that one serves, with whether they are open, and when again; whether there are
    ``more``, and the ``cursor`` that gets those."""
    services, standing = cx.services, Standing(cx.services)
    shown = (
        SiteHours(
            site=site,
            timezone=settings.hours.timezone,
            open=hours.is_open(services, site),
            opens_at=hours.opens_at(services, site),
            operators_online=standing.online(site, settings.department),
            needs_contact=standing.needs_contact(site),
        )
        for site, settings in services.config.sites.items()
        if cx.principal.serves(site)
    )
    limit, cursor = command.limit, command.cursor
    page = pages.place_page(cx, shown, lambda one: one, limit=limit, cursor=cursor)
    return HoursList(sites=page.rows, more=page.more, cursor=page.cursor)


HANDLERS: Handlers = {GetSite: show, ListHours: list_hours}
