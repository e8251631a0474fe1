"""Who is invited to a conversation before they have said a word: by a rule of their site, which
their page looks after, or by an operator; what of it is the first message."""

from __future__ import annotations

from msgspec import Struct

from chatd.domain.message import Message
from chatd.domain.participant import Participant
from chatd.domain.principal import Principal
from chatd.domain.ticket import Ticket
from chatd.domain.times import to_text
from chatd.domain.visit import Invited
from chatd.protocol.sites import InvitedByRule
from chatd.protocol.visits import Invitation
from chatd.service import compose, hours
from chatd.service.context import Services
from chatd.service.standing import Standing

LASTS_S = 3_600


class Accepted(Struct, frozen=True):
    """What somebody begins a conversation by: a rule's ``text``, or what an operator said."""

    text: str
    by: Invited | None = None


def list_rules(services: Services, site: str, standing: Standing) -> list[InvitedByRule]:
    """The rules of a site that hold now: none where nobody, and no bot, could answer."""
    settings = services.config.sites[site]
    is_open = hours.is_open(services, site)
    answered = services.bots.of(site).active or standing.attending(site, settings.department) > 0
    return [
        InvitedByRule(
            name=one.name,
            text=one.text,
            page=one.page,
            after_seconds=one.after_seconds,
            visits=one.visits,
        )
        for one in settings.invitations
        if answered and (is_open or not one.only_open)
    ]


def pending(services: Services, known: Participant) -> Invited | None:
    """An operator's that was not answered, and is not old."""
    invited = known.invited
    if invited is None or invited.at <= to_text(services.now() - LASTS_S):
        return None
    return invited


def view(invited: Invited) -> Invitation:
    """As the visitor is shown it."""
    return Invitation(id=invited.at, text=invited.text, operator_name=invited.name)


def view_for(services: Services, who: Principal) -> Invitation | None:
    """What a visitor is told who comes to another page."""
    known = services.store.get(Participant, who.id) if who.kind == "visitor" else None
    invited = pending(services, known) if known and known.invited else None
    return view(invited) if invited else None


def accept(services: Services, customer: Participant, named: str | None) -> Accepted | None:
    """What a ticket is begun by, if that is something: a page may have been open for long."""
    if not named:
        return None
    invited = pending(services, customer)
    if invited and invited.at == named:
        return Accepted(invited.text, invited)
    settings = services.config.sites.get(customer.site)
    rules = settings.invitations if settings else ()
    return next((Accepted(one.text) for one in rules if one.name == named), None)


def first_words(services: Services, ticket: Ticket, accepted: Accepted | None) -> Message:
    """The first message of a ticket: by what it was begun, else the greeting."""
    if accepted is None:
        return compose.house_bot(services, ticket, "greeting", kind="greeting")
    if accepted.by is None or not accepted.by.operator:
        return compose.bot(services, ticket, accepted.text, "invitation")
    operator = Principal(kind="operator", id=accepted.by.sender, name=accepted.by.name)
    return compose.personal(
        services, operator, "admin", ticket.id, accepted.text, meta={"kind": "invitation"}
    )
