"""When browsers are told something that nobody looks at, and what; as errands."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Literal

from msgspec import Struct

from chatd.domain.errand import PUSH, Errand
from chatd.domain.mail import on_one_line
from chatd.domain.message import Message
from chatd.domain.participant import LoginSession, Operator, Participant
from chatd.domain.principal import operator_id
from chatd.domain.push import Subscription, without
from chatd.domain.ticket import Ticket
from chatd.domain.times import to_epoch, to_text
from chatd.domain.versions import successor
from chatd.errands.base import Failed, Gone, Later, Needless, Trial, Urgency
from chatd.locale import text
from chatd.protocol.events import TicketChange
from chatd.service import departments, identity
from chatd.service.context import Services
from chatd.service.expiry import has_ended
from chatd.service.letters import site_name
from chatd.store.base import Put

QUEUED: frozenset[TicketChange] = frozenset(
    {"opened", "waiting", "reopened", "returned", "transferred"}
)
LONGEST = 120
HERE_S = 30.0
PAGE = 200
STALE_S = 86_400.0
Type = Literal["waiting", "message"]
TTL: dict[str, int] = {"waiting": 600, "message": 86_400}
URGENCY: dict[str, Urgency] = {"waiting": "high", "message": "normal"}
Words = dict[str, Any]
Holder = Participant | LoginSession


class Told(Struct, frozen=True):
    """A browser, and whose it is."""

    holder: Holder
    subscription: Subscription


def of_change(
    services: Services, ticket: Ticket, change: TicketChange, messages: Iterable[Message]
) -> list[Errand]:
    """A ticket changed, and with it came messages."""
    if services.pushes is None:
        return []
    made = [one for message in messages for one in of_message(services, ticket, message)]
    if change in QUEUED and ticket.status == "waiting":
        for told in takers(services, ticket):
            made += make(services, ticket, "waiting", told)
    return made


def of_message(services: Services, ticket: Ticket, message: Message) -> list[Errand]:
    """Something was said, in a ticket: to its customer, or to its operator."""
    if services.pushes is None:
        return []
    readers = readers_of(services, ticket, message.sender_type)
    return [one for told in readers for one in make(services, ticket, "message", told)]


def readers_of(services: Services, ticket: Ticket, sender_type: str) -> Iterator[Told]:
    """The browsers of who is to read what somebody says."""
    if sender_type == "admin":
        customer = services.store.get(Participant, ticket.customer_id)
        if customer is not None:
            yield from (Told(customer, one) for one in customer.subscriptions)
    elif sender_type == "customer" and ticket.operator:
        yield from of_operator(services, ticket.operator)


def of_operator(services: Services, operator: str | None) -> Iterator[Told]:
    """An operator's browsers, or all operators', as far as they are logged in there."""
    for session in identity.sessions(services, operator):
        if session.subscriptions and not has_ended(services, session):
            for subscription in session.subscriptions:
                yield Told(session, subscription)


def takers(services: Services, ticket: Ticket) -> Iterator[Told]:
    """The browsers of the operators who could take a ticket."""
    for told in of_operator(services, None):
        assert isinstance(told.holder, LoginSession)
        operator = services.store.get(Operator, told.holder.operator)
        if operator and may_take(services, operator, ticket):
            yield told


def may_take(services: Services, operator: Operator, ticket: Ticket) -> bool:
    """Whether a ticket is an operator's business that waits."""
    works = services.takes_tickets(operator)
    mine = ticket.department not in departments.outside(services, operator.id)
    return works and operator.serves(ticket.site) and mine


def make(services: Services, ticket: Ticket, type: Type, told: Told) -> list[Errand]:
    """One that is due when nobody has looked for a while; none, where one waits already."""
    key = (told.holder.id, told.subscription.id, f"{type} {ticket.id}")
    known = services.store.get(Errand, services.pushing.get(key, ""))
    if known is not None and known.waits and known.data["episode"] == ticket.episode_id:
        return []
    settings = services.config.push
    if not services.errands.has_room(PUSH, settings.most_waiting):
        return []
    now = services.now()
    id = services.new_errand.id(now)
    services.pushing.pop(key, None)
    while len(services.pushing) >= settings.most_waiting:  # the oldest: most likely it is over
        services.pushing.pop(next(iter(services.pushing)), None)
    services.pushing[key] = id
    data = {
        "ticket": {"id": ticket.id},
        "episode": ticket.episode_id,
        "holder": told.holder.id,
        "subscription": told.subscription.id,
    }
    return [Errand(id, PUSH, PUSH, type, to_text(now), data, next_at=now + settings.after_seconds)]


