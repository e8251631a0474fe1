"""Who is told what: the events that the handlers announce on the topics of the hub."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress

from msgspec.structs import replace

from chatd.domain import topics
from chatd.domain.message import Message
from chatd.domain.participant import Operator
from chatd.domain.place import Place
from chatd.domain.places import find
from chatd.domain.principal import ANONYMOUS, Principal, meet
from chatd.domain.ticket import Ticket
from chatd.domain.topics import Topic
from chatd.errors import Damaged, Unavailable
from chatd.protocol import events
from chatd.protocol.events import Event, OperatorChange, TicketChange
from chatd.protocol.views import PresenceStatus, QueueRow
from chatd.service import showing, views
from chatd.service.context import Services
from chatd.service.standing import Standing, scopes
from chatd.service.texts import site_text

AMONG_STAFF: frozenset[TicketChange] = frozenset({"due_soon", "overdue"})


def tell(services: Services, topic: Topic, event: Event, *, skip: str | None = None) -> None:
    """Announces an event to those who follow a topic, but for the connection that caused it."""
    check_audience(topic, event)
    dialog_id, rev = event.tells
    services.hub.publish(
        topic,
        event.event,
        event.data,
        key=event.key,
        skip=skip,
        dialog_id=dialog_id,
        rev=rev,
    )


def tell_many(services: Services, everybody: Sequence[Topic], event: Event) -> None:
    """The same on many topics, made into JSON once."""
    for topic in everybody:
        check_audience(topic, event)
    services.hub.publish_to(everybody, event.event, event.data, key=event.key)


def tell_here(services: Services, everybody: Sequence[Topic], event: Event) -> None:
    """The same on many topics, to those who are connected to this process: each tells its own."""
    for topic in everybody:
        check_audience(topic, event)
    services.hub.tell_here(everybody, event.event, event.data, key=event.key)


def check_audience(topic: Topic, event: Event) -> None:
    """ValueError for an event on a topic that it is not for."""
    if not topic.startswith(event.audience):
        raise ValueError(f"{event.event} is not for {topic}")


def new_messages(services: Services, messages: Iterable[Message]) -> None:
    """New messages, to all who follow their conversation."""
    for message in messages:
        services.updates.tell_now(message.dialog_id)
        services.metrics.messages.count(message.sender_type)
        written = events.NewMessage(message=showing.one(services, message))
        tell(services, topics.dialog(message.dialog_id), written)


def dropped_draft(services: Services, dialog_id: str, who: Principal) -> None:
    """Somebody is still there, and no longer writes what those who may see it have seen. Where the
    ticket cannot be read nobody is told: a connection ends whatever became of the files."""
    place = find_quietly(services, who, dialog_id)
    for topic, seen in place.audiences(who).items() if place else ():
        if seen == "full":
            gone = events.DraftEdit(
                dialog_id=dialog_id, participant_id=who.id, name=who.name, seq=0, reset=""
            )
            tell(services, topic, gone)
        elif seen == "indicator":
            stop = events.TypingStop(dialog_id=dialog_id, participant_id=who.id, name=who.name)
            tell(services, topic, stop)
    stopped_typing(services, place, who)


def find_quietly(services: Services, who: Principal, dialog_id: str) -> Place | None:
    """The place of this id; nothing where it cannot be read."""
    with suppress(Damaged, Unavailable, OSError):
        return find(services, who, dialog_id)
    return None


def stopped_typing(services: Services, place: Place | None, who: Principal) -> None:
    """Somebody types no longer who is gone, or has let their draft go: on the lists of the others
    who are in the dialog."""
    if place:
        stop = events.TypingStop(dialog_id=place.id, participant_id=who.id, name=who.name)
        typing_to_lists(services, place, stop)


def bot_types(services: Services, ticket: Ticket, flag: type[events.TypingFlag]) -> None:
    """The bot has begun to type, or types no longer: to both sides."""
    name = site_text(services, ticket.site, "bot_name")
    told = flag(dialog_id=ticket.id, participant_id="bot", name=name)
    tell(services, topics.dialog(ticket.id), told)


def bot_stops_typing(services: Services, ticket: Ticket) -> None:
    """It has said what it had to say, or says nothing more."""
    bot_types(services, ticket, events.TypingStop)


def typing_to_lists(services: Services, place: Place, flag: events.TypingFlag) -> None:
    """Somebody has begun to type, or types no longer, on the lists of the others who are in the
    dialog, if these may see that at all."""
    if place.listed and set(place.audiences(ANONYMOUS).values()) != {"off"}:
        others = [topics.listing(one) for one in place.people if one != flag.participant_id]
        tell_many(services, others, flag)


def ticket_activity(services: Services, ticket: Ticket) -> None:
    """New messages of a ticket, to its people who have other dialogs open (unread counts): once,
    however many this turn of the loop brings."""
    services.updates.put_last(ticket.id, lambda: tell_activity(services, ticket))


def tell_activity(services: Services, ticket: Ticket) -> None:
    """A ticket with what its people have not read of it."""
    customer = Principal(kind="visitor", id=ticket.customer_id, site=ticket.site)
    own = operator_principal(services, ticket)
    for viewer in (customer, own) if own else (customer,):
        view = views.ticket_view(services, ticket, viewer)
        news = events.DialogUpdate(dialog_id=ticket.id, dialog=view)
        tell_dialog(services, topics.participant(viewer.id), news)


def tell_dialog(services: Services, topic: Topic, update: events.DialogUpdate) -> None:
    """A conversation's view, on a topic of those whose view it is: behind what became of its
    messages before, and ahead of what comes after, so that each ``rev`` is seen after all below."""
    services.updates.tell_now(update.dialog_id)
    tell(services, topic, update)


def operator_principal(services: Services, ticket: Ticket) -> Principal | None:
    """The operator who answers a ticket, as a viewer."""
    operator = services.store.get(Operator, ticket.operator) if ticket.operator else None
    return services.as_operator(operator) if operator else None


def tell_ticket(services: Services, ticket: Ticket, change: TicketChange) -> None:
    """A ticket's status or operator changed: to its people, the queue's watchers and the log. What
    is still to be told of its messages is told of how it is now."""
    if services.updates.will_tell(ticket.id):
        ticket_activity(services, ticket)
    customer = Principal(kind="visitor", id=ticket.customer_id, site=ticket.site)
    own = operator_principal(services, ticket)
    staff = Principal(kind="system", id=own.id if own else "")
    told = [(topics.staff(ticket.id), staff)]
    if change not in AMONG_STAFF:
        told.insert(0, (topics.participant(customer.id), customer))
    for topic, viewer in told:
        view = views.ticket_view(services, ticket, viewer)
        update = events.DialogUpdate(dialog_id=ticket.id, change=change, dialog=view)
        tell_dialog(services, topic, update)
    tell_watchers(services, (ticket.site,), change, views.ticket_row(services, ticket))
    noted = events.TicketUpdate(dialog_id=ticket.id, change=change, status=ticket.status)
    tell(services, topics.EVENTS, noted)


def tell_operator(services: Services, operator: Operator | None, change: OperatorChange) -> None:
    """An operator came, left, went away: to those who serve a site with them."""
    if operator is not None:
        tell_watchers(services, operator.sites, change, None)


def tell_watchers(
    services: Services,
    sites: tuple[str, ...],
    change: TicketChange | OperatorChange,
    row: QueueRow | None,
) -> None:
    """To whoever watches one of these sites, each with the counters of their part of the queue."""
    standing = Standing(services)
    for watched in scopes(services):
        if meet(watched.sites, sites):
            now = standing.counters(watched)
            update = events.QueueUpdate(
                change=change,
                ticket=row,
                waiting=now.waiting,
                operators_online=now.operators_online,
            )
            tell(services, topics.queue(watched), update)


def presence(
    services: Services,
    dialog_id: str,
    who: Principal,
    status: PresenceStatus,
    *,
    skip: str | None = None,
    staff_only: bool = False,
) -> None:
    """Somebody came, left or went away; ``skip``: the connection that need not be told.
    ``staff_only``: somebody of a ticket's operators, whom the customer does not see."""
    person = services.presence.describe(who, dialog_id)
    person = person if person.status == status else replace(person, status=status)
    topic = topics.staff(dialog_id) if staff_only else topics.dialog(dialog_id)
    update = events.PresenceUpdate(dialog_id=dialog_id, participant=person)
    tell(services, topic, update, skip=skip)
