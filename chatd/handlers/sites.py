"""What a site has set for itself: what its pages show before anybody spoke, canned answers."""

from __future__ import annotations

from chatd.domain.participant import Operator
from chatd.handlers.system import site_of
from chatd.protocol.results import CannedList, SiteShown
from chatd.protocol.support import GetSite, ListCanned
from chatd.protocol.views import CannedAnswer
from chatd.service import pages
from chatd.service.context import Context, Handlers
from chatd.service.standing import Standing
from chatd.service.texts import site_text


def show(cx: Context, command: GetSite) -> SiteShown:
    """→ ``site``, ``title``, ``language``, ``accent``, ``texts`` (the site's own), ``greeting``,
    ``live_typing``, ``operators_online``, ``has_operators``. Without a name: one's own, else the
    first that the page belongs to."""
    services = cx.services
    own = cx.principal.site if cx.principal.site in services.config.sites else None
    name = site_of(services, cx.caller, command.site or own)
    settings = services.config.sites[name]
    return SiteShown(
        site=name,
        title=settings.title,
        language=settings.language,
        accent=settings.accent,
        texts=settings.texts,
        greeting=site_text(services, name, "greeting"),
        live_typing=services.config.tickets.customer_drafts,
        operators_online=Standing(services).online((name,)),
        has_operators=bool(services.store.all(Operator, limit=1)),
    )


def list_canned(cx: Context, command: ListCanned) -> CannedList:
    """→ ``canned``: ``site``, ``name`` and ``text`` of the answers of the sites one serves; whether
    there are ``more``, and the ``cursor`` that gets those."""
    answers = (
        CannedAnswer(site=site, name=name, text=text)
        for site, settings in cx.services.config.sites.items()
        if cx.principal.serves(site) and command.site in (None, site)
        for name, text in settings.canned.items()
    )
    limit, cursor = command.limit, command.cursor
    page = pages.place_page(cx, answers, lambda one: one, limit=limit, cursor=cursor)
    return CannedList(canned=page.rows, more=page.more, cursor=page.cursor)


HANDLERS: Handlers = {GetSite: show, ListCanned: list_canned}
