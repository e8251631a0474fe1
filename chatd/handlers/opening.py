"""What customers begin with: a ticket, a person; while nobody comes soon, how they are reached."""

from __future__ import annotations

from msgspec.structs import asdict, replace

from chatd.domain.contact import EITHER, way_of
from chatd.domain.message import Message
from chatd.domain.participant import REMEMBERED_TICKETS, Participant
from chatd.domain.principal import Principal
from chatd.domain.signed import sign
from chatd.domain.ticket import FOR_OPERATORS, Ticket
from chatd.domain.times import to_text
from chatd.domain.versions import successor
from chatd.errors import Forbidden, Invalid, NotFound, TooManyOpen
from chatd.handlers.tickets import changed_attributes
from chatd.locale.counting import count_of
from chatd.protocol.results import OpenedTicket, TicketInLine
from chatd.protocol.support import OpenTicket, RequestPerson
from chatd.service import (
    bots,
    changes,
    compose,
    departments,
    forms,
    hours,
    invitations,
    presence,
    spread,
    tickets,
    views,
    visitors,
)
from chatd.service.changes import current, settle
from chatd.service.context import Context, Handlers, Services
from chatd.service.standing import Standing
from chatd.store.base import Put


def open_ticket(cx: Context, command: OpenTicket) -> OpenedTicket:
    """→ ``ticket``, ``message``, ``position``, ``expected_wait_s``. The first message makes it; the
    same sent again waits until it is stored, and is answered with it."""
    with cx.services.turns.one_at_a_time(("ticket:open", cx.principal.id)):
        return open_or_find(cx, command)


def open_or_find(cx: Context, command: OpenTicket) -> OpenedTicket:
    """A new ticket, or the one that this very command has made."""
    services = cx.services
    customer = services.store.get(Participant, cx.principal.id)
    if customer is None:
        raise NotFound("no such participant")
    if repeated := find_repeat(services, customer, command.client_id):
        return answer_to_opener(cx, repeated.dialog_id, repeated)
    if command.content is not None:
        limit = services.config.tickets.max_message_chars
        compose.check(command.content, limit, command.meta)
    elif not command.wants_person:
        raise Invalid("the first message makes the ticket", field="content")
    check_known(services, customer)
    check_few_open(services, customer)
    settings = services.config.sites.get(customer.site)
    asked = settings.form if settings else ()
    answers = forms.answers_of(asked, command.form, to_text(services.now()))
    known = {**forms.fields_of(answers), **reached_by(command)}
    accepted = invitations.accept(services, customer, command.invitation)
    by_hand = accepted is not None and accepted.by is not None
    wants = command.wants_person or by_hand or not services.bots.of(customer.site).active
    if wants:
        reached = bool({"contact", "phone"} & known.keys()) or is_reached(customer)
        check_reachable(services, customer.site, reached)
    known["attributes"] = changed_attributes((), command.attributes, cx.principal)
    ticket = replace(new_ticket(cx, customer, waits=wants), **known)
    if customer.signed:
        ticket = sign(ticket, customer.signed, customer.name)
    who = replace(cx.principal, name=ticket.customer_name)
    opening = invitations.first_words(services, ticket, accepted)
    messages = [opening, *first_message(cx, who, ticket, command)]
    remembered = (*customer.tickets, ticket.id)[-REMEMBERED_TICKETS:]
    changed = Put(successor(customer, tickets=remembered, name=who.name, invited=None))
    with spread.Keeping(cx, messages[-1]):
        done = settle(services, ticket, "opened", *messages, by=customer.id, also=(changed,))
    if who.name != cx.principal.name:
        presence.rename(services, who)
    visitors.note_ticket(services, customer)
    if command.content is None:
        return answer_to_opener(cx, ticket.id, None)
    bots.answer_soon(services, ticket)
    return answer_to_opener(cx, ticket.id, done.messages[-1])


def reached_by(command: OpenTicket) -> dict[str, str]:
    """The fields of a ticket that say how its customer is reached."""
    spoken: dict[str, str] = {"language": command.language} if command.language else {}
    if not command.contact:
        return spoken
    try:
        way, found = way_of(command.contact)
    except ValueError as error:
        raise Invalid(str(error), field="contact") from None
    return {way: found, **spoken}


