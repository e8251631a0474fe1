"""What is one person's: who is meant, their tickets, what they said elsewhere, their files."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from chatd.domain.dialog import Memberships
from chatd.domain.file import File
from chatd.domain.message import Message
from chatd.domain.participant import REMEMBERED_TICKETS, Participant
from chatd.domain.person import Account
from chatd.domain.place import TicketPlace
from chatd.domain.places import kind_of
from chatd.domain.signed import Subject, subject_id
from chatd.domain.ticket import Ticket
from chatd.errors import NotFound
from chatd.runtime.loop import in_turns
from chatd.service.context import Services

PAGE = 200
PARTICIPANT = "p-"


def find(services: Services, who: str) -> str:
    """The participant that an id, a user name or a ticket is of; NotFound where there is none. Of a
    visitor's id who they are by now."""
    if kind_of(who) is TicketPlace:
        if ticket := services.store.get(Ticket, who):
            return ticket.customer_id
    elif account := services.store.get(Account, who):
        return account.participant
    elif known := named_by_site(services, who):
        return known
    elif who.startswith(PARTICIPANT):
        id = ids_of(services, who)[0]
        if is_known(services, id):
            return id
    allowed = "a participant (p-…), a user name, a ticket (TKT-…), or SITE/SUBJECT"
    raise NotFound(f"there is nothing of {who!r}: name {allowed}")


def named_by_site(services: Services, who: str) -> str:
    """The participant whom a site names so, ``shop/42``; empty where there is none."""
    site, _, subject = who.partition("/")
    known = services.store.get(Subject, subject_id(site, subject))
    return known.participant if known else ""


def name_of(services: Services, participant_id: str) -> str:
    """``shop/42``, of whom their site names."""
    who = services.store.get(Participant, participant_id)
    return f"{who.site}/{who.signed.subject}" if who and who.signed else ""


def ids_of(services: Services, participant_id: str) -> tuple[str, ...]:
    """All that somebody was here as, by any of these: the one that they have now, then those of
    before their site named them."""
    who = by_now(services, participant_id)
    return (who.id, *who.earlier) if who else (participant_id,)


def by_now(services: Services, participant_id: str) -> Participant | None:
    """Who a participant is. Of a visitor who was somebody and ran out only those know whom their
    site names: all are looked through."""
    known = services.store.get(Participant, participant_id)
    if known:
        return (known.became and services.store.get(Participant, known.became)) or known
    for part in services.store.parts(Participant):
        for one in in_turns(services.store.part(Participant, part)):
            if participant_id in one.earlier:
                return services.store.get(Participant, one.id)
    return None


def is_known(services: Services, participant_id: str) -> bool:
    """Whether there is anything of a participant: of one who ran out, their tickets."""
    if services.store.get(Participant, participant_id):
        return True
    return next(tickets(services, {participant_id}), None) is not None


def account_of(services: Services, participant_id: str) -> Account | None:
    """The account of a participant, if they have one."""
    after = None
    while page := services.store.all(Account, after=after):
        for one in page:
            if one.participant == participant_id:
                return one
        after = page[-1].id
    return None


def find_by_contact(services: Services, address: str) -> Iterator[str]:
    """The customers who gave this mail address, each once."""
    known = set[str]()
    for ticket in every_ticket(services):
        if ticket.contact.lower() == address.lower() and ticket.customer_id not in known:
            known.add(ticket.customer_id)
            yield ticket.customer_id


def every_ticket(services: Services) -> Iterator[Ticket]:
    """All there are, the newest first, a page at a time."""
    before = None
    while page := services.store.tickets(before=before, limit=PAGE):
        yield from in_turns(page)
        before = page[-1].id


def tickets(services: Services, participants: Collection[str]) -> Iterator[Ticket]:
    """All that are of these customers, also those that they do not remember any more."""
    known = [services.store.get(Participant, id) for id in participants]
    if any(who is None or len(who.tickets) >= REMEMBERED_TICKETS for who in known):
        for ticket in every_ticket(services):
            if ticket.customer_id in participants:
                yield ticket
    else:
        found = (services.store.get(Ticket, id) for who in known if who for id in who.tickets)
        yield from (ticket for ticket in found if ticket)


def dialogs(services: Services, participant_id: str) -> list[str]:
    """The dialogs of people that they are in."""
    lists = services.store.get(Memberships, participant_id)
    return list(lists.dialogs) if lists else []


def read(services: Services, dialog_id: str, after: int = 0) -> Iterator[Message]:
    """All that was said there behind a message, a page at a time."""
    while page := services.store.history(dialog_id, after=after, limit=PAGE):
        yield from in_turns(page)
        after = page[-1].seq


def said_elsewhere(services: Services, participants: Collection[str]) -> Iterator[Message]:
    """What these themselves said in rooms, and in dialogs that they are in."""
    own = {dialog_id: None for id in participants for dialog_id in dialogs(services, id)}
    for dialog_id in (*services.rooms, *own):
        for message in read(services, dialog_id):
            if message.sender_id in participants:
                yield message


def files(services: Services, participants: Collection[str]) -> Iterator[File]:
    """What they have uploaded, sent or not."""
    for part in services.store.parts(File):
        for file in in_turns(services.store.part(File, part)):
            if file.owner in participants:
                yield file