def carry(services: Services, trial: Trial) -> str:
    """See :data:`chatd.errands.base.Carry`."""
    errand, pushes = trial.errand, services.pushes
    if pushes is None:
        raise Failed("the configuration has no push.contact any more", again=False)
    ticket = services.store.get(Ticket, errand.data["ticket"]["id"])
    told = find(services, errand.data["holder"], errand.data["subscription"])
    tag = f"{errand.type} {errand.data['ticket']['id']}"
    key = (errand.data["holder"], errand.data["subscription"], tag)
    try:
        if ticket is None or told is None:
            raise Needless("that browser is told no more" if ticket else "the ticket is gone")
        if services.now() - to_epoch(errand.created_at) > STALE_S:
            raise Needless("it is too late for it")
        said = WHAT[errand.type](services, ticket, errand, told)
    except Later:  # it waits on, so no other is made
        raise
    except BaseException:
        services.pushing.pop(key, None)
        raise
    services.pushing.pop(key, None)
    try:
        return pushes.send(
            told.subscription, said, tag=tag, ttl=TTL[errand.type], urgency=URGENCY[errand.type]
        )
    except Gone as gone:
        let_go(services, told)
        raise Needless(f"{gone}: that browser wants no more") from None


def find(services: Services, holder_id: str, subscription_id: str) -> Told | None:
    """A browser that is still to be told, whoever is logged in there."""
    holder: Holder | None
    if holder_id.startswith("s-"):
        holder = services.store.get(LoginSession, holder_id)
    else:
        holder = services.store.get(Participant, holder_id)
    if holder is None or has_ended(services, holder):
        return None
    found = (one for one in holder.subscriptions if one.id == subscription_id)
    return next((Told(holder, one) for one in found), None)


def let_go(services: Services, told: Told) -> None:
    """That browser is told no more."""
    left = without(told.holder.subscriptions, told.subscription.id)
    services.store.commit(Put(successor(told.holder, subscriptions=left)))


def of_waiting(services: Services, ticket: Ticket, errand: Errand, told: Told) -> list[Words]:
    """That somebody waits, to an operator who could take them."""
    operator = operator_of(services, told)
    if operator is None or not may_take(services, operator, ticket):
        raise Needless("it is none of their business any more")
    if ticket.status != "waiting" or ticket.episode_id != errand.data["episode"]:
        raise Needless("it was taken, or closed, meanwhile")
    wait_for_absence(services.operators.status(operator.id) == "online")
    last = services.store.conversation(ticket.id).last_text
    return words(services, ticket, told, "waiting", ticket.customer_name, last)


def of_said(services: Services, ticket: Ticket, errand: Errand, told: Told) -> list[Words]:
    """That something was said to who has not read it yet."""
    if isinstance(told.holder, Participant):
        message = newest_unread(services, ticket, ticket.customer_id, "admin")
        wait_for_absence(services.connections.has(ticket.customer_id))
        return words(services, ticket, told, "answer", message.sender_name, message.content)
    operator = operator_of(services, told)
    if operator is None or ticket.operator != operator.id or not operator.serves(ticket.site):
        raise Needless("it is somebody else's by now")
    message = newest_unread(services, ticket, operator_id(operator), "customer")
    wait_for_absence(services.operators.status(operator.id) == "online")
    return words(services, ticket, told, "message", message.sender_name, message.content)


WHAT: dict[str, Callable[[Services, Ticket, Errand, Told], list[Words]]] = {
    "waiting": of_waiting,
    "message": of_said,
}


def operator_of(services: Services, told: Told) -> Operator | None:
    """Whose login session it is, if they may work."""
    assert isinstance(told.holder, LoginSession)
    operator = services.store.get(Operator, told.holder.operator)
    return None if operator is None or operator.disabled else operator


def newest_unread(services: Services, ticket: Ticket, reader: str, sender_type: str) -> Message:
    """What the other side said last, if that was not read; else Needless."""
    read = services.store.conversation(ticket.id).receipt(reader).read
    for message in reversed(services.store.history(ticket.id, after=read, limit=PAGE)):
        if message.sender_type == sender_type and not message.deleted_at:
            return message
    raise Needless("it was read, or taken back")


def wait_for_absence(is_here: bool) -> None:
    """A page that is open tells by itself, and says when it was read."""
    if is_here:
        raise Later(HERE_S)


def words(
    services: Services, ticket: Ticket, told: Told, key: str, name: str, said: str
) -> list[Words]:
    """What is shown, and what where that is too long; who said what, where that is wanted."""
    language, settings = told.subscription.language, services.config.push
    bare: Words = {
        "kind": key,
        "ticket": ticket.id,
        "title": on_one_line(site_name(services, ticket.site), LONGEST),
        "body": text(language, f"push.{key}"),
    }
    if key not in settings.sound:
        bare["silent"] = True
    if not settings.text:
        return [bare]
    told_all = {"title": on_one_line(name, LONGEST), "body": on_one_line(said, LONGEST)}
    return [bare | told_all, bare]