def check_reachable(services: Services, site: str, reached: bool) -> None:
    """Who wants a person while nobody comes soon has said how the answer reaches them."""
    if reached or not Standing(services).is_unattended(site):
        return
    opens_at = hours.opens_at(services, site)
    closed = f"the site is closed until {opens_at}" if opens_at else "nobody is there now"
    text = f"{closed}: say how you are reached, by {EITHER}"
    raise Invalid(text, field="contact", opens_at=opens_at)


def check_known(services: Services, customer: Participant) -> None:
    """Forbidden where a site wants to name whoever begins, and has not."""
    site = services.config.sites.get(customer.site)
    if site and site.identity.required and not customer.signed:
        text = "this site answers those whom it names: log in there, hello with a user_token"
        raise Forbidden(text, field="user_token")


def is_reached(customer: Participant) -> bool:
    """Whether their site has said how."""
    return bool(customer.signed and (customer.signed.contact or customer.signed.phone))


def check_few_open(services: Services, customer: Participant) -> None:
    """So many at once, and no more."""
    most = services.config.tickets.open_per_visitor
    own = services.waiting.open_count(customer.id)
    if own >= most:
        has = f"you have {count_of(own, 'open ticket')}, and may have {most}"
        raise TooManyOpen(f"{has}: write into one of them", capacity=most)


def find_repeat(services: Services, customer: Participant, client_id: str | None) -> Message | None:
    """The message that this very command made when it was given before."""
    if client_id is None:
        return None
    found = (
        services.store.find_sent(id, customer.id, client_id) for id in reversed(customer.tickets)
    )
    return next((message for message in found if message), None)


def new_ticket(cx: Context, customer: Participant, *, waits: bool) -> Ticket:
    """A ticket as it begins: with the bot, or in the queue."""
    now = cx.services.now()
    return Ticket(
        id=cx.services.store.next_ticket_id(now),
        site=customer.site,
        status="waiting" if waits else "bot",
        customer_id=customer.id,
        customer_name=customer.name,
        created_at=to_text(now),
        updated_at=to_text(now),
        requested_at=to_text(now) if waits else None,
        department=departments.first_of(cx.services, customer.site),
        offline=waits and Standing(cx.services).is_unattended(customer.site),
    )


def first_message(
    cx: Context, who: Principal, ticket: Ticket, command: OpenTicket
) -> list[Message]:
    """The customer's first message, if there is one."""
    if command.content is None:
        return []
    return [
        compose.personal(
            cx.services,
            who,
            "customer",
            ticket.id,
            command.content,
            meta=command.meta,
            client_id=command.client_id,
        )
    ]


def answer_to_opener(cx: Context, ticket_id: str, message: Message | None) -> OpenedTicket:
    """The answer to who opened a ticket."""
    return OpenedTicket(
        message=message, **asdict(answer_with_place(cx, current(cx.services, ticket_id)))
    )


def request(cx: Context, command: RequestPerson) -> TicketInLine:
    """→ ``ticket``, ``position``, ``expected_wait_s``. Asking twice changes nothing. A customer who
    asks while nobody comes soon needs a contact."""
    ticket = cx.ticket
    if ticket.status in FOR_OPERATORS:
        return answer_with_place(cx, ticket)
    if cx.principal.kind == "visitor":
        check_reachable(cx.services, ticket.site, bool(ticket.contact or ticket.phone))
    if ticket.status == "closed":
        tickets.reopen(cx.services, ticket, by=tickets.name_of(cx.principal))
    else:
        changes.request(cx.services, ticket)
    return answer_with_place(cx, current(cx.services, ticket.id))


def answer_with_place(cx: Context, ticket: Ticket) -> TicketInLine:
    """A ticket with its place in the queue."""
    shown = views.ticket_view(cx.services, ticket, cx.principal)
    return TicketInLine(ticket=shown, **asdict(Standing(cx.services).place(ticket)))


HANDLERS: Handlers = {OpenTicket: open_ticket, RequestPerson: request}
